"""The exponential route: matrix exponentials of the augmented system, stepped from event to event; no eigenvectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.kinetics.inputs import FloatArray, InputTable

SAME_STEP = 1e-12
"""Steps that differ by less than this share of the last time are taken as one, of their mean length."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """A linear problem for the exponential route; a first axis of length one stands for all patients.

    Parameters
    ----------
    rates
        ``(n, m, m)``, 1/h.
    weights
        Outputs ``(n, k, m)``.
    inputs
        What enters.
    times_h
        ``(t,)``.
    initial
        ``(n, m)``, mg at time 0.
    """

    rates: FloatArray
    weights: FloatArray
    inputs: InputTable
    times_h: FloatArray
    initial: FloatArray

    def solve(self, patients: NDArray[np.intp]) -> FloatArray:
        """Outputs ``(len(patients), k, t)``."""
        values = np.empty((patients.size, self.weights.shape[1], self.times_h.size))
        entries = self.inputs
        for row, patient in enumerate(patients.tolist()):
            own = [_of(a.T, patient) for a in (entries.start, entries.amount, entries.duration)]
            path = _states(_of(self.rates, patient), entries.state, *own, self.times_h, _of(self.initial, patient))
            values[row] = _of(self.weights, patient) @ path.T
        return values


def _of(array: FloatArray, patient: int) -> FloatArray:
    row: FloatArray = array[patient if array.shape[0] > 1 else 0]
    return row


def _states(
    rates: FloatArray,
    state: NDArray[np.intp],
    start: FloatArray,
    amount: FloatArray,
    duration: FloatArray,
    times_h: FloatArray,
    initial: FloatArray,
) -> FloatArray:
    """States ``(t, m)`` of one patient."""
    m = initial.size
    end = start + duration
    stops = np.unique(np.concatenate([[0.0], start, end, times_h]))
    stops = stops[stops <= times_h[-1]]
    steps = _common(np.diff(stops), SAME_STEP * times_h[-1])
    fed = [s for s in np.unique(state) if ((state == s) & (duration > 0)).any()]
    known = _exponentials(rates, fed, np.unique(steps))
    path = np.empty((stops.size, m))
    now = initial.copy()
    for index, stop in enumerate(stops):
        bolus = (duration == 0) & (start == stop)
        np.add.at(now, state[bolus], amount[bolus])
        path[index] = now
        if index + 1 == stops.size:
            break
        running = (duration > 0) & (start <= stop) & (end > stop)
        feed = [float((amount[running & (state == s)] / duration[running & (state == s)]).sum()) for s in fed]
        matrix = known[float(steps[index])]
        now = matrix[:m, :m] @ now + matrix[:m, m:] @ np.array(feed)
    return path[np.searchsorted(stops, times_h)]


def _common(steps: FloatArray, tolerance: float) -> FloatArray:
    """Give steps that differ by rounding only their mean, so that one exponential serves them all."""
    if not steps.size:
        return steps
    order = np.argsort(steps)
    group = np.concatenate([[0], np.cumsum(np.diff(steps[order]) > tolerance)])
    mean = np.bincount(group, weights=steps[order]) / np.bincount(group)
    common = np.empty_like(steps)
    common[order] = mean[group]
    return common


def _exponentials(rates: FloatArray, fed: list[int], steps: FloatArray) -> dict[float, FloatArray]:
    """``exp`` of the model with one constant unit input for each fed state, by step."""
    from scipy.linalg import expm

    m = rates.shape[0]
    augmented = np.zeros((m + len(fed), m + len(fed)))
    augmented[:m, :m] = rates
    for column, state in enumerate(fed):
        augmented[state, m + column] = 1.0
    return {float(step): expm(augmented * step) for step in steps}
