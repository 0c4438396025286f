"""A named model fitted to one patient's measured levels, ready to redraw that patient's own band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.bayes import Estimate, most_probable
from euthymia.engines.kinetics.covariates import CovariateValue
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.models import Model
from euthymia.engines.kinetics.observations import Observation, ResidualError
from euthymia.engines.kinetics.population import Individuals, effect_covariance, individuals_at
from euthymia.engines.kinetics.posterior import Posterior, posterior
from euthymia.engines.kinetics.prepared import PreparedPopulation, prepare
from euthymia.engines.kinetics.prior import Prior
from euthymia.engines.kinetics.routes import Doses


@dataclass(frozen=True, slots=True)
class MeasuredLevel:
    """A measured level of one analyte.

    Parameters
    ----------
    time_h
        Time of the sample after time 0 of the doses (h).
    value_ng_ml
        The level; for ``below_limit`` the quantification limit.
    output
        Analyte, a name of ``model.output_names``.
    below_limit
        True when the laboratory reported 'below ``value_ng_ml``'.
    """

    time_h: float
    value_ng_ml: float
    output: str
    below_limit: bool = False


@dataclass(frozen=True, slots=True)
class IndividualProblem:
    """One patient's doses and levels under one model.

    ``errors`` replaces, or gives where the model has none, the residual error of an output.
    """

    model: Model
    doses: Doses
    levels: Sequence[MeasuredLevel]
    covariates: Mapping[str, CovariateValue] = field(default_factory=dict)
    errors: Mapping[str, ResidualError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndividualFit:
    """What the levels say of one patient.

    Parameters
    ----------
    estimate
        Most probable random effects (``values`` are the effects themselves), with surprises among the levels.
    most_probable
        The patient at the estimate, one row.
    draws
        Patients drawn from the posterior, all alike credible: ``prepare(model, fit.draws).curves(doses, times)`` gives
        the patient's own band. None when no draws were asked for.
    effective_draws
        How many independent draws they are worth.
    warnings
        Surprises, and what the model says of these patients and doses.
    """

    estimate: Estimate
    most_probable: Individuals
    draws: Individuals | None
    effective_draws: float
    warnings: tuple[str, ...]


def fit_individual(problem: IndividualProblem, *, draws: int = 0, seed: int = 0) -> IndividualFit:
    """Fit one patient; ``draws`` (0, or 500 and more) asks for the full posterior.

    Raises
    ------
    InvalidInput
        For an unknown analyte, an analyte without residual error, a time below 0, or a level that the model says
        cannot be there yet.
    NotConverged
        See :func:`~euthymia.engines.kinetics.bayes.most_probable` and
        :func:`~euthymia.engines.kinetics.posterior.posterior`.
    """
    prior, varying = _prior(problem.model)
    observations = [_observation(problem, i, level) for i, level in enumerate(problem.levels)]
    predict = _Prediction(problem, varying)
    full: Posterior | None = None
    if draws:
        full = posterior(predict, prior, observations, draws=draws, seed=seed)
        estimate = full.estimate
    else:
        estimate = most_probable(predict, prior, observations, seed=seed)
    typical = predict.patients(estimate.effects[None, :])
    warnings = (*estimate.surprises, *problem.model.warnings(typical, problem.doses))
    return IndividualFit(
        estimate,
        typical,
        predict.patients(full.effects) if full else None,
        full.effective_draws if full else 0.0,
        tuple(dict.fromkeys(warnings)),
    )


@dataclass(frozen=True, slots=True)
class _Prediction:
    """Levels at the samples for sets of random effects ``(n, p)``."""

    problem: IndividualProblem
    varying: NDArray[np.bool_]

    def patients(self, effects: FloatArray) -> Individuals:
        everything = np.zeros((effects.shape[0], self.varying.size))
        everything[:, self.varying] = effects
        return individuals_at(self.problem.model.file, self.problem.covariates, everything)

    def __call__(self, effects: FloatArray) -> FloatArray:
        levels = self.problem.levels
        times, place = np.unique([level.time_h for level in levels], return_inverse=True)
        people = prepare(self.problem.model, self.patients(effects))
        if isinstance(people, PreparedPopulation):
            # A fit asks many times; the solver still leaves its modal route wherever digits would be lost.
            curves = people.curves(self.problem.doses, times, spot_checks=0)
        else:
            curves = people.curves(self.problem.doses, times)
        outputs = [self.problem.model.output_names.index(level.output) for level in levels]
        return np.asarray(curves[:, place, outputs])


def _prior(model: Model) -> tuple[Prior, NDArray[np.bool_]]:
    """Return the prior of the random effects of one visit, and which effects vary at all."""
    covariance = effect_covariance(model.file)
    names = [name for name, p in model.file.parameters.items() if p.between is not None]
    occasion = [p.between.occasion_variance for p in model.file.parameters.values() if p.between is not None]
    covariance = covariance + np.diag(occasion)
    varying: NDArray[np.bool_] = np.asarray(np.diag(covariance) > 0)
    if not varying.any():
        raise InvalidInput("model", model.name, "a model whose parameters differ between patients")
    kept = tuple(name for name, varies in zip(names, varying, strict=True) if varies)
    chosen = covariance[np.ix_(varying, varying)]
    return Prior(kept, np.zeros(len(kept)), chosen, ("normal",) * len(kept)), varying


def _observation(problem: IndividualProblem, number: int, level: MeasuredLevel) -> Observation:
    model = problem.model
    if level.output not in model.output_names:
        raise InvalidInput(f"levels[{number}].output", level.output, ", ".join(model.output_names))
    if not (np.isfinite(level.time_h) and level.time_h >= 0):
        raise InvalidInput(f"levels[{number}].time_h", level.time_h, "0 or more, in h")
    if not (np.isfinite(level.value_ng_ml) and level.value_ng_ml > 0):
        raise InvalidInput(
            f"levels[{number}].value_ng_ml",
            level.value_ng_ml,
            "above 0 ng/mL",
            "A level reported as 0 is one below the limit: give the limit and below_limit=True.",
        )
    error = problem.errors.get(level.output)
    residual = model.file.outputs[level.output].residual
    if error is None and residual is None:
        raise InvalidInput(
            f"levels[{number}].output",
            level.output,
            "an analyte with a residual error",
            f"{model.name} gives none; give one in `errors`.",
        )
    if error is None and residual is not None:
        if residual.form == "log" and residual.additive_ng_ml == 0:
            error = ResidualError("log", residual.sd)
        else:
            error = ResidualError("plain", residual.sd, residual.additive_ng_ml)
    assert error is not None
    return Observation(level.value_ng_ml, error, level.below_limit, f"{level.output} at {level.time_h:g} h")
