"""The fields of ``euthymia case labs --json``."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from euthymia.plan.document_parts import Document, SourceDoc
from euthymia.plan.laboratory_document_model import LaboratoryDoc


class LabsDocument(Document):
    """``euthymia case labs --json``; the numbers in ``sources`` of a reason are indices into ``sources``."""

    document: Literal["euthymia/labs"] = "euthymia/labs"
    schema_version: Literal["1.0"] = "1.0"
    case_id: str
    as_of: datetime
    laboratory: LaboratoryDoc
    sources: list[SourceDoc]
