"""Observation ↔ laboratory values, vital signs, scale totals, the suicide screener, and facts without a resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from euthymia.case.facts import (
    KINDS,
    VITAL_LIMITS,
    Finding,
    LabResult,
    SafetyAlert,
    Vital,
)
from euthymia.case.fhir.extensions import is_ours, read_fact_extension
from euthymia.case.fhir.forms import FormItems
from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.moments import Moment
from euthymia.case.fhir.node import Node, code_in, codes, words
from euthymia.case.fhir.quantity import read_quantity
from euthymia.case.fhir.systems import ANALYTE, DERIVED_EXTENSION, FACT, FINDING, LOINC, REVIEWED, SCALE, SCREEN, VITAL
from euthymia.case.fhir.tables import LoincKind, LoincRow, answers, loinc
from euthymia.core.errors import InvalidInput
from euthymia.core.units import convert

_READABLE = ("final", "amended", "corrected", "preliminary", "unknown")
_LEVELS = ("high", "moderate", "low")


def read(resource: Node, into: Intake, forms: FormItems) -> None:
    """Read one Observation; one that means nothing to a case is listed as unread."""
    if any(e.text("url") == DERIVED_EXTENSION for e in resource.nodes("extension")):
        return  # a total we wrote beside the form it was computed from
    status = resource.text("status")
    if status not in _READABLE:
        into.leave(resource, f"status {status or 'absent'}: no result")
        return
    if status in ("preliminary", "unknown"):
        into.warn(resource.path, f"status {status}")
    if _read_own(resource, into):
        return
    code = next((c for system, c in codes(resource.node("code")) if system == LOINC), "")
    happened = into.effective(resource) or into.moment(resource, "issued")
    if not code:
        into.leave(resource, "no LOINC code")
    elif happened is None:
        into.leave(resource, "no time (effective or issued)")
    elif forms.knows(code):
        forms.add(resource, code, happened, into)
    elif code not in loinc():
        into.leave(resource, f"LOINC {code} is not among the codes that are read")
    elif loinc()[code].kind is LoincKind.WORST_IDEATION:
        forms.add_worst_ideation(resource, happened, into)
    else:
        row = loinc()[code]
        _READERS[row.kind](resource, row, happened, into)


# --- from other systems -----------------------------------------------------------------------------------------------


def _recorded(resource: Node, into: Intake) -> Moment | None:
    return into.moment(resource, "issued")


def _read_lab(resource: Node, row: LoincRow, happened: Moment, into: Intake) -> None:
    found = read_quantity(resource.node("valueQuantity"), exact=False)
    if isinstance(found, str):
        into.leave(resource, found)
        return
    record: dict[str, Any] = {"analyte": row.name, "value": found[0], "unit": found[1], "loinc": row.code}
    record |= _reference(resource, found[1], into, row.name)
    path = resource.at("valueQuantity")
    into.keep(LabResult, record, resource, happened=happened, recorded=_recorded(resource, into), path=path)


def _reference(resource: Node, unit: str, into: Intake, analyte: str = "") -> dict[str, float]:
    """The reference range in the unit of the value; a range that does not convert is named in a warning."""
    span = resource.first("referenceRange")
    record: dict[str, float] = {}
    for key, name in (("low", "reference_low"), ("high", "reference_high")):
        if not span.has(key):
            continue
        bound = read_quantity(span.node(key), exact=is_ours(resource))
        if isinstance(bound, str):
            into.warn(span.at(key), f"the range is not read: {bound}")
            continue
        try:
            record[name] = convert(bound[0], bound[1], unit, analyte=analyte)
        except InvalidInput:
            into.warn(span.at(key), f"the range is not read: {bound[1]} does not convert to {unit}")
    return record


def _read_vital(resource: Node, row: LoincRow, happened: Moment, into: Intake) -> None:
    why = _keep_vital(resource, resource, row.name, happened, into)
    if why:
        into.leave(resource, why)


def _keep_vital(resource: Node, holder: Node, name: str, happened: Moment | None, into: Intake) -> str:
    """Keep one vital sign from ``holder`` (the resource or a component); return why not when it cannot be read."""
    exact = is_ours(resource)
    found = read_quantity(holder.node("valueQuantity"), exact=exact)
    if isinstance(found, str):
        return found
    value, unit = found
    target = VITAL_LIMITS[name][0]
    try:
        value = convert(value, unit, target)
    except InvalidInput as error:
        raise InvalidInput(holder.at("valueQuantity"), unit, error.allowed) from None
    record = {"name": name, "value": value, "unit": unit if exact else target}
    path = holder.at("valueQuantity")
    into.keep(Vital, record, resource, happened=happened, recorded=_recorded(resource, into), path=path)
    return ""


def _read_panel(resource: Node, row: LoincRow | None, happened: Moment | None, into: Intake) -> None:
    kept = 0
    for component in resource.nodes("component"):
        coded = component.node("code")
        found = loinc().get(code_in(coded, LOINC))
        if found is None or found.kind is not LoincKind.VITAL:
            into.warn(component.path, "not a vital sign that is read")
            continue
        why = _keep_vital(resource, component, found.name, happened, into)
        if why:
            into.warn(component.path, why)
        else:
            kept += 1
    if not kept:
        into.leave(resource, "no component that is read")


def _read_risk_level(resource: Node, row: LoincRow, happened: Moment, into: Intake) -> None:
    said = (words(resource.node("valueCodeableConcept")) or resource.text("valueString")).casefold()
    level = next((word for word in _LEVELS if word in said), "")
    if not level:
        into.leave(resource, f"C-SSRS risk level {said or 'absent'!r}: no alert follows from it")
        return
    statement = f"C-SSRS suicide risk level recorded as {level}"
    record = {"level": level, "code": "c_ssrs_risk_level", "statement": statement}
    into.keep(SafetyAlert, record, resource, happened=happened, recorded=_recorded(resource, into))


def _read_pregnancy(resource: Node, row: LoincRow, happened: Moment, into: Intake) -> None:
    value = next((answers()[c] for _, c in codes(resource.node("valueCodeableConcept")) if c in answers()), None)
    record = {"code": row.name, "present": None if value is None else bool(value)}
    into.keep(Finding, record, resource, happened=happened, recorded=_recorded(resource, into))


_READERS: Mapping[LoincKind, Callable[[Node, LoincRow, Moment, Intake], None]] = {
    LoincKind.LAB: _read_lab,
    LoincKind.VITAL: _read_vital,
    LoincKind.BP_PANEL: _read_panel,
    LoincKind.RISK_LEVEL: _read_risk_level,
    LoincKind.PREGNANCY: _read_pregnancy,
}


# --- our own ----------------------------------------------------------------------------------------------------------


def _read_own(resource: Node, into: Intake) -> bool:
    """Read an Observation that Euthymia wrote; False when it is of another system."""
    if not is_ours(resource):
        return False
    coded = resource.node("code")
    kind, _ = read_fact_extension(resource)
    if code_in(coded, VITAL):
        if resource.has("component"):
            _read_panel(resource, None, None, into)
        else:
            name = code_in(coded, VITAL)
            why = _keep_vital(resource, resource, name, None, into) if name in VITAL_LIMITS else "an unknown vital sign"
            if why:
                raise InvalidInput(resource.at("valueQuantity"), why, "a vital sign with a value and a unit")
        return True
    if kind not in KINDS:
        raise InvalidInput(resource.at("extension"), kind or "absent", " | ".join(KINDS))
    record: dict[str, Any] = {}
    if code_in(coded, ANALYTE):
        found = read_quantity(resource.node("valueQuantity"), exact=True)
        if isinstance(found, str):
            raise InvalidInput(resource.at("valueQuantity"), found, "a value with a unit")
        record = {"analyte": code_in(coded, ANALYTE), "value": found[0], "unit": found[1]}
        record |= _reference(resource, found[1], into, code_in(coded, ANALYTE))
    elif code_in(coded, SCALE) and kind == "scale":
        record = {"scale": code_in(coded, SCALE), "total": resource.node("valueQuantity").number("value")}
    elif code_in(coded, SCREEN):
        record = {code_in(c.node("code"), SCREEN): c.flag("valueBoolean") for c in resource.nodes("component")}
    elif code_in(coded, FINDING):
        record = {"code": code_in(coded, FINDING), "present": resource.flag("valueBoolean")}
    elif code_in(coded, REVIEWED):
        record = {"category": code_in(coded, REVIEWED)}
    elif not code_in(coded, FACT):
        raise InvalidInput(resource.at("code"), words(coded), "a code of Euthymia beside its extension")
    into.keep(KINDS[kind], record, resource)
    return True
