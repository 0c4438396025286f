"""Condition ↔ Diagnosis (ICD-10-CM)."""

from __future__ import annotations

from typing import Any

from euthymia.case.events import AnyEvent
from euthymia.case.facts import Diagnosis, DiagnosisStatus
from euthymia.case.fhir.extensions import extensions, is_ours
from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.node import Node, any_code, code_in, concept, words
from euthymia.case.fhir.systems import CONDITION_CLINICAL, CONDITION_VERIFICATION, ICD10, ICD10CM

_UNSURE = ("unconfirmed", "provisional", "differential")
_CLINICAL = {
    "active": DiagnosisStatus.ACTIVE,
    "recurrence": DiagnosisStatus.ACTIVE,
    "relapse": DiagnosisStatus.ACTIVE,
    "remission": DiagnosisStatus.REMISSION,
    "inactive": DiagnosisStatus.REMISSION,
    "resolved": DiagnosisStatus.RESOLVED,
}
_ENDED = (DiagnosisStatus.REMISSION, DiagnosisStatus.RESOLVED)


def read(resource: Node, into: Intake) -> None:
    """Read one diagnosis; a condition without an ICD-10 code is listed as unread."""
    coded = resource.node("code")
    code = code_in(coded, ICD10CM) or code_in(coded, ICD10)
    if not code:
        into.leave(resource, "no ICD-10-CM code (other code systems are not read)")
        return
    if not code_in(coded, ICD10CM):
        into.warn(resource.path, f"{code} is ICD-10 of the WHO, read as ICD-10-CM")
    record: dict[str, Any] = {
        "code": code,
        "display": coded.text("text") if is_ours(resource) else words(coded),
        "status": _status(resource, into).value,
        "onset": into.day(resource, "onsetDateTime") or into.day(resource.node("onsetPeriod"), "start"),
        "resolved_on": into.day(resource, "abatementDateTime") or into.day(resource.node("abatementPeriod"), "end"),
    }
    into.keep(Diagnosis, record, resource, recorded=into.moment(resource, "recordedDate"))


def _status(resource: Node, into: Intake) -> DiagnosisStatus:
    verification = any_code(resource.node("verificationStatus"))
    clinical = any_code(resource.node("clinicalStatus"))
    if verification == "refuted":
        return DiagnosisStatus.REFUTED
    status = _CLINICAL.get(clinical, DiagnosisStatus.ACTIVE)
    if clinical not in _CLINICAL:
        into.warn(resource.path, "no clinicalStatus: taken as active")
    if clinical == "inactive":
        into.warn(resource.path, "inactive: taken as in remission")
    if verification in _UNSURE and status is not DiagnosisStatus.RESOLVED:
        return DiagnosisStatus.SUSPECTED
    return status


def write(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the Condition of a diagnosis."""
    fact = event.fact
    assert isinstance(fact, Diagnosis)
    status = fact.status
    suspected, refuted = status is DiagnosisStatus.SUSPECTED, status is DiagnosisStatus.REFUTED
    homed = ["code", "display", "status", "onset"]
    resource: dict[str, Any] = {"resourceType": "Condition"}
    if not refuted:  # R4: an unverified clinical status may be absent, a refuted one has none
        resource["clinicalStatus"] = concept(CONDITION_CLINICAL, "active" if suspected else status.value)
    verification = "provisional" if suspected else "refuted" if refuted else "confirmed"
    resource["verificationStatus"] = concept(CONDITION_VERIFICATION, verification)
    resource["code"] = concept(ICD10CM, fact.code, fact.display)
    resource["subject"] = subject
    if fact.onset:
        resource["onsetDateTime"] = fact.onset.isoformat()
    if fact.resolved_on and status in _ENDED:  # R4 rule con-4: only what has ended has an abatement
        resource["abatementDateTime"] = fact.resolved_on.isoformat()
        homed.append("resolved_on")
    resource["recordedDate"] = event.recorded_at.isoformat()
    return [resource | {"extension": extensions(event, tuple(homed))}]
