"""Reports: a plan, or a genome with the medicines taken, as a printable page, a document and FHIR resources."""

from euthymia.report.care_plan import care_plan
from euthymia.report.genome_content import GenomeReport, genome_report
from euthymia.report.genome_write import write_genome_report
from euthymia.report.index import IndexEntry, index_entry, index_html, write_index
from euthymia.report.page import plan_html
from euthymia.report.write import write_plan

__all__ = [
    "GenomeReport",
    "IndexEntry",
    "care_plan",
    "genome_report",
    "index_entry",
    "index_html",
    "plan_html",
    "write_genome_report",
    "write_index",
    "write_plan",
]
