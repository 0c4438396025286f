"""Pooled mean differences of symptom change (points of the scale) from arm-level means, per named comparator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.core.source import Source, Verification, weakest
from euthymia.engines.evidence.effects import Means, combine_means
from euthymia.engines.evidence.pooling import PooledEffect, pool, problem_of_means
from euthymia.engines.evidence.selection import Stratum, check_around, nearest_contrast
from euthymia.engines.evidence.trials import ArmRow, ContrastRow, all_arms, contrasts, is_allowed
from euthymia.engines.evidence.vocabulary import Role, Therapy


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceEstimate:
    """Mean change with a form minus that with one comparator; negative favors the form."""

    therapy: Therapy
    form: str
    comparator: str
    is_control: bool
    scale: str
    pooled: PooledEffect
    stratum: Stratum
    n_patients: int
    timepoints_days: tuple[float, ...]
    verification: Verification
    sources: tuple[Source, ...]

    @property
    def is_null(self) -> bool:
        """Whether the interval includes no difference."""
        return self.pooled.is_null


def mean_difference(
    therapy: str, form: str, *, around_days: float | None = None, include_unverified: bool = False
) -> tuple[DifferenceEstimate, ...]:
    """Return the pooled mean difference of change per comparator, population and scale.

    Only arms with a mean, a spread of the change and a size enter; endpoint spreads are never taken for it. A row
    that pools trials gives way to them when they have means of their own.
    """
    check_around(around_days)
    option = Therapy(therapy)
    usable = [a for a in all_arms() if _means(a) is not None and not a.do_not_pool]
    usable = [a for a in usable if is_allowed(a.verification, include_unverified)]
    present = {a.study for a in usable}
    usable = [a for a in usable if not present & set(a.overlaps)]
    groups: dict[tuple[Stratum, str], list[tuple[str, Means, Means, tuple[ArmRow, ...]]]] = {}
    mine = [a for a in usable if a.role is Role.ACTIVE and a.therapy is option and a.form == form]
    for study in dict.fromkeys(a.study for a in mine):
        contrast = nearest_contrast([a for a in mine if a.study == study], around_days)
        active = [a for a in mine if a.contrast_id == contrast]
        others = [a for a in usable if a.contrast_id == contrast and a.form != form]
        for key in dict.fromkeys((a.comparator_key, a.role) for a in others) if active else ():
            against = [a for a in others if (a.comparator_key, a.role) == key]
            first = active[0]
            stratum = Stratum(key[0], key[1] is Role.CONTROL, first.population, first.randomized, first.window, "")
            tables = (study, _combined(active), _combined(against), (*active, *against))
            groups.setdefault((stratum, first.scale), []).append(tables)
    return tuple(
        _estimate(option, form, stratum, scale, groups[stratum, scale])
        for stratum, scale in sorted(groups, key=lambda g: (*g[0].order, g[1]))
    )


def _estimate(
    therapy: Therapy,
    form: str,
    stratum: Stratum,
    scale: str,
    studies: Sequence[tuple[str, Means, Means, tuple[ArmRow, ...]]],
) -> DifferenceEstimate:
    rows = [row for *_, arms in studies for row in arms]
    sources = tuple(dict.fromkeys(row.cite() for row in rows))
    return DifferenceEstimate(
        therapy=therapy,
        form=form,
        comparator=stratum.comparator,
        is_control=stratum.is_control,
        scale=scale,
        pooled=pool(problem_of_means([(study, active, against) for study, active, against, _ in studies])),
        stratum=stratum,
        n_patients=sum(active.n + against.n for _, active, against, _ in studies),
        timepoints_days=tuple(sorted({r.timepoint_days for r in rows if r.timepoint_days is not None})),
        verification=weakest(sources),
        sources=sources,
    )


def _means(row: ArmRow) -> Means | None:
    sd, n = row.patient_sd, row.denominator
    return Means(row.change_mean, sd, n) if row.change_mean is not None and sd and n and n > 1 else None


def _combined(rows: Sequence[ArmRow]) -> Means:
    return combine_means([m for row in rows if (m := _means(row)) is not None])


def null_results(therapy: str, form: str | None = None, *, include_unverified: bool = False) -> tuple[ContrastRow, ...]:
    """Return the published comparisons that found no effect or missed their primary end point, to show them plainly."""
    rows = contrasts(therapy=therapy, include_unverified=include_unverified)
    return tuple(r for r in rows if (form is None or r.form in (form, "")) and (r.is_null or r.verdict == "missed"))
