"""Simulation-based calibration: the truth is equally likely to hold every rank among its own posterior draws.

Talts et al. 2018, arXiv 1804.06788: draw parameters from the prior, simulate levels, update, rank the truth.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.observations import Observation, ResidualError, likelihood
from euthymia.engines.kinetics.posterior import posterior
from euthymia.engines.kinetics.prior import Prior

PRIOR = Prior(
    ("CL", "V", "F"),
    np.array([100.0, 300.0, 0.5]),
    np.array([[0.09, 0.04, 0.0], [0.04, 0.12, 0.0], [0.0, 0.0, 0.5]]),
    ("lognormal", "lognormal", "logit"),
)
TIMES = np.array([0.5, 1.5, 4.0, 8.0])
PATIENTS = 240
BINS = 8


def oral(values: FloatArray) -> FloatArray:
    """One compartment, first-order absorption at 1.5 1/h of 84 mg (ng/mL)."""
    clearance, volume, share = (column[:, None] for column in values.T)
    k, ka = clearance / volume, 1.5
    return 84e3 * share / volume * ka / (ka - k) * (np.exp(-k * TIMES) - np.exp(-ka * TIMES))


@pytest.mark.parametrize("limit_ng_ml", [0.0, 25.0])
def test_ranks_of_the_truth_are_uniform(limit_ng_ml: float) -> None:
    """With and without levels below a limit; each bin within the 99.99 % binomial range of an even share."""
    rng = np.random.default_rng(20261123)
    error = ResidualError("log", proportional=0.25)
    observed = likelihood([Observation(1.0, error)] * TIMES.size)
    ranks = np.empty((PATIENTS, 3))
    below = 0
    for patient in range(PATIENTS):
        truth = PRIOR.draw(1, rng)
        measured = observed.simulate(oral(PRIOR.values(truth)), rng)[0]
        below += int((measured < limit_ng_ml).sum())
        observations = [Observation(max(v, limit_ng_ml), error, below_limit=v < limit_ng_ml) for v in measured]
        draws = posterior(oral, PRIOR, observations, draws=500, seed=patient)
        ranks[patient] = (draws.effects < truth).mean(axis=0)
    assert (below > PATIENTS / 4) == (limit_ng_ml > 0)
    low, high = binom.ppf([5e-5, 1 - 5e-5], PATIENTS, 1 / BINS)
    for parameter in range(3):
        counts, _ = np.histogram(ranks[:, parameter], bins=BINS, range=(0.0, 1.0))
        assert (counts >= low).all() and (counts <= high).all(), (PRIOR.names[parameter], counts)
        # The mean of a uniform rank has SD 1/sqrt(12 n).
        assert abs(ranks[:, parameter].mean() - 0.5) < 4 / np.sqrt(12 * PATIENTS)


def test_ninety_percent_intervals_hold_the_truth_nine_times_in_ten() -> None:
    rng = np.random.default_rng(77)
    error = ResidualError("log", proportional=0.25)
    observed = likelihood([Observation(1.0, error)] * TIMES.size)
    held = np.zeros(3)
    for patient in range(150):
        truth = PRIOR.values(PRIOR.draw(1, rng))
        measured = observed.simulate(oral(truth), rng)[0]
        draws = posterior(oral, PRIOR, [Observation(float(v), error) for v in measured], draws=600, seed=patient)
        low, _, high = draws.interval(0.9)
        held += (low < truth[0]) & (truth[0] < high)
    low_count, high_count = binom.ppf([1e-4, 1 - 1e-4], 150, 0.9)
    assert (held >= low_count).all() and (held <= high_count).all()
