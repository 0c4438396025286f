"""The individual update: exact Gaussian case, prior with no data, truth with many data, limits, outliers, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.bayes import most_probable
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.linear import LinearProblem, solve
from euthymia.engines.kinetics.observations import Observation, ResidualError, likelihood
from euthymia.engines.kinetics.posterior import posterior
from euthymia.engines.kinetics.prior import Prior, independent_prior

LOG = ResidualError("log", proportional=0.2)
NAMES = ("CL", "V1", "Q", "V2")
TWO_COMPARTMENTS = Prior(
    NAMES,
    np.array([84.0, 80.0, 120.0, 160.0]),
    np.array([[0.09, 0.03, 0.0, 0.0], [0.03, 0.12, 0.0, 0.0], [0.0, 0.0, 0.05, 0.0], [0.0, 0.0, 0.0, 0.08]]),
    ("lognormal",) * 4,
)
TIMES = np.array([0.5, 0.667, 1.0, 2.0, 4.0])


def levels(values: FloatArray, times: FloatArray = TIMES) -> FloatArray:
    """35 mg over 40 min, level in the first compartment (ng/mL)."""
    clearance, v1, q, v2 = values.T
    rates = np.zeros((values.shape[0], 2, 2))
    rates[:, 0, 0], rates[:, 0, 1] = -(clearance + q) / v1, q / v2
    rates[:, 1, 0], rates[:, 1, 1] = q / v1, -q / v2
    found = solve(LinearProblem(rates, (Input(0, 0.0, 35.0, 2 / 3),), times))
    return np.asarray(found.values[:, :, 0] / v1[:, None] * 1000)


def _observed(values: FloatArray, error: ResidualError = LOG) -> list[Observation]:
    return [Observation(float(v), error, name=f"level {i}") for i, v in enumerate(values, start=1)]


def test_without_data_the_prior_is_returned() -> None:
    found = most_probable(lambda v: np.zeros((len(v), 0)), TWO_COMPARTMENTS, [])
    assert found.values == pytest.approx(TWO_COMPARTMENTS.typical)
    assert found.shrinkage == pytest.approx(1.0)
    draws = posterior(lambda v: np.zeros((len(v), 0)), TWO_COMPARTMENTS, [], draws=4000, seed=1)
    assert np.cov(draws.effects.T) == pytest.approx(TWO_COMPARTMENTS.covariance, abs=0.012)
    assert draws.effective_draws > 2000


def test_a_linear_gaussian_case_is_exact() -> None:
    """y = X b + e with normal b: mean and covariance are known."""
    rng = np.random.default_rng(2)
    design, sd = rng.standard_normal((5, 3)), 0.4
    covariance = np.array([[1.0, 0.3, 0.0], [0.3, 0.5, 0.1], [0.0, 0.1, 0.8]])
    prior = Prior(("a", "b", "c"), np.array([1.0, -2.0, 0.5]), covariance, ("normal",) * 3)
    measured = design @ np.array([1.4, -1.7, 0.1]) + sd * rng.standard_normal(5)
    observations = _observed(measured, ResidualError("plain", additive=sd))
    exact_covariance = np.linalg.inv(np.linalg.inv(covariance) + design.T @ design / sd**2)
    exact = prior.typical + exact_covariance @ design.T @ (measured - design @ prior.typical) / sd**2
    found = most_probable(lambda v: v @ design.T, prior, observations)
    assert found.values == pytest.approx(exact, abs=1e-6)
    assert found.covariance == pytest.approx(exact_covariance, rel=1e-6)
    draws = posterior(lambda v: v @ design.T, prior, observations, draws=20_000, seed=3)
    assert draws.values.mean(axis=0) == pytest.approx(exact, abs=0.012)
    assert np.cov(draws.values.T) == pytest.approx(exact_covariance, abs=0.012)


def test_many_exact_levels_give_the_true_parameters() -> None:
    truth = np.array([[60.0, 110.0, 90.0, 220.0]])
    times = np.linspace(0.1, 12, 60)
    observations = _observed(levels(truth, times)[0], ResidualError("log", proportional=0.005))
    found = most_probable(lambda v: levels(v, times), TWO_COMPARTMENTS, observations)
    assert found.values == pytest.approx(truth[0], rel=0.01)
    assert (found.shrinkage < 0.01).all()


def test_the_gradient_vanishes_at_the_estimate_and_neighbours_are_less_probable() -> None:
    from euthymia.engines.kinetics.bayes import Target

    observations = [*_observed(np.array([140.0, 210.0, 90.0])), Observation(15.0, LOG, below_limit=True)]
    observations += [Observation(12.0, ResidualError("plain", 0.1, 2.0))]
    target = Target(levels, TWO_COMPARTMENTS, likelihood(observations))
    found = most_probable(levels, TWO_COMPARTMENTS, observations)
    value, gradient, _ = target.derivatives(found.effects)
    assert np.abs(gradient).max() < 1e-4
    rng = np.random.default_rng(0)
    around = found.effects + 0.05 * rng.standard_normal((200, 4))
    assert (target.negative_log(around) >= value - 1e-9).all()


@pytest.mark.parametrize("error", [LOG, ResidualError("plain", 0.15, 3.0), ResidualError("plain", 0.0, 5.0)])
@pytest.mark.parametrize("below", [False, True])
def test_the_slope_of_the_likelihood_is_its_derivative(error: ResidualError, below: bool) -> None:
    observed = likelihood([Observation(20.0, error, below_limit=below)])
    predicted = np.array([[5.0], [18.0], [25.0], [90.0]])
    slope, curvature = observed.slope_and_curvature(predicted)
    numeric = (observed.negative_log(predicted + 1e-4) - observed.negative_log(predicted - 1e-4)) / 2e-4
    assert slope == pytest.approx(numeric, rel=1e-5, abs=1e-9)
    assert (curvature >= 0).all()


def test_the_likelihood_is_the_density_of_the_measurement() -> None:
    observed = likelihood([Observation(20.0, LOG), Observation(20.0, ResidualError("plain", 0.1, 2.0))])
    predicted = np.array([[16.0, 16.0]])
    spread = np.sqrt(2.0**2 + 1.6**2)
    expected = [-norm.logpdf(np.log(20), np.log(16), 0.2) + np.log(20), -norm.logpdf(20, 16, spread)]
    assert observed.negative_log(predicted)[0] == pytest.approx(expected)
    below = likelihood([Observation(20.0, LOG, below_limit=True)])
    assert below.negative_log(predicted[:, :1])[0, 0] == pytest.approx(-norm.logcdf(np.log(20 / 16) / 0.2))


def test_a_level_below_the_limit_pulls_down_only_as_far_as_it_must() -> None:
    """Far below the limit already, the report adds nothing; a limit under the prediction raises the clearance."""
    prior = independent_prior(["CL"], [84.0], [0.09])

    def one(values: FloatArray) -> FloatArray:
        return 35.0 / 80.0 * 1000 * np.exp(-values / 80.0 * 4.0)

    level = one(prior.typical[None, :])[0, 0]
    high = most_probable(one, prior, [Observation(level * 20, LOG, below_limit=True)])
    low = most_probable(one, prior, [Observation(level / 3, LOG, below_limit=True)])
    assert high.values[0] == pytest.approx(84.0, rel=1e-6)
    assert low.values[0] > 100.0


def test_an_outlier_is_named_with_what_was_expected() -> None:
    typical = levels(TWO_COMPARTMENTS.typical[None, :])[0]
    fitting = most_probable(levels, TWO_COMPARTMENTS, _observed(typical))
    assert fitting.surprises == ()
    wrong = typical.copy()
    wrong[2] *= 12.0
    told = most_probable(levels, TWO_COMPARTMENTS, _observed(wrong)).surprises
    assert any("level 3" in sentence and "check sample and time" in sentence for sentence in told)


def test_a_blood_pressure_reading_and_a_level_inform_the_same_parameters() -> None:
    prior = independent_prior(["CL", "slope"], [84.0, 16.0], [0.09, 60.0], ["lognormal", "normal"])

    def both(values: FloatArray) -> FloatArray:
        level = 420.0 * np.exp(-values[:, 0] / 84.0)
        return np.stack([level, values[:, 1] * level / 185.0], axis=1)

    found = most_probable(
        both, prior, [Observation(220.0, LOG), Observation(31.0, ResidualError("plain", additive=5.0))]
    )
    assert found.values[0] < 84.0
    assert found.values[1] > 18.0
    assert (found.shrinkage < 0.8).all()


def test_the_same_seed_gives_the_same_draws() -> None:
    observations = _observed(levels(TWO_COMPARTMENTS.typical[None, :])[0] * 1.3)
    first = posterior(levels, TWO_COMPARTMENTS, observations, draws=600, seed=5)
    second = posterior(levels, TWO_COMPARTMENTS, observations, draws=600, seed=5)
    other = posterior(levels, TWO_COMPARTMENTS, observations, draws=600, seed=6)
    assert np.array_equal(first.values, second.values)
    assert not np.array_equal(first.values, other.values)
    low, middle, high = first.interval(0.9)
    assert (low < middle).all() and (middle < high).all()


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: independent_prior(["CL"], [-1.0], [0.1]), "CL"),
        (lambda: independent_prior(["F"], [1.0], [0.1], ["logit"]), "F"),
        (lambda: independent_prior(["CL"], [1.0], [0.0]), "covariance"),
        (lambda: independent_prior(["CL"], [1.0], [0.1], ["cubic"]), "scales"),
        (lambda: Prior(("a", "b"), np.ones(2), np.array([[1.0, 2.0], [2.0, 1.0]]), ("normal",) * 2), "covariance"),
        (lambda: Prior(("a", "a"), np.ones(2), np.eye(2), ("normal",) * 2), "names"),
        (lambda: Observation(0.0, LOG), "below_limit=True"),
        (lambda: Observation(float("nan"), LOG), "value"),
        (lambda: ResidualError("log", 0.2, 1.0), "proportional"),
        (lambda: ResidualError("plain"), "no measurement is exact"),
        (lambda: ResidualError("odd", 0.2), "form"),
        (lambda: posterior(levels, TWO_COMPARTMENTS, [], draws=10, seed=0), "draws"),
        (lambda: most_probable(lambda v: v[:, :1], TWO_COMPARTMENTS, _observed(np.ones(3))), "predict"),
        (lambda: most_probable(lambda v: 0.0 * v[:, :1], TWO_COMPARTMENTS, _observed(np.ones(1))), "first dose"),
    ],
)
def test_bad_input_is_refused(make: object, named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        make()  # type: ignore[operator]
