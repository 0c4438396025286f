"""Absolute benefit of a treatment form: baseline risk times relative effect, one estimate per named comparator.

Nothing is lumped: comparators, populations, randomized and other studies, counting windows and response rules each
get their own estimate. An estimate that includes no effect says so in ``is_null``, with the same weight as one that
does not.
"""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source, Verification, weakest
from euthymia.engines.evidence.effects import Counts, Interval, combine_counts
from euthymia.engines.evidence.estimate import BenefitEstimate, from_contrast, from_counts, observed
from euthymia.engines.evidence.pooling import PooledEffect
from euthymia.engines.evidence.selection import (
    Stratum,
    StudyComparison,
    check_around,
    comparisons,
    time_distance,
    usable_arms,
)
from euthymia.engines.evidence.trials import ArmRow, all_contrasts, is_allowed
from euthymia.engines.evidence.vocabulary import ComparatorType, Outcome, Population, Role, Therapy, Window


def absolute_benefit(
    therapy: str,
    form: str | None,
    outcome: str = "response",
    *,
    around_days: float | None = None,
    comparator_type: str | None = None,
    population: str | None = None,
    include_unverified: bool = False,
) -> tuple[BenefitEstimate, ...]:
    """Return the benefit of a form against every comparator it was tested with, nearest to adult TRD first.

    Parameters
    ----------
    therapy, form
        Words of the tables, e.g. ``"tms"``, ``"tms_saint"``; ``form=None`` pools the forms of the therapy and says so.
    outcome
        ``"response"`` or ``"remission"``.
    around_days
        Time asked for; a study counts when it measured between half and twice this time. None takes each study's
        primary time point.
    comparator_type
        One comparator only: a comparator type, or the form of a treatment used as comparator.
    population
        One population stratum only.
    include_unverified
        Also use rows that were not, or only partly, read in their source; such estimates are ``is_greyed``.

    Returns
    -------
    tuple of BenefitEstimate
        Control comparisons first, randomized first, nearest population first, counted before published. Empty when
        nothing that may be used is known.

    Raises
    ------
    InvalidInput
        For a therapy, outcome, population or time that does not exist.
    """
    option, counted = _checked(therapy, outcome)
    check_around(around_days)
    if population is not None and population not in list(Population):
        raise InvalidInput("population", population, f"one of {', '.join(Population)}")
    studies = comparisons(
        option,
        form,
        counted,
        around_days=around_days,
        population=population,
        include_unverified=include_unverified,
    )
    strata: dict[Stratum, list[StudyComparison]] = {}
    for study in studies:
        if comparator_type is None or study.stratum.comparator == comparator_type:
            strata.setdefault(study.stratum, []).append(study)
    pooled_forms = () if form is not None else _forms_note(studies)
    made = [
        from_counts(option, form or "", counted, strata[stratum], pooled_forms)
        for stratum in sorted(strata, key=lambda s: s.order)
    ]
    known = {(study.study, study.stratum.comparator) for study in studies}
    for row in all_contrasts():
        if (
            row.therapy == option
            and (form is None or row.form == form)
            and row.outcome == counted
            and row.comparator_type is not ComparatorType.NONE
            and (comparator_type is None or row.comparator_key == comparator_type)
            and (population is None or row.population == population)
            and is_allowed(row.verification, include_unverified)
            and (row.study, row.comparator_key) not in known
            and _in_time(row.timepoint_days, around_days)
        ):
            made.append(from_contrast(counted, row))
    return tuple(sorted(made, key=_rank))


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRate:
    """How many patients reached an outcome in arms of one form, without any comparison: not an effect."""

    therapy: Therapy
    form: str
    outcome: Outcome
    population: Population
    window: Window
    probability: Interval
    k_studies: int
    n_patients: int
    studies: tuple[str, ...]
    timepoint_range_days: tuple[float, float] | None
    pooled: PooledEffect | None
    verification: Verification
    sources: tuple[Source, ...]


def observed_rate(
    therapy: str,
    form: str,
    outcome: str = "response",
    *,
    around_days: float | None = None,
    include_unverified: bool = False,
) -> tuple[ObservedRate, ...]:
    """Return the raw rate in the arms of a form, one per population and counting window; controls have a form too."""
    option, counted = _checked(therapy, outcome)
    check_around(around_days)
    groups: dict[tuple[Population, Window], dict[str, list[ArmRow]]] = {}
    for row in usable_arms(counted, include_unverified):
        near = row.primary if around_days is None else time_distance(row.timepoint_days, around_days) is not None
        if row.therapy == option and row.form == form and near:
            groups.setdefault((row.population, row.window), {}).setdefault(row.study, []).append(row)
    made = []
    for (group, window), by_study in sorted(groups.items(), key=lambda g: (g[0][0].distance_rank, g[0][1])):
        chosen = [(study, _one_time(rows, around_days)) for study, rows in by_study.items()]
        counts = [(study, _counts(rows, counted)) for study, rows in chosen]
        probability, pooled = observed(counts)
        rows = [row for _, found in chosen for row in found]
        times = sorted(row.timepoint_days for row in rows if row.timepoint_days is not None)
        sources = tuple(dict.fromkeys(row.cite() for row in rows))
        made.append(
            ObservedRate(
                therapy=option,
                form=form,
                outcome=counted,
                population=group,
                window=window,
                probability=probability,
                k_studies=len(counts),
                n_patients=sum(c.n for _, c in counts),
                studies=tuple(study for study, _ in counts),
                timepoint_range_days=(times[0], times[-1]) if times else None,
                pooled=pooled,
                verification=weakest(sources),
                sources=sources,
            )
        )
    return tuple(made)


def _checked(therapy: str, outcome: str) -> tuple[Therapy, Outcome]:
    try:
        option = Therapy(therapy)
    except ValueError:
        raise InvalidInput("therapy", therapy, f"one of {', '.join(Therapy)}") from None
    try:
        return option, Outcome(outcome)
    except ValueError:
        raise InvalidInput("outcome", outcome, f"one of {', '.join(Outcome)}") from None


def _in_time(timepoint_days: float | None, around_days: float | None) -> bool:
    """A published contrast without a time (a review over several) is kept."""
    return around_days is None or timepoint_days is None or time_distance(timepoint_days, around_days) is not None


def _one_time(rows: list[ArmRow], around_days: float | None) -> list[ArmRow]:
    """The study's arms at the one time point nearest to the asked one."""
    if around_days is None:
        return rows
    nearest = min(rows, key=lambda row: time_distance(row.timepoint_days, around_days) or 0.0)
    return [row for row in rows if row.contrast_id == nearest.contrast_id]


def _counts(rows: list[ArmRow], outcome: Outcome) -> Counts:
    pairs = [(row.events(outcome), row.denominator) for row in rows]
    return combine_counts([Counts(e, n) for e, n in pairs if e is not None and n is not None])


def _forms_note(studies: tuple[StudyComparison, ...]) -> tuple[str, ...]:
    forms = dict.fromkeys(a.form for s in studies for a in s.arms if a.role is Role.ACTIVE)
    return (f"Forms pooled: {', '.join(forms)}.",) if len(forms) > 1 else ()


def _rank(estimate: BenefitEstimate) -> tuple[object, ...]:
    return (
        not estimate.is_control,
        not estimate.randomized,
        estimate.population.distance_rank,
        not estimate.is_direct,
        -(estimate.n_patients or 0),
        estimate.comparator,
        estimate.studies,
    )
