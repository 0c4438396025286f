"""The patient record: events, the Case they fold into, scales, history and staging, files and FHIR."""

from euthymia.case.events import Event
from euthymia.case.model import Case, fold

__all__ = ["Case", "Event", "fold"]
