"""One patient's parameters from a few levels or effects: the most probable values and how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.observations import Likelihood, Observation, likelihood
from euthymia.engines.kinetics.prior import Prior

Predict = Callable[[FloatArray], FloatArray]
_DIFFERENCE = 1e-5
_MOST_STEPS = 100
_SURPRISE_SD = 3.0
_LONGEST_MOVE = 3.0  # prior SDs in one step: a far outlier must not throw the parameters out of any sense


@dataclass(frozen=True, slots=True)
class Estimate:
    """Most probable parameters of one patient (maximum a posteriori).

    Parameters
    ----------
    values, effects
        Parameters and their random effects, ``(p,)``.
    covariance
        Approximate covariance ``(p, p)`` of the random effects (inverse curvature at the maximum).
    shrinkage
        Share of the prior variance that is left, ``(p,)``: 1 when the levels say nothing of a parameter.
    predicted
        Prediction of each observation, ``(k,)``.
    surprises
        A sentence for each observation far from what was expected; empty when all fit.
    steps
        Newton steps taken.
    """

    names: tuple[str, ...]
    values: FloatArray
    effects: FloatArray
    covariance: FloatArray
    shrinkage: FloatArray
    predicted: FloatArray
    surprises: tuple[str, ...]
    steps: int


def most_probable(
    predict: Predict, prior: Prior, observations: Sequence[Observation], *, surprise_draws: int = 400, seed: int = 0
) -> Estimate:
    """Return the maximum a posteriori estimate by a damped Gauss-Newton method.

    Parameters
    ----------
    predict
        ``predict(values (n, p)) -> (n, k)``: the prediction of each observation for ``n`` sets of parameters. It is
        called with all sets of one step at once.
    prior
        Distribution of the parameters.
    observations
        The ``k`` measurements, in the order of the columns of ``predict``; none leaves the prior as it is.
    surprise_draws, seed
        Draws of the prior (and their seed) for the expected range of each level.

    Raises
    ------
    InvalidInput
        When ``predict`` gives the wrong shape, or a prediction has no logarithm where one is needed.
    NotConverged
        When the maximum is not reached in 100 steps.
    """
    target = Target(predict, prior, likelihood(observations))
    effects, hessian, steps = _climb(target)
    covariance = np.asarray(np.linalg.inv(hessian), dtype=float)
    predicted = target.predictions(effects[None, :])[0]
    surprises = _surprises(target, predicted, surprise_draws, seed)
    left = np.diag(covariance) / np.diag(prior.covariance)
    values = prior.values(effects)[0]
    return Estimate(prior.names, values, effects, covariance, left, predicted, surprises, steps)


@dataclass(frozen=True, slots=True)
class Target:
    """The posterior of one patient up to a constant, as a function of the random effects."""

    predict: Predict
    prior: Prior
    observed: Likelihood

    def predictions(self, effects: FloatArray) -> FloatArray:
        """Return predictions ``(n, k)`` for random effects ``(n, p)``."""
        k = self.observed.value.size
        if k == 0:
            return np.zeros((effects.shape[0], 0))
        found = np.asarray(self.predict(self.prior.values(effects)), dtype=float)
        if found.shape != (effects.shape[0], k):
            raise InvalidInput("predict", found.shape, f"a function that returns shape {(effects.shape[0], k)}")
        self.observed.check(found)
        return found

    def negative_log(self, effects: FloatArray, predicted: FloatArray | None = None) -> FloatArray:
        """Return -log posterior ``(n,)`` up to a constant."""
        levels = self.predictions(effects) if predicted is None else predicted
        whitened = np.linalg.solve(np.linalg.cholesky(self.prior.covariance), effects.T)
        return np.asarray(0.5 * (whitened**2).sum(axis=0) + self.observed.negative_log(levels).sum(axis=1))

    def derivatives(self, effects: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return value, gradient ``(p,)`` and Gauss-Newton Hessian ``(p, p)`` at ``effects`` ``(p,)``, in one call."""
        p = effects.size
        width = _DIFFERENCE * np.sqrt(np.diag(self.prior.covariance))
        points = np.concatenate([effects[None, :], effects + np.diag(width), effects - np.diag(width)])
        levels = self.predictions(points)
        jacobian = ((levels[1 : p + 1] - levels[p + 1 :]) / (2 * width[:, None])).T
        slope, curvature = (part[0] for part in self.observed.slope_and_curvature(levels[:1]))
        precision = np.linalg.inv(self.prior.covariance)
        gradient = precision @ effects + jacobian.T @ slope
        hessian = precision + jacobian.T @ (curvature[:, None] * jacobian)
        return float(self.negative_log(points[:1], levels[:1])[0]), gradient, (hessian + hessian.T) / 2


def _climb(target: Target) -> tuple[FloatArray, FloatArray, int]:
    """Return the most probable effects, the Hessian there, and the steps taken (Levenberg damping)."""
    effects, damping = np.zeros(len(target.prior.names)), 0.0
    root = np.linalg.cholesky(target.prior.covariance)
    value, gradient, hessian = target.derivatives(effects)
    for step in range(_MOST_STEPS):
        # Expected gain of a full step, in units of log likelihood.
        move = -np.linalg.solve(hessian, gradient)
        if -gradient @ move < 1e-12:
            return effects, hessian, step
        while True:
            move = -np.linalg.solve(hessian + damping * np.diag(np.diag(hessian)), gradient)
            move *= min(1.0, _LONGEST_MOVE / max(float(np.linalg.norm(np.linalg.solve(root, move))), 1e-300))
            # Value and derivatives in one call: nearly every trial is taken, and a call costs more than its rows.
            found = target.derivatives(effects + move)
            if found[0] <= value:
                break
            if -gradient @ move < 1e-10 * (1.0 + abs(value)):
                return effects, hessian, step  # no descent left beyond rounding
            damping = max(4.0 * damping, 0.25)
        effects, damping = effects + move, damping / 4.0 if damping > 0.05 else 0.0
        value, gradient, hessian = found
    raise NotConverged(
        f"the most probable parameters were not reached in {_MOST_STEPS} steps; check the observations and their times"
    )


def _surprises(target: Target, predicted: FloatArray, draws: int, seed: int) -> tuple[str, ...]:
    """Say which observations lie far from the expected range, before or after the update."""
    observed = target.observed
    if observed.value.size == 0:
        return ()
    rng = np.random.default_rng(seed)
    expected = observed.simulate(target.predictions(target.prior.draw(draws, rng)), rng)
    sentences: list[str] = []
    after = observed.standardized(predicted[None, :])[0]
    for k, name in enumerate(observed.names):
        value, column = observed.value[k], expected[:, k]
        if observed.is_log[k]:
            distance = (np.log(value) - np.log(column).mean()) / np.log(column).std()
        else:
            distance = (value - column.mean()) / column.std()
        low, high = np.quantile(column, [0.025, 0.975])
        band = f"95 % of people like this one: {low:.3g} to {high:.3g}"
        if observed.below[k]:
            if low > value:
                sentences.append(f"{name}: below the limit of {value:.3g} is not expected ({band})")
        elif abs(distance) > _SURPRISE_SD:
            sentences.append(f"{name}: {value:.3g} is far outside the expected range ({band}); check sample and time")
        elif abs(after[k]) > _SURPRISE_SD:
            sentences.append(
                f"{name}: {value:.3g} does not fit the other observations (updated prediction {predicted[k]:.3g})"
            )
    return tuple(sentences)
