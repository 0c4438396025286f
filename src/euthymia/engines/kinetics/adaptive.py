"""Adaptive stepping of a batch of patients from stop to stop, each patient with steps of its own."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.rosenbrock import ORDER, complex_step_jacobian, difference_jacobian, rosenbrock_step
from euthymia.engines.kinetics.timeline import Timeline

Values = Mapping[str, FloatArray]
Slope = Callable[[FloatArray, FloatArray, Values], FloatArray]
_SAFETY, _SMALLEST, _LARGEST = 0.9, 0.2, 6.0
_TINY_STEP = 1e-14


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Error allowed in one step: ``absolute`` ``(n, m)`` + ``relative`` × |state|; and the most steps of a patient."""

    relative: float
    absolute: FloatArray
    max_steps: int

    def take(self, rows: NDArray[np.intp]) -> Tolerance:
        """Return the tolerance of some patients."""
        return Tolerance(self.relative, self.absolute[rows], self.max_steps)


@dataclass(frozen=True, slots=True)
class Run:
    """States ``(n, T, m)`` and the counts of :class:`~euthymia.engines.kinetics.nonlinear.NonlinearDiagnostics`."""

    states: FloatArray
    steps: FloatArray
    rejected: FloatArray
    worst_error_ratio: float
    jacobian: str


def integrate(
    slope: Slope,
    jacobian: Slope | None,
    parameters: Values,
    initial: FloatArray,
    stops: Timeline,
    tolerance: Tolerance,
    scale: FloatArray,
    floor: FloatArray,
    first_patient: int = 0,
) -> Run:
    """Carry ``initial`` ``(n, m)`` through all stops and keep the states at the observations.

    ``scale`` ``(n,)`` is the size of a patient's amounts, ``floor`` ``(n, m)`` the lowest value each state may have.
    """
    n, m = initial.shape
    how, use_complex = ("given", False) if jacobian is not None else _how(slope, parameters, initial)
    states, now = initial.copy(), np.zeros(n)
    pointer, proposed = np.zeros(n, dtype=np.intp), np.zeros(n)
    answer = np.full((n, stops.n_times, m), np.nan)
    steps, rejected, worst = np.zeros(n), np.zeros(n), 0.0
    rates = stops.rates(np.arange(n), now)
    restart = np.ones(n, dtype=bool)
    while True:
        _land(stops, now, pointer, states, rates, answer, restart)
        rows = np.flatnonzero(pointer < stops.stops.shape[1])
        if rows.size == 0:
            return Run(answer, steps, rejected, worst, how)
        chosen = {name: value[rows] for name, value in parameters.items()}
        local = _Local(slope, jacobian, chosen, rates[rows])
        fresh = np.flatnonzero(restart[rows])
        allowed = tolerance.absolute[rows]
        if fresh.size:
            rates_of_change = local.slope(now[rows], states[rows])[fresh]
            proposed[rows[fresh]] = _first_step(
                states[rows[fresh]], rates_of_change, tolerance.relative, allowed[fresh]
            )
            restart[rows[fresh]] = False
        remaining = stops.stops[rows, pointer[rows]] - now[rows]
        wanted = proposed[rows]
        # Two even steps instead of one long and one tiny one before a stop.
        lands = wanted >= remaining
        step = np.where(lands, remaining, np.where(2 * wanted > remaining, remaining / 2, wanted))
        _check_step(step, now[rows], rows + first_patient, lands)
        derivative = local.jacobian_by(use_complex, scale[rows])
        with np.errstate(all="ignore"):
            try:
                after, error = rosenbrock_step(local.slope, derivative, now[rows], states[rows], step)
            except np.linalg.LinAlgError:
                raise NotConverged(
                    f"a step at {now[rows].min():.6g} h met a singular matrix; check the parameters for values "
                    "that are zero or not finite"
                ) from None
            size = allowed + tolerance.relative * np.maximum(np.abs(states[rows]), np.abs(after))
            ratio = np.max(np.abs(error) / size, axis=1)
        ratio = np.where(np.isfinite(ratio) & np.isfinite(after).all(axis=1), ratio, np.inf)
        good = ratio <= 1.0
        growth = _SAFETY * np.maximum(ratio, 1e-10) ** (-1.0 / ORDER)
        next_step = step * np.clip(growth, _SMALLEST, np.where(good, _LARGEST, 1.0))
        # A step shortened only to land says nothing against the longer one proposed before it.
        proposed[rows] = np.where(good & (step < wanted), np.maximum(next_step, wanted), next_step)
        kept = rows[good]
        states[kept] = after[good]
        now[kept] = np.where(lands, stops.stops[rows, pointer[rows]], now[rows] + step)[good]
        worst = max(worst, float(ratio[good].max(initial=0.0)))
        rejected[rows[~good]] += 1
        steps[kept] += 1
        _check_states(states[kept], floor[kept], now[kept], kept + first_patient)
        if (steps[rows] + rejected[rows] > tolerance.max_steps).any():
            patient = int(rows[np.argmax(steps[rows] + rejected[rows])])
            raise NotConverged(
                f"patient {patient + first_patient} needs more than {tolerance.max_steps} steps (at "
                f"{now[patient]:.6g} h); loosen relative_tolerance or raise max_steps"
            )


@dataclass(frozen=True, slots=True)
class _Local:
    """The equations of the patients that still move, with their inputs added."""

    model: Slope
    model_jacobian: Slope | None
    parameters: Values
    rates: FloatArray

    def slope(self, times_h: FloatArray, states: FloatArray) -> FloatArray:
        return self.model(times_h, states, self.parameters) + self.rates

    def jacobian_by(self, use_complex: bool, scale: FloatArray) -> Callable[[FloatArray, FloatArray], FloatArray]:
        if self.model_jacobian is not None:
            given = self.model_jacobian
            return lambda times_h, states: given(times_h, states, self.parameters)
        if use_complex:
            return complex_step_jacobian(lambda t, y: self.model(t, y, self.parameters))
        return difference_jacobian(self.slope, 1e-3 * scale[:, None])


def _how(slope: Slope, parameters: Values, initial: FloatArray) -> tuple[str, bool]:
    """Whether the slope has the right shape, and whether it takes complex states."""
    now = np.zeros(initial.shape[0])
    found = np.asarray(slope(now, initial, parameters))
    if found.shape != initial.shape:
        raise InvalidInput("slope", found.shape, f"a function that returns shape (n, m) = {initial.shape}")
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            trial: NDArray[Any] = np.asarray(slope(now, _complex(initial), parameters))
    except (TypeError, ValueError, np.exceptions.ComplexWarning):
        return "differences", False
    works = np.iscomplexobj(trial) and np.isfinite(trial).all() and np.allclose(trial.real, found, rtol=1e-9)
    return ("complex step", True) if works else ("differences", False)


def _complex(states: FloatArray) -> Any:
    """Return the states with a tiny imaginary part; a slope that cannot take it falls back to differences."""
    return states.astype(complex) + 1e-30j


def _land(
    stops: Timeline,
    now: FloatArray,
    pointer: NDArray[np.intp],
    states: FloatArray,
    rates: FloatArray,
    answer: FloatArray,
    restart: NDArray[np.bool_],
) -> None:
    """Do what is due at the stops that were reached: boluses, changes of rate, observations (arrays are changed)."""
    last = stops.stops.shape[1]
    while True:
        here = np.flatnonzero(pointer < last)
        here = here[stops.stops[here, pointer[here]] <= now[here]]
        if here.size == 0:
            return
        column = stops.column[here, pointer[here]]
        edge = column < stops.n_edges
        doses = here[edge]
        if doses.size:
            states[doses] += stops.boluses(doses, column[edge])
            rates[doses] = stops.rates(doses, now[doses])
            restart[doses] = True
        seen = here[~edge]
        answer[seen, column[~edge] - stops.n_edges] = states[seen]
        pointer[here] += 1


def _first_step(states: FloatArray, change: FloatArray, relative: float, absolute: FloatArray) -> FloatArray:
    """Return a careful first step (h) after a start or a dose edge, ``(n,)``."""
    size = absolute + relative * np.abs(states)
    level, speed = np.max(np.abs(states) / size, axis=1), np.max(np.abs(change) / size, axis=1)
    return np.where((level > 1e-5) & (speed > 1e-5), 0.01 * level / np.maximum(speed, 1e-300), 1e-6)


def _check_step(step: FloatArray, now: FloatArray, patients: NDArray[np.intp], lands: NDArray[np.bool_]) -> None:
    tiny = (step <= _TINY_STEP * np.maximum(now, 1e-3)) & ~lands
    if tiny.any():
        worst = int(np.argmax(tiny))
        raise NotConverged(
            f"the step of patient {patients[worst]} became {step[worst]:.3g} h at {now[worst]:.6g} h; the equations "
            "have no smooth solution there: check the parameters"
        )


def _check_states(states: FloatArray, floor: FloatArray, now: FloatArray, patients: NDArray[np.intp]) -> None:
    below = states < floor
    if below.any():
        row, state = (int(i) for i in np.argwhere(below)[0])
        raise NotConverged(
            f"state {state} of patient {patients[row]} is {states[row, state]:.4g} at {now[row]:.6g} h; an amount "
            "cannot be negative. Tighten relative_tolerance, or name the state in may_be_negative if it can be"
        )
