"""Learning: the slope of the trained feature over sessions; told as shown or not shown, never as 'non-responder'."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case
from euthymia.therapies.neurofeedback.tables import NAME, limit


@dataclass(frozen=True, slots=True)
class Slope:
    """Ordinary least-squares slope with its one-sided p for a slope above zero (None below three points)."""

    value: float
    p_one_sided: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Learning:
    """Between-session slope, mean within-session slope, and the word."""

    between: Slope
    mean_within: float | None
    shown: bool


def slope(x: Iterable[float], y: Iterable[float]) -> Slope | None:
    """Return the least-squares slope of ``y`` on ``x``; None with fewer than two different ``x``."""
    xs, ys = list(x), list(y)
    n = len(xs)
    if n < 2 or len(set(xs)) < 2:
        return None
    mx, my = sum(xs) / n, sum(ys) / n
    sxx = sum((a - mx) ** 2 for a in xs)
    b = sum((a - mx) * (c - my) for a, c in zip(xs, ys, strict=True)) / sxx
    if n < 3:
        return Slope(b, None, n)
    residual = sum((c - my - b * (a - mx)) ** 2 for a, c in zip(xs, ys, strict=True))
    se = math.sqrt(residual / (n - 2) / sxx)
    if se == 0:
        return Slope(b, 0.0 if b > 0 else 1.0, n)
    from scipy.special import stdtr  # type: ignore[import-untyped,unused-ignore]

    return Slope(b, float(stdtr(n - 2, -b / se)), n)


def learning(case: Case, since: object = None) -> Learning | None:
    """Return what sessions with a valid learning measure show; None while there are too few.

    Sessions after a brain treatment within a day do not count: their baseline is not the patient's own.
    """
    sessions = [
        e.fact
        for e in case.of(SessionDelivered)
        if e.fact.therapy == NAME and (since is None or e.day >= since)  # type: ignore[operator]
    ]
    measured = [
        (float(s.number), float(gain), s.summary.get("within_slope"))
        for s in sessions
        if s.summary.get("learning_baseline_valid") and isinstance(gain := s.summary.get("feature_gain"), (int, float))
    ]
    if len(measured) < limit("learning_min_sessions"):
        return None
    between = slope([m[0] for m in measured], [m[1] for m in measured])
    if between is None:
        return None
    within = [float(m[2]) for m in measured if isinstance(m[2], (int, float))]
    mean_within = sum(within) / len(within) if within else None
    significant = between.p_one_sided is not None and between.p_one_sided < limit("learning_p")
    shown = between.value > 0 and significant and mean_within is not None and mean_within > 0
    return Learning(between, mean_within, shown)
