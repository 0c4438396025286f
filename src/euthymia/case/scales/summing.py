"""Rules that several scales share: sum of items with the missing-item rule, and entry by total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from euthymia.case.scales.alerts import item_alerts, total_only_alerts
from euthymia.case.scales.answers import missing_codes, read_answers, read_total, require_one
from euthymia.case.scales.bands import find_band
from euthymia.case.scales.definition import PACKAGE, Answers, ScaleDefinition
from euthymia.case.scales.result import ScaleScore
from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table

TOO_MANY_MISSING = "too many items missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRow(SourcedRow):
    """Row of ``missing.csv``: the share of items (or domains) that may be missing."""

    scale: str
    counted: Literal["items", "domains"]
    maximum_missing_pct: float


def prorate(definition: ScaleDefinition, points: Sequence[int | None], what: str) -> tuple[int | None, tuple[str, ...]]:
    """Return the total of ``points`` and its flags under the scale's missing rule.

    A complete form is a plain sum. Where the scale has a rule and no more than its share is missing, the sum is
    multiplied by (number of parts / number answered) and rounded half up. Otherwise the total is None.
    """
    known = [p for p in points if p is not None]
    absent = len(points) - len(known)
    if absent == 0:
        return sum(known), ()
    rule = next(
        (r for r in load_table(PACKAGE, "missing.csv", MissingRow, key="scale") if r.scale == definition.name), None
    )
    if rule is None:
        return None, (
            f"no total: {absent} of {len(points)} {what} missing and {definition.name} has no proration rule",
        )
    if 100 * absent > rule.maximum_missing_pct * len(points):
        limit = f"{rule.maximum_missing_pct:g} % may be missing"
        return None, (f"no total: {TOO_MANY_MISSING} ({absent} of {len(points)} {what}; at most {limit})",)
    half_up = (2 * sum(known) * len(points) + len(known)) // (2 * len(known))
    return half_up, (f"prorated from {len(known)} of {len(points)} {what} ({rule.cite()})",)


def from_items(definition: ScaleDefinition, answers: Answers, band_set: str | None) -> ScaleScore:
    """Score a form whose total is the sum of its items."""
    given = read_answers(definition.name, definition.items, answers)
    total, flags = prorate(definition, given, "items")
    return finished(definition, given, total, (), missing_flags(definition, given) + flags, band_set)


def from_total(definition: ScaleDefinition, total: float | None, band_set: str | None) -> ScaleScore:
    """Score a form of which only the total is known."""
    points = read_total(definition, total)
    band = find_band(definition, points, band_set)
    flags = ("total only: no item answers", *band.flags)
    return ScaleScore(
        definition.name, points, definition.minimum, definition.maximum, band.label, band.band_set, (), flags,
        total_only_alerts(definition), (), definition.source, band.source,
    )  # fmt: skip


def sum_or_total(
    definition: ScaleDefinition, answers: Answers | None, total: float | None, band_set: str | None
) -> ScaleScore:
    """Score by items or by total, whichever was given."""
    require_one(answers, total)
    if answers is not None:
        return from_items(definition, answers, band_set)
    return from_total(definition, total, band_set)


def total_only(
    definition: ScaleDefinition, answers: Answers | None, total: float | None, band_set: str | None
) -> ScaleScore:
    """Score a scale that Euthymia holds by total only."""
    if answers is not None:
        raise InvalidInput("answers", answers, f"None: {definition.name} is held by total only ({definition.licence})")
    if total is None:
        raise InvalidInput("total", total, f"the total of the {definition.name}")
    return from_total(definition, total, band_set)


def missing_flags(definition: ScaleDefinition, given: Sequence[int | None]) -> tuple[str, ...]:
    """Return a flag that lists the unanswered items, or nothing."""
    codes = missing_codes(definition.items, given)
    return (f"unanswered: item {', '.join(codes)}",) if codes else ()


def finished(
    definition: ScaleDefinition,
    given: tuple[int | None, ...],
    total: float | None,
    domains: tuple[tuple[str, float | None], ...],
    flags: tuple[str, ...],
    band_set: str | None,
) -> ScaleScore:
    """Put the score together with its band and alerts."""
    band = find_band(definition, total, band_set)
    alerts = tuple(sorted(item_alerts(definition, given), key=lambda alert: -alert.level.rank))
    return ScaleScore(
        definition.name, total, definition.minimum, definition.maximum, band.label, band.band_set, domains,
        (*flags, *band.flags), alerts, given, definition.source, band.source,
    )  # fmt: skip
