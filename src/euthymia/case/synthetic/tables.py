"""The tables a synthetic case is drawn from: published marginals, and what is assumed, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.case.drugs import Drug, require_drug
from euthymia.core.errors import InvalidInput, TableError
from euthymia.core.tables import SourcedRow, load_table

PACKAGE = "euthymia.case"
ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginal(SourcedRow):
    """One number of the population a case is drawn from; ``profile`` ``*`` serves every profile without its own row."""

    name: str
    profile: str
    value: float
    unit: str
    low: float
    high: float
    statement: str

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.name}@{self.profile}: {self.value:g} is not within {self.low:g} to {self.high:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(SourcedRow):
    """How often the answer to a question of ``concepts.csv`` is yes, in whom, and what else a yes entails."""

    code: str
    prevalence_pct: float
    who: Literal["any", "female"]
    lowest_age_yr: int
    highest_age_yr: int
    device: bool
    icd10: str = ""
    display: str = ""
    implies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment(SourcedRow):
    """How likely a treatment is at each line; ``low`` and ``high`` are mg a day for drugs, else sessions."""

    kind: str
    name: str
    weight_line_1: float
    weight_line_2: float
    weight_line_3: float
    weight_later: float
    low: float | None = None
    high: float | None = None

    def weight(self, line: int) -> float:
        """Return the weight at the ``line``-th step (counted from 1)."""
        return (self.weight_line_1, self.weight_line_2, self.weight_line_3, self.weight_later)[min(line, 4) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine(SourcedRow):
    """How often a medicine is taken (of those with ``with_condition``, when it is given) and in what daily dose."""

    name: str
    taken_pct: float
    who: Literal["any", "female"]
    lowest_age_yr: int
    highest_age_yr: int
    as_needed: bool
    with_condition: str = ""
    low_mg_day: float | None = None
    high_mg_day: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab(SourcedRow):
    """Distribution of a laboratory value in ``unit``; ``other_unit`` is how other laboratories report it."""

    analyte: str
    unit: str
    center: float
    spread: float
    shape: Literal["normal", "lognormal"]
    low: float
    high: float
    digits: int
    measured_pct: float
    other_unit: str = ""
    loinc: str = ""
    reference_low: float | None = None
    reference_high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseShape(SourcedRow):
    """A course of treatment that may be under way: its rhythm, and how symptoms fall in the mean."""

    therapy: str
    form: str
    weight_pct: float
    sessions: int
    sessions_per_week: float
    length_days: float
    improvement_mean_pct: float
    improvement_sd_pct: float
    half_time_days: float
    side_effects: tuple[str, ...]
    not_with: tuple[str, ...] = ()


@cache
def marginals() -> Mapping[tuple[str, str], Marginal]:
    """Return every marginal by name and profile."""
    rows: dict[tuple[str, str], Marginal] = {}
    for row in load_table(PACKAGE, "synthetic_marginals.csv", Marginal):
        if (row.name, row.profile) in rows:
            raise TableError(f"synthetic_marginals.csv: {row.name} stands twice for {row.profile}")
        rows[row.name, row.profile] = row
    return rows


@cache
def profiles() -> tuple[str, ...]:
    """Return the names of the profiles, in table order."""
    return tuple(profile for name, profile in marginals() if name == "profile.weight")


@cache
def marginal(name: str, profile: str = ANY) -> Marginal:
    """Return the row of ``name`` for ``profile``, or the one for all."""
    rows = marginals()
    found = rows.get((name, profile)) or rows.get((name, ANY))
    if found is None:
        raise InvalidInput("marginal", f"{name} for {profile}", "a row of case/data/synthetic_marginals.csv")
    return found


@cache
def shares(prefix: str, profile: str = ANY) -> tuple[tuple[str, float], ...]:
    """Return the last parts of the names under ``prefix.`` with their values, the profile's own rows before all."""
    rows = [row for row in marginals().values() if row.name.rpartition(".")[0] == prefix]
    own = [row for row in rows if row.profile == profile] or [row for row in rows if row.profile == ANY]
    return tuple((row.name.removeprefix(f"{prefix}."), row.value) for row in own)


@cache
def drug_of(name: str) -> Drug:
    """Return the row of ``drugs.csv`` for a name of these tables."""
    return require_drug(name)


def dose_steps(low: float, high: float) -> tuple[float, ...]:
    """Return doses that can be prescribed from ``low`` to ``high``: once, one and a half times, twice the least, and
    the most."""
    between = (float(f"{times * low:.4g}") for times in (1.5, 2.0))
    return tuple(sorted({low, high, *(dose for dose in between if dose < high)}))


def conditions() -> tuple[Condition, ...]:
    """Return every row of ``synthetic_conditions.csv``."""
    return load_table(PACKAGE, "synthetic_conditions.csv", Condition, key="code")


def treatments() -> tuple[Treatment, ...]:
    """Return every row of ``synthetic_treatments.csv``."""
    return load_table(PACKAGE, "synthetic_treatments.csv", Treatment, key="name")


def medicines() -> tuple[Medicine, ...]:
    """Return every row of ``synthetic_medicines.csv``."""
    return load_table(PACKAGE, "synthetic_medicines.csv", Medicine)


def labs() -> tuple[Lab, ...]:
    """Return every row of ``synthetic_labs.csv``."""
    return load_table(PACKAGE, "synthetic_labs.csv", Lab, key="analyte")


def course_shapes() -> tuple[CourseShape, ...]:
    """Return every row of ``synthetic_courses.csv``."""
    return load_table(PACKAGE, "synthetic_courses.csv", CourseShape, key="form")
