"""The tables of precision psychiatry as typed rows: tests, what a marker changes, genes and exposure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.case.criteria import parse
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.number_rows import NumberRow, number_row

PACKAGE = "euthymia.therapies.precision"
Strength = Literal["label", "guideline", "practice", "exposure_only", "investigational", "none"]
Purpose = Literal[
    "treatable_cause", "safety", "confirm", "explains_trial", "baseline", "dose_or_choice", "investigational"
]
GRADES = {
    "label": EvidenceGrade.RULE, "guideline": EvidenceGrade.MODERATE, "practice": EvidenceGrade.RULE,
    "exposure_only": EvidenceGrade.LOW, "investigational": EvidenceGrade.VERY_LOW, "none": EvidenceGrade.VERY_LOW,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow(SourcedRow):
    """One kind of testing; ``asks_consent`` where the test is genetic."""

    form: str
    title: str
    asks_consent: bool
    standing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRow(SourcedRow):
    """One test: what it measures, when it is worth ordering, how long a result holds and what it could change.

    A ``reflex`` test is ordered only where ``when`` is known to hold; any other also while that is open. Where
    ``sooner_when`` holds a result serves for ``sooner_days``.
    """

    code: str
    form: str
    title: str
    purpose: Purpose
    analytes: tuple[str, ...] = ()
    gene: str = ""
    unit: str
    kind: Literal["lab", "vital", "gene", "question"]
    repeat_days: float | None = None
    sooner_when: str = ""
    sooner_days: float | None = None
    when: str
    reflex: bool = False
    could_change: str

    def __post_init__(self) -> None:
        parse(self.when)
        if bool(self.sooner_when) != (self.sooner_days is not None):
            raise ValueError(f"{self.code}: `sooner_when` and `sooner_days` go together")
        if self.sooner_when:
            parse(self.sooner_when)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRow(SourcedRow):
    """An order: its tests and the time from sample to result."""

    protocol: str
    form: str
    title: str
    tests: tuple[str, ...]
    result_days: float
    sample_minutes: float
    result_minutes: float
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerRow(SourcedRow):
    """What a result changes in the plan, and how strong that is.

    ``criterion`` is judged over the case; ``beyond`` instead compares with the range in use (the laboratory's own
    first), where ``requires`` holds. ``analytes`` names what the row reads where that is not what its test measures;
    ``effect`` with ``value``, its interval and ``patients`` is what a trial found; ``reaches`` names the therapies it
    is a reason about. Rows of strength ``investigational`` or ``none`` never change advice or order.
    """

    code: str
    test: str
    analytes: tuple[str, ...] = ()
    criterion: str = ""
    beyond: Literal["", "low", "high"] = ""
    requires: str = ""
    action: str
    decision: Literal["adjust", "none"]
    strength: Strength
    statement: str
    effect: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    value_unit: str = ""
    patients: int | None = None
    reaches: tuple[str, ...] = ()
    repeat_days: float

    def __post_init__(self) -> None:
        if bool(self.criterion) == bool(self.beyond):
            raise ValueError(f"{self.code}: either a criterion or `beyond`")
        for criterion in (self.criterion, self.requires):
            if criterion:
                parse(criterion)

    @property
    def is_acted_on(self) -> bool:
        """Whether the row may change advice."""
        return self.decision == "adjust" and self.strength not in ("investigational", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow(SourcedRow):
    """A sourced sentence on what testing does."""

    code: str
    direction: Direction
    statement: str

    def reason(self) -> Reason:
        """Return the row as a reason."""
        return Reason(
            f"{self.statement.rstrip('.')}.", (self.cite(),), EvidenceGrade.MODERATE, self.direction, code=self.code
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotForUseRow(SourcedRow):
    """A gene or test that no drug choice may rest on."""

    name: str
    statement: str

    def reason(self) -> Reason:
        """Return the row as a reason."""
        words = f"{self.name}: {self.statement.rstrip('.')}."
        return Reason(
            words, (self.cite(),), EvidenceGrade.RULE, Direction.AGAINST, code=f"not_used_{self.name.casefold()}"
        )


@cache
def forms() -> dict[str, FormRow]:
    """Return the forms by name, in table order."""
    return {row.form: row for row in load_table(PACKAGE, "forms.csv", FormRow, key="form")}


@cache
def tests() -> dict[str, TestRow]:
    """Return the tests by code."""
    return {row.code: row for row in load_table(PACKAGE, "tests.csv", TestRow, key="code")}


def measured_by(row: MarkerRow) -> tuple[str, ...]:
    """Return the analytes whose results a marker row reads."""
    return row.analytes or tests()[row.test].analytes


def protocols() -> tuple[ProtocolRow, ...]:
    """Return the orders."""
    return load_table(PACKAGE, "protocols.csv", ProtocolRow, key="protocol")


def markers(test: str = "") -> tuple[MarkerRow, ...]:
    """Return what results change, of one test or of all."""
    rows: tuple[MarkerRow, ...] = load_table(PACKAGE, "markers.csv", MarkerRow, key="code")
    return tuple(row for row in rows if not test or row.test == test)


def statements() -> tuple[StatementRow, ...]:
    """Return what is known of guided prescribing."""
    return load_table(PACKAGE, "statements.csv", StatementRow, key="code")


def not_for_use(name: str) -> NotForUseRow | None:
    """Return why ``name`` may guide nothing, or None when it may."""
    return next((row for row in never_used() if row.name == name.strip().upper()), None)


def never_used() -> tuple[NotForUseRow, ...]:
    """Return the genes and tests that no drug choice may rest on."""
    rows: tuple[NotForUseRow, ...] = load_table(PACKAGE, "not_for_use.csv", NotForUseRow, key="name")
    return rows


def limit(name: str) -> NumberRow:
    """Return a limit of an order."""
    return number_row(PACKAGE, "limits.csv", name)
