"""The checks of a model file: cases whose answers are known, run as tests for every file."""

from __future__ import annotations

from collections.abc import Mapping

from euthymia.core.errors import TableError
from euthymia.core.source import Source
from euthymia.engines.kinetics.model_keys import Keys
from euthymia.engines.kinetics.model_types import Check, CheckValue, Covariate, Dose, Output, Route

GAINS = ("cmax_gain_pct", "auc_gain_pct")
AT_TIME = ("level", "state", "half_life", *GAINS)
"""Quantities that need ``at_h``: a gain compares the time after it with that before; a half-life starts there."""
QUANTITIES = ("cmax", "tmax", "auc", "auc_inf", *AT_TIME)
"""What a check may ask for, in ng/mL, h, ng·h/mL (to the end, to infinity), ng/mL, mg, h and percent."""


def read_checks(
    keys: Keys,
    default: Source,
    outputs: Mapping[str, Output],
    routes: Mapping[str, Route],
    covariates: Mapping[str, Covariate],
) -> tuple[Check, ...]:
    """Read the ``[[check]]`` rows."""
    found: list[Check] = []
    for row in keys.rows("check"):
        given = row.plain("covariates")
        unknown = sorted(set(given) - set(covariates))
        if unknown:
            raise TableError(f"{row.where}: unknown covariate {', '.join(unknown)}; known: {', '.join(covariates)}")
        values = [value for one in row.rows("values") for value in _values(one, tuple(outputs))]
        check = Check(
            row.text("name"),
            row.word("kind", ("published", "traced", "derived")),
            {name: value if isinstance(value, str) else float(value) for name, value in given.items()},
            tuple(_dose(one, tuple(routes)) for one in row.rows("doses")),
            row.number("until_h", low=0.0),
            row.number("tolerance_pct", low=0.0, high=50.0),
            tuple(values),
            row.source(default),
        )
        row.done()
        if not check.doses or not check.values:
            raise TableError(f"{row.where}: a check needs `doses` and `values`")
        found.append(check)
    return tuple(found)


def _dose(row: Keys, routes: tuple[str, ...]) -> Dose:
    dose = Dose(
        row.word("route", routes),
        row.optional_number("start_h", low=0.0) or 0.0,
        row.number("amount_mg", low=0.0),
        (row.optional_number("duration_min", low=0.0) or 0.0) / 60.0,
    )
    row.done()
    return dose


def _values(row: Keys, outputs: tuple[str, ...]) -> list[CheckValue]:
    """Read one row: a single number, or lists ``at_h`` and ``levels``."""
    if "levels" in row:
        output = row.word("output", outputs)
        levels, times = row.numbers("levels"), row.numbers("at_h")
        row.done()
        if len(levels) != len(times):
            raise TableError(f"{row.where}: {len(levels)} levels for {len(times)} times")
        return [CheckValue(output, "level", level, at) for at, level in zip(times, levels, strict=True)]
    quantity = row.word("quantity", QUANTITIES)
    output = row.text("output") if quantity == "state" else row.word("output", outputs)
    value = CheckValue(output, quantity, row.number("expected"), row.optional_number("at_h", low=0.0))
    row.done()
    if (quantity in AT_TIME) != (value.at_h is not None):
        raise TableError(f"{row.where}: `at_h` belongs to {', '.join(AT_TIME)}, and only to them")
    return [value]
