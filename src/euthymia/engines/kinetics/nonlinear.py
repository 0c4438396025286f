"""Non-linear models (auto-inhibition, saturable elimination, indirect response): one stiff-safe solver for a batch of
patients, which stops and restarts at every dose edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.adaptive import Tolerance, integrate
from euthymia.engines.kinetics.inputs import FloatArray, Input, finite, table
from euthymia.engines.kinetics.timeline import timeline

Slope = Callable[[FloatArray, FloatArray, Mapping[str, FloatArray]], FloatArray]
Jacobian = Callable[[FloatArray, FloatArray, Mapping[str, FloatArray]], FloatArray]
_CHUNK = 2048


@dataclass(frozen=True, slots=True)
class NonlinearProblem:
    """Initial-value problem of ``n`` patients with the same equations and inputs of their own.

    Parameters
    ----------
    slope
        ``slope(times_h (n,), states (n, m), parameters) -> (n, m)``: change of each state per hour, without the
        inputs. Time is one per patient, because every patient has steps of its own. It must be smooth between two
        dose edges.
    initial
        States at time 0, ``(n, m)`` or ``(m,)``.
    times_h
        Times of the answer (h), ascending, ``(T,)``, none below 0.
    parameters
        Named values, each ``(n,)`` or a number.
    inputs
        Boluses and even inputs, as for the linear route.
    jacobian
        Derivative of the slope by the states, ``(n, m, m)``; None takes it by a complex step, or by central
        differences when the slope does not accept complex states.
    relative_tolerance, absolute_tolerance
        Error allowed in one step: ``absolute + relative × |state|``. None sets the absolute part to 1e-10 of the
        patient's total input and largest initial state. Scalar or ``(m,)``.
    may_be_negative
        Indexes of states that can be below zero by their meaning (a difference to a baseline).
    max_steps
        Most steps that one patient may take.

    Notes
    -----
    An observation at the time of a bolus is after the bolus; an input at the last time is still given.
    """

    slope: Slope
    initial: FloatArray
    times_h: FloatArray
    parameters: Mapping[str, float | FloatArray] = field(default_factory=dict)
    inputs: Sequence[Input] = ()
    jacobian: Jacobian | None = None
    relative_tolerance: float = 1e-8
    absolute_tolerance: float | FloatArray | None = None
    may_be_negative: tuple[int, ...] = ()
    max_steps: int = 200_000


@dataclass(frozen=True, slots=True)
class NonlinearDiagnostics:
    """What the solver did: steps taken and refused per patient ``(n,)``, the largest accepted error as a share of the
    tolerance (at most 1), and how the Jacobian was had (``given``, ``complex step`` or ``differences``)."""

    steps: FloatArray
    rejected: FloatArray
    worst_error_ratio: float
    jacobian: str


@dataclass(frozen=True, slots=True)
class NonlinearResult:
    """States ``(n, T, m)`` at ``times_h`` ``(T,)``."""

    times_h: FloatArray
    states: FloatArray
    diagnostics: NonlinearDiagnostics


def solve_nonlinear(problem: NonlinearProblem) -> NonlinearResult:
    """Solve the problem with an adaptive fourth-order L-stable Rosenbrock method.

    Each patient has steps of its own, so an answer does not depend on who else is in the batch.

    Raises
    ------
    InvalidInput
        For times that do not ascend, shapes that do not fit, or a slope of the wrong shape.
    NotConverged
        When a step becomes too small, a patient needs more than ``max_steps``, or a state that cannot be negative
        falls below zero by more than the tolerance explains. The message names the patient and the time.
    """
    initial, times, parameters = _checked(problem)
    n, m = initial.shape
    stops = timeline(table(problem.inputs, n, m), times, n, m)
    scale = np.abs(initial).max(axis=1) + stops.total_amount
    scale = np.where(scale > 0, scale, 1.0)
    tolerance = Tolerance(problem.relative_tolerance, _absolute(problem, scale, m), problem.max_steps)
    floor = np.where(np.isin(np.arange(m), problem.may_be_negative), -np.inf, -1e-6 * scale[:, None])
    states = np.empty((n, times.size, m))
    steps, rejected = np.zeros(n), np.zeros(n)
    worst, how = 0.0, "given"
    for first in range(0, n, _CHUNK):
        rows = np.arange(first, min(first + _CHUNK, n))
        chosen = {name: value[rows] for name, value in parameters.items()}
        run = integrate(
            problem.slope,
            problem.jacobian,
            chosen,
            initial[rows],
            stops.take(rows),
            tolerance.take(rows),
            scale[rows],
            floor[rows],
            first,
        )
        states[rows], steps[rows], rejected[rows] = run.states, run.steps, run.rejected
        worst, how = max(worst, run.worst_error_ratio), run.jacobian
    return NonlinearResult(times, states, NonlinearDiagnostics(steps, rejected, worst, how))


def _checked(problem: NonlinearProblem) -> tuple[FloatArray, FloatArray, dict[str, FloatArray]]:
    """Return the initial states ``(n, m)``, the times and the parameters ``(n,)``, or refuse them."""
    initial, times = finite("initial", problem.initial), finite("times_h", problem.times_h)
    if times.ndim != 1 or times.size == 0:
        raise InvalidInput("times_h", times.shape, "at least one time, shape (T,)")
    if times[0] < 0 or (np.diff(times) < 0).any():
        raise InvalidInput("times_h", problem.times_h, "ascending times (h), none below 0")
    if initial.ndim not in (1, 2) or initial.shape[-1] == 0:
        raise InvalidInput("initial", initial.shape, "shape (m,) or (n, m)")
    values = {name: finite(f"parameters[{name}]", value) for name, value in problem.parameters.items()}
    n = _n_patients(problem, initial, values)
    initial = np.broadcast_to(initial, (n, initial.shape[-1])).copy()
    tolerance = problem.relative_tolerance
    if not 1e-13 <= tolerance <= 1e-2:
        raise InvalidInput("relative_tolerance", tolerance, "1e-13 to 1e-2")
    outside = [i for i in problem.may_be_negative if not 0 <= i < initial.shape[1]]
    if outside:
        raise InvalidInput("may_be_negative", outside, f"indexes from 0 to {initial.shape[1] - 1}")
    return initial, times, {name: np.broadcast_to(value, (n,)) for name, value in values.items()}


def _n_patients(problem: NonlinearProblem, initial: FloatArray, values: Mapping[str, FloatArray]) -> int:
    """Return the number of patients that all arrays agree on."""
    arrays = [*values.values(), *(np.asarray(v) for i in problem.inputs for v in (i.start_h, i.amount, i.duration_h))]
    lengths = {array.shape[0] for array in arrays if array.ndim == 1}
    if initial.ndim == 2:
        lengths.add(initial.shape[0])
    if len(lengths) > 1:
        lengths.discard(1)
    if len(lengths) > 1 or any(array.ndim > 1 for array in arrays):
        shapes = {name: value.shape for name, value in values.items()}
        raise InvalidInput("parameters", shapes, f"numbers or shape (n,), one n for all; found {sorted(lengths)}")
    return next(iter(lengths), 1)


def _absolute(problem: NonlinearProblem, scale: FloatArray, m: int) -> FloatArray:
    """Return the absolute tolerance ``(n, m)``."""
    if problem.absolute_tolerance is None:
        return np.broadcast_to(1e-10 * scale[:, None], (scale.size, m)).copy()
    given = finite("absolute_tolerance", problem.absolute_tolerance)
    if given.ndim > 1 or given.size not in (1, m) or (given <= 0).any():
        raise InvalidInput("absolute_tolerance", problem.absolute_tolerance, f"above 0, one number or shape ({m},)")
    return np.broadcast_to(given, (scale.size, m)).copy()
