"""Writing rating scales, laboratory values, vital signs and facts without a resource of their own."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from euthymia.case.events import AnyEvent, plain
from euthymia.case.facts import Finding, LabResult, ListReviewed, ScaleRecord, SuicideScreen, Vital
from euthymia.case.fhir.extensions import event_extension, extensions
from euthymia.case.fhir.forms import ANSWER_LIST, LOINC_FORMS, form_url, is_form
from euthymia.case.fhir.node import concept
from euthymia.case.fhir.quantity import write_quantity
from euthymia.case.fhir.systems import (
    ANALYTE,
    DATA_ABSENT,
    DERIVED_EXTENSION,
    FACT,
    FINDING,
    LOINC,
    OBSERVATION_CATEGORY,
    REVIEWED,
    SCALE,
    SCREEN,
    UCUM,
    VITAL,
)
from euthymia.case.fhir.tables import LoincKind, answer_code, preferred

Subject = dict[str, Any]
_BP = ("systolic_bp", "diastolic_bp", "mean_bp")


def _observation(event: AnyEvent, subject: Subject, category: str, code: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [concept(OBSERVATION_CATEGORY, category)],
        "code": code,
        "subject": subject,
        "effectiveDateTime": plain(event.happened_at),
        "issued": plain(event.recorded_at),
    }


def _coded(system: str, code: str, kind: LoincKind | None, text: str = "") -> dict[str, Any]:
    """Our code, and beside it the LOINC code where the table has one."""
    built = concept(system, code, text or code.replace("_", " "))
    row = preferred(kind, code) if kind else None
    if row is not None:
        built["coding"].append({"system": LOINC, "code": row.code, "display": row.display})
    return built


def write_scale(event: AnyEvent, subject: Subject) -> list[dict[str, Any]]:
    """Return the form with its answers (and its total beside it where LOINC has a code), or the total alone."""
    fact = event.fact
    assert isinstance(fact, ScaleRecord)
    if is_form(event):
        return _write_form(event, fact, subject)
    if fact.answers is not None:  # not a form we know item by item
        return write_plain(event, subject)
    resource = _observation(event, subject, "survey", concept(SCALE, fact.scale, f"{fact.scale} total"))
    resource["code"]["coding"] += _total_coding(fact.scale)
    resource["valueQuantity"] = {"value": fact.total, "unit": "points", "system": UCUM, "code": "{score}"}
    return [resource | {"extension": extensions(event, ("scale", "total"))}]


def _total_coding(name: str) -> list[dict[str, str]]:
    from euthymia.case.scales import scale
    from euthymia.core.errors import InvalidInput

    try:
        code = scale(name).loinc_total
    except InvalidInput:
        return []
    return [{"system": LOINC, "code": code}] if code and name in LOINC_FORMS else []


def _write_form(event: AnyEvent, fact: ScaleRecord, subject: Subject) -> list[dict[str, Any]]:
    from euthymia.case.scales import scale

    definition = scale(fact.scale)
    by_loinc = definition.name in LOINC_FORMS
    items = []
    for item, answer in zip(definition.items, fact.answers or (), strict=True):
        entry: dict[str, Any] = {"linkId": item.loinc if by_loinc and item.loinc else item.code, "text": item.label}
        row = answer_code(ANSWER_LIST, answer) if by_loinc and answer is not None else None
        if row is not None:
            entry["answer"] = [{"valueCoding": {"system": LOINC, "code": row.code, "display": row.display}}]
        elif answer is not None:
            entry["answer"] = [{"valueInteger": answer}]
        items.append(entry)
    response = {
        "resourceType": "QuestionnaireResponse",
        "extension": extensions(event, ("scale", "answers")),
        "questionnaire": form_url(fact.scale),
        "status": "completed",
        "subject": subject,
        "authored": plain(event.happened_at),
        "item": items,
    }
    if not by_loinc or None in (fact.answers or ()):
        return [response]
    total = _observation(event, subject, "survey", concept(SCALE, fact.scale, f"{fact.scale} total"))
    total["code"]["coding"] += _total_coding(fact.scale)
    total["extension"] = [{"url": DERIVED_EXTENSION, "valueBoolean": True}]
    points = sum(a for a in fact.answers or () if a is not None)
    total["valueQuantity"] = {"value": points, "unit": "points", "system": UCUM, "code": "{score}"}
    return [response, total]  # the Bundle adds derivedFrom


def write_screen(event: AnyEvent, subject: Subject) -> list[dict[str, Any]]:
    """Return the screener as one Observation with a component a question."""
    fact = event.fact
    assert isinstance(fact, SuicideScreen)
    names = [f.name for f in fields(SuicideScreen)]
    resource = _observation(event, subject, "survey", concept(SCREEN, "C-SSRS", "C-SSRS screener"))
    components = []
    for name in names:
        component: dict[str, Any] = {"code": concept(SCREEN, name, name.replace("_", " "))}
        value = getattr(fact, name)
        absent = {"dataAbsentReason": concept(DATA_ABSENT, "unknown")}
        components.append(component | (absent if value is None else {"valueBoolean": value}))
    resource["component"] = components
    return [resource | {"extension": extensions(event, tuple(names))}]


def write_lab(event: AnyEvent, subject: Subject) -> list[dict[str, Any]]:
    """Return a laboratory value."""
    fact = event.fact
    assert isinstance(fact, LabResult)
    code = _coded(ANALYTE, fact.analyte, LoincKind.LAB)
    if fact.loinc:
        code["coding"] = [code["coding"][0], {"system": LOINC, "code": fact.loinc}]
    resource = _observation(event, subject, "laboratory", code)
    resource["valueQuantity"] = write_quantity(fact.value, fact.unit)
    span = {"low": fact.reference_low, "high": fact.reference_high}
    bounds = {k: write_quantity(v, fact.unit) for k, v in span.items() if v is not None}
    if bounds:
        resource["referenceRange"] = [bounds]
    return [
        resource | {"extension": extensions(event, ("analyte", "value", "unit", "reference_low", "reference_high"))}
    ]


def write_vitals(events: list[AnyEvent], subject: Subject) -> list[tuple[AnyEvent, dict[str, Any]]]:
    """Return the vital signs, blood pressures of one moment as a panel with components."""
    written: list[tuple[AnyEvent, dict[str, Any]]] = []
    panels: list[tuple[AnyEvent, dict[str, Any], set[str]]] = []
    for event in events:
        fact = event.fact
        assert isinstance(fact, Vital)
        if fact.name not in _BP:
            resource = _observation(event, subject, "vital-signs", _coded(VITAL, fact.name, LoincKind.VITAL))
            resource["valueQuantity"] = write_quantity(fact.value, fact.unit)
            written.append((event, resource | {"extension": extensions(event, ("name", "value", "unit"))}))
            continue
        panel = next((p for p in panels if _same_moment(p[0], event) and fact.name not in p[2]), None)
        if panel is None:
            code = _coded(VITAL, "blood_pressure", LoincKind.BP_PANEL)
            panel = (event, _observation(event, subject, "vital-signs", code) | {"component": []}, set())
            panel[1]["extension"] = [event_extension(event)]
            panels.append(panel)
        panel[2].add(fact.name)
        component = {"code": _coded(VITAL, fact.name, LoincKind.VITAL)}
        panel[1]["component"].append(component | {"valueQuantity": write_quantity(fact.value, fact.unit)})
    return written + [(event, resource) for event, resource, _ in panels]


def _same_moment(a: AnyEvent, b: AnyEvent) -> bool:
    return (a.happened_at, a.recorded_at, a.author, a.source) == (b.happened_at, b.recorded_at, b.author, b.source)


def write_finding(event: AnyEvent, subject: Subject) -> list[dict[str, Any]]:
    """Return the answer to one screening question."""
    fact = event.fact
    assert isinstance(fact, Finding)
    code = concept(FINDING, fact.code, fact.code.replace("_", " "))
    resource = _observation(event, subject, "survey", code)
    if fact.present is None:
        resource["dataAbsentReason"] = concept(DATA_ABSENT, "unknown")
    else:
        resource["valueBoolean"] = fact.present
    return [resource | {"extension": extensions(event, ("code", "present"))}]


def write_reviewed(event: AnyEvent, subject: Subject) -> list[dict[str, Any]]:
    """Return the word that a category was gone through."""
    fact = event.fact
    assert isinstance(fact, ListReviewed)
    resource = _observation(event, subject, "survey", concept(REVIEWED, fact.category, f"reviewed: {fact.category}"))
    return [resource | {"valueBoolean": True, "extension": extensions(event, ("category",))}]


def write_plain(event: AnyEvent, subject: Subject) -> list[dict[str, Any]]:
    """Return a fact that R4 has no resource for, whole in our extension."""
    resource = _observation(event, subject, "survey", concept(FACT, event.kind, event.kind.replace("_", " ")))
    return [resource | {"dataAbsentReason": concept(DATA_ABSENT, "not-applicable"), "extension": extensions(event)}]
