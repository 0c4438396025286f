"""AdverseEvent ↔ SideEffect, Flag ↔ SafetyAlert."""

from __future__ import annotations

from typing import Any

from euthymia.case.events import AnyEvent, plain
from euthymia.case.facts import SafetyAlert, SideEffect
from euthymia.case.fhir.extensions import extensions, is_ours
from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.node import Node, any_code, concept, words
from euthymia.case.fhir.systems import ALERT, EVENT_SERIOUSNESS, EVENT_SEVERITY

_SEVERITIES = ("mild", "moderate", "severe")


def read_adverse_event(resource: Node, into: Intake) -> None:
    """Read a side effect that did occur."""
    name = words(resource.node("event"))
    if resource.text("actuality") == "potential":
        into.leave(resource, "potential: it did not happen")
        return
    if not name:
        into.leave(resource, "no name of the event")
        return
    severity = any_code(resource.node("severity")).casefold()
    serious = any_code(resource.node("seriousness")).casefold() == "serious"
    record = {"name": name, "serious": serious, "severity": severity if severity in _SEVERITIES else None}
    happened, recorded = into.moment(resource, "date", "detected"), into.moment(resource, "recordedDate")
    into.keep(SideEffect, record, resource, happened=happened, recorded=recorded)


def write_side_effect(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the AdverseEvent of a side effect."""
    fact = event.fact
    assert isinstance(fact, SideEffect)
    resource: dict[str, Any] = {
        "resourceType": "AdverseEvent",
        "extension": extensions(event, ("name", "severity", "serious")),
        "actuality": "actual",
        "event": {"text": fact.name},
        "subject": subject,
        "date": plain(event.happened_at),
        "recordedDate": plain(event.recorded_at),
        "seriousness": concept(EVENT_SERIOUSNESS, "serious" if fact.serious else "non-serious"),
    }
    if fact.severity in _SEVERITIES:
        resource["severity"] = concept(EVENT_SEVERITY, fact.severity)
    return [resource]


def read_flag(resource: Node, into: Intake) -> None:
    """Read an alert that Euthymia wrote; a flag of another system has no level that we could know."""
    if not is_ours(resource):
        into.leave(resource, "a flag without a level that is known; enter it under `alerts` if it is one")
        return
    into.keep(SafetyAlert, {"statement": resource.node("code").text("text")}, resource)


def write_alert(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the Flag of a safety alert: active until it is closed."""
    fact = event.fact
    assert isinstance(fact, SafetyAlert)
    return [
        {
            "resourceType": "Flag",
            "extension": extensions(event, ("statement",)),
            "status": "inactive" if fact.closed_because else "active",
            "code": concept(ALERT, fact.code or "alert", fact.statement),
            "subject": subject,
            "period": {"start": plain(event.happened_at)},
        }
    ]
