"""One benefit estimate: what it holds, and how it is made from counts or from a published contrast.

References
----------
Cochrane Handbook, chapter 14 and 15: an absolute effect is the comparator's risk times the relative effect; the
comparator's risk is held fixed, so the interval of the difference is that of the relative effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source, Verification, weakest
from euthymia.engines.evidence.effects import Counts, Interval, newcombe, wilson, wilson_of_percentage
from euthymia.engines.evidence.pooling import PooledEffect, pool, problem_of_counts, problem_of_proportions
from euthymia.engines.evidence.selection import StudyComparison
from euthymia.engines.evidence.trials import ContrastRow
from euthymia.engines.evidence.vocabulary import (
    Blinding,
    Measure,
    Outcome,
    Population,
    Role,
    Therapy,
    Window,
    comparator_label,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitEstimate:
    """Probability of an outcome with a treatment form and with one named comparator.

    Parameters
    ----------
    basis
        ``pooled_counts`` (two or more trials), ``single_trial`` (counts of one trial), ``published_trial``,
        ``published_review`` or ``published_registry`` (figures printed without usable counts).
    active_probability, comparator_probability
        As fractions; None when only a relative effect was published.
    risk_difference, odds_ratio, risk_ratio
        Active against comparator. With pooled counts the difference is the comparator's risk times the odds ratio.
    prediction_odds_ratio, prediction_risk_difference
        Where the effect of a new, similar trial is expected; None below three trials.
    nnt
        Patients to treat for one more outcome, only when the effect excludes none; its ends are swapped ends of 1/RD.
    is_null
        Whether the interval includes no effect; None when neither an interval nor a verdict was published.
    """

    therapy: Therapy
    form: str
    outcome: Outcome
    comparator: str
    comparator_label: str
    is_control: bool
    population: Population
    population_text: str
    randomized: bool
    blinding: Blinding
    window: Window
    rules: tuple[str, ...]
    basis: str
    active_probability: Interval | None
    comparator_probability: Interval | None
    risk_difference: Interval | None
    odds_ratio: Interval | None
    risk_ratio: Interval | None = None
    prediction_odds_ratio: Interval | None = None
    prediction_risk_difference: Interval | None = None
    nnt: Interval | None = None
    is_null: bool | None
    k_studies: int
    n_patients: int | None
    studies: tuple[str, ...]
    timepoint_days: float | None
    timepoint_range_days: tuple[float, float] | None
    pooled: PooledEffect | None = None
    verification: Verification
    sources: tuple[Source, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_greyed(self) -> bool:
        """Whether it must be shown greyed, because some of it was not read in its source."""
        return self.verification is not Verification.READ

    @property
    def is_direct(self) -> bool:
        """Whether it rests on arm counts and not on figures printed without them."""
        return self.basis in ("pooled_counts", "single_trial")


def from_counts(
    therapy: Therapy, form: str, outcome: Outcome, studies: Sequence[StudyComparison], notes: tuple[str, ...] = ()
) -> BenefitEstimate:
    """Make the estimate of one stratum from its studies' counts."""
    first = studies[0]
    problem = problem_of_counts([(s.study, s.active, s.comparator) for s in studies])
    pooled = None if problem is None else pool(problem)
    if len(studies) == 1:
        active, comparator = wilson(first.active), wilson(first.comparator)
        difference: Interval | None = newcombe(active, comparator)
    else:
        comparator = pool(problem_of_proportions([(s.study, s.comparator) for s in studies])).natural
        active = comparator if pooled is None else _apply(comparator.value, pooled.natural)
        difference = None if pooled is None else _difference(comparator.value, pooled.natural)
        notes += ("Active probability and difference hold the pooled comparator risk fixed.",)
    prediction = None if pooled is None else pooled.natural_prediction
    rows = [row for study in studies for row in study.arms]
    sources = tuple(dict.fromkeys(row.cite() for row in rows))
    times = sorted(t for s in studies if (t := s.timepoint_days) is not None)
    null = _is_null(difference, None if pooled is None else pooled.natural)
    return BenefitEstimate(
        therapy=therapy,
        form=form,
        outcome=outcome,
        comparator=first.stratum.comparator,
        comparator_label=comparator_label(first.stratum.comparator),
        is_control=first.stratum.is_control,
        population=first.stratum.population,
        population_text="; ".join(dict.fromkeys(row.population_text for row in rows)),
        randomized=first.stratum.randomized,
        blinding=max((s.blinding for s in studies), key=lambda b: b.weakness_rank),
        window=first.stratum.window,
        rules=tuple(dict.fromkeys(rule for row in rows if (rule := row.rule(outcome)))),
        basis="single_trial" if len(studies) == 1 else "pooled_counts",
        active_probability=active,
        comparator_probability=comparator,
        risk_difference=difference,
        odds_ratio=None if pooled is None else pooled.natural,
        prediction_odds_ratio=prediction,
        prediction_risk_difference=None if prediction is None else _difference(comparator.value, prediction),
        nnt=_nnt(difference) if null is False else None,
        is_null=null,
        k_studies=len(studies),
        n_patients=sum(s.active.n + s.comparator.n for s in studies),
        studies=tuple(s.study for s in studies),
        timepoint_days=times[len(times) // 2] if times else None,
        timepoint_range_days=(times[0], times[-1]) if times else None,
        pooled=pooled,
        verification=weakest(sources),
        sources=sources,
        notes=notes + (() if pooled is None else pooled.notes) + tuple(_design_notes(studies)),
    )


def from_contrast(outcome: Outcome, row: ContrastRow, notes: tuple[str, ...] = ()) -> BenefitEstimate:
    """Make the estimate of one published contrast; what was not printed stays None."""
    active = _printed(row.active_pct, row.n_active)
    comparator = _printed(row.control_pct, row.n_control)
    printed = Interval(row.estimate, row.low, row.high) if row.estimate is not None else None
    difference = None
    if row.measure is Measure.RISK_DIFFERENCE and printed is not None:
        difference = printed
    elif active is not None and comparator is not None:
        difference = newcombe(active, comparator)
        if difference.low is not None:
            notes += ("Intervals are computed here from the printed percentages and arm sizes.",)
    null = row.is_null
    if null is None and difference is not None:
        null = difference.includes(0.0)
    total = row.n_total
    if total is None and row.n_active is not None and row.n_control is not None:
        total = row.n_active + row.n_control
    return BenefitEstimate(
        therapy=row.therapy,
        form=row.form,
        outcome=outcome,
        comparator=row.comparator_key,
        comparator_label=comparator_label(row.comparator_key),
        is_control=not row.comparator_form,
        population=row.population,
        population_text="",
        randomized=row.randomized,
        blinding=row.blinding,
        window=Window.AT_TIMEPOINT,
        rules=(),
        basis={"meta_analysis": "published_review", "registry": "published_registry"}.get(row.kind, "published_trial"),
        active_probability=active,
        comparator_probability=comparator,
        risk_difference=difference,
        odds_ratio=printed if row.measure is Measure.ODDS_RATIO else None,
        risk_ratio=printed if row.measure is Measure.RISK_RATIO else None,
        nnt=_nnt(difference) if null is False and difference is not None else None,
        is_null=null,
        k_studies=1,
        n_patients=total,
        studies=(row.study,),
        timepoint_days=row.timepoint_days,
        timepoint_range_days=None if row.timepoint_days is None else (row.timepoint_days, row.timepoint_days),
        verification=row.verification,
        sources=(row.cite(),),
        notes=notes + ((row.note,) if row.note else ()),
    )


def apply_odds_ratio(baseline_risk: float, odds_ratio: float) -> float:
    """Return the risk that an odds ratio makes of a baseline risk (both as fractions)."""
    return odds_ratio * baseline_risk / (1 - baseline_risk + odds_ratio * baseline_risk)


def with_baseline_risk(estimate: BenefitEstimate, baseline_risk: float, reason: str) -> BenefitEstimate:
    """Return a relative-only estimate with the probabilities that a baseline risk (fraction) gives it.

    The odds ratio is used when there is one, else the risk ratio. ``reason`` says where the baseline risk is from.
    """
    if not 0 < baseline_risk < 1:
        raise InvalidInput("baseline_risk", baseline_risk, "a fraction between 0 and 1, exclusive")
    if estimate.odds_ratio is not None:
        active = _apply(baseline_risk, estimate.odds_ratio)
    elif estimate.risk_ratio is not None:
        low, high = (None if x is None else min(1.0, baseline_risk * x) for x in _ends(estimate.risk_ratio))
        active = Interval(min(1.0, baseline_risk * estimate.risk_ratio.value), low, high, estimate.risk_ratio.level)
    else:
        raise InvalidInput("estimate", estimate.studies, "an estimate with an odds ratio or a risk ratio")
    low, high = (None if x is None else x - baseline_risk for x in _ends(active))
    difference = Interval(active.value - baseline_risk, low, high, active.level)
    return replace(
        estimate,
        active_probability=active,
        comparator_probability=Interval(baseline_risk),
        risk_difference=difference,
        nnt=_nnt(difference) if estimate.is_null is False else None,
        notes=(*estimate.notes, f"Probabilities rest on a baseline risk of {100 * baseline_risk:.0f} %: {reason}"),
    )


def _ends(interval: Interval) -> tuple[float | None, float | None]:
    return interval.low, interval.high


def _apply(baseline_risk: float, odds_ratio: Interval) -> Interval:
    low, high = (None if x is None else apply_odds_ratio(baseline_risk, x) for x in (odds_ratio.low, odds_ratio.high))
    return Interval(apply_odds_ratio(baseline_risk, odds_ratio.value), low, high, odds_ratio.level)


def _difference(baseline_risk: float, odds_ratio: Interval) -> Interval:
    active = _apply(baseline_risk, odds_ratio)
    low, high = (None if x is None else x - baseline_risk for x in (active.low, active.high))
    return Interval(active.value - baseline_risk, low, high, active.level)


def _is_null(difference: Interval | None, odds_ratio: Interval | None) -> bool | None:
    """Null when either the difference or the odds ratio includes no effect: the cautious reading."""
    found = [
        None if difference is None else difference.includes(0.0),
        None if odds_ratio is None else odds_ratio.includes(1.0),
    ]
    known = [f for f in found if f is not None]
    return any(known) if known else None


def _nnt(difference: Interval | None) -> Interval | None:
    """Number needed to treat; for an effect in the comparator's favor it is negative (number to harm)."""
    if difference is None or difference.value == 0 or difference.includes(0.0) is not False:
        return None
    assert difference.low is not None and difference.high is not None
    return Interval(1 / difference.value, 1 / difference.high, 1 / difference.low, difference.level)


def _printed(percentage: float | None, n: int | None) -> Interval | None:
    if percentage is None:
        return None
    return Interval(percentage / 100) if n is None else wilson_of_percentage(percentage, n)


def _design_notes(studies: Sequence[StudyComparison]) -> list[str]:
    """What the reader must know about how these comparisons came about."""
    stratum, notes = studies[0].stratum, []
    if not stratum.randomized:
        notes.append("Not randomized: the groups may differ in more than the treatment.")
    if not stratum.is_control:
        notes.append("Compared with another active treatment, not with a placebo.")
    if any(
        row.n_observed is not None and row.n is not None and row.n_observed < row.n for s in studies for row in s.arms
    ):
        notes.append("Counts are of the patients observed, fewer than were randomized.")
    if any(sum(a.role is Role.ACTIVE for a in s.arms if a.form == s.arms[0].form) > 1 for s in studies):
        notes.append("Dose arms of one trial were combined before they met their shared comparator.")
    return notes


def observed(arms: Sequence[tuple[str, Counts]]) -> tuple[Interval, PooledEffect | None]:
    """Return the proportion of single arms: Wilson's interval for one, a logit random-effects pool for several."""
    if len(arms) == 1:
        return wilson(arms[0][1]), None
    pooled = pool(problem_of_proportions(arms))
    return pooled.natural, pooled
