"""FHIR R4 in and out: a thin mapping over plain JSON, one file a group of resources, codes and words as tables.

Names, addresses, telephone numbers, record numbers, free-text notes and serial numbers are never read.
"""

from euthymia.case.fhir.bundle_read import FhirImport, read_bundle
from euthymia.case.fhir.bundle_write import write_bundle
from euthymia.case.fhir.intake import UnreadResource

__all__ = ["FhirImport", "UnreadResource", "read_bundle", "write_bundle"]
