"""The tables of the drug options as typed rows, shared by all that choose drugs: doses, limits, combinations, tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.case import drugs
from euthymia.case.criteria import parse
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.number_rows import NumberRow, number_row

PACKAGE = "euthymia.therapies.pharmacotherapy"
Strategy = Literal["switch", "augment", "combine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow(SourcedRow):
    """One option: a switch, an augmentation or a combination, with the drugs it may use."""

    form: str
    title: str
    strategy: Strategy
    drugs: tuple[str, ...]
    standing: int  # order among options that the case does not tell apart


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRow(SourcedRow):
    """How a drug (and its partner in a combination) is started and stepped; doses in mg a day."""

    protocol: str
    form: str
    title: str
    drug: str
    start_mg_day: float
    target_mg_day: float
    max_mg_day: float
    us_max_mg_day: float | None = None
    step_mg: float
    step_days: float
    partner: str = ""
    partner_start_mg_day: float | None = None
    partner_target_mg_day: float | None = None
    partner_max_mg_day: float | None = None
    trial_weeks: float
    titration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLimit(SourcedRow):
    """Highest daily dose (mg) of an ingredient that a prescription for depression may hold."""

    ingredient: str
    max_mg_day: float
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCap(SourcedRow):
    """A lower highest dose (mg a day) when its criterion is true for the case."""

    code: str
    ingredient: str
    criterion: str
    cap_mg_day: float
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination(SourcedRow):
    """Two drugs or classes that may never be together, and the days to wait after stopping one of them."""

    code: str
    one: str
    other: str
    days_after_one: float
    days_after_other: float
    unless: tuple[str, ...] = ()  # drugs of ``other`` that the rule leaves out
    statement: str

    def concerns(self, first: str, second: str) -> bool | None:
        """Whether ``first`` is ``one`` and ``second`` is ``other``; None when a name is not in the drug table."""
        if ingredient(second) in self.unless:
            return False
        left, right = belongs(first, self.one), belongs(second, self.other)
        if left is False or right is False:
            return False
        return None if left is None or right is None else True


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringRow(SourcedRow):
    """A test that goes with an option; ``gate`` = the first dose waits for it."""

    code: str
    forms: tuple[str, ...]
    test: str
    kind: Literal["lab", "vital"]
    baseline: bool
    gate: bool
    every_days: float | None = None
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRow(SourcedRow):
    """What speaks for a form or a strategy when its criterion has the truth ``holds``."""

    code: str
    favors: str
    criterion: str
    holds: bool
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)

    def reason(self, evidence: str) -> Reason:
        """Return the row as a reason for the option."""
        words = f"{self.statement.rstrip('.')} ({evidence})."
        return Reason(words, (self.cite(),), EvidenceGrade.LOW, Direction.FOR, code=self.code)


@cache
def forms() -> dict[str, FormRow]:
    """Return the forms by name, in table order."""
    return {row.form: row for row in load_table(PACKAGE, "forms.csv", FormRow, key="form")}


def protocols(form: str) -> tuple[ProtocolRow, ...]:
    """Return the protocols of a form, in table order."""
    rows: tuple[ProtocolRow, ...] = load_table(PACKAGE, "protocols.csv", ProtocolRow, key="protocol")
    return tuple(row for row in rows if row.form == form)


def dose_limit(ingredient: str) -> DoseLimit | None:
    """Return the highest dose of an ingredient, or None when the table does not hold it."""
    rows: tuple[DoseLimit, ...] = load_table(PACKAGE, "limits.csv", DoseLimit, key="ingredient")
    return next((row for row in rows if row.ingredient == ingredient), None)


def dose_caps() -> tuple[DoseCap, ...]:
    """Return the caps that depend on the case."""
    return load_table(PACKAGE, "dose_caps.csv", DoseCap, key="code")


def combinations() -> tuple[Combination, ...]:
    """Return the forbidden combinations."""
    return load_table(PACKAGE, "combinations.csv", Combination, key="code")


def monitoring(form: str) -> tuple[MonitoringRow, ...]:
    """Return the tests that go with a form."""
    rows: tuple[MonitoringRow, ...] = load_table(PACKAGE, "monitoring.csv", MonitoringRow, key="code")
    return tuple(row for row in rows if form in row.forms)


def strategies() -> tuple[StrategyRow, ...]:
    """Return what speaks for a strategy or a form."""
    return load_table(PACKAGE, "strategy.csv", StrategyRow, key="code")


def session_limit(name: str) -> NumberRow:
    """Return a threshold of a visit."""
    return number_row(PACKAGE, "session_limits.csv", name)


def visit_number(name: str) -> NumberRow:
    """Return a number of the visit plan."""
    return number_row(PACKAGE, "visits.csv", name)


def ingredient(name: str) -> str:
    """Return the ingredient of a drug name (``venlafaxine`` for ``venlafaxine XR``); the name itself when unknown."""
    known = drugs.drug(name)
    return known.ingredient if known else name.casefold()


def belongs(name: str, group: str) -> bool | None:
    """Whether a drug is, or belongs to the class, ``group``; None when the drug is not in the drug table."""
    known = drugs.drug(name)
    if known is None:
        return None
    return group in (known.name, known.ingredient) or group in known.classes
