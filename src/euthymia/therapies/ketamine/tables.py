"""The tables of this therapy: forms, protocols with their phases, hard limits, and what speaks for and against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.case.criteria import parse
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.limits import LimitRow
from euthymia.therapies.lookup import row_named
from euthymia.therapies.number_rows import NumberRow, number_row
from euthymia.therapies.schedule import Phase, Schedule
from euthymia.therapies.weighing import WeighingRow

PACKAGE = "euthymia.therapies.ketamine"
THERAPY_NAME = "ketamine"
ESKETAMINE, INFUSION = "esketamine_nasal", "ketamine_iv"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow(SourcedRow):
    """One form of the therapy."""

    form: str
    title: str
    drug: str
    route: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRow(SourcedRow):
    """One way to dose a form: for whom (``criterion``), where (``countries``; ``*`` = no row of its own), how much."""

    protocol: str
    form: str
    title: str
    countries: tuple[str, ...]
    criterion: str
    rank: int
    first_dose_allowed_mg: tuple[float, ...] = ()
    later_dose_allowed_mg: tuple[float, ...] = ()
    first_dose_mg: float | None = None
    later_dose_mg: float | None = None
    step_mg: float | None = None
    dose_mg_kg: float | None = None
    duration_min: float | None = None
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRow(SourcedRow):
    """One phase of a protocol's schedule."""

    protocol: str
    name: str
    start_day: float
    visits: int
    every_days: float
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow(SourcedRow):
    """A symptom that pauses or stops the dose."""

    symptom: str
    action: Literal["pause", "stop"]
    statement: str


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
    return row_named(protocols(), "protocol", name)


@cache
def schedule_of(name: str) -> Schedule:
    """Return the schedule of the protocol called ``name``."""
    rows = [r for r in load_table(PACKAGE, "phases.csv", PhaseRow) if r.protocol == protocol(name).protocol]
    return Schedule(tuple(Phase(r.name, r.start_day, r.visits, r.every_days, r.minutes) for r in rows))


@cache
def limit(code: str) -> LimitRow:
    """Return the limit called ``code``."""
    rows: tuple[LimitRow, ...] = load_table(PACKAGE, "limits.csv", LimitRow, key="code")
    return row_named(rows, "code", code, argument="limit")


@cache
def figure(name: str) -> NumberRow:
    """Return the number called ``name`` that predictions rest on beside their models."""
    return number_row(PACKAGE, "figures.csv", name)


@cache
def stop_rules() -> dict[str, StopRow]:
    """Return the stop rules by symptom."""
    return {row.symptom: row for row in load_table(PACKAGE, "stop_rules.csv", StopRow, key="symptom")}


@cache
def weighings() -> tuple[WeighingRow, ...]:
    """Return what speaks for and against the protocols."""
    return load_table(PACKAGE, "weighing.csv", WeighingRow, key="code")
