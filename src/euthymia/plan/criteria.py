"""The documented comparison: criteria, value functions and weights (multi-criteria decision analysis).

Each criterion maps what was read to a value from 0 (worst) to 1 (best) along a line or a log scale between two
anchors (``plan/data/criteria.csv``); the score is the weighted mean. What is not known counts as the middle and
carries the whole range as its uncertainty, so ignorance shows as width and not as a verdict.

References
----------
Thokala P and others, Value in Health 2016;19:1-13 (MCDA good practice), doi 10.1016/j.jval.2015.12.003.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.core.units import convert
from euthymia.plan.model import CriterionScore
from euthymia.therapies.contract import Screening
from euthymia.therapies.forecast import Forecast, Harm, Interval

PACKAGE = "euthymia.plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionRow(SourcedRow):
    """One criterion with its anchors and default weight."""

    name: str
    title: str
    worst: float
    best: float
    scale: Literal["linear", "log"]
    unit: str
    default_weight: float
    statement: str

    def value(self, raw: float) -> float:
        """Return the value (0 to 1) of a raw number; beyond an anchor it is that anchor's value."""
        if self.scale == "log":
            share = (math.log(max(raw, 1e-9)) - math.log(self.worst)) / (math.log(self.best) - math.log(self.worst))
        else:
            share = (raw - self.worst) / (self.best - self.worst)
        return min(1.0, max(0.0, share))


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow(SourcedRow):
    """Points for a word."""

    name: str
    points: float
    statement: str


def criteria() -> tuple[CriterionRow, ...]:
    """Return the criteria in table order."""
    return load_table(PACKAGE, "criteria.csv", CriterionRow, key="name")


def weights(stated: Mapping[str, float] | None) -> dict[str, float]:
    """Return weights that add up to 1: the stated ones, with defaults where nothing was stated.

    Raises
    ------
    InvalidInput
        For a criterion that does not exist, or weights that are all zero.
    """
    found = {row.name: row.default_weight for row in criteria()}
    for name, weight in (stated or {}).items():
        if name not in found:
            raise InvalidInput(f"preferences.weights.{name}", weight, f"criteria {', '.join(found)}")
        found[name] = weight
    total = sum(found.values())
    if total <= 0:
        raise InvalidInput("preferences.weights", dict(stated or {}), "at least one weight above 0")
    return {name: weight / total for name, weight in found.items()}


@dataclass(frozen=True, slots=True)
class _Raw:
    """A raw reading with its range (None = not known)."""

    value: float | None
    low: float | None
    high: float | None
    basis: str


def judge_option(found: Forecast, screening: Screening, shares: Mapping[str, float]) -> tuple[CriterionScore, ...]:
    """Score one option on every criterion."""
    raws = {
        "benefit": _benefit(found),
        "onset": _onset(found),
        "durability": _durability(found),
        "harms": _harms(found),
        "cautions": _cautions(screening),
        "burden": _exact(found.burden.hours, f"{found.burden.visits} visits, {found.burden.hours:.0f} h"),
        "cost": _cost(found),
        "evidence": _exact(_points(f"grade:{found.grade.value}"), found.grade.value.replace("_", " ")),
        "access": _exact(_points(f"legality:{screening.legality.value}"), screening.legality.value.replace("_", " ")),
    }
    return tuple(_scored(row, raws[row.name], shares[row.name]) for row in criteria())


def _scored(row: CriterionRow, raw: _Raw, weight: float) -> CriterionScore:
    if raw.value is None:
        return CriterionScore(row.name, row.title, None, row.unit, 0.5, 0.0, 1.0, weight, raw.basis or "not known")
    middle = row.value(raw.value)
    ends = [row.value(raw.value if end is None else end) for end in (raw.low, raw.high)]
    low, high = min(*ends, middle), max(*ends, middle)
    return CriterionScore(row.name, row.title, raw.value, row.unit, middle, low, high, weight, raw.basis)


def _benefit(found: Forecast) -> _Raw:
    """Extra responders over the comparator; without a usable comparison in TRD the range starts at no benefit."""
    best = found.best_outcome("response") or found.best_outcome("remission")
    if best is None or best.difference is None:
        # What nobody has shown is not claimed: the value is that of no benefit, with room above it.
        return _Raw(0.0, 0.0, _points("benefit:unshown"), "no comparison with counts: none claimed")
    gap: Interval = best.difference
    low = min(0.0, gap.value) if gap.low is None else gap.low  # no interval published: from no benefit on
    high = max(0.0, gap.value) if gap.high is None else gap.high
    words = f"{best.name} {100 * gap.value:+.0f} points over {best.comparator}"
    if not best.relevant:
        shrunk = gap.value * _points("benefit:indirect")
        ends = (min(0.0, low, shrunk), max(high, shrunk))
        return _Raw(shrunk, *ends, f"{words}; counted in part: another population, or no inactive comparator")
    return _Raw(gap.value, low, high, words)


def _onset(found: Forecast) -> _Raw:
    spans = [s for s in found.onset if s.name == "onset" and s.value is not None]
    if not spans or spans[0].value is None:
        return _Raw(None, None, None, "")
    days = spans[0].value
    return _Raw(days.value, days.low, days.high, f"effect from about day {days.value:.0f}")


def _durability(found: Forecast) -> _Raw:
    first, last = _points("durability:from_day"), _points("durability:to_day")
    for span in found.durability:
        if span.value is None or span.unit != "%" or span.at_days is None or not first <= span.at_days <= last:
            continue
        if span.among.startswith("all"):  # a share of everybody treated says nothing on how long a response lasts
            continue
        kept = span.value if span.name.startswith("kept") else None
        if span.name == "relapse":
            low = None if span.value.high is None else 100 - span.value.high
            high = None if span.value.low is None else 100 - span.value.low
            kept = Interval(100 - span.value.value, low, high)
        if kept is not None:
            return _Raw(kept.value, kept.low, kept.high, f"{kept.value:.0f} % still well at day {span.at_days:.0f}")
    return _Raw(None, None, None, "")


def _harms(found: Forecast) -> _Raw:
    """Points for an operation, anesthesia, and the harms listed: serious ones count by whether they are rare."""
    serious = [h for h in found.harms if h.serious]
    rare = [h for h in serious if (rate := _per_patient(h)) is not None and rate < _points("harm:rare_below")]
    others = len(found.harms) - len(serious)
    points = _points("harm:surgery") * found.burden.surgery + _points("harm:anesthesia") * found.burden.anesthesia
    points += _points("harm:serious") * min(len(serious) - len(rare), _points("harm:serious_counted"))
    points += _points("harm:serious_rare") * min(len(rare), _points("harm:serious_counted"))
    points += _points("harm:other") * min(others, _points("harm:other_counted"))
    words = [w for w, is_so in (("operation", found.burden.surgery), ("anesthesia", found.burden.anesthesia)) if is_so]
    words.append(f"harms listed: {len(serious)} serious ({len(rare)} of them rare), {others} other")
    return _exact(points, ", ".join(words))


def _per_patient(harm: Harm) -> float | None:
    """Rate as a fraction, None where none is known or the unit is no rate."""
    if harm.rate is None:
        return None
    try:
        return convert(harm.rate.value, harm.unit, "frac")
    except InvalidInput:
        per = {"per 1000 patients": 1e-3, "per 1000 sessions": 1e-3, "per 10000 sessions": 1e-4}.get(harm.unit)
        return None if per is None else harm.rate.value * per


def _cautions(screening: Screening) -> _Raw:
    points = _points("caution:relative") * len(screening.relative)
    points += _points("caution:caution") * len(screening.cautions)
    words = f"relative contraindications: {len(screening.relative)}, cautions: {len(screening.cautions)}"
    return _exact(points, words)


def _cost(found: Forecast) -> _Raw:
    usd = [c for c in found.costs if c.currency == "USD"]
    if not usd:
        return _Raw(None, None, None, "no sourced price")
    dearest = max(usd, key=lambda c: c.high)
    middle = math.sqrt(dearest.low * dearest.high)
    return _Raw(middle, dearest.low, dearest.high, f"{dearest.per}: {dearest.low:,.0f}–{dearest.high:,.0f} USD")


def _exact(value: float, words: str) -> _Raw:
    return _Raw(float(value), None, None, words)


@cache
def _table() -> Mapping[str, float]:
    return {row.name: row.points for row in load_table(PACKAGE, "points.csv", PointRow, key="name")}


def _points(name: str) -> float:
    return _table()[name]
