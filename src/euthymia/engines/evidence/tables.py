"""Durability, onset, harms, costs and repeated-measure courses: typed rows and their queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.evidence.trials import PACKAGE, all_arms, all_contrasts, is_allowed
from euthymia.engines.evidence.vocabulary import Role, Therapy


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow(SourcedRow):
    """Columns of every table about a form of treatment; an empty form means the therapy as a whole."""

    row_id: str
    study: str
    therapy: Therapy
    form: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DurabilityRow(FormRow):
    """How long a benefit lasts: one rate at one time after the course, or a time to relapse."""

    measure: str  # kept_response | kept_remission | relapse | response | remission | late_response | median_time
    starting_from: str  # who was followed: responders, remitters, all treated …
    day: float | None = None
    pct: float | None = None
    low_pct: float | None = None
    high_pct: float | None = None
    events: int | None = None
    n: int | None = None
    comparator: str = ""
    comparator_pct: float | None = None
    comparator_events: int | None = None
    comparator_n: int | None = None
    median_days: float | None = None
    comparator_median_days: float | None = None
    hazard_ratio: float | None = None
    hazard_low: float | None = None
    hazard_high: float | None = None

    def __post_init__(self) -> None:
        for name in ("pct", "low_pct", "high_pct", "comparator_pct"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 100:
                raise InvalidInput(name, value, "a percentage from 0 to 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnsetRow(FormRow):
    """When a benefit begins and when it is largest, in days from the start of the course."""

    statement: str
    onset_low_days: float | None = None
    onset_high_days: float | None = None
    peak_low_days: float | None = None
    peak_high_days: float | None = None

    def __post_init__(self) -> None:
        for low, high in (("onset_low_days", "onset_high_days"), ("peak_low_days", "peak_high_days")):
            first, last = getattr(self, low), getattr(self, high)
            if first is not None and last is not None and not 0 <= first <= last:
                raise InvalidInput(low, first, f"from 0 to {high} ({last})")


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmRow(FormRow):
    """One unwanted effect with its rate."""

    harm: str
    rate: float | None = None
    rate_low: float | None = None
    rate_high: float | None = None
    unit: str
    events: int | None = None
    n: int | None = None
    comparator: str = ""
    comparator_rate: float | None = None
    comparator_events: int | None = None
    comparator_n: int | None = None
    serious: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow(FormRow):
    """What a course costs in money, visits or hours."""

    item: str
    low: float | None = None
    high: float | None = None
    unit: str
    region: str = ""
    price_year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRow(FormRow):
    """One arm at one of several repeated measurements."""

    role: Role
    day: float
    scale: str
    n: int
    baseline_mean: float | None = None
    change_mean: float | None = None
    change_sd: float | None = None
    responders: int | None = None
    remitters: int | None = None


def all_durability() -> tuple[DurabilityRow, ...]:
    """Return the whole durability table."""
    return load_table(PACKAGE, "durability.csv", DurabilityRow, key="row_id")


def all_onset() -> tuple[OnsetRow, ...]:
    """Return the whole onset table."""
    return load_table(PACKAGE, "onset.csv", OnsetRow, key="row_id")


def all_harms() -> tuple[HarmRow, ...]:
    """Return the whole harm table."""
    return load_table(PACKAGE, "harms.csv", HarmRow, key="row_id")


def all_costs() -> tuple[CostRow, ...]:
    """Return the whole cost table."""
    return load_table(PACKAGE, "costs.csv", CostRow, key="row_id")


def all_courses() -> tuple[CourseRow, ...]:
    """Return the whole table of repeated measurements."""
    return load_table(PACKAGE, "courses.csv", CourseRow, key="row_id")


Row = TypeVar("Row", bound=FormRow)


def _matching(rows: tuple[Row, ...], therapy: str, form: str | None, include_unverified: bool) -> tuple[Row, ...]:
    """Rows of the form first, then rows about the therapy as a whole; every form when ``form`` is None."""
    of_therapy = [r for r in rows if r.therapy == therapy and is_allowed(r.verification, include_unverified)]
    if form is None:
        return tuple(of_therapy)
    return tuple([r for r in of_therapy if r.form == form] + [r for r in of_therapy if not r.form])


def durability(therapy: str, form: str | None = None, *, include_unverified: bool = False) -> tuple[DurabilityRow, ...]:
    """Return how long the benefit of a form lasts; rows about the whole therapy follow."""
    return _matching(all_durability(), therapy, form, include_unverified)


def onset(therapy: str, form: str | None = None, *, include_unverified: bool = False) -> tuple[OnsetRow, ...]:
    """Return when the benefit of a form begins and peaks."""
    return _matching(all_onset(), therapy, form, include_unverified)


def harms(
    therapy: str, form: str | None = None, *, serious: bool | None = None, include_unverified: bool = True
) -> tuple[HarmRow, ...]:
    """Return the harms of a form. A warning applies whatever its verification state, so all are given by default."""
    rows = _matching(all_harms(), therapy, form, include_unverified)
    return tuple(r for r in rows if serious is None or r.serious == serious)


def costs(therapy: str, form: str | None = None, *, include_unverified: bool = False) -> tuple[CostRow, ...]:
    """Return money, visits and hours of a form."""
    return _matching(all_costs(), therapy, form, include_unverified)


def forms(therapy: str) -> tuple[str, ...]:
    """Return the names of the forms of a therapy that any table of this engine knows, sorted."""
    if therapy not in list(Therapy):
        raise InvalidInput("therapy", therapy, f"one of {', '.join(Therapy)}")
    pairs = {(a.therapy, a.form) for a in all_arms()} | {(c.therapy, c.form) for c in all_contrasts()}
    for table in (all_durability(), all_onset(), all_harms(), all_costs(), all_courses()):
        pairs |= {(row.therapy, row.form) for row in table}
    return tuple(sorted(form for owner, form in pairs if owner == therapy and form))
