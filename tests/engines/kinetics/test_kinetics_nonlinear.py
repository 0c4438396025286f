"""The non-linear solver: order, events, tolerances, independence of patients, refusals."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.engines.kinetics.equations import IndirectResponse, auto_inhibition
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.linear import LinearProblem, solve
from euthymia.engines.kinetics.nonlinear import NonlinearProblem, solve_nonlinear
from euthymia.engines.kinetics.rosenbrock import complex_step_jacobian, difference_jacobian, rosenbrock_step

MDMA = {
    "ka": 1.495,
    "volume": 408.6,
    "cl_other": 24.75,
    "cl_enzyme": 110.05,
    "kinact": 1.737,
    "ki": 500.0,
    "kdeg": float(np.log(2) / 46.6),
}
AT_REST = np.array([0.0, 0.0, 1.0])


def decay(times_h: FloatArray, states: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
    return -values["k"][:, None] * states


def driven(times_h: FloatArray, states: FloatArray) -> FloatArray:
    """Non-autonomous and non-linear: y' = cos(t) y², y = 1 / (1/y0 - sin t)."""
    return np.cos(times_h)[:, None] * states**2


def test_the_step_is_of_order_four_on_a_driven_non_linear_problem() -> None:
    jacobian = complex_step_jacobian(driven)
    errors = []
    for count in (8, 16, 32, 64):
        states, step = np.array([[0.4]]), np.array([1.2 / count])
        for i in range(count):
            states, _ = rosenbrock_step(driven, jacobian, i * step, states, step)
        errors.append(abs(states[0, 0] - 1 / (1 / 0.4 - np.sin(1.2))))
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert orders[-1] == pytest.approx(4.0, abs=0.25)


def test_a_very_stiff_mode_is_damped_in_one_step() -> None:
    def stiff(times_h: FloatArray, states: FloatArray) -> FloatArray:
        return -1e9 * states

    after, _ = rosenbrock_step(stiff, complex_step_jacobian(stiff), np.zeros(1), np.ones((1, 1)), np.ones(1))
    assert abs(after[0, 0]) < 1e-6


def test_both_jacobians_agree() -> None:
    values = {name: np.array([value, 1.3 * value]) for name, value in MDMA.items()}
    states, now = np.array([[40.0, 60.0, 0.5], [1.0, 0.01, 0.9]]), np.zeros(2)
    exact = complex_step_jacobian(lambda t, y: auto_inhibition(t, y, values))(now, states)
    by_difference = difference_jacobian(lambda t, y: auto_inhibition(t, y, values), np.full((2, 1), 0.1))(now, states)
    assert np.allclose(exact, by_difference, rtol=1e-7, atol=1e-9)


def test_a_slope_that_cannot_take_complex_states_gives_the_same_answer() -> None:
    def real_only(times_h: FloatArray, states: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
        result = np.empty(states.shape)
        result[:] = auto_inhibition(times_h, np.asarray(states, dtype=float), values)
        return result

    times, inputs = np.linspace(0, 24, 13), [Input(0, 0.0, 100.0)]
    free = solve_nonlinear(NonlinearProblem(auto_inhibition, AT_REST, times, MDMA, inputs))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bound = solve_nonlinear(NonlinearProblem(real_only, AT_REST, times, MDMA, inputs))
    assert (free.diagnostics.jacobian, bound.diagnostics.jacobian) == ("complex step", "differences")
    assert np.abs(free.states - bound.states).max() < 1e-6


def test_a_patient_has_the_same_answer_alone_and_in_a_batch() -> None:
    rng = np.random.default_rng(4)
    values = {name: value * np.exp(0.4 * rng.standard_normal(9)) for name, value in MDMA.items()}
    starts = rng.uniform(0.0, 3.0, 9)
    times = np.linspace(0, 24, 17)
    batch = solve_nonlinear(
        NonlinearProblem(auto_inhibition, AT_REST, times, values, [Input(0, 0.0, 80.0), Input(0, starts, 40.0)])
    )
    for patient in (0, 5, 8):
        own = {name: value[patient] for name, value in values.items()}
        inputs = [Input(0, 0.0, 80.0), Input(0, float(starts[patient]), 40.0)]
        alone = solve_nonlinear(NonlinearProblem(auto_inhibition, AT_REST, times, own, inputs))
        assert np.allclose(batch.states[patient], alone.states[0], rtol=1e-12, atol=1e-12)


def test_an_observation_at_a_bolus_is_after_it_and_a_dose_at_the_last_time_is_given() -> None:
    times = np.array([0.0, 2.0, 4.0])
    inputs = [Input(0, 0.0, 10.0), Input(0, 2.0, 5.0), Input(0, 4.0, 7.0)]
    found = solve_nonlinear(NonlinearProblem(decay, np.zeros(1), times, {"k": 0.3}, inputs)).states[0, :, 0]
    at_two = 10 * np.exp(-0.6) + 5
    assert found == pytest.approx([10.0, at_two, at_two * np.exp(-0.6) + 7], rel=1e-7)


def test_an_input_between_two_observations_is_not_stepped_over() -> None:
    """A pulse of 0.01 h in a gap of 100 h without any dynamics to slow the steps down."""
    times = np.array([0.0, 100.0])
    found = solve_nonlinear(NonlinearProblem(decay, np.zeros(1), times, {"k": 1e-6}, [Input(0, 50.0, 8.0, 0.01)]))
    assert found.states[0, 1, 0] == pytest.approx(8.0 * np.exp(-1e-6 * 50), rel=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_a_split_infusion_is_the_whole_infusion_and_time_can_be_shifted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, duration, shift = rng.uniform(0, 1), rng.uniform(0.2, 2), rng.uniform(0, 3)
    share = rng.uniform(0.1, 0.9)
    times = np.linspace(0, 12, 25)
    whole = [Input(1, start, 60.0, duration)]
    parts = [Input(1, start, 60.0 * share, duration * share)]
    parts += [Input(1, start + duration * share, 60.0 * (1 - share), duration * (1 - share))]
    first = solve_nonlinear(NonlinearProblem(auto_inhibition, AT_REST, times, MDMA, whole)).states
    second = solve_nonlinear(NonlinearProblem(auto_inhibition, AT_REST, times, MDMA, parts)).states
    assert np.abs(first - second).max() < 1e-6 * 60
    later = [Input(1, start + shift, 60.0, duration)]
    moved = solve_nonlinear(NonlinearProblem(auto_inhibition, AT_REST, times + shift, MDMA, later)).states
    assert np.abs(first - moved).max() < 1e-6 * 60


@pytest.mark.parametrize("seed", range(6))
def test_any_linear_model_with_inputs_of_its_own_per_patient_is_solved_as_exactly_as_promised(seed: int) -> None:
    """Random flows over six decades, random overlapping inputs with starts and durations of each patient's own."""
    rng = np.random.default_rng(seed)
    m, n = int(rng.integers(1, 5)), 3
    flows = 10 ** rng.uniform(-3, 3, (n, m, m)) * (rng.random((n, m, m)) < 0.7)
    flows[:, np.arange(m), np.arange(m)] = 0.0
    out = 10 ** rng.uniform(-3, 1, (n, m))
    rates = flows.copy()
    rates[:, np.arange(m), np.arange(m)] = -(flows.sum(axis=1) + out)
    inputs = [
        Input(int(rng.integers(m)), rng.uniform(0, 6, n), rng.uniform(1, 50, n), rng.uniform(0.1, 3, n) * (i % 2))
        for i in range(4)
    ]
    times = np.sort(rng.uniform(0, 12, 9))

    def slope(times_h: FloatArray, states: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
        return np.asarray((rates[values["row"].astype(int)] @ states[:, :, None])[:, :, 0])

    run = solve_nonlinear(NonlinearProblem(slope, np.zeros(m), times, {"row": np.arange(float(n))}, inputs))
    exact = solve(LinearProblem(rates, tuple(inputs), times)).values
    scale = np.maximum(exact.max(axis=(1, 2), keepdims=True), 1e-6)
    assert (np.abs(run.states - exact) / scale).max() < 1e-6


def test_what_goes_in_is_what_is_left_plus_what_was_cleared() -> None:
    def counted(times_h: FloatArray, states: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
        change = auto_inhibition(times_h, states[:, :3], values)
        return np.concatenate([change, -(change[:, :1] + change[:, 1:2])], axis=1)

    inputs = [Input(0, 0.0, 80.0), Input(0, 2.0, 40.0), Input(1, 3.0, 20.0, 0.5)]
    start = np.array([0.0, 0.0, 1.0, 0.0])
    found = solve_nonlinear(NonlinearProblem(counted, start, np.array([4.0, 24.0, 96.0]), MDMA, inputs)).states[0]
    assert found[:, [0, 1, 3]].sum(axis=1) == pytest.approx(140.0, rel=1e-9)


@pytest.mark.parametrize("acts_on", ["production", "loss"])
@pytest.mark.parametrize("inhibits", [True, False])
def test_an_indirect_response_goes_to_its_new_balance_and_comes_back(acts_on: str, inhibits: bool) -> None:
    values = {"k": 0.0, "kin": 5.0, "kout": 0.5, "largest": 0.6, "half": 1.0}
    held = NonlinearProblem(IndirectResponse(acts_on, inhibits), np.array([3.0, 10.0]), np.array([80.0]), values)
    factor = 1 - 0.45 if inhibits else 1 + 0.45
    expected = 10.0 * (factor if acts_on == "production" else 1 / factor)
    assert solve_nonlinear(held).states[0, 0, 1] == pytest.approx(expected, rel=1e-7)
    washed = {**values, "k": 1.0}
    back = NonlinearProblem(IndirectResponse(acts_on, inhibits), np.array([3.0, 10.0]), np.array([100.0]), washed)
    assert solve_nonlinear(back).states[0, 0, 1] == pytest.approx(10.0, rel=1e-6)


def test_a_looser_tolerance_takes_fewer_steps_and_keeps_its_promise() -> None:
    times, inputs = np.array([0.0, 6.0, 48.0]), [Input(0, 0.0, 100.0)]
    fine = solve_nonlinear(
        NonlinearProblem(auto_inhibition, AT_REST, times, MDMA, inputs, relative_tolerance=1e-11)
    ).states
    steps = []
    for tolerance in (1e-5, 1e-7, 1e-9):
        run = solve_nonlinear(
            NonlinearProblem(auto_inhibition, AT_REST, times, MDMA, inputs, relative_tolerance=tolerance)
        )
        assert np.abs(run.states - fine).max() < 10 * tolerance * 100
        assert run.diagnostics.worst_error_ratio <= 1.0
        steps.append(run.diagnostics.steps[0])
    assert steps[0] < steps[1] < steps[2]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"times_h": np.array([1.0, 0.5])}, "times_h"),
        ({"times_h": np.array([-1.0, 0.5])}, "times_h"),
        ({"times_h": np.array([])}, "times_h"),
        ({"initial": np.array([np.nan])}, "initial"),
        ({"parameters": {"k": np.inf}}, "parameters"),
        ({"parameters": {"k": np.ones(3)}, "initial": np.ones((2, 1))}, "parameters"),
        ({"relative_tolerance": 0.0}, "relative_tolerance"),
        ({"absolute_tolerance": -1.0}, "absolute_tolerance"),
        ({"may_be_negative": (4,)}, "may_be_negative"),
        ({"slope": lambda t, y, p: y[:, 0]}, "slope"),
        ({"inputs": [Input(3, 0.0, 1.0)]}, "state"),
        ({"inputs": [Input(0, 0.0, -1.0)]}, "amount"),
    ],
)
def test_bad_input_is_refused_by_name(changes: dict[str, object], named: str) -> None:
    good: dict[str, object] = {
        "slope": decay,
        "initial": np.ones(1),
        "times_h": np.array([0.0, 1.0]),
        "parameters": {"k": 1.0},
    }
    with pytest.raises(InvalidInput, match=named):
        solve_nonlinear(NonlinearProblem(**{**good, **changes}))  # type: ignore[arg-type]


def test_a_solution_that_runs_away_is_not_returned() -> None:
    problem = NonlinearProblem(lambda t, y, p: y**2, np.ones(1), np.array([0.0, 2.0]))
    with pytest.raises(NotConverged, match="patient 0"):
        solve_nonlinear(problem)


def test_a_negative_amount_stops_the_run_unless_the_state_may_be_negative() -> None:
    problem = NonlinearProblem(lambda t, y, p: np.full(y.shape, -1.0), np.ones(1), np.array([0.0, 2.0]))
    with pytest.raises(NotConverged, match="cannot be negative"):
        solve_nonlinear(problem)
    allowed = NonlinearProblem(problem.slope, problem.initial, problem.times_h, may_be_negative=(0,))
    assert solve_nonlinear(allowed).states[0, 1, 0] == pytest.approx(-1.0)


def test_too_many_steps_stop_the_run_with_the_way_out() -> None:
    problem = NonlinearProblem(decay, np.ones(1), np.array([0.0, 5.0]), {"k": 1.0}, max_steps=3)
    with pytest.raises(NotConverged, match="max_steps"):
        solve_nonlinear(problem)
