"""The tables of ECT as typed rows; every number that a rule, a limit or a step uses comes from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.case.criteria import parse
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.number_rows import NumberRow, number_row

PACKAGE = "euthymia.therapies.ect"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow(SourcedRow):
    """One form of the therapy."""

    form: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRow(SourcedRow):
    """A way of giving a course: placement, pulse width (ms), dose as multiple of seizure threshold, rhythm."""

    protocol: str
    form: str
    title: str
    placement: Literal["right_unilateral", "bitemporal", "bifrontal"]
    pulse_width_ms: float
    threshold_multiple: float
    sessions_per_week: int
    sessions: int
    minutes: float
    usual_in: tuple[str, ...] = ()
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionRow(SourcedRow):
    """A statement that holds when its criterion is true for the case."""

    code: str
    criterion: str
    direction: Literal["for", "against"] = "for"
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)

    def reason(self, evidence: str, *, grade: EvidenceGrade = EvidenceGrade.RULE) -> Reason:
        """Return the row as a reason, with what in the case made it true."""
        words = f"{self.statement.rstrip('.')} ({evidence})."
        return Reason(words, (self.cite(),), grade, Direction(self.direction), code=self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow(SourcedRow):
    """A sourced sentence."""

    code: str
    statement: str

    def reason(self, direction: Direction = Direction.NEUTRAL) -> Reason:
        """Return the row as a reason."""
        return Reason(
            f"{self.statement.rstrip('.')}.", (self.cite(),), EvidenceGrade.MODERATE, direction, code=self.code
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CognitionRow(SourcedRow):
    """What a cognitive side effect of this name leads to."""

    word: str
    action: Literal["adjust", "stop"]
    statement: str


def forms() -> tuple[FormRow, ...]:
    """Return the forms."""
    return load_table(PACKAGE, "forms.csv", FormRow, key="form")


def protocols() -> tuple[ProtocolRow, ...]:
    """Return every protocol."""
    return load_table(PACKAGE, "protocols.csv", ProtocolRow, key="protocol")


def limit(name: str) -> NumberRow:
    """Return a hard limit of a prescription."""
    return number_row(PACKAGE, "limits.csv", name)


def session_limit(name: str) -> NumberRow:
    """Return a threshold of a session."""
    return number_row(PACKAGE, "session_limits.csv", name)


def continuation() -> tuple[StatementRow, ...]:
    """Return what is known about relapse and continuation."""
    return load_table(PACKAGE, "continuation.csv", StatementRow, key="code")


def cognition() -> tuple[CognitionRow, ...]:
    """Return what cognitive side effects lead to."""
    return load_table(PACKAGE, "cognition.csv", CognitionRow, key="word")
