"""What the linear solver refuses, how it reports, and how it treats rounding below zero."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics import Input, LinearProblem, NegativeLevel, decompose, solve, solve_with

RATES = np.array([[-1.9, 0.8], [1.3, -0.8]])
DOSE = Input(0, 0.0, 10.0)
TIMES = np.array([0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"rates": np.ones((2, 3))}, "rates"),
        ({"rates": np.array([[-1.0, -0.1], [0.0, -1.0]])}, "rates"),
        ({"rates": np.array([[0.1, 0.0], [0.0, -1.0]])}, "rates"),
        ({"rates": np.array([[np.nan, 0.0], [0.0, -1.0]])}, "rates"),
        ({"times_h": np.array([])}, "times_h"),
        ({"times_h": np.array([0.0, 2.0, 1.0])}, "times_h"),
        ({"times_h": np.array([0.0, 1.0, 1.0])}, "times_h"),
        ({"times_h": np.array([-1.0, 1.0])}, "times_h"),
        ({"times_h": np.array([0.0, np.inf])}, "times_h"),
        ({"inputs": (Input(2, 0.0, 1.0),)}, r"inputs\[0\].state"),
        ({"inputs": (Input(-1, 0.0, 1.0),)}, r"inputs\[0\].state"),
        ({"inputs": (DOSE, Input(0, 0.0, -1.0))}, r"inputs\[1\].amount"),
        ({"inputs": (Input(0, -0.1, 1.0),)}, r"inputs\[0\].start_h"),
        ({"inputs": (Input(0, 0.0, 1.0, -2.0),)}, r"inputs\[0\].duration_h"),
        ({"inputs": (Input(0, np.nan, 1.0),)}, r"inputs\[0\].start_h"),
        ({"inputs": (Input(0, 0.0, np.array([1.0, np.inf])),)}, r"inputs\[0\].amount"),
        ({"inputs": (Input(0, np.zeros(3), np.ones(2)),)}, "number of patients"),
        ({"initial": np.array([1.0, -1.0])}, "initial"),
        ({"initial": np.ones(3)}, "initial"),
        ({"outputs": np.ones((1, 3))}, "outputs"),
        ({"losses": np.array([0.6, 0.5])}, "losses of state 1"),
        ({"losses": np.ones(3)}, "losses"),
    ],
)
def test_bad_input_is_refused_by_name(changed: dict[str, object], named: str) -> None:
    given = {"rates": RATES, "inputs": (DOSE,), "times_h": TIMES} | changed
    with pytest.raises(InvalidInput, match=named):
        solve(LinearProblem(**given))  # type: ignore[arg-type]


@pytest.mark.parametrize("choice", [{"route": "fast"}, {"backend": "torch"}])
def test_unknown_choices_are_refused(choice: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        solve(LinearProblem(RATES, (DOSE,), TIMES), **choice)  # type: ignore[arg-type]


def test_the_modal_route_is_not_forced_on_equal_rates() -> None:
    problem = LinearProblem(np.array([[-1.0, 0.0], [1.0, -1.0]]), (DOSE,), TIMES)
    with pytest.raises(InvalidInput, match="route"):
        solve(problem, route="modal")
    result = solve(problem)
    assert (result.diagnostics.n_modal, result.diagnostics.n_exponential) == (0, 1)
    np.testing.assert_allclose(result.values[0, :, 1], 10 * TIMES * np.exp(-TIMES), rtol=1e-14)


def test_only_delicate_patients_leave_the_modal_route() -> None:
    gap = np.array([0.5, 1e-2, 1e-7, 1e-13])
    rates = np.zeros((4, 2, 2))
    rates[:, 0, 0], rates[:, 1, 0], rates[:, 1, 1] = -1 - gap, 1 + gap, -1.0
    diagnostics = solve(LinearProblem(rates, (DOSE,), TIMES)).diagnostics
    assert (diagnostics.n_modal, diagnostics.n_exponential) == (2, 2)
    assert diagnostics.worst_amplification < 3e4
    assert diagnostics.n_spot_checked == 2
    assert 0 <= diagnostics.spot_difference < 1e-12
    assert 0 <= diagnostics.mass_defect < 1e-12


@pytest.mark.parametrize("route", ["modal", "exponential"])
@pytest.mark.parametrize("start", [5.0, np.array([5.0, 6.0])])
def test_an_infusion_too_short_to_see_is_a_bolus_and_is_not_lost(route: str, start: float) -> None:
    times = np.array([0.0, 5.0, 7.0])
    short = solve(LinearProblem(RATES, (Input(0, start, 10.0, 1e-17),), times), route=route)  # type: ignore[arg-type]
    bolus = solve(LinearProblem(RATES, (Input(0, start, 10.0),), times), route=route)  # type: ignore[arg-type]
    np.testing.assert_allclose(short.values, bolus.values, rtol=1e-14)
    assert bolus.values[0, 1, 0] == pytest.approx(10.0)


def test_late_levels_alone_keep_their_digits() -> None:
    late = np.array([200.0, 300.0])
    result = solve(LinearProblem(np.array([[-0.5]]), (DOSE,), late))
    np.testing.assert_allclose(result.values[0, :, 0], 10 * np.exp(-0.5 * late), rtol=1e-13)
    assert result.diagnostics.n_modal == 1


def test_an_effect_site_takes_nothing_from_its_source() -> None:
    rates = np.array([[-0.5, 0.0], [6.0, -6.0]])
    result = solve(LinearProblem(rates, (DOSE,), TIMES))
    expected = 10 * 6 / 5.5 * (np.exp(-0.5 * TIMES) - np.exp(-6 * TIMES))
    np.testing.assert_allclose(result.values[0, :, 1], expected, rtol=1e-13, atol=1e-15)
    assert np.isnan(result.diagnostics.mass_defect)


def test_rounding_below_zero_is_counted_and_more_is_an_error() -> None:
    rates = np.array([[-3.0, 0.0, 0.0], [3.0, -2.0, 0.7], [0.0, 1.1, -0.7]])
    result = solve(LinearProblem(rates, (DOSE,), np.concatenate([[0.0, 1e-9], TIMES[1:]])))
    assert result.values.min() >= 0
    modes = decompose(rates)
    modes.vectors[:] *= -1
    with pytest.raises(NegativeLevel):
        solve_with(modes, (DOSE,), TIMES, route="modal", spot_checks=0)


def test_one_matrix_serves_many_patients_and_modes_are_reused() -> None:
    modes = decompose(RATES)
    amounts = np.array([1.0, 2.0, 5.0])
    weights = np.array([[[0.1, 0.0]], [[0.2, 0.0]], [[0.3, 0.0]]])
    found = solve_with(modes, (Input(0, 0.0, amounts, 0.5),), TIMES, outputs=weights).values
    one = solve(LinearProblem(RATES, (Input(0, 0.0, 1.0, 0.5),), TIMES)).values
    np.testing.assert_allclose(found[:, :, 0], one[0, :, 0] * (amounts * weights[:, 0, 0])[:, None], rtol=1e-14)


def test_the_engine_imports_without_jax_or_scipy() -> None:
    import subprocess
    import sys

    code = "import sys, euthymia.engines.kinetics.linear as m; print([k for k in ('jax', 'scipy') if k in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
