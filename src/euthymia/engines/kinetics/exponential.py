"""The exponential route: matrix exponentials of the augmented system, stepped from event to event; no eigenvectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.kinetics.inputs import FloatArray, InputTable
from euthymia.engines.kinetics.matrix_exponential import exponentials

SAME_STEP = 1e-12
"""Steps that differ by less than this share of themselves, and by no more than rounding of the times, are one."""

TOGETHER = 128
"""Patients stepped at once."""


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
        """Outputs ``(len(patients), k, t)``; patients with the same dose times go together."""
        size = TOGETHER if self.inputs.shared_times else 1
        values = np.empty((patients.size, self.weights.shape[1], self.times_h.size))
        for first in range(0, patients.size, size):
            some = patients[first : first + size]
            values[first : first + size] = _of(self.weights, some) @ self._states(some).transpose(1, 2, 0)
        return values

    def _states(self, patients: NDArray[np.intp]) -> FloatArray:
        """States ``(t, c, m)`` of patients with the same dose times."""
        entries, times = self.inputs, self.times_h
        start, duration = _of(entries.start.T, patients)[0], _of(entries.duration.T, patients)[0]
        amount = np.broadcast_to(_of(entries.amount.T, patients), (patients.size, entries.state.size))
        end = start + duration
        now = np.array(np.broadcast_to(_of(self.initial, patients), (patients.size, self.initial.shape[1])))
        m = now.shape[1]
        stops = np.unique(np.concatenate([[0.0], start, end, times]))
        stops = stops[stops <= times[-1]]
        steps = _common(np.diff(stops), 8 * np.finfo(float).eps * times[-1])
        fed = [int(s) for s in np.unique(entries.state[duration > 0])]
        known = _exponentials(_of(self.rates, patients), _of(self.losses, patients), fed, np.unique(steps))
        path = np.empty((stops.size, *now.shape))
        for index, stop in enumerate(stops):
            for q in np.flatnonzero((duration == 0) & (start == stop)):
                now[:, entries.state[q]] += amount[:, q]
            path[index] = now
            if index + 1 == stops.size:
                break
            feed = np.zeros((patients.size, len(fed), 1))
            for q in np.flatnonzero((duration > 0) & (start <= stop) & (end > stop)):
                feed[:, fed.index(int(entries.state[q])), 0] += amount[:, q] / duration[q]
            matrix = known[float(steps[index])]
            now = (matrix[:, :m, :m] @ now[..., None] + matrix[:, :m, m:] @ feed)[..., 0]
        return path[np.searchsorted(stops, times)]


def _of(array: FloatArray, patients: NDArray[np.intp]) -> FloatArray:
    """Rows of some patients, or the one row that stands for all."""
    return array[patients] if array.shape[0] > 1 else array


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
    """``exp`` of the models with one constant unit input for each fed state, ``(c, p, p)`` by step."""
    n, m = losses.shape
    p = m + len(fed)
    flows = np.zeros((n, p, p))
    flows[:, :m, :m] = rates
    for column, state in enumerate(fed):
        flows[:, state, m + column] = 1.0
    leaving = np.concatenate([losses, np.full((n, len(fed)), -1.0)], axis=1)  # a source that feeding does not empty
    times = steps.size
    found = exponentials(np.tile(flows, (times, 1, 1)), np.tile(leaving, (times, 1)), np.repeat(steps, n))
    return dict(zip(steps.tolist(), found.reshape(times, n, p, p), strict=True))
