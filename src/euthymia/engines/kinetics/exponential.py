"""The exponential route: matrix exponentials of the augmented system, stepped from event to event; no eigenvectors."""

from __future__ import annotations

import numpy as np

from euthymia.engines.kinetics.inputs import FloatArray, InputTable


def propagate(rates: FloatArray, inputs: InputTable, times_h: FloatArray, initial: FloatArray) -> FloatArray:
    """States ``(n, t, m)`` of ``n`` patients by stepping the augmented exponential; all arrays per patient.

    Parameters
    ----------
    rates
        ``(n, m, m)``, 1/h.
    inputs
        Inputs with ``n`` columns.
    times_h
        ``(t,)``, increasing.
    initial
        ``(n, m)``, mg at time 0.
    """
    n, m = initial.shape
    states = np.empty((n, times_h.size, m))
    for patient in range(n):
        states[patient] = _one(
            rates[patient],
            inputs.state,
            inputs.start[:, patient],
            inputs.amount[:, patient],
            inputs.duration[:, patient],
            times_h,
            initial[patient],
        )
    return states


def _one(
    rates: FloatArray,
    state: np.ndarray,
    start: FloatArray,
    amount: FloatArray,
    duration: FloatArray,
    times_h: FloatArray,
    initial: FloatArray,
) -> FloatArray:
    from scipy.linalg import expm

    m = initial.size
    end = start + duration
    stops = np.unique(np.concatenate([[0.0], start, end, times_h]))
    stops = stops[stops <= times_h[-1]]
    at_time = np.searchsorted(stops, times_h)
    known: dict[tuple[float, bytes], FloatArray] = {}
    path = np.empty((stops.size, m))
    now = initial.copy()
    for index, stop in enumerate(stops):
        bolus = (duration == 0) & (start == stop)
        np.add.at(now, state[bolus], amount[bolus])
        path[index] = now
        if index + 1 == stops.size:
            break
        step = float(stops[index + 1] - stop)
        running = (duration > 0) & (start <= stop) & (end > stop)
        rate = np.zeros(m)
        np.add.at(rate, state[running], amount[running] / duration[running])
        key = (step, rate.tobytes())
        if key not in known:
            augmented = np.zeros((m + 1, m + 1))
            augmented[:m, :m], augmented[:m, m] = rates * step, rate * step
            known[key] = expm(augmented)
        now = known[key][:m, :m] @ now + known[key][:m, m]
    return path[at_time]
