"""The tables of this therapy: forms, protocols with their phases, limits, legal hours, rescue, pros and cons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.case.criteria import parse
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.schedule import Phase

PACKAGE = "euthymia.therapies.psychedelic"
THERAPY_NAME = "psychedelic"
PSILOCYBIN, MDMA = "psilocybin", "mdma"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow(SourcedRow):
    """One form of the therapy."""

    form: str
    title: str
    drug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRow(SourcedRow):
    """One way to dose a form: for whom (``criterion`` must be true), how much, how often."""

    protocol: str
    form: str
    title: str
    countries: tuple[str, ...]
    criterion: str
    rank: int
    dose_mg: float
    later_dose_mg: float | None = None
    doses: int
    interval_days: float | None = None
    supplement_ratio: float | None = None
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRow(SourcedRow):
    """One phase of a protocol."""

    protocol: str
    name: str
    part: Literal["preparation", "dosing", "integration"]
    start_day: float
    visits: int
    every_days: float
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow(SourcedRow):
    """One limit: what is allowed (a range, or a short list of values), and why."""

    code: str
    unit: str
    low: float | None = None
    high: float | None = None
    allowed: tuple[float, ...] = ()
    statement: str

    def permits(self, value: float) -> bool:
        """Whether ``value`` (in the row's unit) is inside the limit."""
        if self.allowed and not any(abs(value - a) < 1e-9 for a in self.allowed):
            return False
        return (self.low is None or value >= self.low - 1e-9) and (self.high is None or value <= self.high + 1e-9)

    def enforce(self, argument: str, value: float, hint: str = "") -> None:
        """Raise :class:`SafetyLimit` when ``value`` is outside."""
        if not self.permits(value):
            raise SafetyLimit(argument, value, f"{self.words()} ({self.statement}; {self.source})", hint)

    def words(self) -> str:
        """The limit in words, with its unit."""
        if self.allowed:
            return f"{' | '.join(f'{a:g}' for a in self.allowed)} {self.unit}"
        low = "" if self.low is None else f"{self.low:g}"
        high = "" if self.high is None else f"{self.high:g}"
        if low and high:
            return f"{low} to {high} {self.unit}"
        return f"{low} {self.unit} or more" if low else f"{high} {self.unit} or less"

    def reason(self, statement: str = "", direction: Direction = Direction.NEUTRAL) -> Reason:
        """The limit as a reason."""
        words = statement or f"{self.statement[0].upper()}{self.statement[1:]}."
        return Reason(words, (self.cite(),), EvidenceGrade.RULE, direction, code=self.code)

    @property
    def bound(self) -> float:
        """The single number of a one-sided limit."""
        value = self.low if self.low is not None else self.high
        if value is None:
            raise InvalidInput("limit", self.code, "a row with a low or a high value")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHoursRow(SourcedRow):
    """Hours a jurisdiction asks a participant to stay, by total dose (mg)."""

    jurisdiction: str
    low_mg: float
    high_mg: float
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueRow(SourcedRow):
    """What an event on the dosing day asks for; ``level`` marks an emergency."""

    event: str
    step: Literal["support", "medicine", "emergency"]
    statement: str
    level: Literal["", "emergency"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighingRow(SourcedRow):
    """What speaks for or against a protocol, for cases that meet ``criterion`` (empty = all)."""

    code: str
    protocols: tuple[str, ...]
    criterion: str = ""
    direction: Direction
    grade: EvidenceGrade
    statement: str

    def __post_init__(self) -> None:
        if self.criterion:
            parse(self.criterion)

    def reason(self) -> Reason:
        """The row as a reason."""
        return Reason(f"{self.statement}.", (self.cite(),), self.grade, self.direction, code=self.code)


@cache
def forms() -> tuple[FormRow, ...]:
    """Return the forms."""
    return load_table(PACKAGE, "forms.csv", FormRow, key="form")


def form_title(form: str) -> str:
    """Return the title of ``form``."""
    return next(row.title for row in forms() if row.form == form)


@cache
def protocols() -> tuple[ProtocolRow, ...]:
    """Return every protocol."""
    return load_table(PACKAGE, "protocols.csv", ProtocolRow, key="protocol")


def protocol(name: str) -> ProtocolRow:
    """Return the protocol called ``name``."""
    found = next((row for row in protocols() if row.protocol == name), None)
    if found is None:
        raise InvalidInput("protocol", name, " | ".join(row.protocol for row in protocols()))
    return found


@cache
def phases_of(name: str, part: str) -> tuple[Phase, ...]:
    """Return the phases of the protocol called ``name`` that belong to ``part``."""
    rows: tuple[PhaseRow, ...] = load_table(PACKAGE, "phases.csv", PhaseRow)
    return tuple(
        Phase(r.name, r.start_day, r.visits, r.every_days, r.minutes)
        for r in rows
        if r.protocol == name and r.part == part
    )


@cache
def limit(code: str) -> LimitRow:
    """Return the limit called ``code``."""
    rows: tuple[LimitRow, ...] = load_table(PACKAGE, "limits.csv", LimitRow, key="code")
    found = next((row for row in rows if row.code == code), None)
    if found is None:
        raise InvalidInput("limit", code, " | ".join(row.code for row in rows))
    return found


@cache
def rescues() -> dict[str, RescueRow]:
    """Return the rescue rows by event."""
    return {row.event: row for row in load_table(PACKAGE, "rescue.csv", RescueRow, key="event")}


@cache
def weighings() -> tuple[WeighingRow, ...]:
    """Return what speaks for and against the protocols."""
    return load_table(PACKAGE, "weighing.csv", WeighingRow, key="code")


def legal_hours(jurisdiction: str, dose_mg: float) -> LegalHoursRow | None:
    """Return the longest stay the jurisdiction asks for at ``dose_mg``; a dose on a border takes the longer one."""
    rows: tuple[LegalHoursRow, ...] = load_table(PACKAGE, "legal_hours.csv", LegalHoursRow)
    fitting = [r for r in rows if r.jurisdiction == jurisdiction and r.low_mg <= dose_mg <= r.high_mg]
    return max(fitting, key=lambda r: r.hours, default=None)
