"""From a model, doses and patients to levels with their band: ``simulate(problem) -> KineticsResult``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source
from euthymia.engines.kinetics.covariates import CovariateValue, Share, Spread
from euthymia.engines.kinetics.exposure import Exposure
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.linear import Backend
from euthymia.engines.kinetics.model_types import ModelStatus
from euthymia.engines.kinetics.models import Model, load_model
from euthymia.engines.kinetics.prepared import PreparedPopulation, prepare
from euthymia.engines.kinetics.prepared_ode import PreparedOde
from euthymia.engines.kinetics.residual import with_residual_error
from euthymia.engines.kinetics.routes import Doses


@dataclass(frozen=True, slots=True)
class KineticsProblem:
    """What to simulate.

    Parameters
    ----------
    model
        Name of a packaged model, path of a model file, or a :class:`~euthymia.engines.kinetics.models.Model`.
    doses
        :class:`~euthymia.engines.kinetics.model_types.Dose` and
        :class:`~euthymia.engines.kinetics.doses.DosePlan` in any order.
    times_h
        Times of the answer ``(t,)``, ascending, h.
    covariates
        By name: one value, one per patient ``(n,)``, or a ``Spread`` or ``Share`` to draw from.
    n_patients, seed
        Number of drawn patients and their seed; 0 and None give the typical patient only.
    quantiles
        Levels of the band, each between 0 and 1.
    keep_patients
        Whether the result holds every patient's curve.
    residual_error
        Whether the patients' levels carry the assay's residual error (the band of measured levels).
    until_h
        End of the exposure interval; None takes the last time.
    """

    model: str | Path | Model
    doses: Doses
    times_h: FloatArray
    covariates: Mapping[str, CovariateValue] = field(default_factory=dict)
    n_patients: int = 0
    seed: int | None = None
    quantiles: tuple[float, ...] = (0.05, 0.5, 0.95)
    keep_patients: bool = False
    residual_error: bool = False
    until_h: float | None = None


@dataclass(frozen=True, slots=True)
class KineticsDiagnostics:
    """How the problem was solved: solver notes by group of patients, and ceilings met by parameter."""

    solver: Mapping[str, object]
    ceilings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class KineticsResult:
    """Levels in ng/mL of ``k`` analytes at ``t`` times.

    Attributes
    ----------
    model, status
        Name and origin of the parameter set.
    times_h
        ``(t,)``.
    analytes, mass_bases
        Names of the analytes and what their mass is counted as.
    typical
        Typical patient ``(t, k)``; None when covariates differ between patients.
    quantile_levels, quantiles
        Levels ``(q,)`` and curves ``(q, t, k)`` over the patients; None without patients.
    patients
        ``(n, t, k)`` or None.
    typical_exposure, exposure
        Exposure of the typical patient and of the patients, without residual error.
    warnings
        What must stand beside every number of this result.
    sources
        Papers and other origins of the parameters.
    """

    model: str
    status: ModelStatus
    times_h: FloatArray
    analytes: tuple[str, ...]
    mass_bases: tuple[str, ...]
    typical: FloatArray | None
    quantile_levels: tuple[float, ...]
    quantiles: FloatArray | None
    patients: FloatArray | None
    typical_exposure: Exposure | None
    exposure: Exposure | None
    warnings: tuple[str, ...]
    limits: tuple[str, ...]
    sources: tuple[Source, ...]
    diagnostics: KineticsDiagnostics


def simulate(problem: KineticsProblem, *, backend: Backend = "numpy") -> KineticsResult:
    """Simulate levels and exposure.

    Raises
    ------
    InvalidInput
        For input that cannot be; the message names the argument and what is allowed.
    OutOfRange
        Where the model refuses to be used outside its range.
    """
    model = problem.model if isinstance(problem.model, Model) else load_model(problem.model)
    if isinstance(problem.n_patients, bool) or not isinstance(problem.n_patients, int) or problem.n_patients < 0:
        raise InvalidInput("n_patients", problem.n_patients, "a whole number from 0")
    if problem.residual_error and not problem.n_patients:
        raise InvalidInput("residual_error", True, "False without patients")
    if not problem.quantiles or not all(0 < q < 1 for q in problem.quantiles):
        raise InvalidInput("quantiles", problem.quantiles, "numbers between 0 and 1")
    times = np.asarray(problem.times_h, dtype=np.float64)
    until = float(times[-1]) if problem.until_h is None and times.size else float(problem.until_h or 0.0)
    warnings: list[str] = []
    solver: dict[str, object] = {}
    ceilings: Mapping[str, int] = {}
    typical = typical_exposure = quantiles = patients = exposure = None
    if all(_is_fixed(value) for value in problem.covariates.values()):
        one = prepare(model, model.individuals(problem.covariates))
        typical, solver["typical"] = _curves(one, problem.doses, times, backend)
        typical = typical[0]
        typical_exposure = one.exposure(problem.doses, until)
        warnings += model.warnings(one.individuals, problem.doses)
    elif not problem.n_patients:
        raise InvalidInput("covariates", dict(problem.covariates), "one value each without patients")
    if problem.n_patients:
        people = prepare(model, model.individuals(problem.covariates, problem.n_patients, problem.seed))
        levels, solver["patients"] = _curves(people, problem.doses, times, backend)
        exposure = people.exposure(problem.doses, until)
        ceilings = people.individuals.ceilings
        warnings += model.warnings(people.individuals, problem.doses)
        if not people.individuals.effect_names:
            warnings.append(f"{model.name} gives no spread between patients: the band shows covariates only")
        if problem.residual_error:
            assert problem.seed is not None
            levels = with_residual_error(model.file, levels, problem.seed)
        quantiles = np.quantile(levels, problem.quantiles, axis=0)
        patients = levels if problem.keep_patients else None
    return KineticsResult(
        model.name,
        model.file.status,
        times,
        model.output_names,
        tuple(output.mass_basis for output in model.file.outputs.values()),
        typical,
        problem.quantiles,
        quantiles,
        patients,
        typical_exposure,
        exposure,
        tuple(dict.fromkeys(warnings)),
        model.file.limits,
        model.file.sources,
        KineticsDiagnostics(solver, ceilings),
    )


def _is_fixed(value: CovariateValue) -> bool:
    return not isinstance(value, Spread | Share) and np.ndim(value) == 0


def _curves(
    people: PreparedPopulation | PreparedOde, doses: Doses, times: FloatArray, backend: Backend
) -> tuple[FloatArray, object]:
    """Return the levels ``(n, t, k)`` and the solver's own diagnostics."""
    if isinstance(people, PreparedPopulation):
        result = people.solve(doses, times, backend=backend)
        return result.values, result.diagnostics
    states, diagnostics = people.solve(doses, times)
    m = len(people.model.states)
    return np.asarray(states[:, :, :m] @ people.weights.transpose(0, 2, 1)), diagnostics
