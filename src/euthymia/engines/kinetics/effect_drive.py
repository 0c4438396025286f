"""Effect-site levels of a population of a named linear model, decomposed once so that a new dose plan is quick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.effect_site import with_effect_site
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.linear import solve_with
from euthymia.engines.kinetics.modal import Modes, decompose
from euthymia.engines.kinetics.models import Model
from euthymia.engines.kinetics.population import Individuals
from euthymia.engines.kinetics.routes import Doses


@dataclass(frozen=True, slots=True)
class PreparedEffectSite:
    """Patients whose effect-site level can be asked for any dose plan; made by :func:`prepare_effect_site`."""

    model: Model
    individuals: Individuals
    modes: Modes
    initial: FloatArray

    def levels(self, doses: Doses, times_h: FloatArray) -> FloatArray:
        """Return the effect-site levels ``(n, T)``, ng/mL."""
        last = np.zeros((1, self.initial.shape[1]))
        last[0, -1] = 1.0
        inputs = self.model.inputs(self.individuals, doses)
        return np.asarray(solve_with(self.modes, inputs, times_h, self.initial, last).values[:, :, 0])


def prepare_effect_site(model: Model, individuals: Individuals, output: str, ke0_per_h: float) -> PreparedEffectSite:
    """Add the effect site of one analyte to a linear model, exactly.

    Parameters
    ----------
    model, individuals
        As for :func:`~euthymia.engines.kinetics.prepared.prepare`.
    output
        Analyte that drives the site, a name of ``model.output_names``.
    ke0_per_h
        Rate constant of the delay, e.g. ``effect.ke0.value``.

    Raises
    ------
    InvalidInput
        For an unknown analyte or a non-linear model.
    """
    if output not in model.output_names:
        raise InvalidInput("output", output, ", ".join(model.output_names))
    if not model.file.is_linear:
        raise InvalidInput(
            "model", model.name, "a linear model", "For this one take effect_site_from_samples of a fine curve."
        )
    weights = model.outputs(individuals)[:, model.output_names.index(output)]
    extended = with_effect_site(model.rates(individuals), weights, ke0_per_h)
    initial = np.pad(model.initial(individuals), ((0, 0), (0, 1)))
    return PreparedEffectSite(model, individuals, decompose(extended), initial)
