"""The expected course of a treatment form over time, with a band, each point labeled by what it rests on.

Points come from arm-level mean changes where several or at least one were read; the band is one standard deviation
between patients, so about two thirds of patients lie inside it. Response rates at further times, and the published
onset and peak, follow as points without a mean: they shape the expectation and are never turned into one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from euthymia.core.source import Source, Verification, weakest
from euthymia.engines.evidence.effects import Counts, Means, combine_counts, combine_means
from euthymia.engines.evidence.tables import all_courses, durability, onset
from euthymia.engines.evidence.trials import ArmRow, all_arms, is_allowed
from euthymia.engines.evidence.vocabulary import Population, Window

ARM_MEANS, RESPONSE_COUNTS, FOLLOW_UP, SHAPE = "arm_means", "response_counts", "open_follow_up", "onset_and_peak"
SEVERAL = 2
"""Means at this many days make a course of their own; with fewer, published onset and peak give its shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePoint:
    """One point of an expected course.

    Parameters
    ----------
    day
        Days from the start of the course.
    mid, low, high
        Mean change as a fraction of the baseline score (negative is better) and one standard deviation between
        patients to each side; None where the sources give no mean or no spread.
    responder_fraction
        Share of patients in response at that day, where counted.
    fraction_of_peak
        0 before onset, 1 from peak on, for points that rest on published onset and peak only.
    basis
        ``arm_means``, ``response_counts``, ``open_follow_up`` or ``onset_and_peak``.
    """

    day: float
    mid: float | None = None
    low: float | None = None
    high: float | None = None
    responder_fraction: float | None = None
    fraction_of_peak: float | None = None
    basis: str
    n_patients: int | None = None
    studies: tuple[str, ...] = ()
    population: Population | None = None
    verification: Verification
    sources: tuple[Source, ...] = ()
    note: str = ""


class _Shared(TypedDict):
    """Fields that every point made of measured arms has."""

    n_patients: int
    studies: tuple[str, ...]
    population: Population
    verification: Verification
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class _Measured:
    """One arm at one day, as fractions of its baseline."""

    study: str
    population: Population
    day: float
    n: int
    mid: float | None
    sd: float | None
    responders: int | None
    source: Source


def trajectory(
    therapy: str, form: str, *, population: str | None = None, include_unverified: bool = False
) -> tuple[CoursePoint, ...]:
    """Return the expected course of a form, by day; a control's course by ``therapy="control"`` and its type as form.

    Parameters
    ----------
    population
        One stratum; None takes, for the means and for the counts each, the stratum nearest to adult TRD that has any.

    Notes
    -----
    Arms of several trials at the same day are averaged by size, with the spread between their means inside the band.
    Different days may rest on different trials: the studies of each point are named. Where a
    randomized trial of the stratum exists, single-arm and non-randomized ones are left out.
    """
    measured = _measured(therapy, form, population, include_unverified)
    points = [*_mean_points(measured), *_response_points(measured)]
    for row in durability(therapy, form, include_unverified=include_unverified):
        if row.measure == "response" and row.starting_from == "all treated" and row.day and row.pct is not None:
            points.append(
                CoursePoint(
                    day=row.day,
                    responder_fraction=row.pct / 100,
                    basis=FOLLOW_UP,
                    n_patients=row.n,
                    studies=(row.study,),
                    verification=row.verification,
                    sources=(row.cite(),),
                    note=row.note,
                )
            )
    if sum(p.basis == ARM_MEANS for p in points) < SEVERAL:
        points.extend(_shape_points(therapy, form, include_unverified))
    return tuple(sorted(points, key=lambda p: (p.day, p.basis, p.studies)))


def _measured(therapy: str, form: str, population: str | None, include_unverified: bool) -> list[_Measured]:
    """Arms of the form at every day: repeated-measure rows first, then trial arms of studies not among them."""
    found: list[_Measured] = []
    repeated = [r for r in all_courses() if r.therapy == therapy and r.form == form]
    by_study = {a.study: a.population for a in all_arms()}
    for r in repeated:
        stratum = by_study.get(r.study, Population.MIXED)
        fits = population is None or stratum == population
        if fits and is_allowed(r.verification, include_unverified):
            mid, sd = _fractions(r.baseline_mean, r.change_mean, r.change_sd)
            found.append(_Measured(r.study, stratum, r.day, r.n, mid, sd, r.responders, r.cite()))
    known = {r.study for r in repeated}
    rows = [
        a
        for a in all_arms()
        if a.therapy == therapy
        and a.form == form
        and a.study not in known
        and not a.do_not_pool
        and a.window is Window.AT_TIMEPOINT
        and a.timepoint_days is not None
        and (population is None or a.population == population)
        and is_allowed(a.verification, include_unverified)
    ]
    strata = {m.population for m in found} | {a.population for a in rows if a.randomized}
    for a in rows:
        if a.denominator is None or (not a.randomized and a.population in strata):
            continue
        mid, sd = _fractions(a.baseline_mean, a.change_mean, a.patient_sd)
        responders = a.responders if not _is_pooled_elsewhere(a, rows) else None
        assert a.timepoint_days is not None
        found.append(_Measured(a.study, a.population, a.timepoint_days, a.denominator, mid, sd, responders, a.cite()))
    return found


def _is_pooled_elsewhere(row: ArmRow, rows: Iterable[ArmRow]) -> bool:
    """Whether the row pools trials that are themselves counted here."""
    return any(other.study in row.overlaps and other.responders is not None for other in rows)


def _fractions(baseline: float | None, change: float | None, sd: float | None) -> tuple[float | None, float | None]:
    if not baseline or change is None:
        return None, None
    return change / baseline, None if sd is None else sd / baseline


def _nearest(measured: list[_Measured]) -> list[_Measured]:
    """Those of the population nearest to adult TRD; strata are not mixed."""
    if not measured:
        return []
    nearest = min((m.population for m in measured), key=lambda p: p.distance_rank)
    return [m for m in measured if m.population is nearest]


def _mean_points(measured: list[_Measured]) -> list[CoursePoint]:
    chosen = _nearest([m for m in measured if m.mid is not None])
    points = []
    for day in sorted({m.day for m in chosen}):
        here = [m for m in chosen if m.day == day]
        total = sum(m.n for m in here)
        mid = math.fsum(m.n * m.mid for m in here if m.mid is not None) / total
        spread: float | None = None
        if all(m.sd is not None and m.n > 1 for m in here):
            spread = combine_means([Means(m.mid, m.sd, m.n) for m in here if m.mid is not None and m.sd]).sd
        points.append(
            CoursePoint(
                day=day,
                mid=mid,
                low=None if spread is None else mid - spread,
                high=None if spread is None else mid + spread,
                basis=ARM_MEANS,
                note="" if spread is not None else "no spread between patients was read",
                **_shared(here),
            )
        )
    return points


def _response_points(measured: list[_Measured]) -> list[CoursePoint]:
    chosen = _nearest([m for m in measured if m.responders is not None])
    points = []
    for day in sorted({m.day for m in chosen}):
        here = [m for m in chosen if m.day == day]
        counts = combine_counts([Counts(m.responders, m.n) for m in here if m.responders is not None])
        shared = _shared(here)
        points.append(
            CoursePoint(day=day, responder_fraction=counts.events / counts.n, basis=RESPONSE_COUNTS, **shared)
        )
    return points


def _shared(here: list[_Measured]) -> _Shared:
    sources = tuple(dict.fromkeys(m.source for m in here))
    return {
        "n_patients": sum(m.n for m in here),
        "studies": tuple(dict.fromkeys(m.study for m in here)),
        "population": here[0].population,
        "verification": weakest(sources),
        "sources": sources,
    }


def _shape_points(therapy: str, form: str, include_unverified: bool) -> list[CoursePoint]:
    """Onset and peak as a course from 0 to 1; the row of the form itself goes before that of the therapy."""
    rows = onset(therapy, form, include_unverified=include_unverified)
    points = []
    for row in rows[:1]:
        marks = [
            (0.0, 0.0),
            (row.onset_low_days, 0.0),
            (row.peak_low_days, 1.0),
            (row.peak_high_days, 1.0),
        ]
        for day, level in dict.fromkeys(marks):
            if day is not None:
                points.append(
                    CoursePoint(
                        day=day,
                        fraction_of_peak=level,
                        basis=SHAPE,
                        studies=(row.study,),
                        verification=row.verification,
                        sources=(row.cite(),),
                        note=row.statement,
                    )
                )
    return points
