"""The tables of VNS: protocols, timetables, limits, notes and tolerance, one row class each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar

from euthymia.case.criteria import parse
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.schedule import Phase, Schedule

PACKAGE = "euthymia.therapies.vns"
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow(SourcedRow):
    """One form of VNS."""

    form: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRow(SourcedRow):
    """Start, steps and target of one titration."""

    protocol: str
    title: str
    rank: int
    start_ma: float
    step_ma: float
    visit_rise_ma: float
    step_min_days: float
    target_ma: float
    ceiling_ma: float
    pulse_width_us: float
    frequency_hz: float
    on_s: float
    off_min: float
    timetable: str
    statement: str
    provenance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimetableRow(SourcedRow):
    """One phase of a timetable; ``implanting`` ones fall away when the device is in place already."""

    timetable: str
    phase: str
    start_day: float
    visits: int
    every_days: float
    minutes: float
    acute: bool
    implanting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow(SourcedRow):
    """One limit, or a number that a session or a follow-up reads; ``values`` are the only ones where given."""

    name: str
    low: float | None = None
    high: float | None = None
    values: tuple[float, ...] = ()
    unit_text: str = ""
    statement: str

    @property
    def words(self) -> str:
        """The allowed range in words."""
        unit = f" {self.unit_text}" if self.unit_text else ""
        if self.values:
            return f"{', '.join(f'{v:g}' for v in self.values)}{unit}"
        if self.low is None:
            return f"at most {self.high:g}{unit}"
        return f"at least {self.low:g}{unit}" if self.high is None else f"{self.low:g} to {self.high:g}{unit}"

    def allows(self, value: float) -> bool:
        """Whether ``value`` is inside."""
        if self.values:
            return value in self.values
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def least(self) -> float:
        """The low end, which this row must have."""
        if self.low is None:
            raise InvalidInput("low", None, f"a low end for {self.name}")
        return self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRow(SourcedRow):
    """Something about the patient that moves a protocol up (+) or down (−) the list."""

    code: str
    protocols: tuple[str, ...]
    criterion: str
    points: float
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow(SourcedRow):
    """Something to be said with every forecast, or with those where its criterion is true."""

    code: str
    criterion: str = ""
    direction: Direction
    statement: str

    def __post_init__(self) -> None:
        if self.criterion:
            parse(self.criterion)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceRow(SourcedRow):
    """One thing that stimulation can cause, and what follows from it."""

    effect: str
    action: Literal["note", "lower", "stop"]
    serious: bool
    statement: str


def forms() -> tuple[FormRow, ...]:
    """Return the forms (there is one)."""
    return load_table(PACKAGE, "forms.csv", FormRow, key="form")


def protocols() -> tuple[ProtocolRow, ...]:
    """Return every protocol."""
    return load_table(PACKAGE, "protocols.csv", ProtocolRow, key="protocol")


def protocol_row(protocol: str) -> ProtocolRow:
    """Return one protocol's row."""
    return _one(protocols(), "protocol", protocol)


def limit(name: str) -> LimitRow:
    """Return one limit's row."""
    rows: tuple[LimitRow, ...] = load_table(PACKAGE, "limits.csv", LimitRow, key="name")
    return _one(rows, "name", name)


def fits() -> tuple[FitRow, ...]:
    """Return what moves a protocol up or down for a patient."""
    return load_table(PACKAGE, "fit.csv", FitRow, key="code")


def notes() -> tuple[NoteRow, ...]:
    """Return what is said with a forecast."""
    return load_table(PACKAGE, "notes.csv", NoteRow, key="code")


def tolerances() -> tuple[ToleranceRow, ...]:
    """Return everything stimulation can cause."""
    return load_table(PACKAGE, "tolerance.csv", ToleranceRow, key="effect")


def tolerance_row(effect: str) -> ToleranceRow:
    """Return one row of the tolerance table."""
    return _one(tolerances(), "effect", effect)


def schedule_of(timetable: str, *, implanted: bool = False) -> Schedule:
    """Return a timetable as a schedule; day 0 is the operation, or the first visit with a device in place."""
    kept = [r for r in _timetable(timetable) if not (implanted and r.implanting)]
    shift = min(r.start_day for r in kept) if implanted else 0.0
    return Schedule(tuple(Phase(r.phase, r.start_day - shift, r.visits, r.every_days, r.minutes) for r in kept))


def acute_end_day(timetable: str, schedule: Schedule) -> float:
    """Return the day of the last visit of the phases that the timetable calls acute."""
    acute = {r.phase for r in _timetable(timetable) if r.acute}
    return max((p.end_day for p in schedule.phases if p.name in acute), default=schedule.days)


def _timetable(timetable: str) -> tuple[TimetableRow, ...]:
    return tuple(r for r in load_table(PACKAGE, "timetable.csv", TimetableRow) if r.timetable == timetable)


def _one(rows: tuple[Row, ...], field: str, wanted: str) -> Row:
    found = next((row for row in rows if getattr(row, field) == wanted), None)
    if found is None:
        raise InvalidInput(field, wanted, " | ".join(str(getattr(row, field)) for row in rows))
    return found
