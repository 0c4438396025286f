"""A population ready to be asked: decomposed once, so that a new dose plan only redraws exponentials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.engines.kinetics.exposure import Exposure, cumulative_area, linear_exposure
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.linear import Backend, LinearResult, solve_with
from euthymia.engines.kinetics.modal import Modes, decompose
from euthymia.engines.kinetics.models import Model
from euthymia.engines.kinetics.population import Individuals
from euthymia.engines.kinetics.prepared_ode import PreparedOde
from euthymia.engines.kinetics.routes import Doses, entering


@dataclass(frozen=True, slots=True)
class PreparedPopulation:
    """Patients of a linear model with their modes; made by :func:`prepare`."""

    model: Model
    individuals: Individuals
    modes: Modes
    weights: FloatArray
    initial: FloatArray

    def solve(
        self, doses: Doses, times_h: FloatArray, *, backend: Backend = "numpy", spot_checks: int = 2
    ) -> LinearResult:
        """Return the levels ``(n, t, k)`` in ng/mL with the solver's diagnostics; see ``linear.solve``."""
        inputs, initial = self._entering(doses)
        return solve_with(self.modes, inputs, times_h, initial, self.weights, backend=backend, spot_checks=spot_checks)

    def curves(
        self, doses: Doses, times_h: FloatArray, *, backend: Backend = "numpy", spot_checks: int = 2
    ) -> FloatArray:
        """Return the levels ``(n, t, k)`` in ng/mL, analytes in the order of ``model.output_names``."""
        return self.solve(doses, times_h, backend=backend, spot_checks=spot_checks).values

    def states(self, doses: Doses, times_h: FloatArray) -> FloatArray:
        """Return the amounts ``(n, t, m)`` in mg, states in the order of ``model.states``."""
        inputs, initial = self._entering(doses)
        return solve_with(self.modes, inputs, times_h, initial).values

    def exposure(self, doses: Doses, until_h: float) -> Exposure:
        """Return Cmax, Tmax and areas of every patient; see ``exposure.linear_exposure``."""
        inputs, initial = self._entering(doses)
        return linear_exposure(self.modes, inputs, self.weights, initial, until_h)

    def cumulative_auc(self, doses: Doses, times_h: FloatArray) -> FloatArray:
        """Return the area from 0 to every time, ``(n, t, k)``, ng·h/mL: the exposure of a course of sessions so far."""
        inputs, initial = self._entering(doses)
        return cumulative_area(self.modes, inputs, self.weights, initial, np.asarray(times_h, dtype=np.float64))

    def _entering(self, doses: Doses) -> tuple[tuple[Input, ...], FloatArray]:
        """Return the inputs and the amounts at time 0, with a steady state where a plan starts from one."""
        found = entering(self.individuals, doses, self.modes)
        before = found.initial if found.initial is not None else 0.0
        return found.inputs, np.asarray(self.initial + before)


def prepare(model: Model, individuals: Individuals) -> PreparedPopulation | PreparedOde:
    """Return the patients ready to be asked: a linear model is decomposed once, a non-linear one keeps its equations.

    Both have ``curves(doses, times_h)``, ``states(doses, times_h)`` and ``exposure(doses, until_h)``.
    """
    weights, initial = model.outputs(individuals), model.initial(individuals)
    if not model.file.is_linear:
        return PreparedOde(model, individuals, weights, initial)
    modes = decompose(model.rates(individuals), model.losses(individuals))
    return PreparedPopulation(model, individuals, modes, weights, initial)
