"""Patients of a model: typical or drawn with its between-patient spread, seeded, the same whatever is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput, OutOfRange, TableError
from euthymia.engines.kinetics.covariates import CovariateValue, PatientCovariates, patient_covariates
from euthymia.engines.kinetics.model_types import CovariateEffect, ModelFile, Parameter

Array: TypeAlias = NDArray[np.float64]
_BETWEEN, _OCCASION = 0, 1


@dataclass(frozen=True, slots=True)
class Individuals:
    """The parameters of ``n`` patients.

    Attributes
    ----------
    values
        Parameters, numeric covariates and derived quantities by name, each ``(n,)``, base units (L, L/h, 1/h, h).
    effects
        Random effects ``(n, p)`` on the log or logit scale, for the parameters ``effect_names``; zeros when typical.
    ceilings
        How often an individual parameter was held at its ceiling, by parameter.
    warnings
        Assumed covariates and values outside the model's range.
    """

    model: ModelFile
    n: int
    values: Mapping[str, Array]
    effects: Array
    effect_names: tuple[str, ...]
    ceilings: Mapping[str, int]
    warnings: tuple[str, ...]


def draw_individuals(
    model: ModelFile, covariates: Mapping[str, CovariateValue], n: int | None = None, seed: int | None = None
) -> Individuals:
    """Return the typical patient (``n=None``) or ``n`` patients drawn with seed ``seed``.

    Patient ``i`` of a seed is the same whatever ``n`` is. Covariance of the random effects is kept; the spread between
    occasions, where the paper gives one, is added for the one visit that is simulated.

    Parameters
    ----------
    model
        A parsed model file.
    covariates
        Fixed values, one per patient ``(n,)``, or :class:`~euthymia.engines.kinetics.covariates.Spread` / ``Share``.
    n, seed
        Number of patients and seed; both or neither.

    Raises
    ------
    InvalidInput, OutOfRange
        See :func:`~euthymia.engines.kinetics.covariates.patient_covariates`; also when only one of ``n`` and ``seed``
        is given.
    """
    if n is None:
        if seed is not None:
            raise InvalidInput("seed", seed, "None with n=None: the typical patient is not drawn")
        count = max([1, *(np.size(v) for v in covariates.values() if isinstance(v, np.ndarray))])
        effects = np.zeros((count, len(_random(model))))
        return individuals_at(model, covariates, effects, seed=None)
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 10_000_000:
        raise InvalidInput("n", n, "a whole number from 1 to 10,000,000, or None for the typical patient")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InvalidInput("seed", seed, "a whole number from 0, so that the same patients can be drawn again")
    varying = _random(model)
    between = _generator(seed, _BETWEEN).standard_normal((n, len(varying))) @ _root(model).T
    occasion = _generator(seed, _OCCASION).standard_normal((n, len(varying)))
    spread = np.sqrt([p.between.occasion_variance if p.between else 0.0 for p in varying])
    return individuals_at(model, covariates, between + occasion * spread, seed=seed)


def individuals_at(
    model: ModelFile, covariates: Mapping[str, CovariateValue], effects: Array, *, seed: int | None = None
) -> Individuals:
    """Return the patients whose random effects are ``effects`` ``(n, p)``; the Bayesian update searches over these.

    ``seed`` is needed only when a covariate is itself drawn.
    """
    n = effects.shape[0]
    found = patient_covariates(model, covariates, n, seed)
    varying = {parameter.name: i for i, parameter in enumerate(_random(model))}
    values: dict[str, Array] = {
        name: v.astype(np.float64) for name, v in found.values.items() if model.covariates[name].kind != "category"
    }
    ceilings: dict[str, int] = {}
    for parameter in model.parameters.values():
        typical = _typical(model, parameter, found, n)
        if parameter.between is not None:
            typical = _with_spread(model, parameter, typical, effects[:, varying[parameter.name]])
        for effect in model.effects:
            if effect.parameter == parameter.name and effect.ceiling is not None:
                typical = _with_effect(typical, effect, found.values[effect.covariate])
                ceilings[parameter.name] = int((typical > effect.ceiling).sum())
                typical = np.minimum(typical, effect.ceiling)
        values[parameter.name] = typical
    for name, expression in model.derived.items():
        values[name] = np.broadcast_to(np.asarray(expression(values), dtype=np.float64), (n,))
        if not np.isfinite(values[name]).all():
            raise OutOfRange(f"{model.name}: the derived quantity {name} is not finite for some patient")
    return Individuals(model, n, values, effects, tuple(varying), ceilings, found.warnings)


def effect_covariance(model: ModelFile) -> Array:
    """Return the covariance ``(p, p)`` of the random effects, without the spread between occasions."""
    varying = _random(model)
    place = {parameter.name: i for i, parameter in enumerate(varying)}
    spreads = [parameter.between for parameter in varying if parameter.between]
    matrix = np.diag([spread.variance for spread in spreads])
    for covariance in model.covariances:
        i, j = (place[name] for name in covariance.parameters)
        matrix[i, j] = matrix[j, i] = covariance.value
    return matrix


def _random(model: ModelFile) -> list[Parameter]:
    return [parameter for parameter in model.parameters.values() if parameter.between is not None]


def _generator(seed: int, stream: int) -> np.random.Generator:
    """Return one of the independent streams of a seed, so that one kind of draw never shifts another."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(stream,))))


def _root(model: ModelFile) -> Array:
    """Return a square root of the covariance; a zero variance (spread between occasions only) is allowed."""
    values, vectors = np.linalg.eigh(effect_covariance(model))
    if values.size and values.min() < -1e-9 * max(values.max(), 1.0):
        raise TableError(f"{model.origin}: the variances and covariances do not form a covariance matrix")
    root: Array = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root


def _typical(model: ModelFile, parameter: Parameter, found: PatientCovariates, n: int) -> Array:
    """Return the typical value ``(n,)`` after the covariates that act on it."""
    typical = np.full(n, parameter.value)
    for effect in model.effects:
        if effect.parameter == parameter.name and effect.ceiling is None:
            typical = _with_effect(typical, effect, found.values[effect.covariate])
    return typical


def _with_effect(typical: Array, effect: CovariateEffect, covariate: NDArray[np.float64] | NDArray[np.str_]) -> Array:
    if effect.form == "category":
        return np.asarray(typical * np.array([effect.factors[str(word)] for word in covariate]))
    number: Array = np.asarray(covariate, dtype=np.float64)
    if effect.form == "power":
        scaled: Array = typical * (number / effect.reference) ** effect.value
        return scaled
    if effect.form == "factor":
        return np.where(number == 1, typical * effect.value, typical)
    return np.asarray(typical + effect.value * np.maximum(number - effect.reference, 0.0))


def _with_spread(model: ModelFile, parameter: Parameter, typical: Array, effect: Array) -> Array:
    assert parameter.between is not None
    if not (typical > 0).all() or (parameter.between.scale == "logit" and not (typical < 1).all()):
        raise OutOfRange(
            f"{model.name}: a covariate takes the typical {parameter.name} to {float(typical.min()):g}, where its "
            "spread has no meaning; the covariate is outside what the model can describe"
        )
    if parameter.between.scale == "lognormal":
        return np.asarray(typical * np.exp(effect))
    return np.asarray(1.0 / (1.0 + (1.0 - typical) / typical * np.exp(-effect)))
