"""The tables of VNS: protocols, timetables, limits, notes and tolerance, one row class each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.case.criteria import parse
from euthymia.core.reason import Direction
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.device_tables import FitRow, RangeRow, timetable_schedule
from euthymia.therapies.lookup import row_named
from euthymia.therapies.schedule import Schedule

PACKAGE = "euthymia.therapies.vns"


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
    return row_named(protocols(), "protocol", protocol)


def limit(name: str) -> RangeRow:
    """Return one limit's row."""
    rows: tuple[RangeRow, ...] = load_table(PACKAGE, "limits.csv", RangeRow, key="name")
    return row_named(rows, "name", name)


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
    return row_named(tolerances(), "effect", effect)


def schedule_of(timetable: str, *, implanted: bool = False) -> Schedule:
    """Return a timetable as a schedule; day 0 is the operation, or the first visit with a device in place."""
    return timetable_schedule(PACKAGE, timetable, implanted=implanted)
