"""The contract of a therapy: five verbs, and the values they give.

A therapy is any object with these verbs, found through the entry-point group ``euthymia.therapies``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from euthymia.case.concepts import Question
from euthymia.case.events import Event
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.schedule import Schedule


class Verdict(StrEnum):
    """What a screen says, best first."""

    ELIGIBLE = "eligible"
    CAUTION = "caution"
    UNKNOWN = "unknown"
    NOT_OUTSIDE_TRIAL = "not_outside_trial"
    CONTRAINDICATED = "contraindicated"

    @property
    def rank(self) -> int:
        """0 for eligible … 4 for contraindicated."""
        return list(Verdict).index(self)

    @property
    def is_open(self) -> bool:
        """Whether the option may be offered now (``eligible`` or ``caution``)."""
        return self in (Verdict.ELIGIBLE, Verdict.CAUTION)


class Legality(StrEnum):
    """Regulatory standing of a form of therapy for depression in one country."""

    APPROVED = "approved"  # authorized or cleared for TRD or major depression
    OFF_LABEL = "off_label"  # a marketed product used outside its label
    RESTRICTED = "restricted"  # only through a licensed program or authorized prescriber
    INVESTIGATIONAL = "investigational"  # trials only
    AVAILABLE = "available"  # no authorization is needed (a test, psychotherapy, a wellness device)
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Screening:
    """Result of ``screen``: may this be done for this patient, and why.

    Parameters
    ----------
    therapy, form
        The therapy; ``form`` is empty for the therapy as a whole and names one form (``esketamine_nasal``) inside
        ``forms``.
    verdict
        Missing data never reads as eligible.
    reasons
        Every rule that applied, with its source; rules that were clear are listed too, as reasons *for*.
    missing
        Questions whose answers could change the verdict, most decisive first.
    legality
        Standing in the case's country at the case's date.
    label
        Findings of label, clearance or coverage criteria (met, not met, not known).
    forms
        One screening for each form of the therapy; the therapy's own verdict is its best form's.
    """

    therapy: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    missing: tuple[Question, ...] = ()
    form: str = ""
    title: str = ""
    legality: Legality = Legality.UNKNOWN
    label: tuple[LabelFinding, ...] = ()
    forms: tuple[Screening, ...] = ()
    absolute: tuple[str, ...] = ()  # codes of the rules that apply, by how hard they are
    relative: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()

    @property
    def blocking(self) -> tuple[Reason, ...]:
        """Reasons against, hardest first as screened."""
        return tuple(r for r in self.reasons if r.direction is Direction.AGAINST)


@dataclass(frozen=True, slots=True)
class LabelFinding:
    """Whether one label, clearance or coverage criterion is met (None = not known)."""

    scheme: str  # e.g. "US label", "Medicare L34522", "Ambetter CP.BH.200"
    criterion: str
    met: bool | None
    reason: Reason


@runtime_checkable
class Prescription(Protocol):
    """Exactly what would be done. Each therapy has its own frozen class; hard limits are checked when it is made."""

    @property
    def therapy(self) -> str:
        """Name of the therapy."""

    @property
    def form(self) -> str:
        """Form of the therapy, e.g. ``tms_itbs``."""

    @property
    def protocol(self) -> str:
        """Id of the protocol row it was made from."""

    @property
    def title(self) -> str:
        """One line for people."""

    @property
    def schedule(self) -> Schedule:
        """When and how often."""

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why this, and from where."""

    def details(self) -> tuple[tuple[str, str], ...]:
        """Label and value of every parameter, with its unit, in the order a person would read them."""


class ActionKind(StrEnum):
    """What a session asks for next."""

    DO = "do"  # carry out this step
    MEASURE = "measure"  # take this reading and feed it
    WAIT = "wait"  # until a time
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"  # end the treatment part now
    REFUSE = "refuse"  # the rules forbid it
    ALERT = "alert"  # a person must acknowledge this
    RELEASE = "release"  # the patient may go
    INFORM = "inform"


@dataclass(frozen=True, slots=True)
class Action:
    """One instruction of a session, with the rule behind it."""

    kind: ActionKind
    code: str
    text: str
    due_s: float | None = None  # seconds since the session began, when it is due
    reason: Reason | None = None
    level: str = ""  # of an alert: high, moderate or low
    window_s: float | None = None  # how far from ``due_s`` a reading still counts as taken on time


@dataclass(frozen=True, slots=True)
class Observation:
    """Something that happened in a session.

    Parameters
    ----------
    kind
        What it is, e.g. ``blood_pressure``, ``pulse_train``, ``dose_given``, ``score``, ``symptom``, ``clock``.
    at_s
        Seconds since ``start()``; never decreases within a session.
    values
        Its readings by name, units in the names (``systolic_mmhg``).
    """

    kind: str
    at_s: float
    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        if isinstance(self.at_s, bool) or not 0 <= self.at_s < 10 * 86400:
            raise InvalidInput("at_s", self.at_s, "0 to 864000 seconds since the session began")


class Session(Protocol):
    """One run of a prescription as a pure step machine: no clock and no I/O inside."""

    def start(self) -> list[Action]:
        """Begin; give the checks to be made first."""

    def feed(self, observation: Observation) -> list[Action]:
        """Take one observation; give what follows from it."""

    def finish(self) -> list[Event[Any]]:
        """Close the session and give its events; raise :class:`SafetyLimit` while a gate is still closed."""


@runtime_checkable
class OpenSession(Session, Protocol):
    """A session that also answers questions, without being changed by them; every built-in session does."""

    def kinds(self) -> tuple[str, ...]:
        """Kinds of observation that can come now or later."""

    def closed_gates(self) -> tuple[str, ...]:
        """What still forbids closing the session, in words."""


class Decision(StrEnum):
    """What ``follow`` advises."""

    START = "start"  # not begun yet
    CONTINUE = "continue"
    ADJUST = "adjust"
    STOP = "stop"
    MAINTAIN = "maintain"
    REPLAN = "replan"
    URGENT = "urgent"  # safety first; nothing else until it is settled


@dataclass(frozen=True, slots=True)
class Advice:
    """Result of ``follow``: what to do next with a course that is under way, and why."""

    therapy: str
    decision: Decision
    reasons: tuple[Reason, ...]
    review_in_days: float | None = None
    missing: tuple[Question, ...] = ()
    would_change: tuple[str, ...] = ()  # what would lead to another decision


@runtime_checkable
class Therapy(Protocol):
    """A therapy: its name, its forms, and the five verbs.

    It may also have ``is_companion = True``: it is done beside a treatment (tests that guide it), not instead of one.
    """

    @property
    def name(self) -> str:
        """Short name used in files, e.g. ``tms``."""

    @property
    def title(self) -> str:
        """Name for people."""

    @property
    def is_reference(self) -> bool:
        """True for a reference option (ECT, pharmacotherapy) beside the seven."""

    def screen(self, case: Case) -> Screening:
        """May we? What is missing?"""

    def propose(self, case: Case) -> list[Prescription]:
        """Which prescriptions, best first; none for a form that is contraindicated."""

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        """What it would do, as distributions; the same for the same seed."""

    def session(self, case: Case, prescription: Prescription, n: int) -> Session:
        """The ``n``-th session (from 1) as a step machine."""

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        """What next, from the outcomes in the case only."""
