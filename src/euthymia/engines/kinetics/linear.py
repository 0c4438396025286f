"""Linear compartment models of any size, solved exactly: ``solve(problem) -> LinearResult``.

Two routes give the same answer: sums of modes (fast), and matrix exponentials of the augmented system, taken for each
patient whose modes would lose digits (nearly equal rate constants).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.exponential import propagate
from euthymia.engines.kinetics.inputs import FloatArray, Input, InputTable, finite, table
from euthymia.engines.kinetics.modal import Modes, checked_rates, decompose
from euthymia.engines.kinetics.superpose import superpose

Route = Literal["auto", "modal", "exponential"]
Backend = Literal["numpy", "jax"]
ROUNDING = 1e-11
"""A value below zero by at most this share of the patient's largest value is rounding; beyond it is an error."""


@dataclass(frozen=True, slots=True)
class LinearProblem:
    """A linear compartment model, ``dA/dt = rates @ A + inputs``, for ``n`` patients with ``m`` states.

    Parameters
    ----------
    rates
        ``(n, m, m)`` or ``(m, m)``, 1/h: off the diagonal what the row gains from the column, on it minus what leaves.
    inputs
        What enters, after bioavailability and lag.
    times_h
        ``(t,)``, h, strictly increasing from 0 on. A value at the time of a bolus is the value after it.
    initial
        ``(n, m)`` or ``(m,)``, mg at time 0; ``None`` is empty.
    outputs
        ``(n, k, m)`` or ``(k, m)``: weighted sums of the states (1/volume gives a concentration); ``None`` gives
        every state.
    """

    rates: FloatArray
    inputs: tuple[Input, ...]
    times_h: FloatArray
    initial: FloatArray | None = None
    outputs: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class LinearDiagnostics:
    """How a linear problem was solved.

    Parameters
    ----------
    n_modal, n_exponential
        Patients solved by each route.
    worst_condition
        Largest condition number of the eigenvectors among patients on the modal route (0 when there are none).
    spot_difference
        Largest difference between the routes as a share of Cmax, over the patients that were checked.
    n_spot_checked
        How many patients were solved by both routes.
    rounded_below_zero
        Values that were below zero by rounding only (at most ``ROUNDING`` of the patient's largest) and set to zero.
    """

    n_modal: int
    n_exponential: int
    worst_condition: float
    spot_difference: float
    n_spot_checked: int
    rounded_below_zero: int


@dataclass(frozen=True, slots=True)
class LinearResult:
    """Outputs of a linear model.

    Parameters
    ----------
    values
        ``(n, t, k)``, in mg times the unit of the output weights.
    diagnostics
        How it was solved.
    """

    values: FloatArray
    diagnostics: LinearDiagnostics


def solve(problem: LinearProblem, *, route: Route = "auto", backend: Backend = "numpy") -> LinearResult:
    """Solve a linear problem; ``auto`` chooses the route for each patient.

    Raises
    ------
    InvalidInput
        For values that are not finite, negative amounts or times, times that do not increase, or shapes that do not
        fit.
    """
    if route not in ("auto", "modal", "exponential"):
        raise InvalidInput("route", route, "auto, modal or exponential")
    modes = decompose(problem.rates) if route != "exponential" else _without_modes(problem.rates)
    return solve_with(
        modes, problem.inputs, problem.times_h, problem.initial, problem.outputs, route=route, backend=backend
    )


def solve_with(
    modes: Modes,
    inputs: Sequence[Input],
    times_h: FloatArray,
    initial: FloatArray | None = None,
    outputs: FloatArray | None = None,
    *,
    route: Route = "auto",
    backend: Backend = "numpy",
) -> LinearResult:
    """Solve with modes decomposed before, as when a dose plan changes during a session."""
    times = checked_times(times_h)
    m = modes.n_states
    n = _patients(modes, inputs, initial, outputs)
    entries = table(inputs, n, m)
    start = _matrix("initial", initial, (n, m)) if initial is not None else np.zeros((1, m))
    if start.min(initial=0.0) < 0:
        raise InvalidInput("initial", float(start.min()), "amounts of zero or more")
    weights = _stack("outputs", outputs, n, m) if outputs is not None else np.eye(m)[None]
    usable = np.broadcast_to(modes.usable, (n,)) if route != "exponential" else np.zeros(n, dtype=bool)
    if route == "modal" and not usable.all():
        raise InvalidInput("route", route, "auto", f"{int((~usable).sum())} patients have no separable modes.")
    values = np.empty((n, times.size, weights.shape[1]))
    if usable.any():
        some = np.flatnonzero(usable)
        values[some] = superpose(
            _take(modes.values, some),
            _take(weights @ modes.vectors, some),
            _take(modes.inverse, some),
            _pick(entries, some),
            times,
            _take(start, some),
        )
    if not usable.all():
        values[~usable] = _by_exponential(modes.rates, entries, times, start, weights, np.flatnonzero(~usable))
    rounded = _settle(values) if weights.min() >= 0 else 0
    worst = float(np.broadcast_to(modes.condition, (n,))[usable].max(initial=0.0))
    return LinearResult(values, LinearDiagnostics(int(usable.sum()), int((~usable).sum()), worst, 0.0, 0, rounded))


def checked_times(times_h: FloatArray) -> FloatArray:
    """Return the observation times after the checks: at least one, finite, from 0 on, strictly increasing."""
    times = finite("times_h", times_h)
    if times.ndim != 1 or times.size == 0:
        raise InvalidInput("times_h", times.shape, "one axis with at least one time")
    if times[0] < 0:
        raise InvalidInput("times_h", float(times[0]), "times from 0 on")
    late = np.flatnonzero(np.diff(times) <= 0)
    if late.size:
        pair = times[late[0] : late[0] + 2].tolist()
        raise InvalidInput("times_h", pair, "strictly increasing times", "Sort them and drop repeated ones.")
    return times


def _without_modes(rates: FloatArray) -> Modes:
    matrices = checked_rates(rates)
    n, m, _ = matrices.shape
    nothing = np.zeros((n, m, m))
    return Modes(matrices, np.zeros((n, m)), nothing, nothing, np.full(n, np.inf), np.zeros(n, dtype=bool))


def _by_exponential(
    rates: FloatArray, entries: InputTable, times: FloatArray, start: FloatArray, weights: FloatArray, some: np.ndarray
) -> FloatArray:
    states = propagate(_take(rates, some), _pick(entries, some), times, _take(start, some))
    result: FloatArray = states @ _take(weights, some).transpose(0, 2, 1)
    return result


def _settle(values: FloatArray) -> int:
    """Set rounding below zero to zero; raise for what is more than rounding. Returns how many were set."""
    low = values < 0
    if not low.any():
        return 0
    largest = np.abs(values).max(axis=1, keepdims=True)
    if (values < -ROUNDING * largest).any():
        worst = float((values / np.where(largest == 0, 1, largest)).min())
        raise ArithmeticError(f"a level came out negative ({worst:.3g} of the largest); this is an error of the solver")
    values[low] = 0.0
    return int(low.sum())


def _patients(modes: Modes, inputs: Sequence[Input], initial: FloatArray | None, outputs: FloatArray | None) -> int:
    sizes = [modes.rates.shape[0]]
    sizes += [np.shape(v)[0] for i in inputs for v in (i.start_h, i.amount, i.duration_h) if np.ndim(v) == 1]
    sizes += [np.shape(initial)[0]] if initial is not None and np.ndim(initial) == 2 else []
    sizes += [np.shape(outputs)[0]] if outputs is not None and np.ndim(outputs) == 3 else []
    n = max(sizes)
    if any(size not in (1, n) for size in sizes):
        raise InvalidInput("number of patients", sorted(set(sizes)), "one number of patients throughout")
    return n


def _matrix(argument: str, value: FloatArray, shape: tuple[int, int]) -> FloatArray:
    array = finite(argument, value)
    array = array[None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] != shape[1] or array.shape[0] not in (1, shape[0]):
        raise InvalidInput(argument, np.shape(value), f"shape {shape} or ({shape[1]},)")
    return array


def _stack(argument: str, value: FloatArray, n: int, m: int) -> FloatArray:
    array = finite(argument, value)
    array = array[None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[2] != m or array.shape[0] not in (1, n) or array.shape[1] == 0:
        raise InvalidInput(argument, np.shape(value), f"shape ({n}, k, {m}) or (k, {m})")
    return array


def _take(array: FloatArray, some: np.ndarray) -> FloatArray:
    """Rows of the given patients from an array with one row for each patient or one for all."""
    return array[some] if array.shape[0] > 1 else np.broadcast_to(array, (some.size, *array.shape[1:]))


def _pick(entries: InputTable, some: np.ndarray) -> InputTable:
    columns = (
        a[:, some] if a.shape[1] > 1 else np.broadcast_to(a, (a.shape[0], some.size))
        for a in (entries.start, entries.amount, entries.duration)
    )
    return InputTable(entries.state, *columns)
