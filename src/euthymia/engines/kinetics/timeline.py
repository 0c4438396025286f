"""Where a solver must stop: the dose edges and observation times of every patient, in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.kinetics.inputs import FloatArray, InputTable


@dataclass(frozen=True, slots=True)
class Timeline:
    """Stops of ``n`` patients, each with the same number of them.

    ``stops`` ``(n, k)`` ascends along each row; ``column`` ``(n, k)`` says what a stop is: below ``n_edges`` a dose
    edge, else observation ``column - n_edges``. At equal times the edge comes first, so an observation at the time of
    a bolus is after it. The inputs are ``state`` ``(q,)`` and ``start``, ``end``, ``amount`` ``(n, q)``.
    """

    stops: FloatArray
    column: NDArray[np.intp]
    n_edges: int
    n_times: int
    n_states: int
    state: NDArray[np.intp]
    start: FloatArray
    end: FloatArray
    amount: FloatArray

    @property
    def total_amount(self) -> FloatArray:
        """Sum of all inputs of each patient, ``(n,)``."""
        return np.asarray(self.amount.sum(axis=1))

    def take(self, rows: NDArray[np.intp]) -> Timeline:
        """Return the timelines of some patients."""
        return Timeline(
            self.stops[rows],
            self.column[rows],
            self.n_edges,
            self.n_times,
            self.n_states,
            self.state,
            self.start[rows],
            self.end[rows],
            self.amount[rows],
        )

    def rates(self, rows: NDArray[np.intp], times_h: FloatArray) -> FloatArray:
        """Return the even input into each state (amount/h) just after ``times_h`` ``(rows,)``, ``(rows, m)``."""
        start, end, amount = self.start[rows], self.end[rows], self.amount[rows]
        now = times_h[:, None]
        running = (start <= now) & (now < end)
        duration = np.where(end > start, end - start, 1.0)
        return self._into_states(np.where(running, amount / duration, 0.0))

    def boluses(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> FloatArray:
        """Return what the dose edges ``columns`` ``(rows,)`` add at once to each state, ``(rows, m)``."""
        q = self.state.size
        is_this = (np.arange(q)[None, :] == columns[:, None]) & (self.start[rows] == self.end[rows])
        return self._into_states(np.where(is_this, self.amount[rows], 0.0))

    def _into_states(self, values: FloatArray) -> FloatArray:
        result = np.zeros((values.shape[0], self.n_states))
        for position, state in enumerate(self.state):
            result[:, state] += values[:, position]
        return result


def timeline(given: InputTable, times_h: FloatArray, n: int, m: int) -> Timeline:
    """Put the edges of all inputs and the observation times ``(T,)`` in order for ``n`` patients.

    Edge ``i`` is the start of input ``i``, edge ``q + i`` its end (the same time for a bolus).
    """
    q = given.state.size
    start = np.broadcast_to(given.start, (q, n)).T if q else np.zeros((n, 0))
    duration = np.broadcast_to(given.duration, (q, n)).T if q else np.zeros((n, 0))
    amount = np.broadcast_to(given.amount, (q, n)).T if q else np.zeros((n, 0))
    end = start + duration
    # A duration too short to move the clock is a bolus, so that nothing of the dose is lost.
    everything = np.concatenate([start, end, np.broadcast_to(times_h, (n, times_h.size))], axis=1)
    order = np.argsort(everything, axis=1, kind="stable")
    stops = np.take_along_axis(everything, order, axis=1)
    return Timeline(stops, order, 2 * q, times_h.size, m, given.state, start.copy(), end, amount.copy())
