"""Case → Bundle: every event in force as a resource of FHIR R4, with what R4 has no element for in extensions."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from euthymia.case.events import AnyEvent, plain
from euthymia.case.facts import (
    Allergy,
    Attachment,
    Demographics,
    Diagnosis,
    Finding,
    Implant,
    LabResult,
    ListReviewed,
    Medication,
    SafetyAlert,
    ScaleRecord,
    SessionDelivered,
    SideEffect,
    SuicideScreen,
    TreatmentTrial,
    TrialKind,
    Vital,
)
from euthymia.case.fhir import (
    allergy,
    condition,
    device,
    document,
    forms_write,
    medication,
    patient,
    procedure,
    safety,
)
from euthymia.case.fhir.systems import ACT_REASON, TEST_DATA
from euthymia.case.model import Case

Writer = Callable[[AnyEvent, dict[str, Any]], list[dict[str, Any]]]
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")


def _write_trial(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    fact = event.fact
    is_drug = isinstance(fact, TreatmentTrial) and fact.kind in (TrialKind.DRUG, TrialKind.AUGMENTATION)
    return medication.write_trial(event, subject) if is_drug else procedure.write_trial(event, subject)


_WRITERS: Mapping[type, Writer] = {
    Diagnosis: condition.write,
    TreatmentTrial: _write_trial,
    Medication: medication.write_medication,
    Allergy: allergy.write,
    Implant: device.write,
    Finding: forms_write.write_finding,
    ListReviewed: forms_write.write_reviewed,
    ScaleRecord: forms_write.write_scale,
    SuicideScreen: forms_write.write_screen,
    LabResult: forms_write.write_lab,
    Attachment: document.write,
    SessionDelivered: procedure.write_session,
    SideEffect: safety.write_side_effect,
    SafetyAlert: safety.write_alert,
}
"""Facts of other classes are written whole as an Observation with our code."""


def write_bundle(case: Case) -> dict[str, Any]:
    """Return the events in force as a FHIR R4 Bundle (type ``collection``) of plain JSON values.

    Superseded and retracted events are no part of it; the event log (JSON Lines) keeps them.
    """
    patient_id = case.case_id if _ID.match(case.case_id) else sha256(case.case_id.encode()).hexdigest()[:24]
    patient_url = _urn(f"Patient/{case.case_id}")
    subject = {"reference": patient_url}
    who = case.last(Demographics)
    entries = [_entry(patient_url, patient.write(case, who, patient_id))]
    for event, resource in forms_write.write_vitals(list(case.of(Vital)), subject):
        entries.append(_numbered(event, resource, ""))
    for event in case.events:
        if isinstance(event.fact, Vital) or event is who:
            continue
        writer = _WRITERS.get(type(event.fact), forms_write.write_plain)
        entries += _linked(event, writer(event, subject))
    bundle: dict[str, Any] = {"resourceType": "Bundle"}
    if case.synthetic:
        bundle["meta"] = {"security": [{"system": ACT_REASON, "code": TEST_DATA, "display": "test health data"}]}
    return bundle | {"type": "collection", "timestamp": plain(case.as_of), "entry": entries}


def _linked(event: AnyEvent, resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Number the resources of one event; the second one is the device used, or the total derived from a form."""
    if len(resources) == 1:
        return [_numbered(event, resources[0], "")]
    main, second = resources
    first, other = _numbered(event, main, ""), _numbered(event, second, "-2")
    if second["resourceType"] == "Device":
        main["device"] = {"reference": other["fullUrl"]}
    else:
        second["derivedFrom"] = [{"reference": first["fullUrl"]}]
    return [first, other]


def _numbered(event: AnyEvent, resource: dict[str, Any], suffix: str) -> dict[str, Any]:
    identified = {"resourceType": resource.pop("resourceType"), "id": event.id + suffix}
    content = dict(resource)
    resource.clear()
    resource.update(identified | content)
    return _entry(_urn(f"{resource['resourceType']}/{resource['id']}"), resource)


def _entry(url: str, resource: dict[str, Any]) -> dict[str, Any]:
    return {"fullUrl": url, "resource": resource}


def _urn(name: str) -> str:
    """A stable ``urn:uuid`` for a resource."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'urn:euthymia:' + name)}"
