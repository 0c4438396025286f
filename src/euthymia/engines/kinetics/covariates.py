"""Covariates of simulated patients: fixed values, one per patient, or drawn; checked against the model's range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput, OutOfRange
from euthymia.engines.kinetics.model_types import Covariate, ModelFile, OutsideRange

Array: TypeAlias = NDArray[np.float64]
_STREAM = 2
"""Which independent stream of the seed covariates are drawn from; 0 and 1 are the random effects."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A number that differs between patients: normal, cut to [low, high]."""

    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A flag set in this share of the patients (0-1)."""

    probability: float


CovariateValue: TypeAlias = "float | int | bool | str | Array | Spread | Share"


@dataclass(frozen=True, slots=True)
class PatientCovariates:
    """Values ``(n,)`` by name (words for a category) and what a reader must be told about them."""

    values: Mapping[str, NDArray[np.float64] | NDArray[np.str_]]
    warnings: tuple[str, ...]


def patient_covariates(
    model: ModelFile, given: Mapping[str, CovariateValue], n: int, seed: int | None
) -> PatientCovariates:
    """Return every covariate the model reads, for ``n`` patients; ``seed`` is needed when one is to be drawn.

    Raises
    ------
    InvalidInput
        For a name the model does not know, a value of the wrong kind, or a covariate that is missing.
    OutOfRange
        Where the model refuses to be used outside its range.
    """
    unknown = sorted(set(given) - set(model.covariates))
    if unknown:
        known = ", ".join(model.covariates) or "none"
        raise InvalidInput(f"covariates.{unknown[0]}", given[unknown[0]], f"a covariate of {model.name}: {known}")
    needed = {effect.covariate for effect in model.effects}
    warnings: list[str] = []
    values: dict[str, NDArray[np.float64] | NDArray[np.str_]] = {}
    for place, (name, covariate) in enumerate(model.covariates.items()):
        if name in given:
            if isinstance(given[name], Spread | Share) and seed is None:
                raise InvalidInput(f"covariates.{name}", given[name], "a fixed value for the typical patient")
            generator = np.random.Generator(
                np.random.PCG64(np.random.SeedSequence(seed or 0, spawn_key=(_STREAM, place)))
            )
            values[name] = _values(covariate, given[name], n, generator)
        elif covariate.when_absent is not None:
            values[name] = _values(covariate, covariate.when_absent, n, None)
            warnings.append(f"{name} was not given; {model.name} was run with {covariate.when_absent}")
        elif name in needed or covariate.outside is OutsideRange.REFUSE:
            raise InvalidInput(
                f"covariates.{name}", None, _allowed(covariate), f"{model.name} needs it: {covariate.note or name}."
            )
        else:
            continue
        if covariate.kind == "number" and covariate.allowed is None:
            warnings.append(f"{model.name} gives no range of {name}: how far it holds is not known")
        elif covariate.kind == "number":
            warnings += _range(model.name, covariate, np.asarray(values[name], dtype=np.float64))
    for name, covariate in model.covariates.items():
        if covariate.implies and np.any((values[name] == 1) & (values[covariate.implies] != 1)):
            raise InvalidInput(
                f"covariates.{covariate.implies}",
                0,
                f"1 wherever {name} is 1",
                f"In {model.name} a patient with {name} carries both effects.",
            )
    return PatientCovariates(values, tuple(warnings))


def _allowed(covariate: Covariate) -> str:
    if covariate.kind == "category":
        return " or ".join(covariate.words)
    if covariate.kind == "flag":
        return "0 or 1"
    low, high = covariate.allowed or (float("-inf"), float("inf"))
    return f"a number in {covariate.unit} from {low:g} to {high:g}"


def _values(
    covariate: Covariate, given: CovariateValue, n: int, generator: np.random.Generator | None
) -> NDArray[np.float64] | NDArray[np.str_]:
    argument = f"covariates.{covariate.name}"
    if covariate.kind == "category":
        words = np.asarray(given)
        if words.dtype.kind != "U" or not set(words.ravel().tolist()) <= set(covariate.words):
            raise InvalidInput(argument, given, _allowed(covariate))
        return np.array(np.broadcast_to(words, (n,)), dtype=np.str_)
    if isinstance(given, Share) and generator is not None:
        if covariate.kind != "flag" or not 0 <= given.probability <= 1:
            raise InvalidInput(argument, given, "for a flag, a share from 0 to 1")
        return (generator.random(n) < given.probability).astype(np.float64)
    if isinstance(given, Spread) and generator is not None:
        return _truncated(argument, given, n, generator)
    try:
        numbers = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(argument, given, _allowed(covariate)) from None
    if numbers.shape not in ((), (1,), (n,)) or not np.isfinite(numbers).all():
        raise InvalidInput(argument, given, f"one finite number, or one for each of {n} patients")
    if covariate.kind == "flag" and not np.isin(numbers, (0.0, 1.0)).all():
        raise InvalidInput(argument, given, "0 or 1")
    if covariate.kind == "number" and numbers.min() <= 0:
        raise InvalidInput(argument, given, f"a number above 0 in {covariate.unit}")
    return np.array(np.broadcast_to(numbers, (n,)))


def _truncated(argument: str, spread: Spread, n: int, generator: np.random.Generator) -> Array:
    """Draw from a normal distribution cut to [low, high], by its inverse, one draw a patient."""
    from scipy.special import ndtr, ndtri  # type: ignore[import-untyped,unused-ignore]

    if not (spread.sd > 0 and 0 < spread.low < spread.high and spread.low <= spread.mean <= spread.high):
        raise InvalidInput(argument, spread, "sd above 0 and 0 < low <= mean <= high")
    low, high = ndtr((np.array([spread.low, spread.high]) - spread.mean) / spread.sd)
    drawn = spread.mean + spread.sd * ndtri(low + (high - low) * generator.random(n))
    return np.clip(np.asarray(drawn, dtype=np.float64), spread.low, spread.high)


def _range(model: str, covariate: Covariate, values: Array) -> list[str]:
    """Refuse or warn about values outside the range the model was built on."""
    low, high = covariate.allowed or (float("-inf"), float("inf"))
    outside = (values < low) | (values > high)
    if not outside.any():
        return []
    worst = float(values[outside][0])
    text = (
        f"{covariate.name} is {worst:g} {covariate.unit} in {int(outside.sum())} of {values.size} patients; "
        f"{model} holds for {low:g} to {high:g}"
    )
    if covariate.outside is OutsideRange.REFUSE:
        raise OutOfRange(f"{text} and is refused outside it. {covariate.note}".strip())
    return [f"{text}: the result is an extrapolation"]
