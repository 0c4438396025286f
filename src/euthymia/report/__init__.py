"""Reports: a plan as a printable page, as a document and as a FHIR CarePlan."""

from euthymia.report.care_plan import care_plan
from euthymia.report.index import IndexEntry, index_entry, index_html, write_index
from euthymia.report.page import plan_html
from euthymia.report.write import write_plan

__all__ = ["IndexEntry", "care_plan", "index_entry", "index_html", "plan_html", "write_index", "write_plan"]
