"""One patient's own model from a few measured levels: a named model's spread is the prior, its residual the error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.bayes import Estimate, most_probable
from euthymia.engines.kinetics.covariates import CovariateValue
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.model_types import Residual
from euthymia.engines.kinetics.models import Model
from euthymia.engines.kinetics.observations import Observation, ResidualError
from euthymia.engines.kinetics.population import Individuals, effect_covariance, individuals_at, typical_effects
from euthymia.engines.kinetics.prepared import PreparedPopulation, prepare
from euthymia.engines.kinetics.prior import Prior
from euthymia.engines.kinetics.routes import Doses


@dataclass(frozen=True, slots=True)
class MeasuredLevel:
    """A level of analyte ``output`` (ng/mL) in a sample taken at ``time_h``; or the assay's limit it was below."""

    output: str
    time_h: float
    level_ng_ml: float
    below_limit: bool = False


@dataclass(frozen=True, slots=True)
class PatientUpdate:
    """What the Bayesian update of one patient needs: prior, observations and a prediction of them.

    ``predict(values (n, p)) -> (n, k)`` takes parameter values as in the prior. Give these three to
    ``bayes.most_probable`` or to the full posterior.
    """

    model: Model
    covariates: Mapping[str, CovariateValue]
    doses: Doses
    levels: tuple[MeasuredLevel, ...]
    prior: Prior
    observations: tuple[Observation, ...]

    def predict(self, values: FloatArray) -> FloatArray:
        """Return the predicted level of each sample, ``(n, k)``, ng/mL."""
        times = np.unique([level.time_h for level in self.levels])
        people = prepare(self.model, self._individuals(values))
        if isinstance(people, PreparedPopulation):
            # The estimate asks many times; the solver still leaves its modal route wherever digits would be lost.
            curves = people.curves(self.doses, times, spot_checks=0)
        else:
            curves = people.curves(self.doses, times)
        where = np.searchsorted(times, [level.time_h for level in self.levels])
        outputs = [self.model.output_names.index(level.output) for level in self.levels]
        return np.asarray(curves[:, where, outputs])

    def most_probable(self) -> Estimate:
        """Return the maximum a posteriori estimate with its uncertainty."""
        return most_probable(self.predict, self.prior, self.observations)

    def individuals(self, effects: FloatArray) -> Individuals:
        """Return the patients whose random effects are ``effects`` ``(n, p)``, to draw their curves."""
        return individuals_at(self.model.file, self.covariates, np.atleast_2d(effects))

    def _individuals(self, values: FloatArray) -> Individuals:
        center, shifted = self.prior.typical[None, :], np.asarray(values, dtype=np.float64)
        is_logit = np.array([scale == "logit" for scale in self.prior.scales])
        with np.errstate(divide="ignore", invalid="ignore"):
            logit = np.log(shifted / (1.0 - shifted)) - np.log(center / (1.0 - center))
            effects = np.where(is_logit, logit, np.log(shifted / center))
        return self.individuals(effects)


def patient_update(
    model: Model, covariates: Mapping[str, CovariateValue], doses: Doses, levels: Sequence[MeasuredLevel]
) -> PatientUpdate:
    """Prepare the update of one patient.

    The spread between visits, where the model has one, is part of the prior: the update is of this visit.

    Raises
    ------
    InvalidInput
        For an analyte the model does not give, a model without spread or residual error, or a level that cannot be.
    """
    if not effect_covariance(model.file, occasion=True).size:
        raise InvalidInput("model", model.name, "a model that gives the spread between patients")
    observations: list[Observation] = []
    for number, level in enumerate(levels):
        where = f"levels[{number}]"
        if level.output not in model.output_names:
            raise InvalidInput(f"{where}.output", level.output, f"one of {', '.join(model.output_names)}")
        if not (np.isfinite(level.time_h) and level.time_h >= 0):
            raise InvalidInput(f"{where}.time_h", level.time_h, "a time from 0 h")
        residual = model.file.outputs[level.output].residual
        if residual is None:
            raise InvalidInput(f"{where}.output", level.output, f"an analyte whose residual error {model.name} gives")
        name = f"{level.output} at {level.time_h:g} h"
        observations.append(Observation(level.level_ng_ml, _error(residual), level.below_limit, name))
    typical, scales = typical_effects(model.file, covariates)
    names = tuple(name for name, p in model.file.parameters.items() if p.between is not None)
    prior = Prior(names, typical, effect_covariance(model.file, occasion=True), scales)
    return PatientUpdate(model, dict(covariates), doses, tuple(levels), prior, tuple(observations))


def _error(residual: Residual) -> ResidualError:
    if residual.form == "log":
        return ResidualError("log", residual.sd)
    return ResidualError("plain", residual.sd, residual.additive_ng_ml)
