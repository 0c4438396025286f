"""The tables of this therapy: forms, protocols with their phases, limits, legal hours, rescue, pros and cons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.case.criteria import parse
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.limits import LimitRow
from euthymia.therapies.lookup import row_named
from euthymia.therapies.schedule import Phase
from euthymia.therapies.weighing import WeighingRow

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
class GroupRatioRow(SourcedRow):
    """Most participants for one facilitator in a group, by dose (mg), where a jurisdiction says so."""

    jurisdiction: str
    low_mg: float
    high_mg: float
    participants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperienceRow(SourcedRow):
    """An effect that is asked for by name during the day, because nobody reports it as an adverse event."""

    code: str
    pleasant: bool
    blocks_discharge: bool
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
    return row_named(rows, "code", code, argument="limit")


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


def group_ratio(jurisdiction: str, dose_mg: float) -> GroupRatioRow | None:
    """Return the group size for one facilitator at ``dose_mg``; a dose on a border takes the smaller group."""
    rows: tuple[GroupRatioRow, ...] = load_table(PACKAGE, "group_ratio.csv", GroupRatioRow)
    fitting = [r for r in rows if r.jurisdiction == jurisdiction and r.low_mg <= dose_mg <= r.high_mg]
    return min(fitting, key=lambda r: r.participants, default=None)


@cache
def asked_effects() -> tuple[ExperienceRow, ...]:
    """Return the effects that are asked for by name."""
    return load_table(PACKAGE, "experience.csv", ExperienceRow, key="code")
