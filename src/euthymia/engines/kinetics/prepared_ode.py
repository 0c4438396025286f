"""Patients of a non-linear model, answered by the differential-equation solver; same verbs as the linear ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.exposure import Exposure, exposure_grid
from euthymia.engines.kinetics.inputs import FloatArray, table
from euthymia.engines.kinetics.models import Model
from euthymia.engines.kinetics.nonlinear import NonlinearDiagnostics, NonlinearProblem, solve_nonlinear
from euthymia.engines.kinetics.population import Individuals
from euthymia.engines.kinetics.routes import Doses


@dataclass(frozen=True, slots=True)
class PreparedOde:
    """Patients of a non-linear model; made by :func:`~euthymia.engines.kinetics.prepared.prepare`."""

    model: Model
    individuals: Individuals
    weights: FloatArray
    initial: FloatArray

    def solve(self, doses: Doses, times_h: FloatArray) -> tuple[FloatArray, NonlinearDiagnostics]:
        """Return the states and, after them, the areas of the outputs: ``(n, t, m + k)``, with diagnostics."""
        m, k = len(self.model.states), self.weights.shape[1]
        n = self.individuals.n
        rows = np.arange(n, dtype=np.float64)
        names = self.model.states
        derivatives = [self.model.file.derivatives[name] for name in names]

        def slope(times: FloatArray, states: FloatArray, parameters: Mapping[str, FloatArray]) -> FloatArray:
            values = {**parameters, **{name: states[:, i] for i, name in enumerate(names)}}
            change = [np.broadcast_to(derivative(values), states.shape[:1]) for derivative in derivatives]
            weights = self.weights[parameters["patient"].real.astype(np.intp)]
            level = (weights @ states[:, :m, None])[..., 0]
            return np.concatenate([np.stack(change, axis=1), level], axis=1)

        problem = NonlinearProblem(
            slope,
            np.concatenate([self.initial, np.zeros((n, k))], axis=1),
            times_h,
            {**self.individuals.values, "patient": rows},
            self.model.inputs(self.individuals, doses),
        )
        result = solve_nonlinear(problem)
        return result.states, result.diagnostics

    def curves(self, doses: Doses, times_h: FloatArray) -> FloatArray:
        """Return the levels ``(n, t, k)`` in ng/mL, analytes in the order of ``model.output_names``."""
        return np.asarray(self.states(doses, times_h) @ self.weights.transpose(0, 2, 1))

    def states(self, doses: Doses, times_h: FloatArray) -> FloatArray:
        """Return the states ``(n, t, m)`` in the order of ``model.states``."""
        return self.solve(doses, times_h)[0][:, :, : len(self.model.states)]

    def exposure(self, doses: Doses, until_h: float) -> Exposure:
        """Return Cmax, Tmax and areas; the area is integrated with the states, the peak read from a fine grid."""
        if not (np.isfinite(until_h) and until_h > 0):
            raise InvalidInput("until_h", until_h, "a time above 0 h")
        entries = table(self.model.inputs(self.individuals, doses), self.individuals.n, len(self.model.states))
        grid = exposure_grid(entries, until_h)
        m = len(self.model.states)
        found, _ = self.solve(doses, grid)
        levels = found[:, :, :m] @ self.weights.transpose(0, 2, 1)
        cmax, tmax = _parabola_peak(grid, levels)
        return Exposure(cmax, tmax, found[:, -1, m:], None, until_h)


def _parabola_peak(grid: FloatArray, levels: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the peak ``(n, k)`` and its time from the parabola through the highest grid level and its neighbors."""
    best = levels.argmax(axis=1)
    inner = np.clip(best, 1, grid.size - 2)
    time = [grid[inner + step] for step in (-1, 0, 1)]
    level = [np.take_along_axis(levels, (inner + step)[:, None, :], axis=1)[:, 0] for step in (-1, 0, 1)]
    rise = (level[1] - level[0]) / (time[1] - time[0])
    fall = (level[2] - level[1]) / (time[2] - time[1])
    bend = (fall - rise) / (time[2] - time[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = (time[0] + time[1]) / 2 - rise / (2 * bend)
    top = level[0] + rise * (at - time[0]) + bend * (at - time[0]) * (at - time[1])
    highest, when = levels.max(axis=1), grid[best]
    use = (bend < 0) & (best == inner) & (at >= time[0]) & (at <= time[2]) & (top >= highest)
    return np.where(use, top, highest), np.where(use, at, when)
