"""The parts of a model file that differ between patients: parameters, their spread, covariates and their effects."""

from __future__ import annotations

import math
from collections.abc import Mapping

from euthymia.core.errors import TableError
from euthymia.core.source import Source
from euthymia.engines.kinetics.model_keys import Keys
from euthymia.engines.kinetics.model_types import (
    Covariance,
    Covariate,
    CovariateEffect,
    OutsideRange,
    Parameter,
    Variability,
)
from euthymia.engines.kinetics.model_units import to_base


def read_parameters(keys: Keys, default: Source) -> dict[str, Parameter]:
    """Read the ``[parameter.NAME]`` tables."""
    found: dict[str, Parameter] = {}
    for name, table in keys.tables("parameter").items():
        printed, unit = table.number("value"), table.text("unit")
        source = table.source(default)
        spread = table.plain("between")
        between = _variability(Keys(spread, f"{table.where}: between"), source) if spread else None
        value = to_base(printed, unit, table.where)
        if between is not None and between.scale == "lognormal" and value <= 0:
            raise TableError(f"{table.where}: `value` is {printed}; allowed: above 0, because its spread is log-normal")
        if between is not None and between.scale == "logit" and not 0 < value < 1:
            raise TableError(
                f"{table.where}: `value` is {printed}; allowed: between 0 and 1, because it spreads on the logit"
            )
        found[name] = Parameter(
            name, value, printed, unit, table.text("meaning", ""), between, source, table.text("note", "")
        )
        table.done()
    if not found:
        raise TableError(f"{keys.where}: no [parameter.NAME] tables")
    return found


def _variability(keys: Keys, default: Source) -> Variability:
    """Read ``cv_pct`` (log-normal, variance ln(1 + CV²)), ``omega2`` (log-normal) or ``logit_sd``."""
    given = [key for key in ("cv_pct", "omega2", "logit_sd") if key in keys]
    if len(given) > 1 or (not given and "occasion_omega2" not in keys):
        raise TableError(f"{keys.where}: give one of cv_pct, omega2, logit_sd; found {given}")
    kind = given[0] if given else "omega2"
    value = keys.number(kind, low=0.0) if given else 0.0
    variance = {"cv_pct": math.log1p((value / 100.0) ** 2), "omega2": value, "logit_sd": value**2}[kind]
    spread = Variability(
        "logit" if kind == "logit_sd" else "lognormal",
        variance,
        keys.optional_number("occasion_omega2", low=0.0) or 0.0,
        keys.source(default),
        keys.text("note", ""),
    )
    keys.done()
    return spread


def read_covariances(keys: Keys, parameters: Mapping[str, Parameter]) -> tuple[Covariance, ...]:
    """Read the ``[[covariance]]`` rows."""
    found: list[Covariance] = []
    for row in keys.rows("covariance"):
        names = row.texts("parameters")
        if len(names) != 2 or len(set(names)) != 2:
            raise TableError(f"{row.where}: key `parameters` is {list(names)}; allowed: two different parameters")
        spreads = []
        for name in names:
            parameter = parameters.get(name)
            if parameter is None or parameter.between is None:
                raise TableError(f"{row.where}: {name!r} has no spread; allowed: a parameter with `between`")
            spreads.append(parameter.between.variance)
        value = row.number("value")
        if value**2 > spreads[0] * spreads[1]:
            raise TableError(f"{row.where}: {value} is more than the two variances allow ({spreads[0]}, {spreads[1]})")
        found.append(Covariance((names[0], names[1]), value))
        row.done()
    return tuple(found)


def read_covariates(keys: Keys) -> dict[str, Covariate]:
    """Read the ``[covariate.NAME]`` tables."""
    found: dict[str, Covariate] = {}
    for name, table in keys.tables("covariate").items():
        kind = table.word("kind", ("number", "flag", "category"), "number")
        words = table.texts("words")
        if (kind == "category") != bool(words):
            raise TableError(f"{table.where}: `words` belongs to kind category, and only to it")
        absent = table.scalar("when_absent")
        if absent is not None and (isinstance(absent, str) != (kind == "category") or (words and absent not in words)):
            raise TableError(f"{table.where}: `when_absent` is {absent!r}; allowed: a value of kind {kind}")
        found[name] = Covariate(
            name,
            kind,
            table.text("unit", "" if kind != "number" else None),
            table.pair("allowed"),
            words,
            OutsideRange(table.word("outside", tuple(OutsideRange), "warn")),
            absent,
            table.text("implies", ""),
            table.text("note", ""),
        )
        table.done()
    for covariate in found.values():
        if covariate.implies and covariate.implies not in found:
            raise TableError(f"{keys.where}: covariate.{covariate.name}: `implies` names no covariate of the file")
    return found


def read_effects(
    keys: Keys, default: Source, parameters: Mapping[str, Parameter], covariates: Mapping[str, Covariate]
) -> tuple[CovariateEffect, ...]:
    """Read the ``[[effect]]`` rows: how covariates change parameters."""
    fitting = {"power": "number", "linear_above": "number", "factor": "flag", "category": "category"}
    found: list[CovariateEffect] = []
    for row in keys.rows("effect"):
        names, covariate = row.texts("parameters"), row.word("covariate", tuple(covariates))
        unknown = sorted(set(names) - set(parameters))
        if not names or unknown:
            raise TableError(f"{row.where}: key `parameters` is {list(names)}; allowed: {', '.join(parameters)}")
        form = row.word("form", tuple(fitting))
        if covariates[covariate].kind != fitting[form]:
            raise TableError(f"{row.where}: form {form} needs a covariate of kind {fitting[form]}")
        factors = row.plain("factors")
        if form == "category" and set(factors) != set(covariates[covariate].words):
            allowed = ", ".join(covariates[covariate].words)
            raise TableError(f"{row.where}: `factors` has {sorted(factors)}; allowed: one number for each of {allowed}")
        value = 0.0 if form == "category" else row.number("value")
        reference = row.number("reference") if form in ("power", "linear_above") else 0.0
        ceiling = row.optional_number("ceiling")
        if ceiling is not None and form != "factor":
            raise TableError(f"{row.where}: `ceiling` belongs to form factor, and only to it")
        source, note = row.source(default), row.text("note", "")
        row.done()
        multipliers = {word: float(factor) for word, factor in factors.items()}
        for name in names:
            found.append(CovariateEffect(name, covariate, form, value, reference, multipliers, ceiling, source, note))
    return tuple(found)
