"""Random-effects meta-analysis of two-arm comparisons and of single proportions: ``pool(problem) -> PooledEffect``.

References
----------
Hartung J, Knapp G. Statistics in Medicine 2001;20:3875-3889; Sidik K, Jonkman JN. ibid. 2002;21:3153-3159.
Higgins JPT, Thompson SG, Spiegelhalter DJ. J R Stat Soc A 2009;172:137-159 (prediction interval).
Wiksten A, Ruecker G, Schwarzer G. Statistics in Medicine 2016;35:2503-2515 (why the wider interval is shown).
Gonnermann A et al. Statistics in Medicine 2015;34:1912-1922 (no small-sample correction works with two studies).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from euthymia.core.errors import InvalidInput
from euthymia.engines.evidence.effects import (
    Counts,
    Effect,
    Interval,
    Means,
    effect_of_counts,
    effect_of_means,
    effect_of_proportion,
    normal_quantile,
)
from euthymia.engines.evidence.heterogeneity import ESTIMATORS, generalized_q, weighted_mean
from euthymia.engines.evidence.vocabulary import Measure

INTERVAL_METHODS = ("auto", "hartung_knapp", "wald")


@dataclass(frozen=True, slots=True)
class PoolingProblem:
    """Effects of independent studies on one scale.

    Parameters
    ----------
    measure
        What the effects are; ratios come as logarithms, proportions as logits.
    effects
        One effect per study; a study may stand once only.
    tau2_method
        ``paule_mandel`` (default), ``reml`` or ``dersimonian_laird``.
    interval_method
        ``hartung_knapp``, ``wald``, or ``auto``: the wider of the two from three studies on, Wald for two studies
        (one degree of freedom makes the Hartung–Knapp interval useless) with the other kept in the diagnostics.
    level
        Confidence level between 0 and 1.
    left_out
        Studies that could not contribute, named so that the result can say so.
    """

    measure: Measure
    effects: tuple[Effect, ...]
    tau2_method: str = "paule_mandel"
    interval_method: str = "auto"
    level: float = 0.95
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.effects:
            raise InvalidInput("effects", self.effects, "at least one study")
        if self.tau2_method not in ESTIMATORS:
            raise InvalidInput("tau2_method", self.tau2_method, f"one of {', '.join(ESTIMATORS)}")
        if self.interval_method not in INTERVAL_METHODS:
            raise InvalidInput("interval_method", self.interval_method, f"one of {', '.join(INTERVAL_METHODS)}")
        normal_quantile(self.level)
        studies = [e.study for e in self.effects]
        if len(set(studies)) != len(studies):
            twice = sorted({s for s in studies if studies.count(s) > 1})
            raise InvalidInput("effects", twice, "each study once", "Combine the arms of a trial before pooling.")
        for effect in self.effects:
            if not math.isfinite(effect.estimate) or not (math.isfinite(effect.variance) and effect.variance > 0):
                raise InvalidInput("effects", effect, "finite estimates with variances above zero")


@dataclass(frozen=True, slots=True)
class PooledEffect:
    """The pooled effect on the analysis scale, with what the reader needs to judge it.

    ``tau2``, ``i2_pct`` and ``prediction`` are None where they cannot be estimated (one study; fewer than three
    for the prediction interval). ``natural`` and ``natural_prediction`` are on the scale of the measure itself.
    """

    measure: Measure
    k: int
    estimate: Interval
    standard_error: float
    tau2: float | None
    i2_pct: float | None
    q: float | None
    q_p_value: float | None
    prediction: Interval | None
    weights_pct: tuple[float, ...]
    studies: tuple[str, ...]
    interval_method: str
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, object] = field(default_factory=dict)

    @property
    def natural(self) -> Interval:
        """The pooled effect as a ratio, difference or proportion."""
        return _natural(self.measure, self.estimate)

    @property
    def natural_prediction(self) -> Interval | None:
        """The interval in which the true effect of a new, similar study lies."""
        return None if self.prediction is None else _natural(self.measure, self.prediction)

    @property
    def is_null(self) -> bool:
        """Whether the confidence interval includes no effect."""
        return bool(self.estimate.includes(0.0))


def _natural(measure: Measure, interval: Interval) -> Interval:
    if measure.is_log:
        return _mapped(interval, math.exp)
    return _mapped(interval, expit) if measure is Measure.LOGIT else interval


def _mapped(interval: Interval, function: Callable[[float], float]) -> Interval:
    low, high = (None if x is None else function(x) for x in (interval.low, interval.high))
    return Interval(function(interval.value), low, high, interval.level)


def expit(x: float) -> float:
    """Inverse logit, without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def pool(problem: PoolingProblem) -> PooledEffect:
    """Pool the effects of independent studies by inverse variance with random effects.

    Notes
    -----
    Normal approximation for study effects and for their distribution; the within-study variances are taken as
    known. With one study that study's Wald interval is returned and no heterogeneity is claimed. Not suited to very
    rare events, where a one-stage binomial model should be used.
    """
    ordered = sorted(problem.effects, key=lambda e: e.study)  # the order of the studies must not reach the last digit
    y, v = [e.estimate for e in ordered], [e.variance for e in ordered]
    k, z = len(y), normal_quantile(problem.level)
    notes = [f"Left out (no or all patients had the event in both arms): {s}." for s in problem.left_out]
    if any(e.zero_cell for e in ordered):
        notes.append("0.5 was added to the tables with an empty cell only.")
    if k == 1:
        se = math.sqrt(v[0])
        single = Interval(y[0], y[0] - z * se, y[0] + z * se, problem.level)
        notes.append("One study: heterogeneity cannot be estimated, and another study may well find otherwise.")
        return PooledEffect(
            problem.measure, 1, single, se, None, None, None, None, None, (100.0,), (ordered[0].study,),
            "wald", tuple(notes), {"tau2_method": "none", "steps": 0},
        )  # fmt: skip

    from scipy.special import chdtrc, stdtrit  # type: ignore[import-untyped,unused-ignore]

    tau2, steps = ESTIMATORS[problem.tau2_method](y, v)
    weights = [1 / (x + tau2) for x in v]
    total = math.fsum(weights)
    mean = weighted_mean(y, v, tau2)
    se = math.sqrt(1 / total)
    hk_se = se * math.sqrt(generalized_q(y, v, tau2) / (k - 1))
    t = float(stdtrit(k - 1, 0.5 + problem.level / 2))
    wald = Interval(mean, mean - z * se, mean + z * se, problem.level)
    hartung_knapp = Interval(mean, mean - t * hk_se, mean + t * hk_se, problem.level)
    method = problem.interval_method
    if method == "auto":
        method = "hartung_knapp" if k > 2 and t * hk_se >= z * se else "wald"
        if k == 2:
            notes.append(
                "Two studies: heterogeneity is hardly estimable; the Hartung–Knapp interval (one degree of freedom) "
                "is in the diagnostics."
            )
    q = generalized_q(y, v)
    typical = _typical_variance(v)
    prediction = None
    if k >= 3:
        half = float(stdtrit(k - 2, 0.5 + problem.level / 2)) * math.sqrt(tau2 + se * se)
        prediction = Interval(mean, mean - half, mean + half, problem.level)
    fixed = weighted_mean(y, v, 0.0)
    fixed_half = z / math.sqrt(math.fsum(1 / x for x in v))
    return PooledEffect(
        measure=problem.measure,
        k=k,
        estimate=hartung_knapp if method == "hartung_knapp" else wald,
        standard_error=hk_se if method == "hartung_knapp" else se,
        tau2=tau2,
        i2_pct=100 * tau2 / (tau2 + typical),
        q=q,
        q_p_value=float(chdtrc(k - 1, q)),
        prediction=prediction,
        weights_pct=tuple(100 * w / total for w in weights),
        studies=tuple(e.study for e in ordered),
        interval_method=method,
        notes=tuple(notes),
        diagnostics={
            "tau2_method": problem.tau2_method,
            "steps": steps,
            "wald": wald,
            "hartung_knapp": hartung_knapp,
            "fixed": Interval(fixed, fixed - fixed_half, fixed + fixed_half, problem.level),
            "left_out": problem.left_out,
        },
    )


def _typical_variance(v: Sequence[float]) -> float:
    """Higgins and Thompson's typical within-study variance, which turns tau² into I²."""
    w = [1 / x for x in v]
    return (len(v) - 1) * math.fsum(w) / (math.fsum(w) ** 2 - math.fsum(x * x for x in w))


def problem_of_counts(
    tables: Sequence[tuple[str, Counts, Counts]],
    measure: Measure = Measure.ODDS_RATIO,
    *,
    tau2_method: str = "paule_mandel",
    interval_method: str = "auto",
    level: float = 0.95,
) -> PoolingProblem | None:
    """Return the pooling problem of (study, active, control) tables; None when no table can contribute."""
    made = [(study, effect_of_counts(study, active, control, measure)) for study, active, control in tables]
    effects = tuple(e for _, e in made if e is not None)
    left_out = tuple(study for study, e in made if e is None)
    return PoolingProblem(measure, effects, tau2_method, interval_method, level, left_out) if effects else None


def problem_of_means(
    tables: Sequence[tuple[str, Means, Means]],
    measure: Measure = Measure.MEAN_DIFFERENCE,
    *,
    tau2_method: str = "paule_mandel",
    interval_method: str = "auto",
    level: float = 0.95,
) -> PoolingProblem:
    """Return the pooling problem of (study, active, control) means."""
    effects = tuple(effect_of_means(study, active, control, measure) for study, active, control in tables)
    return PoolingProblem(measure, effects, tau2_method, interval_method, level)


def problem_of_proportions(arms: Sequence[tuple[str, Counts]], *, level: float = 0.95) -> PoolingProblem:
    """Return the problem of pooling single arms' proportions on the logit scale."""
    return PoolingProblem(Measure.LOGIT, tuple(effect_of_proportion(s, a) for s, a in arms), level=level)
