"""The rows behind drug options as typed values: points and their groups, rules on labs, drugs, levels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.case.criteria import parse
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies import drug_tables
from euthymia.therapies.contract import Screening
from euthymia.therapies.drug_tables import ProtocolRow, belongs
from euthymia.therapies.form_screen import screen_by_tables
from euthymia.therapies.precision.tables import PACKAGE

Group = Literal["history", "genes", "fit", "interactions", "labs", "evidence"]
Role = Literal["switch", "augment", "keep"]
FORM = "drug_choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow(SourcedRow):
    """Points that one fact gives an option. Genes can only take points: they are no claim of benefit.

    ``actions`` are the action codes of guidelines that the row stands for, ``word`` what they come to.
    """

    code: str
    group: Group
    points: float
    actions: tuple[str, ...] = ()
    word: str = ""
    statement: str

    def __post_init__(self) -> None:
        if self.group == "genes" and self.points > 0:
            raise InvalidInput(f"{self.code}.points", self.points, "0 or less: a gene is never a reason of benefit")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow(SourcedRow):
    """The least and the most that a group of points may count, and the stated preference that weighs it."""

    group: Group
    least: float
    most: float
    preference: str = ""
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRule(SourcedRow):
    """A laboratory value or vital sign that speaks against some drugs."""

    code: str
    drugs: tuple[str, ...]
    criterion: str
    points: float
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)
        if self.points > 0:
            raise InvalidInput(f"{self.code}.points", self.points, "0 or less: a marker is never a reason of benefit")

    def concerns(self, drug: str) -> bool:
        """Whether the rule is about a drug, by its name or class."""
        return any(belongs(drug, one) for one in self.drugs)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRow(SourcedRow):
    """The range that a blood level of a drug is compared with."""

    drug: str
    analyte: str
    low: float
    high: float
    unit: str
    days_to_steady_state: float
    statement: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A drug that may be offered, and how: the dosing row and the form whose screening rules hold for it."""

    drug: str
    role: Role
    row: ProtocolRow

    @property
    def rules_form(self) -> str:
        """The form of the drug tables whose rules and evidence are read for this drug."""
        return self.row.form


@cache
def choices() -> tuple[Choice, ...]:
    """Return every single drug that can be started: those of the drug tables, then those of our own table."""
    found: list[Choice] = []
    for form in drug_tables.forms().values():
        if form.strategy != "combine":
            rows = drug_tables.protocols(form.form)
            found += [Choice(row.drug, form.strategy, row) for row in rows if not row.partner]
    own: tuple[ProtocolRow, ...] = load_table(PACKAGE, "drug_protocols.csv", ProtocolRow, key="protocol")
    return (*found, *(Choice(row.drug, "switch", row) for row in own))


def drug_screenings(case: Case) -> tuple[tuple[tuple[str, ...], Screening], ...]:
    """Return the drugs and the screening of every single-drug form by the shared rules, without allergies."""
    return tuple(
        (
            row.drugs,
            screen_by_tables(case, drug_tables.PACKAGE, therapy="pharmacotherapy", form=row.form, title=row.title),
        )
        for row in drug_tables.forms().values()
        if row.strategy != "combine"
    )


@cache
def points() -> dict[str, PointRow]:
    """Return the points of the ranking by code."""
    return {row.code: row for row in load_table(PACKAGE, "rank_points.csv", PointRow, key="code")}


@cache
def groups() -> dict[str, GroupRow]:
    """Return the groups of points by name."""
    return {row.group: row for row in load_table(PACKAGE, "rank_groups.csv", GroupRow, key="group")}


def choice_rules() -> tuple[ChoiceRule, ...]:
    """Return the rules on labs and vital signs."""
    return load_table(PACKAGE, "choice_rules.csv", ChoiceRule, key="code")


def level_row(drug: str) -> LevelRow | None:
    """Return the range of levels held for a drug, or None."""
    rows: tuple[LevelRow, ...] = load_table(PACKAGE, "drug_levels.csv", LevelRow, key="drug")
    return next((row for row in rows if row.drug == drug_tables.ingredient(drug)), None)
