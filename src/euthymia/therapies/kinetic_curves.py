"""From the kinetics engine to figures: covariates of a case, drawn patients, bands as curves and as live rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from euthymia.case import concepts
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.core.source import Source
from euthymia.engines.kinetics import Model, ModelStatus, PreparedPopulation, load_model, prepare
from euthymia.engines.kinetics.effect_types import Effect
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.model_types import OutsideRange
from euthymia.engines.kinetics.prepared_ode import PreparedOde
from euthymia.therapies.curves import Curve, Mark, Status
from euthymia.therapies.simulation import BandRow

QUANTILES = (0.05, 0.5, 0.95)
"""Levels of every band: 90 % of patients lie inside."""

Prepared = PreparedPopulation | PreparedOde
_ANCESTRY = {"asian": "asian_descent", "japanese": "japanese_descent"}


@dataclass(frozen=True, slots=True)
class CaseCovariates:
    """What a model reads of a case.

    Attributes
    ----------
    values
        Name and value of each covariate that is known, in the model's order; hashable, so that it can key a cache.
    missing
        Covariates without which the model cannot be run.
    notes
        What was not recorded and how the model was run instead.
    """

    values: tuple[tuple[str, float], ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_enough(self) -> bool:
        """Whether the model can be run."""
        return not self.missing


def case_covariates(model: Model, case: Case) -> CaseCovariates:
    """Return age, weight and, where the case says so, descent; nothing is guessed from country or name."""
    found: dict[str, float] = {}
    missing: list[str] = []
    unrecorded: list[str] = []
    needed = {effect.covariate for effect in model.file.effects}
    for name, covariate in model.file.covariates.items():
        value = _of_case(case, name)
        if value is not None:
            found[name] = value
        elif isinstance(covariate.when_absent, int | float):
            found[name] = float(covariate.when_absent)
            unrecorded.append(concepts.concept(_ANCESTRY[name]).label if name in _ANCESTRY else name)
        elif name in needed or covariate.outside is OutsideRange.REFUSE:
            missing.append(name)
    if found.get("japanese") == 1.0 and "asian" in model.file.covariates:
        found["asian"] = 1.0
        unrecorded = [label for label in unrecorded if label != concepts.concept(_ANCESTRY["asian"]).label]
    words = f"Not recorded, run as absent: {', '.join(unrecorded)}; {model.name} depends on it."
    return CaseCovariates(tuple(found.items()), tuple(missing), (words,) if unrecorded else ())


def _of_case(case: Case, name: str) -> float | None:
    if name == "age_yr":
        return None if case.age_yr is None else float(case.age_yr)
    if name == "weight_kg":
        return case.weight_kg
    if name in _ANCESTRY:
        present = concepts.answer(case, _ANCESTRY[name]).present
        return None if present is None else float(present)
    return None


@lru_cache(maxsize=12)
def people(model: str, covariates: tuple[tuple[str, Any], ...], n: int, seed: int) -> Prepared:
    """Return ``n`` drawn patients (0: the typical one) ready to be asked; the same call gives the same object."""
    loaded = load_model(model)
    drawn = loaded.individuals(dict(covariates), n, seed) if n else loaded.individuals(dict(covariates))
    return prepare(loaded, drawn)


def quantile_band(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the 5th, 50th and 95th percentile over patients of ``(n, T)``, each ``(T,)``."""
    low, middle, high = np.quantile(values, QUANTILES, axis=0)
    return low, middle, high


def band_curve(
    code: str,
    title: str,
    unit: str,
    times: FloatArray,
    values: FloatArray,
    reason: Reason,
    status: ModelStatus | Status,
    *,
    time_unit: Literal["min", "h", "days"] = "h",
    marks: Sequence[Mark] = (),
    notes: Sequence[str] = (),
    since: str = "the start",
) -> Curve:
    """Return a curve of values ``(n, T)`` over patients, or ``(T,)`` where no spread is known (the notes must say so).

    Raises
    ------
    InvalidInput
        When a value is not finite; a model that does not speak there must not be drawn there.
    """
    if values.ndim not in (1, 2) or values.shape[-1] != len(times):
        raise InvalidInput("values", values.shape, f"(n, {len(times)}) or ({len(times)},)")
    low, middle, high = quantile_band(values) if values.ndim == 2 else (values, values, values)
    as_tuple = [tuple(float(v) for v in part) for part in (times, middle, low, high)]
    return Curve(
        code, title, unit, as_tuple[0], time_unit, as_tuple[1], as_tuple[2], as_tuple[3],
        reason, status.value if isinstance(status, ModelStatus) else status, tuple(marks),
        tuple(dict.fromkeys(notes)), since=since,
    )  # fmt: skip


def band_rows(times_s: FloatArray, values: FloatArray) -> tuple[BandRow, ...]:
    """Return the band of ``(n, T)`` as rows of a live figure, one a time (s)."""
    low, middle, high = quantile_band(values)
    return tuple(
        BandRow(float(t), float(m), float(a), float(b)) for t, m, a, b in zip(times_s, middle, low, high, strict=True)
    )


def engine_reason(
    statement: str,
    *origins: Model | Effect | Source,
    code: str = "",
    values: FloatArray | None = None,
    unit: str = "",
) -> Reason:
    """Return a statement that rests on models; ``values`` over patients gives its median with the 5th and 95th.

    What a model holds unverified is among the sources, so that the statement never reads as verified.
    """
    sources = [source for origin in origins for source in origin_sources(origin)]
    statuses = [o.file.status if isinstance(o, Model) else o.status for o in origins if not isinstance(o, Source)]
    weak = any(status is not ModelStatus.PUBLISHED for status in statuses)
    grade = EvidenceGrade.VERY_LOW if weak else EvidenceGrade.LOW
    if values is None:
        return Reason(statement, tuple(dict.fromkeys(sources)), grade, code=code, unit=unit)
    low, middle, high = (float(v) for v in np.quantile(values, QUANTILES))
    return Reason(
        statement, tuple(dict.fromkeys(sources)), grade, value=middle, low=low, high=high, unit=unit, code=code
    )


def origin_sources(origin: Model | Effect | Source) -> tuple[Source, ...]:
    """Return the paper behind a model or effect, and one source that is not verified where it rests on one."""
    if isinstance(origin, Source):
        return (origin,)
    everything = origin.file.sources if isinstance(origin, Model) else origin.sources
    weak = [source for source in everything[1:] if not source.is_verified]
    return (everything[0], *weak[:1])


def plain_notes(origin: Model | Effect, warnings: Sequence[str]) -> tuple[str, ...]:
    """Return the warnings of a model or effect as sentences that stand below its own figure."""
    name = origin.name
    words = [w.removeprefix(f"{name}: ").strip().rstrip(".") for w in warnings]
    return tuple(f"{w[0].upper()}{w[1:]}." for w in words if w)


def not_run(model: Model, covariates: CaseCovariates) -> Reason:
    """Say why a model was not run for this case, and what to add."""
    asked = ", ".join(covariates.missing)
    words = f"No predicted levels: {model.name} needs {asked}, which the case does not hold. Add it to the case file."
    return engine_reason(words, model, code="not_simulated")
