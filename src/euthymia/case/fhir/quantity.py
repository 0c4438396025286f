"""Quantity ↔ value and unit."""

from __future__ import annotations

from typing import Any

from euthymia.case.fhir.node import Node
from euthymia.case.fhir.systems import UCUM
from euthymia.case.fhir.tables import our_unit, ucum
from euthymia.core.errors import InvalidInput
from euthymia.core.units import canonical_unit


def read_quantity(quantity: Node, *, exact: bool) -> tuple[float, str] | str:
    """Return the value and its unit in our spelling, or why the quantity cannot be read.

    ``exact`` keeps the unit as it was printed, for resources that Euthymia wrote.
    """
    value = quantity.number("value")
    if value is None:
        return "no value"
    if quantity.has("comparator"):
        return f"a value with the comparator {quantity.text('comparator')!r} is not a number"
    printed = quantity.text("unit")
    unit = our_unit(quantity.text("code"), printed)
    if unit is None:
        return f"unknown unit {quantity.text('code') or printed!r}"
    if exact and our_unit("", printed) == unit and _is_known(printed):
        return value, printed
    return value, unit


def _is_known(unit: str) -> bool:
    try:
        canonical_unit(unit)
    except InvalidInput:
        return False
    return True


def write_quantity(value: float, unit: str) -> dict[str, Any]:
    """Return a Quantity with its UCUM code."""
    return {"value": value, "unit": unit, "system": UCUM, "code": ucum(unit)}
