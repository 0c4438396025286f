"""Device and DeviceUseStatement ↔ Implant."""

from __future__ import annotations

from typing import Any

from euthymia.case.events import AnyEvent
from euthymia.case.facts import Implant
from euthymia.case.fhir.extensions import extensions, is_ours
from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.node import Node, code_in, codes, concept, words
from euthymia.case.fhir.systems import IMPLANT
from euthymia.case.fhir.tables import recognized

_UNKNOWN = "not a device that the rules know; if it is implanted, add it under `implants` or `conditions`"


def read_use(resource: Node, into: Intake) -> None:
    """Read the use of a device, with the device it names."""
    device = into.resolve(resource.node("device"), resource)
    status = resource.text("status")
    if device is None:
        into.leave(resource, "the device it names is not in the Bundle")
        return
    into.used.add(device.path)
    code = _code(device)
    if not code:
        into.leave(resource, _UNKNOWN)
        return
    if status not in ("active", "completed", "stopped", "on-hold"):
        into.leave(resource, f"status {status or 'absent'}: not in use yet")
        return
    period = resource.node("timingPeriod")
    removed = into.day(period, "end")
    if status in ("completed", "stopped") and removed is None and not is_ours(resource):
        into.warn(resource.path, f"status {status} without an end: taken as still in place")
    record: dict[str, Any] = {"code": code, "model": _model(device), "location": words(resource.node("bodySite"))}
    record |= {"implanted_on": into.day(period, "start") or into.day(resource, "timingDateTime")}
    into.keep(Implant, record | {"removed_on": removed}, resource, recorded=into.moment(resource, "recordedOn"))


def read_device(resource: Node, into: Intake) -> None:
    """Read a device that no statement of use mentions: in place as far as we know."""
    code = _code(resource)
    if not code:
        into.leave(resource, _UNKNOWN)
        return
    if resource.text("status") == "inactive":
        into.warn(resource.path, "status inactive without a date of removal: taken as still in place")
    into.keep(Implant, {"code": code, "model": _model(resource)}, resource)


def _code(device: Node) -> str:
    coded = device.node("type")
    names = " ; ".join([words(coded), *(n.text("name") for n in device.nodes("deviceName"))])
    return code_in(coded, IMPLANT) or recognized("fhir_devices.csv", names, codes(coded))


def _model(device: Node) -> str:
    """Model number or name; serial numbers and other identifiers are never read."""
    return device.text("modelNumber") or device.first("deviceName").text("name")


def write(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the DeviceUseStatement of an implant and its Device (the Bundle links the two)."""
    fact = event.fact
    assert isinstance(fact, Implant)
    device: dict[str, Any] = {"resourceType": "Device"}
    if fact.model:
        device["modelNumber"] = fact.model
    device |= {"type": concept(IMPLANT, fact.code, fact.code.replace("_", " ")), "patient": subject}
    use: dict[str, Any] = {
        "resourceType": "DeviceUseStatement",
        "extension": extensions(event, ("code", "model", "location", "implanted_on", "removed_on")),
        "status": "completed" if fact.removed_on else "active",
        "subject": subject,
    }
    period = {"start": fact.implanted_on, "end": fact.removed_on}
    if fact.implanted_on or fact.removed_on:
        use["timingPeriod"] = {k: v.isoformat() for k, v in period.items() if v}
    use["recordedOn"] = event.recorded_at.isoformat()
    if fact.location:
        use["bodySite"] = {"text": fact.location}
    return [use, device]
