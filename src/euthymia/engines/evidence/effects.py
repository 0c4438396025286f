"""Effects of one two-arm comparison with their variances, and arms of one trial combined before that.

Arms of the same treatment form in one trial are summed (counts) or combined (means) first, so a shared control arm
enters a comparison once. The 0.5 continuity correction is used only in a table that has an empty cell.

References
----------
Cochrane Handbook for Systematic Reviews of Interventions, chapters 6 (combining groups) and 10 (effect measures).
Newcombe RG. Statistics in Medicine 1998;17:873-890 (interval of a difference of proportions).
Wilson EB. Journal of the American Statistical Association 1927;22:209-212.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from euthymia.core.errors import InvalidInput
from euthymia.engines.evidence.vocabulary import Measure


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its interval; ``low`` and ``high`` are None when the source or the data give none."""

    value: float
    low: float | None = None
    high: float | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise InvalidInput("low", self.low, f"at most high ({self.high})")

    def includes(self, number: float) -> bool | None:
        """Whether the interval includes ``number``; None when there is no interval."""
        return None if self.low is None or self.high is None else self.low <= number <= self.high

    def __str__(self) -> str:
        shown = f"{self.value:.3g}"
        return shown if self.low is None or self.high is None else f"{shown} ({self.low:.3g} to {self.high:.3g})"


@dataclass(frozen=True, slots=True)
class Counts:
    """Patients with the event out of those counted, in one arm."""

    events: int
    n: int

    def __post_init__(self) -> None:
        if self.n < 1 or not 0 <= self.events <= self.n:
            raise InvalidInput("events", (self.events, self.n), "0 <= events <= n with n at least 1")


@dataclass(frozen=True, slots=True)
class Means:
    """Mean, standard deviation between patients and size of one arm."""

    mean: float
    sd: float
    n: int

    def __post_init__(self) -> None:
        if self.n < 2 or not self.sd > 0 or not math.isfinite(self.mean):
            raise InvalidInput("means", (self.mean, self.sd, self.n), "a finite mean, sd > 0 and n of at least 2")


@dataclass(frozen=True, slots=True)
class Effect:
    """One study's effect on the analysis scale (logarithm for ratios) with its sampling variance."""

    study: str
    estimate: float
    variance: float
    zero_cell: bool = False


def combine_counts(arms: Sequence[Counts]) -> Counts:
    """Return several arms of one form as one arm."""
    return Counts(sum(a.events for a in arms), sum(a.n for a in arms))


def combine_means(arms: Sequence[Means]) -> Means:
    """Return several arms of one form as one arm, with the variance between the arms' means kept in the SD."""
    total = sum(a.n for a in arms)
    mean = math.fsum(a.n * a.mean for a in arms) / total
    squares = math.fsum((a.n - 1) * a.sd**2 + a.n * (a.mean - mean) ** 2 for a in arms)
    return Means(mean, math.sqrt(squares / (total - 1)), total)


def effect_of_counts(study: str, active: Counts, control: Counts, measure: Measure) -> Effect | None:
    """Return log OR, log RR or RD of active against control with its variance.

    None is returned for a ratio when no patient, or every patient, of both arms had the event: such a table says
    nothing about a ratio and is left out, which the caller must report.
    """
    a, b = float(active.events), float(active.n - active.events)
    c, d = float(control.events), float(control.n - control.events)
    zero = 0.0 in (a, b, c, d)
    if zero and measure is not Measure.RISK_DIFFERENCE and ((a == 0 and c == 0) or (b == 0 and d == 0)):
        return None
    if measure is Measure.RISK_DIFFERENCE:
        risk_a, risk_c = a / (a + b), c / (c + d)
        difference = risk_a - risk_c
        if zero:  # only the variance needs the correction; the difference itself is defined
            a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
            risk_a, risk_c = a / (a + b), c / (c + d)
        return Effect(study, difference, risk_a * (1 - risk_a) / (a + b) + risk_c * (1 - risk_c) / (c + d), zero)
    if zero:
        a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
    if measure is Measure.ODDS_RATIO:
        return Effect(study, math.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d, zero)
    if measure is Measure.RISK_RATIO:
        estimate = math.log(a / (a + b)) - math.log(c / (c + d))
        return Effect(study, estimate, 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d), zero)
    raise InvalidInput("measure", measure, "OR, RR or RD for counts")


def effect_of_means(study: str, active: Means, control: Means, measure: Measure = Measure.MEAN_DIFFERENCE) -> Effect:
    """Return the mean difference (points), or Hedges' g (SD), of active minus control with its variance."""
    difference = active.mean - control.mean
    if measure is Measure.MEAN_DIFFERENCE:
        return Effect(study, difference, active.sd**2 / active.n + control.sd**2 / control.n)
    if measure is Measure.STANDARDIZED_DIFFERENCE:
        freedom = active.n + control.n - 2
        pooled = math.sqrt(((active.n - 1) * active.sd**2 + (control.n - 1) * control.sd**2) / freedom)
        small = math.exp(math.lgamma(freedom / 2) - math.lgamma((freedom - 1) / 2)) * math.sqrt(2 / freedom)
        g = small * difference / pooled
        return Effect(study, g, 1 / active.n + 1 / control.n + g**2 / (2 * (active.n + control.n)))
    raise InvalidInput("measure", measure, "MD or SMD for means")


def effect_of_proportion(study: str, arm: Counts) -> Effect:
    """Return the logit of one arm's proportion with its variance."""
    a, b = float(arm.events), float(arm.n - arm.events)
    zero = 0.0 in (a, b)
    if zero:
        a, b = a + 0.5, b + 0.5
    return Effect(study, math.log(a / b), 1 / a + 1 / b, zero)


def normal_quantile(level: float) -> float:
    """Two-sided standard normal quantile of a confidence level, e.g. 1.96 for 0.95."""
    if not 0 < level < 1:
        raise InvalidInput("level", level, "between 0 and 1, e.g. 0.95")
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(arm: Counts, level: float = 0.95) -> Interval:
    """Return a proportion with Wilson's score interval."""
    return _wilson(arm.events / arm.n, arm.n, level)


def wilson_of_percentage(percentage: float, n: int, level: float = 0.95) -> Interval:
    """Return Wilson's interval of a printed percentage whose count was not printed."""
    if not 0 <= percentage <= 100 or n < 1:
        raise InvalidInput("percentage", (percentage, n), "0 to 100 with n of at least 1")
    return _wilson(percentage / 100, n, level)


def _wilson(p: float, n: int, level: float) -> Interval:
    z = normal_quantile(level)
    center = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(p, min(p, max(0.0, center - half)), max(p, min(1.0, center + half)), level)


def newcombe(active: Interval, control: Interval) -> Interval:
    """Return the risk difference of two independent proportions with Newcombe's interval (his method 10)."""
    difference = active.value - control.value
    if active.low is None or active.high is None or control.low is None or control.high is None:
        return Interval(difference)
    low = difference - math.hypot(active.value - active.low, control.high - control.value)
    high = difference + math.hypot(active.high - active.value, control.value - control.low)
    return Interval(difference, max(-1.0, low), min(1.0, high), active.level)
