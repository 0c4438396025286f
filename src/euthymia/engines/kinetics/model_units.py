"""Units of model parameters and their conversion to the engine's base: h, L, L/h, 1/h, mg, mg/L, kg, years."""

from __future__ import annotations

from euthymia.core.errors import TableError

_TO_BASE: dict[str, tuple[str, float]] = {
    "1": ("1", 1.0),
    "frac": ("1", 1.0),
    "h": ("h", 1.0),
    "min": ("h", 1.0 / 60.0),
    "1/h": ("1/h", 1.0),
    "1/min": ("1/h", 60.0),
    "L": ("L", 1.0),
    "L/kg": ("L/kg", 1.0),
    "L/h": ("L/h", 1.0),
    "L/min": ("L/h", 60.0),
    "L/h/year": ("L/h/year", 1.0),
    "mg": ("mg", 1.0),
    "ng/mL": ("ng/mL", 1.0),
    "ug/L": ("ng/mL", 1.0),
    "kg": ("kg", 1.0),
    "year": ("year", 1.0),
}


def to_base(value: float, unit: str, where: str) -> float:
    """Return ``value`` in the engine's base unit, so that a file can hold the number as the paper prints it.

    Raises
    ------
    TableError
        For a unit that model files do not know.
    """
    if unit not in _TO_BASE:
        raise TableError(f"{where}: unknown unit {unit!r}; known: {', '.join(_TO_BASE)}")
    return value * _TO_BASE[unit][1]
