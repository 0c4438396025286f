"""What ``--json`` prints: one pydantic model a command, from which ``euthymia schema NAME`` makes the JSON Schema."""

from __future__ import annotations

from typing import Any, Literal

from euthymia.cli.fields_basis_documents import BasisDocument, PlaceDocument
from euthymia.cli.fields_documents import HeadDocument
from euthymia.cli.genome_documents import GenomeAdviceDocument, GenomeCallsDocument
from euthymia.cli.labs_document import LabsDocument
from euthymia.cli.session_documents import SessionDocument
from euthymia.cli.tms_documents import (
    ChecklistDocument,
    DoseDocument,
    LetterDocument,
    SheetDocument,
    ThresholdDocument,
    TimingDocument,
)
from euthymia.cli.tms_target_documents import BeamDocument, TargetsDocument
from euthymia.core.reason import Reason
from euthymia.core.source import Source
from euthymia.plan.document_model import Document, QuestionDoc, SourceDoc
from euthymia.report.field_document import FieldDoc
from euthymia.report.genome_document_model import GenomeReportDoc
from euthymia.report.labels_document import LabelsDocument
from euthymia.report.robust_document import RobustDocument
from euthymia.report.simulation import SimulationDoc
from euthymia.report.sites_document import SitesDocument

VERSION: Literal["1.0"] = "1.0"


class CitedReason(Document):
    """A reason with its sources inside."""

    statement: str
    direction: Literal["for", "against", "neutral"]
    grade: str
    verification: Literal["read", "partial", "unverified"]
    value: float | None
    unit: str
    code: str
    sources: list[SourceDoc]


class AlertItem(Document):
    """A safety alert of a scale."""

    level: str
    code: str
    statement: str


class ScoreDocument(Document):
    """``euthymia score --json``."""

    document: Literal["euthymia/score"] = "euthymia/score"
    schema_version: Literal["1.0"] = VERSION
    scale: str
    total: float | None
    minimum: float | None
    maximum: float | None
    band: str | None
    band_set: str | None
    domains: dict[str, float | None]
    flags: list[str]
    alerts: list[AlertItem]
    source: SourceDoc


class TrialRow(Document):
    """One treatment trial under one rule set."""

    trial: str
    rule_set: str
    adequate: bool | None
    failed: bool | None
    counts_as_failure: bool | None
    reasons: list[CitedReason]


class StagingItem(Document):
    """A stage by one method."""

    method: str
    applicable: bool | None
    score: float | None
    low: float | None
    high: float | None
    stage: str
    missing: list[str]
    reasons: list[CitedReason]


class ResistanceItem(Document):
    """Whether one definition of resistance is met."""

    code: str
    label: str
    rule_set: str
    is_trd: bool
    resistant: bool | None
    failed_for_certain: int
    failed_at_most: int
    missing: list[QuestionDoc]


class ChecklistEntry(Document):
    """One item of the pseudo-resistance checklist."""

    code: str
    question: str
    state: str
    statement: str
    source: SourceDoc


class StageDocument(Document):
    """``euthymia stage --json``."""

    document: Literal["euthymia/stage"] = "euthymia/stage"
    schema_version: Literal["1.0"] = VERSION
    case_id: str
    trials: list[TrialRow]
    staging: list[StagingItem]
    resistance: list[ResistanceItem]
    pseudo_resistance: list[ChecklistEntry]


class FormScreening(Document):
    """Screening of one form of a therapy."""

    form: str
    title: str
    verdict: str
    legality: str
    reasons: list[CitedReason]
    label: list[CitedReason]
    missing: list[QuestionDoc]


class TherapyScreening(Document):
    """Screening of one therapy."""

    therapy: str
    title: str
    verdict: str
    forms: list[FormScreening]


class ScreenDocument(Document):
    """``euthymia screen --json``."""

    document: Literal["euthymia/screen"] = "euthymia/screen"
    schema_version: Literal["1.0"] = VERSION
    case_id: str
    therapies: list[TherapyScreening]


class AdviceItem(Document):
    """Advice on one course."""

    therapy: str
    form: str
    protocol: str
    decision: str
    reasons: list[CitedReason]
    review_in_days: float | None
    missing: list[QuestionDoc]
    would_change: list[str]


class FollowDocument(Document):
    """``euthymia follow --json``."""

    document: Literal["euthymia/follow"] = "euthymia/follow"
    schema_version: Literal["1.0"] = VERSION
    case_id: str
    advice: list[AdviceItem]


class TherapyItem(Document):
    """A registered therapy."""

    name: str
    title: str
    is_reference: bool
    provided_by: str


class TherapiesDocument(Document):
    """``euthymia therapies --json``."""

    document: Literal["euthymia/therapies"] = "euthymia/therapies"
    schema_version: Literal["1.0"] = VERSION
    therapies: list[TherapyItem]


class ValidationDocument(Document):
    """``euthymia case validate --json``."""

    document: Literal["euthymia/validation"] = "euthymia/validation"
    schema_version: Literal["1.0"] = VERSION
    valid: bool
    case_id: str
    format: str
    events: dict[str, int]
    unread: list[dict[str, str]]
    warnings: list[str]


class WrittenDocument(Document):
    """``euthymia plan --json`` and ``euthymia demo --json``: what was written where, and what came first."""

    document: Literal["euthymia/written"] = "euthymia/written"
    schema_version: Literal["1.0"] = VERSION
    plans: list[WrittenPlan]


class WrittenPlan(Document):
    """One plan that was written."""

    case_id: str
    first: str | None
    urgent: list[str]
    open: list[str]
    most_useful_question: str | None
    files: list[str]


class CaseFileDocument(Document):
    """``euthymia case new|import|export --json``: the file written, and what of the source is not in it."""

    document: Literal["euthymia/case-file"] = "euthymia/case-file"
    schema_version: Literal["1.0"] = VERSION
    path: str
    case_id: str | None
    events: int
    unread: list[dict[str, str]]
    warnings: list[str]


class ErrorDocument(Document):
    """What any command with ``--json`` prints when it fails."""

    document: Literal["euthymia/error"] = "euthymia/error"
    schema_version: Literal["1.0"] = VERSION
    exit_code: int
    error: str
    argument: str
    message: str


WrittenDocument.model_rebuild()

DOCUMENTS: dict[str, type[Document]] = {
    "score": ScoreDocument,
    "stage": StageDocument,
    "screen": ScreenDocument,
    "follow": FollowDocument,
    "therapies": TherapiesDocument,
    "labs": LabsDocument,
    "validation": ValidationDocument,
    "written": WrittenDocument,
    "case-file": CaseFileDocument,
    "genome-calls": GenomeCallsDocument,
    "genome-advice": GenomeAdviceDocument,
    "genome-report": GenomeReportDoc,
    "simulation": SimulationDoc,
    "session": SessionDocument,
    "tms-checklist": ChecklistDocument,
    "tms-dose": DoseDocument,
    "tms-sheet": SheetDocument,
    "tms-letter": LetterDocument,
    "tms-threshold": ThresholdDocument,
    "tms-beam-f3": BeamDocument,
    "tms-targets": TargetsDocument,
    "tms-timing": TimingDocument,
    "fields-head": HeadDocument,
    "fields-labels": LabelsDocument,
    "field": FieldDoc,
    "fields-compare": SitesDocument,
    "fields-robust": RobustDocument,
    "fields-basis": BasisDocument,
    "fields-place": PlaceDocument,
    "error": ErrorDocument,
}


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the document called ``name``."""
    schema = DOCUMENTS[name].model_json_schema(mode="serialization")
    identity = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:euthymia:schema:{name}:{VERSION}",
    }
    return {**identity, **schema}


def cited(reason: Reason) -> CitedReason:
    """Return a reason as a document."""
    return CitedReason(
        statement=reason.statement, direction=reason.direction.value, grade=reason.grade.value,
        verification=reason.verification.value, value=reason.value, unit=reason.unit, code=reason.code,
        sources=[source_doc(s) for s in reason.sources],
    )  # fmt: skip


def source_doc(source: Source) -> SourceDoc:
    """Return a source as a document."""
    return SourceDoc(
        text=source.text, doi=source.doi, url=source.url, verification=source.verification.value,
        as_of=source.as_of.isoformat() if source.as_of else None,
    )  # fmt: skip


def question_doc(question: Any) -> QuestionDoc:
    """Return a question as a document."""
    return QuestionDoc(code=question.code, text=question.text, supply=question.supply)
