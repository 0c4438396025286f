"""The fields of ``plan.json``, as pydantic models; the JSON Schema is made from them.

Field names carry units. Fields may be added in a minor version; none is removed or changes meaning before the next
major one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from euthymia.plan.document_parts import Document as Document
from euthymia.plan.document_parts import IntervalDoc as IntervalDoc
from euthymia.plan.document_parts import QuestionDoc as QuestionDoc
from euthymia.plan.document_parts import ReasonDoc as ReasonDoc
from euthymia.plan.document_parts import SourceDoc as SourceDoc
from euthymia.plan.laboratory_document_model import LaboratoryDoc
from euthymia.plan.model import SCHEMA_VERSION


class LabelDoc(Document):
    """A label, clearance, coverage or payer criterion."""

    scheme: str
    criterion: str
    met: bool | None
    reason: ReasonDoc


class ScreeningDoc(Document):
    """Screening of one form, or of the therapy as a whole (``form`` empty, forms inside)."""

    form: str
    title: str
    verdict: Literal["eligible", "caution", "unknown", "not_outside_trial", "contraindicated"]
    legality: str
    reasons: list[ReasonDoc]
    missing: list[QuestionDoc]
    label: list[LabelDoc]
    forms: list[ScreeningDoc]


class PhaseDoc(Document):
    """A run of equal visits."""

    name: str
    start_day: float
    visits: int
    every_days: float
    minutes: float


class PrescriptionDoc(Document):
    """Exactly what would be done."""

    therapy: str
    form: str
    protocol: str
    title: str
    details: list[tuple[str, str]]
    schedule: list[PhaseDoc]
    reasons: list[ReasonDoc]


class OutcomeDoc(Document):
    """Probability of response or remission at a time, against a named comparator."""

    name: str
    at_days: float | None
    probability: IntervalDoc
    comparator: str
    comparator_probability: IntervalDoc | None
    difference: IntervalDoc | None
    includes_no_effect: bool
    studies: int
    patients: int
    population: str
    blinding: str
    randomized: bool
    used_for_ranking: bool
    reason: ReasonDoc


class SpanDoc(Document):
    """Onset, peak or durability."""

    name: str
    value: IntervalDoc | None
    unit: str
    at_days: float | None
    reason: ReasonDoc


class HarmDoc(Document):
    """A harm with its rate where one is known."""

    name: str
    serious: bool
    rate: IntervalDoc | None
    unit: str
    comparator_rate: float | None
    reason: ReasonDoc


class CostDoc(Document):
    """Order of magnitude of a cost."""

    low: float
    high: float
    currency: str
    year: int
    region: str
    per: str
    reason: ReasonDoc


class BurdenDoc(Document):
    """What the first year asks of the patient."""

    visits: int
    hours: float
    acute_course_days: float
    anesthesia: bool
    surgery: bool


class CourseDoc(Document):
    """Expected share of the baseline score gone, with its band."""

    day: float
    improvement: IntervalDoc


class MarkDoc(Document):
    """A moment or a level shown on a curve."""

    label: str
    time: float | None
    level: float | None


class CurveDoc(Document):
    """What an engine expects over time: median, and 5th to 95th percentile between patients or what ``band`` says."""

    code: str
    title: str
    unit: str
    time_unit: Literal["min", "h", "days"]
    status: Literal["published", "derived", "illustrative", "prescribed"]
    times: list[float]
    median: list[float]
    low: list[float]
    high: list[float]
    band: str = ""
    since: str = "the start"
    marks: list[MarkDoc]
    notes: list[str]
    reason: ReasonDoc


class PictureDoc(Document):
    """A picture shown on the page, without its bytes: its words and its table."""

    code: str
    title: str
    alt: str
    caption: str
    unit: str
    columns: list[str]
    rows: list[list[str]]
    reason: ReasonDoc


class ForecastDoc(Document):
    """What a prescription would do."""

    therapy: str
    form: str
    protocol: str
    grade: str
    seed: int
    outcomes: list[OutcomeDoc]
    onset: list[SpanDoc]
    durability: list[SpanDoc]
    harms: list[HarmDoc]
    burden: BurdenDoc
    costs: list[CostDoc]
    course: list[CourseDoc]
    reasons: list[ReasonDoc]
    physics: list[ReasonDoc]
    curves: list[CurveDoc]
    pictures: list[PictureDoc]


class SimulatedDoc(Document):
    """One prescription, what it would do, and the sources both cite by index."""

    prescription: PrescriptionDoc
    forecast: ForecastDoc
    sources: list[SourceDoc]


class CriterionDoc(Document):
    """One criterion of one option."""

    name: str
    title: str
    raw: float | None
    unit: str
    value: float
    low: float
    high: float
    weight: float
    basis: str


class ScoreDoc(Document):
    """Weighted score, its range, and how often the option comes first."""

    total: float
    low: float
    high: float
    first_share: float
    criteria: list[CriterionDoc]


class AlternativeDoc(Document):
    """Another prescription of the same therapy."""

    prescription: PrescriptionDoc
    forecast: ForecastDoc


class OptionDoc(Document):
    """One therapy in the comparison."""

    therapy: str
    title: str
    is_reference: bool
    is_companion: bool
    standing: Literal["open", "answer_first", "not_outside_trial", "contraindicated", "declined"]
    rank: int | None
    screening: ScreeningDoc
    prescription: PrescriptionDoc | None
    forecast: ForecastDoc | None
    score: ScoreDoc | None
    alternatives: list[AlternativeDoc]
    reasons_for: list[ReasonDoc] = Field(min_length=1)
    reasons_against: list[ReasonDoc] = Field(min_length=1)


class StepDoc(Document):
    """An urgent or a first step."""

    code: str
    level: str
    favors: str
    reason: ReasonDoc


class SignalDoc(Document):
    """A suicide-safety signal."""

    level: str
    code: str
    statement: str
    day: str


class MissingDoc(Document):
    """A question and what its answer would settle."""

    question: QuestionDoc
    options: list[str]
    settles: list[str]


class SensitivityDoc(Document):
    """The weight at which another option would come first."""

    criterion: str
    weight_now: float
    weight_needed: float | None
    then_first: str


class MedicineDoc(Document):
    """What one guideline says about one drug for this patient."""

    drug: str
    is_taken: bool
    guideline: str
    population: str
    action: str
    word: str
    strength: str
    states: str
    agents: list[str]
    is_certain: bool
    reason: ReasonDoc


class GeneDoc(Document):
    """One gene by genotype and, where a medicine acts on it, by function."""

    gene: str
    diplotype: str
    phenotype: str
    functional: str
    agents: list[str]
    provenance: str


class DrugOptionDoc(Document):
    """One drug option in its place."""

    place: int
    title: str
    role: str
    dose: str
    word: str
    points: float
    exposure: str
    check: list[str]
    is_open: bool
    reasons: list[ReasonDoc]


class LeftOutDoc(Document):
    """A drug that is no option here, and why."""

    drug: str
    reason: ReasonDoc


class MedicinesDoc(Document):
    """The medication table: what genes and medicines say, or what a test would add; and the drug options in order."""

    statement: str
    genes: list[GeneDoc]
    rows: list[MedicineDoc]
    notes: list[ReasonDoc]
    options: list[DrugOptionDoc]
    left_out: list[LeftOutDoc]


class PlanDoc(Document):
    """One case, one explained plan."""

    document: Literal["euthymia/plan"] = "euthymia/plan"
    schema_version: str = SCHEMA_VERSION
    euthymia_version: str
    case_id: str
    synthetic: bool
    as_of: datetime
    seed: int
    summary: list[str]
    situation: list[tuple[str, str]]
    situation_reasons: list[ReasonDoc]
    urgent: list[StepDoc]
    signals: list[SignalDoc]
    first_steps: list[StepDoc]
    options: list[OptionDoc]
    weights: dict[str, float]
    weights_from: Literal["stated", "default"]
    sensitivity: list[SensitivityDoc]
    missing: list[MissingDoc]
    medicines: MedicinesDoc | None
    laboratory: LaboratoryDoc | None = None
    sources: list[SourceDoc]
