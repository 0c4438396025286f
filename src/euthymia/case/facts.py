"""What an event can say about a patient: one frozen dataclass for each kind of fact.

Every fact checks itself when it is made. ``KINDS`` maps the word used in files to the class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from euthymia.case import checks
from euthymia.case.course_facts import CourseStarted, SafetyAlert, SessionDelivered, SideEffect
from euthymia.case.measurements import VITAL_LIMITS, LabResult, Vital
from euthymia.core.errors import InvalidInput


class Sex(StrEnum):
    """Sex recorded for clinical use (reference ranges, pregnancy questions)."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Demographics:
    """Who the patient is, as far as treatment depends on it. No names are kept."""

    birth_date: date
    sex: Sex = Sex.UNKNOWN
    country: str = ""  # ISO 3166-1 alpha-2
    region: str = ""

    def __post_init__(self) -> None:
        if self.country and not (len(self.country) == 2 and self.country.isalpha() and self.country.isupper()):
            raise InvalidInput("country", self.country, "an ISO 3166 two-letter code in capitals, e.g. US, DE, AU")


class DiagnosisStatus(StrEnum):
    """Standing of a diagnosis."""

    ACTIVE = "active"
    REMISSION = "remission"
    RESOLVED = "resolved"
    SUSPECTED = "suspected"
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A coded diagnosis (ICD-10-CM), with its standing."""

    code: str
    display: str = ""
    status: DiagnosisStatus = DiagnosisStatus.ACTIVE
    onset: date | None = None
    resolved_on: date | None = None

    def __post_init__(self) -> None:
        code = self.code
        if not (len(code) >= 3 and code[0].isalpha() and code[0].isupper() and code[1].isdigit()):
            raise InvalidInput("code", code, "an ICD-10-CM code such as F33.2")
        checks.ordered("onset", self.onset, "resolved_on", self.resolved_on)


class EpisodeSeverity(StrEnum):
    """Severity of the current depressive episode."""

    SUBSYNDROMAL = "subsyndromal"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True)
class Episode:
    """The current depressive episode. ``None`` in a feature means: not asked yet."""

    started_on: date
    severity: EpisodeSeverity | None = None
    psychotic_features: bool | None = None
    catatonic_features: bool | None = None
    mixed_features: bool | None = None
    previous_episodes: int | None = None
    first_onset_age_yr: int | None = None
    setting: str = ""  # "outpatient" | "inpatient" | ""

    def __post_init__(self) -> None:
        checks.integer("previous_episodes", self.previous_episodes, 0, 100, optional=True)
        checks.integer("first_onset_age_yr", self.first_onset_age_yr, 0, 110, optional=True)
        checks.one_of("setting", self.setting, ("", "outpatient", "inpatient"))


@dataclass(frozen=True, slots=True)
class Finding:
    """Answer to one screening question: a concept of ``case/data/concepts.csv``, present, absent or not known."""

    code: str
    present: bool | None
    detail: str = ""
    since: date | None = None

    def __post_init__(self) -> None:
        checks.text("code", self.code)


@dataclass(frozen=True, slots=True)
class ListReviewed:
    """Somebody went through a whole category with the patient: what is not listed there is absent.

    This is the only way in which silence becomes a 'no', and the reason says who reviewed it and when.
    """

    category: str

    def __post_init__(self) -> None:
        checks.text("category", self.category)


class TrialKind(StrEnum):
    """Kinds of treatment trial in a history."""

    DRUG = "drug"
    AUGMENTATION = "augmentation"
    PSYCHOTHERAPY = "psychotherapy"
    ECT = "ect"
    TMS = "tms"
    KETAMINE = "ketamine"
    ESKETAMINE = "esketamine"
    VNS = "vns"
    DBS = "dbs"
    PSILOCYBIN = "psilocybin"
    MDMA = "mdma"
    NEUROFEEDBACK = "neurofeedback"
    OTHER = "other"


class Adherence(StrEnum):
    """How well a treatment was taken."""

    GOOD = "good"  # taken as prescribed
    PARTIAL = "partial"
    POOR = "poor"
    UNKNOWN = "unknown"


class TrialOutcome(StrEnum):
    """What a trial achieved, as the clinician rated it."""

    REMISSION = "remission"
    RESPONSE = "response"
    PARTIAL = "partial"
    NONE = "none"
    WORSE = "worse"
    UNKNOWN = "unknown"


class StoppedReason(StrEnum):
    """Why a trial ended."""

    ONGOING = "ongoing"
    INEFFICACY = "inefficacy"
    INTOLERANCE = "intolerance"
    LOSS_OF_EFFECT = "loss_of_effect"
    COMPLETED = "completed"
    CHOICE = "choice"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TreatmentTrial:
    """One trial of one treatment.

    ``weeks_at_dose`` counts weeks at ``dose_mg_day`` or above. An augmentation names the drug it was ``added_to``.
    """

    kind: TrialKind
    name: str
    dose_mg_day: float | None = None
    weeks_at_dose: float | None = None
    sessions: int | None = None
    started_on: date | None = None
    ended_on: date | None = None
    adherence: Adherence = Adherence.UNKNOWN
    outcome: TrialOutcome = TrialOutcome.UNKNOWN
    improvement_pct: float | None = None
    stopped_reason: StoppedReason = StoppedReason.UNKNOWN
    current_episode: bool | None = None
    added_to: str = ""
    optimized: bool = False
    laterality: str = ""  # ECT: "bilateral" | "right_unilateral" | "bifrontal"
    detail: str = ""

    def __post_init__(self) -> None:
        checks.text("name", self.name)
        checks.number("dose_mg_day", self.dose_mg_day, 0.001, 20000, optional=True)
        checks.number("weeks_at_dose", self.weeks_at_dose, 0, 3000, optional=True)
        checks.integer("sessions", self.sessions, 0, 5000, optional=True)
        checks.number("improvement_pct", self.improvement_pct, -200, 100, optional=True)
        checks.one_of("laterality", self.laterality, ("", "bilateral", "right_unilateral", "bifrontal"))
        checks.ordered("started_on", self.started_on, "ended_on", self.ended_on)


@dataclass(frozen=True, slots=True)
class ScaleRecord:
    """A filled rating scale: its items in order (``None`` = unanswered), or its total where items are not kept."""

    scale: str
    answers: tuple[int | None, ...] | None = None
    total: float | None = None
    rater: str = ""  # "self" | "clinician" | ""

    def __post_init__(self) -> None:
        checks.text("scale", self.scale)
        checks.one_of("rater", self.rater, ("", "self", "clinician"))
        if self.answers is None and self.total is None:
            raise InvalidInput("answers", None, "the item answers, or a total")
        if self.total is not None:
            checks.number("total", self.total, 0, 10000)
        for i, answer in enumerate(self.answers or (), start=1):
            checks.integer(f"answers[{i}]", answer, 0, 100, optional=True)


@dataclass(frozen=True, slots=True)
class SuicideScreen:
    """Answers to the six-question C-SSRS screener; ``None`` = not answered."""

    wish_to_be_dead: bool | None = None
    nonspecific_thoughts: bool | None = None
    thoughts_with_method: bool | None = None
    intent_without_plan: bool | None = None
    intent_with_plan: bool | None = None
    behavior_lifetime: bool | None = None
    behavior_past_3_months: bool | None = None

    def __post_init__(self) -> None:
        if self.behavior_past_3_months and self.behavior_lifetime is False:
            raise InvalidInput("behavior_lifetime", False, "yes, because behavior_past_3_months is yes")


@dataclass(frozen=True, slots=True)
class Medication:
    """A medicine the patient takes or took for any reason."""

    name: str
    dose_mg_day: float | None = None
    started_on: date | None = None
    ended_on: date | None = None
    active: bool = True
    as_needed: bool = False
    route: str = ""
    detail: str = ""

    def __post_init__(self) -> None:
        checks.text("name", self.name)
        checks.number("dose_mg_day", self.dose_mg_day, 0.0001, 50000, optional=True)
        checks.ordered("started_on", self.started_on, "ended_on", self.ended_on)


@dataclass(frozen=True, slots=True)
class Substance:
    """Use of alcohol, nicotine, cannabis or another drug."""

    name: str
    use: str = "unknown"  # "none" | "past" | "occasional" | "regular" | "unknown"
    disorder: str = "unknown"  # "none" | "active" | "early_remission" | "sustained_remission" | "unknown"
    last_use_on: date | None = None

    def __post_init__(self) -> None:
        checks.text("name", self.name)
        checks.one_of("use", self.use, ("none", "past", "occasional", "regular", "unknown"))
        checks.one_of(
            "disorder", self.disorder, ("none", "active", "early_remission", "sustained_remission", "unknown")
        )


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy or intolerance."""

    substance: str
    reaction: str = ""
    severe: bool | None = None

    def __post_init__(self) -> None:
        checks.text("substance", self.substance)


@dataclass(frozen=True, slots=True)
class Implant:
    """A device or piece of metal in or on the body; ``code`` is a concept of category ``implant``."""

    code: str
    model: str = ""
    location: str = ""
    implanted_on: date | None = None
    removed_on: date | None = None

    def __post_init__(self) -> None:
        checks.text("code", self.code)
        checks.ordered("implanted_on", self.implanted_on, "removed_on", self.removed_on)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What matters to the patient: weights by criterion (any non-negative numbers) and therapies not wanted."""

    weights: Mapping[str, float] = field(default_factory=dict)
    declined: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        for name, weight in self.weights.items():
            checks.number(f"weights.{name}", weight, 0, 1000)


ATTACHMENT_KINDS = ("vcf", "outside_calls", "nifti", "head_mesh", "head_points", "eeg", "document")
"""``head_points``: table name,x,y,z of what is marked on a head, in its space."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to the case, known by its SHA-256; the file itself stays where it is."""

    kind: str  # one of ATTACHMENT_KINDS
    path: str
    sha256: str
    size_bytes: int

    def __post_init__(self) -> None:
        checks.one_of("kind", self.kind, ATTACHMENT_KINDS)
        checks.text("path", self.path)
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            raise InvalidInput("sha256", self.sha256, "64 lower-case hexadecimal digits")
        checks.integer("size_bytes", self.size_bytes, 0, 2**50)


@dataclass(frozen=True, slots=True)
class Note:
    """Free text that no rule reads."""

    text: str

    def __post_init__(self) -> None:
        checks.text("text", self.text)


Fact = (
    Demographics | Diagnosis | Episode | Finding | ListReviewed | TreatmentTrial | ScaleRecord | SuicideScreen
    | LabResult | Vital | Medication | Substance | Allergy | Implant | Preferences | Attachment | CourseStarted
    | SessionDelivered | SideEffect | SafetyAlert | Note
)  # fmt: skip

KINDS: Mapping[str, type] = {
    "demographics": Demographics, "diagnosis": Diagnosis, "episode": Episode, "finding": Finding,
    "list_reviewed": ListReviewed, "treatment_trial": TreatmentTrial, "scale": ScaleRecord,
    "suicide_screen": SuicideScreen, "lab": LabResult, "vital": Vital, "medication": Medication,
    "substance": Substance, "allergy": Allergy, "implant": Implant, "preferences": Preferences,
    "attachment": Attachment, "course_started": CourseStarted, "session_delivered": SessionDelivered,
    "side_effect": SideEffect, "safety_alert": SafetyAlert, "note": Note,
}  # fmt: skip
"""The word used in files for each kind of fact."""

KIND_OF: Mapping[type, str] = {cls: kind for kind, cls in KINDS.items()}

__all__ = [
    "KINDS", "KIND_OF", "VITAL_LIMITS", "Adherence", "Allergy", "Attachment", "CourseStarted", "Demographics",
    "Diagnosis", "DiagnosisStatus", "Episode", "EpisodeSeverity", "Fact", "Finding", "Implant", "LabResult",
    "ListReviewed", "Medication", "Note", "Preferences", "SafetyAlert", "ScaleRecord", "SessionDelivered", "Sex",
    "SideEffect", "StoppedReason", "Substance", "SuicideScreen", "TreatmentTrial", "TrialKind", "TrialOutcome", "Vital",
]  # fmt: skip
