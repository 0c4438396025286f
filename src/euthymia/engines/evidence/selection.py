"""Which arms answer one question: chosen, combined within a trial, and kept apart by comparator and population.

Three rules guard against counting a patient twice: a pooled row never enters beside the trials it pools; one time
point is taken from each study; the arms of one form within a trial are combined before they meet their control.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.core.errors import InvalidInput
from euthymia.engines.evidence.effects import Counts, combine_counts
from euthymia.engines.evidence.trials import ArmRow, all_arms, is_allowed
from euthymia.engines.evidence.vocabulary import Blinding, Outcome, Population, Role, Window

LARGEST_TIME_RATIO = 2.0
"""A time point counts as 'around' the asked one when it is at most twice and at least half of it."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """What must be equal for two comparisons to be pooled."""

    comparator: str
    is_control: bool
    population: Population
    randomized: bool
    window: Window
    rule: str

    @property
    def order(self) -> tuple[object, ...]:
        """Sort key: controlled, nearest population and randomized first."""
        return (
            not self.is_control, not self.randomized, self.population.distance_rank, self.comparator, self.window,
            self.rule,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StudyComparison:
    """One study's comparison of a treatment form with one comparator at one time."""

    study: str
    stratum: Stratum
    active: Counts
    comparator: Counts
    arms: tuple[ArmRow, ...]

    @property
    def timepoint_days(self) -> float | None:
        """Time point of the comparison."""
        return self.arms[0].timepoint_days

    @property
    def blinding(self) -> Blinding:
        """Weakest blinding of its arms."""
        return max((a.blinding for a in self.arms), key=lambda b: b.weakness_rank)


def usable_arms(outcome: Outcome, include_unverified: bool) -> tuple[ArmRow, ...]:
    """Return the arms with a count for ``outcome`` that may be pooled, without rows that overlap the trials they pool.

    A pooled row gives way when one of its trials has counts for the same outcome; otherwise it stands for them.
    """
    counted = [
        row
        for row in all_arms()
        if not row.do_not_pool
        and row.events(outcome) is not None
        and row.denominator is not None
        and is_allowed(row.verification, include_unverified)
    ]
    present = {row.study for row in counted}
    return tuple(row for row in counted if not present & set(row.overlaps))


def time_distance(timepoint_days: float | None, around_days: float) -> float | None:
    """Return how far apart two times are as a log ratio, None when beyond the allowed ratio or unknown."""
    if timepoint_days is None or timepoint_days <= 0:
        return None
    distance = abs(math.log(timepoint_days / around_days))
    return distance if distance <= math.log(LARGEST_TIME_RATIO) + 1e-9 else None


def check_around(around_days: float | None) -> None:
    """Refuse a time that is not a positive number of days."""
    if around_days is not None and not (math.isfinite(around_days) and around_days > 0):
        raise InvalidInput("around_days", around_days, "a positive number of days, or None for the primary time")


def comparisons(
    therapy: str,
    form: str | None,
    outcome: Outcome,
    *,
    around_days: float | None = None,
    population: str | None = None,
    include_unverified: bool = False,
) -> tuple[StudyComparison, ...]:
    """Return every comparison of the form, one per study, comparator and population, in table order."""
    check_around(around_days)
    pool = usable_arms(outcome, include_unverified)
    mine = [
        row
        for row in pool
        if row.role is Role.ACTIVE
        and row.therapy == therapy
        and (form is None or row.form == form)
        and (population is None or row.population == population)
    ]
    made: list[StudyComparison] = []
    for study in dict.fromkeys(row.study for row in mine):
        contrast = nearest_contrast([row for row in mine if row.study == study], around_days)
        if contrast is None:
            continue
        active = [row for row in mine if row.contrast_id == contrast]
        ids = {row.arm_id for row in active}
        others = [row for row in pool if row.contrast_id == contrast and row.arm_id not in ids]
        if form is None:
            others = [row for row in others if row.role is Role.CONTROL or row.therapy != therapy]
        for key in dict.fromkeys((row.comparator_key, row.role) for row in others):
            against = [row for row in others if (row.comparator_key, row.role) == key]
            made.append(_comparison(study, outcome, active, against))
    return tuple(made)


def nearest_contrast(rows: Sequence[ArmRow], around_days: float | None) -> str | None:
    """Return the contrast of one study nearest in time, or its primary one; None when there is none."""
    if around_days is None:
        return next((row.contrast_id for row in rows if row.primary), None)
    near = [(d, row.contrast_id) for row in rows if (d := time_distance(row.timepoint_days, around_days)) is not None]
    return min(near)[1] if near else None


def _comparison(study: str, outcome: Outcome, active: Sequence[ArmRow], against: Sequence[ArmRow]) -> StudyComparison:
    first = active[0]
    rule = first.rule(outcome) if outcome is Outcome.RESPONSE else ""
    stratum = Stratum(
        comparator=against[0].comparator_key,
        is_control=against[0].role is Role.CONTROL,
        population=first.population,
        randomized=all(a.randomized for a in (*active, *against)),
        window=first.window,
        rule=rule,
    )
    return StudyComparison(study, stratum, _sum(active, outcome), _sum(against, outcome), (*active, *against))


def _sum(rows: Sequence[ArmRow], outcome: Outcome) -> Counts:
    """Counts of several arms as one arm."""
    pairs = [(row.events(outcome), row.denominator) for row in rows]
    return combine_counts([Counts(e, n) for e, n in pairs if e is not None and n is not None])
