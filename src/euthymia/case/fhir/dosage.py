"""Dosage ↔ daily dose in mg. What cannot be turned into mg a day with certainty stays unknown, with a warning."""

from __future__ import annotations

from typing import Any

from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.node import Node, any_code, words
from euthymia.case.fhir.systems import UCUM
from euthymia.case.fhir.tables import our_unit, times_a_day
from euthymia.core.errors import InvalidInput
from euthymia.core.units import convert

_DAYS = {"h": 1 / 24, "d": 1.0, "wk": 7.0}


def read_dosage(dosages: list[Node], into: Intake) -> dict[str, Any]:
    """Return ``dose_mg_day``, ``as_needed`` and ``route`` as far as they are known."""
    if not dosages:
        return {}
    first = dosages[0]
    record: dict[str, Any] = {"route": words(first.node("route"))}
    if first.flag("asNeededBoolean") or first.has("asNeededCodeableConcept"):
        record["as_needed"] = True
    if len(dosages) > 1:
        into.warn(first.path, "more than one dosage: the daily dose is left unknown")
        return record
    amount = _dose_mg(first.first("doseAndRate").node("doseQuantity"), into)
    often = _times_a_day(first.node("timing"))
    if amount is not None and often is None:
        into.warn(first.path, "no timing that gives times a day: the daily dose is left unknown")
    elif amount is not None and often is not None:
        record["dose_mg_day"] = amount if often == 1 else amount * often
    return record


def _dose_mg(quantity: Node, into: Intake) -> float | None:
    value = quantity.number("value")
    if value is None:
        return None
    unit = our_unit(quantity.text("code"), quantity.text("unit"))
    if unit == "mg":
        return value
    try:
        return convert(value, unit or "", "mg")
    except InvalidInput:
        given = quantity.text("unit") or quantity.text("code")
        into.warn(quantity.path, f"a dose in {given or 'no unit'!r} is not a mass: left unknown")
        return None


def _times_a_day(timing: Node) -> float | None:
    repeat = timing.node("repeat")
    if repeat.has("period") and not repeat.has("frequencyMax") and not repeat.has("periodMax"):
        period, days = repeat.number("period"), _DAYS.get(repeat.text("periodUnit"))
        frequency = repeat.number("frequency")
        if not period or period < 0 or days is None:
            return None
        return (1 if frequency is None else frequency) / (period * days)
    return times_a_day().get(any_code(timing.node("code")))


def write_dosage(dose_mg_day: float | None, as_needed: bool, route: str) -> list[dict[str, Any]]:
    """Return the Dosage for a daily dose; empty when nothing is known."""
    dosage: dict[str, Any] = {}
    if dose_mg_day is not None:
        dosage["timing"] = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    if as_needed:
        dosage["asNeededBoolean"] = True
    if route:
        dosage["route"] = {"text": route}
    if dose_mg_day is not None:
        quantity = {"value": dose_mg_day, "unit": "mg", "system": UCUM, "code": "mg"}
        dosage["doseAndRate"] = [{"doseQuantity": quantity}]
    return [dosage] if dosage else []
