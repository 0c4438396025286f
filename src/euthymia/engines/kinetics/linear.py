"""Linear compartment models of any size, solved exactly: ``solve(problem) -> LinearResult``.

Two routes give the same answer: sums of modes (fast), and matrix exponentials of the augmented system, taken for each
patient whose modes would lose digits (nearly equal rate constants).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import EuthymiaError, InvalidInput
from euthymia.engines.kinetics.exponential import Stepped
from euthymia.engines.kinetics.inputs import FloatArray, Input, finite, table
from euthymia.engines.kinetics.mass import mass_defect
from euthymia.engines.kinetics.modal import Modes, decompose
from euthymia.engines.kinetics.superpose import ModalInput, superpose

Route = Literal["auto", "modal", "exponential"]
Backend = Literal["numpy", "jax"]
ROUNDING = 1e-11
"""A value below zero by at most this share of the curve's largest value is rounding; beyond it is an error."""
MOST_AMPLIFICATION = 3e4
"""Most that the modal sum may amplify rounding: 3e4 keeps the error near 1e-11 of Cmax."""
MOST_DIFFERENCE = 1e-9
"""Largest difference of a spot check, as a share of Cmax, before all patients take the exponential route."""


class NegativeLevel(EuthymiaError, ArithmeticError):
    """A level came out below zero by more than rounding; nothing is clipped."""

    def __init__(self, share: float) -> None:
        self.share = share
        super().__init__(f"a level came out below zero, at {share:.3g} of the curve's largest; report this model")


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
    losses
        ``(n, m)`` or ``(m,)``, 1/h, when known: what leaves the model from each state; see ``decompose``.
    """

    rates: FloatArray
    inputs: tuple[Input, ...]
    times_h: FloatArray
    initial: FloatArray | None = None
    outputs: FloatArray | None = None
    losses: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class LinearDiagnostics:
    """How a linear problem was solved.

    Parameters
    ----------
    n_modal, n_exponential
        Patients solved by each route.
    worst_amplification
        Among patients on the modal route: the largest sum of absolute terms over Cmax. About this many times 1e-16 is
        the error as a share of Cmax; beyond ``MOST_AMPLIFICATION`` the patient goes to the exponential route.
    n_spot_checked
        Patients solved by both routes.
    spot_difference
        Largest difference between the routes as a share of Cmax among them.
    mass_defect
        Largest difference between what was given and what is in the body or has left, as a share of what was given,
        among them.
    rounded_below_zero
        Values that were below zero by rounding only (at most ``ROUNDING`` of the patient's largest) and set to zero.
    backend
        ``numpy`` or ``jax``.
    """

    n_modal: int
    n_exponential: int
    worst_amplification: float
    n_spot_checked: int
    spot_difference: float
    mass_defect: float
    rounded_below_zero: int
    backend: Backend


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


def solve(
    problem: LinearProblem, *, route: Route = "auto", backend: Backend = "numpy", spot_checks: int = 2
) -> LinearResult:
    """Solve a linear problem.

    Parameters
    ----------
    problem
        The problem.
    route
        ``auto`` chooses for each patient; the others force one route.
    backend
        ``jax`` evaluates the modal sums compiled, on a GPU when JAX sees one; double precision either way.
    spot_checks
        How many patients to solve by both routes, the most delicate first.

    Raises
    ------
    InvalidInput
        For values that are not finite, negative amounts or times, times that do not increase, or shapes that do not
        fit.
    MissingExtra
        When ``backend`` is ``jax`` and JAX is not installed.
    NegativeLevel
        When a level comes out below zero by more than rounding.
    """
    modes = decompose(problem.rates, problem.losses)
    return solve_with(
        modes,
        problem.inputs,
        problem.times_h,
        problem.initial,
        problem.outputs,
        route=route,
        backend=backend,
        spot_checks=spot_checks,
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
    spot_checks: int = 2,
) -> LinearResult:
    """Solve with modes decomposed before, as when a dose plan changes during a session; see ``solve``."""
    if route not in ("auto", "modal", "exponential"):
        raise InvalidInput("route", route, "auto, modal or exponential")
    if backend not in ("numpy", "jax"):
        raise InvalidInput("backend", backend, "numpy or jax")
    times = checked_times(times_h)
    m = modes.n_states
    n = _patients(modes, inputs, initial, outputs)
    entries = table(inputs, n, m)
    start = _matrix("initial", initial, (n, m)) if initial is not None else np.zeros((1, m))
    if start.min(initial=0.0) < 0:
        raise InvalidInput("initial", float(start.min()), "amounts of zero or more")
    weights = _stack("outputs", outputs, n, m) if outputs is not None else np.eye(m)[None]
    plain = ModalInput(modes.values, weights @ modes.vectors, modes.inverse, entries, times, start)
    system = Stepped(modes.rates, modes.losses, weights, entries, times, start)
    if route == "exponential":
        values = system.solve(np.arange(n))
        amplification = np.full(n, np.inf)
    elif backend == "jax":
        from euthymia.engines.kinetics.jax_superpose import superpose_jax

        values, amplification = superpose_jax(plain, n)
    else:
        values, amplification = superpose(plain, n)
    amplification = np.where(modes.usable, amplification, np.inf)
    modal = amplification <= (MOST_AMPLIFICATION if route == "auto" else np.finfo(float).max)
    if route == "modal" and not modal.all():
        raise InvalidInput("route", route, "auto", f"{int((~modal).sum())} patients have no separate modes.")
    if route == "auto" and not modal.all():
        values[~modal] = system.solve(np.flatnonzero(~modal))
    checked = _delicate(amplification, modal, spot_checks)
    difference = _difference(values[checked], system.solve(checked)) if checked.size else 0.0
    if difference > MOST_DIFFERENCE and route == "auto":
        values, modal = system.solve(np.arange(n)), np.zeros(n, dtype=bool)
    defect = mass_defect(modes, entries, times, start, checked) if checked.size else 0.0
    rounded = _settle(values) if weights.min() >= 0 else 0
    worst = float(amplification[modal].max(initial=0.0))
    n_modal = int(modal.sum())
    diagnostics = LinearDiagnostics(n_modal, n - n_modal, worst, checked.size, difference, defect, rounded, backend)
    return LinearResult(values.transpose(0, 2, 1), diagnostics)


def _delicate(amplification: FloatArray, modal: NDArray[np.bool_], count: int) -> NDArray[np.intp]:
    """The patients on the modal route with the largest amplification."""
    some = np.flatnonzero(modal)
    if count <= 0 or not some.size:
        return some[:0]
    if count >= some.size:
        return some
    order = np.argpartition(-amplification[some], count - 1)
    return some[order[:count]]


def _difference(first: FloatArray, second: FloatArray) -> float:
    """Largest difference of ``(n, k, t)`` as a share of each curve's largest value."""
    largest = np.abs(second).max(axis=2, keepdims=True)
    return float((np.abs(first - second) / np.where(largest == 0, 1.0, largest)).max())


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


def _settle(values: FloatArray) -> int:
    """Set rounding below zero to zero; raise for what is more than rounding. Returns how many were set."""
    lowest = values.min(axis=2)
    if lowest.min() >= 0:
        return 0
    largest = np.abs(values).max(axis=2)
    beyond = lowest < -ROUNDING * largest
    if beyond.any():
        raise NegativeLevel(float((lowest[beyond] / largest[beyond]).min()))
    low = values < 0
    values[low] = 0.0
    return int(low.sum())


def _patients(modes: Modes, inputs: Sequence[Input], initial: FloatArray | None, outputs: FloatArray | None) -> int:
    sizes: list[int] = [modes.rates.shape[0]]
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
