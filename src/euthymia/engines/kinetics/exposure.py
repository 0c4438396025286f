"""Exposure of linear models: highest level and its time, and areas in closed form instead of by trapezoids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from euthymia.core.errors import InvalidInput, OutOfRange
from euthymia.engines.kinetics.inputs import FloatArray, Input, InputTable, table
from euthymia.engines.kinetics.linear import solve_with
from euthymia.engines.kinetics.modal import Modes

_FINE = 24
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Exposure:
    """Exposure by patient and analyte, each ``(n, k)``.

    Attributes
    ----------
    cmax, tmax_h
        Highest level (ng/mL) up to ``until_h`` and its time (h), exact between grid points.
    auc
        Area under the curve from 0 to ``until_h``, ng·h/mL.
    auc_inf
        Area to infinity, ng·h/mL, of the doses given; None for models without a closed form.
    until_h
        End of the interval.
    """

    cmax: FloatArray
    tmax_h: FloatArray
    auc: FloatArray
    auc_inf: FloatArray | None
    until_h: float


def linear_exposure(
    modes: Modes, inputs: Sequence[Input], outputs: FloatArray, initial: FloatArray, until_h: float
) -> Exposure:
    """Return the exposure of a linear model.

    The area is ``R⁻¹ (A(T) - A(0) - U(T))`` with rate matrix R, amounts A and total input U. The highest level is
    bracketed on a grid that holds every start and end of an input, then refined inside each patient's own bracket with
    the exact solution.

    Parameters
    ----------
    modes
        Decomposed rate matrices of ``n`` patients.
    inputs
        What enters.
    outputs
        ``(n, k, m)``.
    initial
        ``(n, m)``.
    until_h
        End of the interval, above 0.
    """
    if not (np.isfinite(until_h) and until_h > 0):
        raise InvalidInput("until_h", until_h, "a time above 0 h")
    n, m = initial.shape
    entries = table(inputs, n, m)
    grid = exposure_grid(entries, until_h)
    levels = solve_with(modes, inputs, grid, initial, outputs).values
    cmax, tmax = _peaks(modes, entries, outputs, grid, initial, levels)
    last = solve_with(modes, inputs, np.array([until_h]), initial, spot_checks=0).values[:, 0]
    auc = _area(modes.rates, last - initial - delivered(entries, n, m, until_h), outputs)
    auc_inf = _area(modes.rates, -initial - delivered(entries, n, m, np.inf), outputs)
    return Exposure(cmax, tmax, auc, auc_inf, until_h)


def cumulative_area(
    modes: Modes, inputs: Sequence[Input], outputs: FloatArray, initial: FloatArray, times_h: FloatArray
) -> FloatArray:
    """Return the area under each curve from 0 to every time, ``(n, t, k)``, ng·h/mL, in closed form."""
    n, m = initial.shape
    entries = table(inputs, n, m)
    states = solve_with(modes, inputs, times_h, initial, spot_checks=0).values
    given = np.stack([delivered(entries, n, m, float(at)) for at in times_h], axis=1)
    change = states - initial[:, None] - given
    areas = [_area(modes.rates, change[:, i], outputs) for i in range(change.shape[1])]
    return np.stack(areas, axis=1)


def exposure_grid(entries: InputTable, until_h: float) -> FloatArray:
    """Return times that bracket every peak: an even grid and points that crowd after each start and end of an input."""
    shared = [np.ptp(row) == 0.0 for row in entries.start]
    ends = [row[0] for row, same in zip(entries.start, shared, strict=True) if same]
    both = entries.start + entries.duration
    ends += [row[0] for row in both if np.ptp(row) == 0.0]
    edges = np.unique(np.array(ends, dtype=np.float64))
    # Edges that differ between patients cannot all be in one grid: a finer even grid instead.
    count = 121 if all(shared) and len(ends) == 2 * len(shared) else 481
    crowd = until_h * np.geomspace(1e-4, 1.0, 25)
    times = np.concatenate([np.linspace(0.0, until_h, count), edges, (edges[:, None] + crowd).ravel()])
    rounded = np.unique(times[(times >= 0) & (times <= until_h)])
    keep = np.concatenate([[True], np.diff(rounded) > 1e-9 * until_h])
    kept: FloatArray = rounded[keep]
    kept[-1] = until_h
    return kept


def delivered(entries: InputTable, n: int, m: int, until_h: float) -> FloatArray:
    """Return how much entered each state up to ``until_h``, ``(n, m)``, mg."""
    total = np.zeros((n, m))
    for q, state in enumerate(entries.state):
        start, amount, duration = entries.start[q], entries.amount[q], entries.duration[q]
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.where(duration > 0, np.clip((until_h - start) / duration, 0.0, 1.0), start <= until_h)
        total[:, state] += amount * part
    return total


def _area(rates: FloatArray, change: FloatArray, outputs: FloatArray) -> FloatArray:
    try:
        area = np.linalg.solve(rates, change[..., None])
    except np.linalg.LinAlgError:
        raise OutOfRange("a state of the model never empties, so its area has no closed form") from None
    result: FloatArray = (outputs @ area)[..., 0]
    return result


def _peaks(
    modes: Modes,
    entries: InputTable,
    outputs: FloatArray,
    grid: FloatArray,
    initial: FloatArray,
    levels: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Refine the highest grid level of every patient and analyte inside its two neighboring intervals."""
    n, _, k = levels.shape
    cmax, tmax = np.empty((n, k)), np.empty((n, k))
    people = np.arange(n)
    for analyte in range(k):
        best = levels[:, :, analyte].argmax(axis=1)
        left = np.maximum(best - 1, 0)
        right = np.minimum(best + 1, grid.size - 1)
        low = grid[left]
        start = _states_at(modes, entries, np.maximum(low, 1e-12 * grid[-1]), initial)
        width = grid[right] - low
        weights = outputs[:, analyte : analyte + 1]
        top, at = levels[people, best, analyte].copy(), grid[best].copy()
        for _ in range(_ROUNDS):
            local = _local_states(modes, entries, low, width, start)
            curve = (local @ weights.transpose(0, 2, 1))[..., 0]
            place = curve.argmax(axis=1)
            better = curve[people, place] > top
            fraction = place / (_FINE - 1)
            top = np.where(better, curve[people, place], top)
            at = np.where(better, low + fraction * width, at)
            before = np.maximum(place - 1, 0)
            after = np.minimum(place + 1, _FINE - 1)
            start = local[people, before]
            low = low + before / (_FINE - 1) * width
            width = (after - before) / (_FINE - 1) * width
        cmax[:, analyte], tmax[:, analyte] = top, at
    return cmax, tmax


def _states_at(modes: Modes, entries: InputTable, at: FloatArray, initial: FloatArray) -> FloatArray:
    """Return the state of each patient at a time of its own, ``(n, m)``, after boluses at that time."""
    scale = at[:, None]
    inputs = [
        Input(int(state), entries.start[q] / at, np.broadcast_to(entries.amount[q], at.shape), entries.duration[q] / at)
        for q, state in enumerate(entries.state)
    ]
    return solve_with(_scaled(modes, scale), inputs, np.array([1.0]), initial, spot_checks=0).values[:, 0]


def _scaled(modes: Modes, scale: FloatArray) -> Modes:
    """Return the modes in a unit of time of each patient's own, ``(n, 1)`` h."""
    return replace(
        modes, rates=modes.rates * scale[..., None], losses=modes.losses * scale, values=modes.values * scale
    )


def _local_states(
    modes: Modes, entries: InputTable, low: FloatArray, width: FloatArray, start: FloatArray
) -> FloatArray:
    """Solve each patient on its own interval [low, low + width], scaled to [0, 1]: ``(n, _FINE, m)``."""
    inputs: list[Input] = []
    for q, state in enumerate(entries.state):
        begin = np.broadcast_to(entries.start[q], low.shape)
        duration = np.broadcast_to(entries.duration[q], low.shape)
        end, amount = begin + duration, np.broadcast_to(entries.amount[q], low.shape)
        later = np.maximum(begin, low)
        left = np.maximum(end - later, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.where(duration > 0, amount * left / duration, np.where(begin > low, amount, 0.0))
        inside = later < low + width * (1 + 1e-12)
        inputs.append(
            Input(
                int(state),
                np.where(inside, (later - low) / width, 2.0),
                np.where(inside, part, 0.0),
                np.where(inside, left / width, 0.0),
            )
        )
    local = _scaled(modes, width[:, None])
    return solve_with(local, inputs, np.linspace(0.0, 1.0, _FINE), start, spot_checks=0).values
