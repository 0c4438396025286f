"""The full posterior of one patient: weighted draws around the most probable values, refined until they fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.engines.kinetics.bayes import Estimate, Predict, Target, most_probable
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.observations import Observation, likelihood
from euthymia.engines.kinetics.prior import Prior

_TAIL_FREEDOM = 5.0
_ROUNDS = 4
_GOOD_SHARE = 0.3
_LEAST_EFFECTIVE = 100.0


@dataclass(frozen=True, slots=True)
class Posterior:
    """Equally weighted draws from one patient's posterior.

    Parameters
    ----------
    values, effects
        Parameters and random effects of each draw, ``(n, p)``.
    effective_draws
        How many independent draws they are worth.
    estimate
        The most probable values, with the surprises among the observations.
    """

    names: tuple[str, ...]
    values: FloatArray
    effects: FloatArray
    effective_draws: float
    estimate: Estimate

    def interval(self, level: float = 0.9) -> FloatArray:
        """Return lower end, median and upper end of each parameter, ``(3, p)``."""
        if not 0 < level < 1:
            raise InvalidInput("level", level, "between 0 and 1")
        return np.asarray(np.quantile(self.values, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0))


def posterior(
    predict: Predict, prior: Prior, observations: Sequence[Observation], *, draws: int = 2000, seed: int
) -> Posterior:
    """Return draws from the posterior by adaptive importance sampling.

    A heavy-tailed proposal around the maximum is re-centred on its own weighted draws, at most four times, then the
    draws are resampled. Same seed, same draws.

    Parameters
    ----------
    predict, prior, observations
        As for :func:`~euthymia.engines.kinetics.bayes.most_probable`.
    draws
        Number of draws returned.
    seed
        Seed of the random numbers.

    Raises
    ------
    NotConverged
        When the draws are worth fewer than 100 independent ones: the answer would not be reliable.

    References
    ----------
    Cappé O, Guillin A, Marin JM, Robert CP. J Comput Graph Stat 2004;13:907-929; doi 10.1198/106186004X12803.
    """
    if draws < 500:
        raise InvalidInput("draws", draws, "500 or more")
    rng = np.random.default_rng(seed)
    estimate = most_probable(predict, prior, observations)
    target = Target(predict, prior, likelihood(observations))
    center, covariance = estimate.effects, estimate.covariance
    effects, weights, effective = _round(target, center, covariance, draws, rng)
    for _ in range(_ROUNDS - 1):
        if effective >= _GOOD_SHARE * draws:
            break
        center = weights @ effects
        deviation = effects - center
        # Half of the old spread keeps the proposal from collapsing on a few heavy draws.
        covariance = 0.5 * covariance + 0.5 * (weights[:, None] * deviation).T @ deviation
        effects, weights, effective = _round(target, center, covariance, draws, rng)
    if effective < _LEAST_EFFECTIVE:
        raise NotConverged(
            f"the posterior draws are worth only {effective:.0f} independent ones; ask for more draws, or look at the "
            f"observations: {'; '.join(estimate.surprises) or 'none is out of range'}"
        )
    kept = _systematic(weights, rng)
    return Posterior(prior.names, prior.values(effects[kept]), effects[kept], effective, estimate)


def _round(
    target: Target, center: FloatArray, covariance: FloatArray, draws: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, float]:
    """Return draws of a multivariate t, their normalised weights, and the number of draws they are worth."""
    p = center.size
    root = np.linalg.cholesky(covariance)
    normal = rng.standard_normal((draws, p))
    mixing = rng.chisquare(_TAIL_FREEDOM, draws) / _TAIL_FREEDOM
    standard = normal / np.sqrt(mixing)[:, None]
    effects = center + standard @ root.T
    log_proposal = (
        math.lgamma((_TAIL_FREEDOM + p) / 2)
        - math.lgamma(_TAIL_FREEDOM / 2)
        - 0.5 * p * np.log(_TAIL_FREEDOM * np.pi)
        - np.log(np.diag(root)).sum()
        - 0.5 * (_TAIL_FREEDOM + p) * np.log1p((standard**2).sum(axis=1) / _TAIL_FREEDOM)
    )
    log_weights = -target.negative_log(effects) - log_proposal
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    return effects, weights, float(1.0 / (weights**2).sum())


def _systematic(weights: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return indexes of an equally weighted sample, in random order."""
    n = weights.size
    places = (rng.random() + np.arange(n)) / n
    total = np.cumsum(weights)
    total[-1] = 1.0
    return rng.permutation(np.searchsorted(total, places))
