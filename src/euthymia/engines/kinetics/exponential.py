"""The exponential route: matrix exponentials of the augmented system, stepped from event to event; no eigenvectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.kinetics.inputs import FloatArray, InputTable
from euthymia.engines.kinetics.matrix_exponential import exponentials

SAME_STEP = 1e-12
"""Steps that differ by less than this share of themselves, and by no more than rounding of the times, are one."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """A linear problem for the exponential route; a first axis of length one stands for all patients.

    Parameters
    ----------
    rates
        ``(n, m, m)``, 1/h.
    losses
        ``(n, m)``, 1/h: what leaves the model from each state.
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
    losses: FloatArray
    weights: FloatArray
    inputs: InputTable
    times_h: FloatArray
    initial: FloatArray

    def solve(self, patients: NDArray[np.intp]) -> FloatArray:
        """Outputs ``(len(patients), k, t)``."""
        values = np.empty((patients.size, self.weights.shape[1], self.times_h.size))
        entries = self.inputs
        for row, patient in enumerate(patients.tolist()):
            start, amount, duration = (_of(a.T, patient) for a in (entries.start, entries.amount, entries.duration))
            rates, initial = _of(self.rates, patient), _of(self.initial, patient)
            losses = _of(self.losses, patient)
            path = _states(rates, losses, entries.state, start, amount, duration, self.times_h, initial)
            values[row] = _of(self.weights, patient) @ path.T
        return values


def _of(array: FloatArray, patient: int) -> FloatArray:
    row: FloatArray = array[patient if array.shape[0] > 1 else 0]
    return row


def _states(
    rates: FloatArray,
    losses: FloatArray,
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
    steps = _common(np.diff(stops), 8 * np.finfo(float).eps * times_h[-1])
    fed = [s for s in np.unique(state) if ((state == s) & (duration > 0)).any()]
    known = _exponentials(rates, losses, fed, np.unique(steps))
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


def _common(steps: FloatArray, rounding: float) -> FloatArray:
    """Give steps that differ by rounding only their mean, so that one exponential serves them all."""
    if not steps.size:
        return steps
    order = np.argsort(steps)
    ordered = steps[order]
    group = np.concatenate([[0], np.cumsum(np.diff(ordered) > np.minimum(rounding, SAME_STEP * ordered[1:]))])
    mean = np.bincount(group, weights=ordered) / np.bincount(group)
    common = np.empty_like(steps)
    common[order] = mean[group]
    return common


def _exponentials(rates: FloatArray, losses: FloatArray, fed: list[int], steps: FloatArray) -> dict[float, FloatArray]:
    """``exp`` of the model with one constant unit input for each fed state, by step."""
    m = losses.size
    flows = np.zeros((m + len(fed), m + len(fed)))
    flows[:m, :m] = rates
    for column, state in enumerate(fed):
        flows[state, m + column] = 1.0
    leaving = np.concatenate([losses, np.full(len(fed), -1.0)])  # a source that feeding does not empty
    return dict(zip(steps.tolist(), exponentials(flows, leaving, steps), strict=True))
