"""Between-study variance: DerSimonian–Laird, Paule–Mandel and restricted maximum likelihood.

References
----------
DerSimonian R, Laird N. Controlled Clinical Trials 1986;7:177-188.
Paule RC, Mandel J. Journal of Research of the National Bureau of Standards 1982;87:377-385.
Viechtbauer W. Journal of Educational and Behavioral Statistics 2005;30:261-293 (REML).
Veroniki AA et al. Research Synthesis Methods 2016;7:55-79 (choice of estimator). DOI 10.1002/jrsm.1164
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from euthymia.core.errors import NotConverged

TOLERANCE = 1e-12
MAX_STEPS = 500
GRID_POINTS, GRID_RATIO = 160, 1.15


def weighted_mean(y: Sequence[float], v: Sequence[float], tau2: float) -> float:
    """Mean of ``y`` weighted by 1 / (v + tau2)."""
    w = [1 / (x + tau2) for x in v]
    return math.fsum(a * b for a, b in zip(w, y, strict=True)) / math.fsum(w)


def generalized_q(y: Sequence[float], v: Sequence[float], tau2: float = 0.0) -> float:
    """Weighted sum of squares about the weighted mean; Cochran's Q at tau2 = 0."""
    mean = weighted_mean(y, v, tau2)
    return math.fsum((a - mean) ** 2 / (b + tau2) for a, b in zip(y, v, strict=True))


def dersimonian_laird(y: Sequence[float], v: Sequence[float]) -> tuple[float, int]:
    """Return the moment estimate of tau² and the number of steps (one)."""
    w = [1 / x for x in v]
    scale = math.fsum(w) - math.fsum(x * x for x in w) / math.fsum(w)
    return max(0.0, (generalized_q(y, v) - (len(y) - 1)) / scale), 1


def paule_mandel(y: Sequence[float], v: Sequence[float]) -> tuple[float, int]:
    """Return the tau² at which the generalized Q equals its expectation k − 1, and the steps taken.

    Q falls with tau² and is convex, so Newton's method from zero climbs to the root without overshooting.
    """
    tau2, freedom = 0.0, len(y) - 1
    for step in range(1, MAX_STEPS + 1):
        excess = generalized_q(y, v, tau2) - freedom
        if excess <= 0:
            return tau2, step
        mean = weighted_mean(y, v, tau2)
        slope = math.fsum((a - mean) ** 2 / (b + tau2) ** 2 for a, b in zip(y, v, strict=True))
        change = excess / slope
        tau2 += change
        if change <= TOLERANCE * max(tau2, min(v)):
            return tau2, step
    raise NotConverged(f"Paule–Mandel tau² did not converge in {MAX_STEPS} steps for {len(y)} studies")


def reml(y: Sequence[float], v: Sequence[float]) -> tuple[float, int]:
    """Return the restricted maximum likelihood estimate of tau² and the bisection steps taken.

    The likelihood can have more than one maximum and Fisher scoring can creep, so the best point of a fine grid is
    refined by bisection of the score.
    """
    upper = (max(y) - min(y)) ** 2
    if upper == 0:
        return 0.0, 0
    grid = [0.0, *(upper * GRID_RATIO**-i for i in range(GRID_POINTS, -1, -1))]
    likelihoods = [_restricted_likelihood(y, v, tau2) for tau2 in grid]
    best = likelihoods.index(max(likelihoods))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if best == 0 and _score(y, v, 0.0) <= 0:
        return 0.0, 0
    for step in range(1, MAX_STEPS + 1):
        middle = (low + high) / 2
        if high - low <= TOLERANCE * high:
            return middle, step
        if _score(y, v, middle) > 0:
            low = middle
        else:
            high = middle
    raise NotConverged(f"REML tau² did not converge in {MAX_STEPS} steps for {len(y)} studies; try paule_mandel")


def _score(y: Sequence[float], v: Sequence[float], tau2: float) -> float:
    """Twice the derivative of the restricted log likelihood by tau²."""
    w = [1 / (x + tau2) for x in v]
    mean, total = weighted_mean(y, v, tau2), math.fsum(w)
    squares = math.fsum(x * x for x in w)
    return math.fsum(x * x * (a - mean) ** 2 for x, a in zip(w, y, strict=True)) - total + squares / total


def _restricted_likelihood(y: Sequence[float], v: Sequence[float], tau2: float) -> float:
    """Restricted log likelihood without its constant."""
    logs = math.fsum(math.log(x + tau2) for x in v)
    return -0.5 * (logs + math.log(math.fsum(1 / (x + tau2) for x in v)) + generalized_q(y, v, tau2))


ESTIMATORS = {"paule_mandel": paule_mandel, "reml": reml, "dersimonian_laird": dersimonian_laird}
