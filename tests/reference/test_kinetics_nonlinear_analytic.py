"""The non-linear solver against closed forms: Michaelis-Menten (Lambert W), enzyme turnover, and the linear models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import mpmath
import numpy as np
import pytest

from euthymia.engines.kinetics.equations import auto_inhibition, enzyme_after_washout, saturable_elimination
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.nonlinear import NonlinearProblem, solve_nonlinear

BAR = 1e-6  # of each state's highest value, the bar of the reference for any ODE route
TIMES = np.linspace(0.0, 24.0, 49)


def _saturable(start: float, vmax: float, km: float, time: float) -> float:
    """Level after an i.v. bolus: C = km W(C0/km exp((C0 - vmax t)/km)), from separating the variables."""
    with mpmath.workdps(50):
        exponent = (mpmath.mpf(start) - mpmath.mpf(vmax) * time) / km
        return float(km * mpmath.lambertw(mpmath.mpf(start) / km * mpmath.exp(exponent)).real)


@pytest.mark.parametrize(("dose_mg", "vmax", "km"), [(100, 12.0, 250.0), (100, 12.0, 2.0), (5, 40.0, 2000.0)])
def test_saturable_elimination_is_the_lambert_w_solution(dose_mg: float, vmax: float, km: float) -> None:
    volume = 50.0
    values = {"vmax": vmax, "km": km, "volume": volume}
    run = solve_nonlinear(NonlinearProblem(saturable_elimination, np.zeros(1), TIMES, values, [Input(0, 0.0, dose_mg)]))
    level = run.states[0, :, 0] / volume * 1000
    start = dose_mg / volume * 1000
    exact = np.array([_saturable(start, vmax / volume * 1000, km, float(t)) for t in TIMES])
    assert np.abs(level - exact).max() < BAR * start


@pytest.mark.parametrize("activity", [0.05, 0.6, 1.0])
def test_the_enzyme_comes_back_along_its_closed_form(activity: float) -> None:
    values = {
        "ka": 1.0,
        "volume": 400.0,
        "cl_other": 20.0,
        "cl_enzyme": 100.0,
        "kinact": 1.7,
        "ki": 500.0,
        "kdeg": 0.015,
    }
    times = np.linspace(0, 240, 25)
    run = solve_nonlinear(NonlinearProblem(auto_inhibition, np.array([0.0, 0.0, activity]), times, values))
    assert np.abs(run.states[0, :, 2] - enzyme_after_washout(activity, 0.015, times)).max() < 1e-8


def test_an_enzyme_under_a_constant_level_reaches_its_balance_exponentially() -> None:
    """With C held, E goes to kdeg / (kdeg + kinact C / (ki + C)) exponentially at the sum of both rates."""
    values = {"ka": 0.0, "volume": 1.0, "cl_other": 0.0, "cl_enzyme": 0.0, "kinact": 1.7, "ki": 500.0, "kdeg": 0.015}
    start = np.array([0.0, 0.2, 1.0])  # 0.2 mg in 1 L is 200 ng/mL
    run = solve_nonlinear(NonlinearProblem(auto_inhibition, start, TIMES, values))
    rate = 0.015 + 1.7 * 200 / 700
    exact = 0.015 / rate + (1 - 0.015 / rate) * np.exp(-rate * TIMES)
    assert np.abs(run.states[0, :, 2] - exact).max() < 1e-8


def _linear(rates: Sequence[Sequence[float]]) -> object:
    matrix = np.array(rates)

    def slope(times_h: FloatArray, states: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
        return states @ matrix.T

    return slope


def _exact(rates: Sequence[Sequence[float]], inputs: Sequence[Input], time: float) -> FloatArray:
    """State at ``time`` in 30 digits: each input by the matrix exponential of the system with its rate as a state."""
    m = len(rates)
    total = mpmath.zeros(m, 1)
    for given in inputs:
        since = time - float(given.start_h)
        if since < 0:
            continue
        span = float(given.duration_h)
        augmented = mpmath.zeros(m + 1, m + 1)
        augmented[:m, :m] = mpmath.matrix(rates)
        if span == 0:
            part = mpmath.zeros(m, 1)
            part[given.state] = given.amount
            total += mpmath.expm(mpmath.matrix(rates) * since) * part
            continue
        augmented[given.state, m] = mpmath.mpf(float(given.amount)) / span
        begin = mpmath.zeros(m + 1, 1)
        begin[m] = 1
        part = (mpmath.expm(augmented * min(since, span)) * begin)[:m, 0]
        total += mpmath.expm(mpmath.matrix(rates) * max(since - span, 0.0)) * part
    return np.array([float(v) for v in total])


ORAL_AND_IV = [Input(0, 0.0, 100.0), Input(1, 1.0, 40.0, 0.5), Input(1, 1.25, 20.0, 2.0), Input(0, 6.0, 50.0)]
CASES: dict[str, list[list[float]]] = {
    "one compartment, oral": [[-1.2, 0.0], [1.2, -0.3]],
    "ka equal to k": [[-0.5, 0.0], [0.5, -0.5]],
    "ka nearly k": [[-0.5, 0.0], [0.5, -0.5 - 1e-9]],
    "fast in, slow out": [[-1e4, 0.0], [1e4, -1e-4]],
    "slow in, fast out": [[-1e-4, 0.0], [1e-4, -1e4]],
    "two compartments": [[-2.0, 0.0, 0.0], [2.0, -1.9, 0.4], [0.0, 1.4, -0.4]],
    "three compartments": [
        [-2.0, 0.0, 0.0, 0.0],
        [2.0, -26.3, 14.8, 0.876],
        [0.0, 35.5, -14.8, 0.0],
        [0.0, 35.4, 0.0, -0.876],
    ],
    "three compartments, rates far apart": [
        [-40.0, 0.0, 0.0, 0.0],
        [40.0, -1.1e4, 3e3, 1e-4],
        [0.0, 1e4, -3e3, 0.0],
        [0.0, 5e-1, 0.0, -1e-4],
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_linear_models_agree_with_a_thirty_digit_reference(name: str) -> None:
    rates, times = CASES[name], np.array([0.0, 0.25, 1.0, 1.25, 1.5, 3.25, 6.0, 7.0, 12.0, 24.0])
    run = solve_nonlinear(
        NonlinearProblem(_linear(rates), np.zeros(len(rates)), times, inputs=ORAL_AND_IV)  # type: ignore[arg-type]
    )
    with mpmath.workdps(30):
        exact = np.array([_exact(rates, ORAL_AND_IV, float(t)) for t in times])
    highest = np.maximum(np.abs(exact).max(axis=0), 1e-9 * 150)
    assert (np.abs(run.states[0] - exact).max(axis=0) / highest).max() < BAR
