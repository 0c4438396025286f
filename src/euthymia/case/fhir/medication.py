"""MedicationStatement, MedicationRequest and MedicationAdministration ↔ Medication, drug trials and sessions."""

from __future__ import annotations

from datetime import date
from typing import Any

from euthymia.case.events import AnyEvent
from euthymia.case.facts import Medication, SessionDelivered, StoppedReason, TreatmentTrial
from euthymia.case.fhir.dosage import read_dosage, write_dosage
from euthymia.case.fhir.extensions import extensions, is_ours
from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.node import Node, code_in, concept, words
from euthymia.case.fhir.systems import CATEGORY
from euthymia.case.fhir.tables import recognized

TRIAL = "treatment-trial"
_INFUSED = ("ketamine", "esketamine", "psilocybin", "mdma")
_THERAPY = {"esketamine": "ketamine", "psilocybin": "psychedelic", "mdma": "psychedelic"}
_TAKEN = ("active", "on-hold", "unknown")
_ENDED = ("completed", "stopped", "not-taken")


def _name(resource: Node, into: Intake) -> str:
    """Return the name of the medicine, following a reference to a Medication."""
    name = words(resource.node("medicationCodeableConcept"))
    if name:
        return name
    medication = into.resolve(resource.node("medicationReference"), resource)
    if medication is not None:
        into.used.add(medication.path)
        return words(medication.node("code"))
    return resource.node("medicationReference").text("display").strip()


def _period(resource: Node, into: Intake) -> dict[str, Any]:
    period = resource.node("effectivePeriod")
    started = into.day(period, "start") or into.day(resource, "effectiveDateTime")
    return {"started_on": started, "ended_on": into.day(period, "end")}


def read_statement(resource: Node, into: Intake) -> None:
    """Read a MedicationStatement as a medicine, and as a drug trial where it is one."""
    name = _name(resource, into)
    status = resource.text("status")
    if not name:
        into.leave(resource, "no name of the medicine (a code alone is not read)")
        return
    if status not in (*_TAKEN, *_ENDED):
        into.leave(resource, f"status {status or 'absent'}: not taken yet")
        return
    record = {"name": name, **_period(resource, into), **read_dosage(resource.nodes("dosage"), into)}
    recorded = into.moment(resource, "dateAsserted")
    if code_in(resource.node("category"), CATEGORY) == TRIAL:
        record.pop("route", None)
        record.pop("as_needed", None)
        into.keep(TreatmentTrial, record, resource, recorded=recorded)
        return
    _warn_of_status(resource, status, into)
    into.keep(Medication, {**record, "active": status in _TAKEN}, resource, recorded=recorded)
    if not is_ours(resource) and status != "not-taken":
        _trial_of_antidepressant(record, resource, status, into)


def _warn_of_status(resource: Node, status: str, into: Intake) -> None:
    if status in ("on-hold", "unknown"):
        into.warn(resource.path, f"status {status}: taken as still active")


def _trial_of_antidepressant(record: dict[str, Any], resource: Node, status: str, into: Intake) -> None:
    """An antidepressant taken over a known time is a trial too; what it achieved is not said by FHIR."""
    from euthymia.case.drugs import drug

    known = drug(record["name"])
    if known is None or not known.is_antidepressant or not record["started_on"]:
        return
    today = into.as_of.date().isoformat()
    ended = record["ended_on"] if (record["ended_on"] or today) < today else None  # an end ahead is only planned
    trial = {"kind": "drug", "name": record["name"], "started_on": record["started_on"]}
    trial |= {"ended_on": ended, "dose_mg_day": record.get("dose_mg_day")}
    end = ended or (today if status == "active" else None)
    if end and record.get("dose_mg_day") is not None:
        weeks = (date.fromisoformat(end) - date.fromisoformat(record["started_on"])).days / 7
        if weeks >= 0:
            trial["weeks_at_dose"] = round(weeks, 1)
            into.warn(resource.path, f"weeks at dose ({weeks:.1f}) counted over the whole effectivePeriod")
    reason = StoppedReason.ONGOING.value if status == "active" and not ended else _reason(resource)
    into.keep(TreatmentTrial, {**trial, "stopped_reason": reason}, resource, path=f"{resource.path} (trial)")


def _reason(resource: Node) -> str:
    """Why it was stopped, as far as the words of ``statusReason`` say so plainly."""
    said = " ".join(words(reason) for reason in resource.nodes("statusReason"))
    return recognized("fhir_stopped.csv", said, []) or StoppedReason.UNKNOWN.value


def read_request(resource: Node, into: Intake) -> None:
    """Read a MedicationRequest that stands as an order for a medicine."""
    status, intent = resource.text("status"), resource.text("intent")
    name = _name(resource, into)
    if not name:
        into.leave(resource, "no name of the medicine (a code alone is not read)")
    elif resource.flag("doNotPerform"):
        into.leave(resource, "doNotPerform: an order not to give it")
    elif intent in ("proposal", "plan", "option"):
        into.leave(resource, f"intent {intent}: not an order")
    elif status not in (*_TAKEN, *_ENDED):
        into.leave(resource, f"status {status or 'absent'}: not a medicine that is taken")
    else:
        _warn_of_status(resource, status, into)
        record = {"name": name, "active": status in _TAKEN}
        record |= read_dosage(resource.nodes("dosageInstruction"), into)
        into.keep(Medication, record, resource, recorded=into.moment(resource, "authoredOn"))


def read_administrations(resources: list[Node], into: Intake) -> None:
    """Read given doses of ketamine, esketamine, psilocybin and MDMA as sessions, numbered by time."""
    timed: list[tuple[Any, str, Node]] = []
    for resource in resources:
        name = _name(resource, into)
        substance = recognized("fhir_treatments.csv", name, [])
        moment = into.effective(resource)
        if substance not in _INFUSED:
            into.leave(resource, "a dose that was given; a standing medicine is read from MedicationStatement")
        elif resource.text("status") not in ("completed", "stopped", "not-done"):
            into.leave(resource, f"status {resource.text('status') or 'absent'}: not a finished session")
        elif moment is None:
            into.leave(resource, "no time")
        else:
            timed.append((moment, substance, resource))
    counts: dict[str, int] = {}
    status = {"completed": "completed", "stopped": "stopped_early", "not-done": "not_started"}
    for moment, substance, resource in sorted(timed, key=lambda t: (t[0].start, t[2].path)):
        counts[substance] = counts.get(substance, 0) + 1
        record = {"therapy": _THERAPY.get(substance, substance), "form": substance, "number": counts[substance]}
        record |= {"status": status[resource.text("status")]}
        into.keep(SessionDelivered, record, resource, happened=moment)


def write_medication(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the MedicationStatement of a medicine."""
    fact = event.fact
    assert isinstance(fact, Medication)
    status = "active" if fact.active else "completed"
    resource = _statement(fact, status, subject, event) | {"extension": extensions(event, _HOMED_MEDICATION)}
    dosage = write_dosage(fact.dose_mg_day, fact.as_needed, fact.route)
    return [resource | ({"dosage": dosage} if dosage else {})]


def write_trial(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the MedicationStatement of a drug trial."""
    fact = event.fact
    assert isinstance(fact, TreatmentTrial)
    words_of = {StoppedReason.ONGOING: "active", StoppedReason.COMPLETED: "completed", StoppedReason.UNKNOWN: "unknown"}
    resource = _statement(fact, words_of.get(fact.stopped_reason, "stopped"), subject, event)
    resource["category"] = concept(CATEGORY, TRIAL)
    if fact.stopped_reason not in words_of:
        resource["statusReason"] = [{"text": fact.stopped_reason.value}]
    resource["extension"] = extensions(event, ("name", "dose_mg_day", "started_on", "ended_on"))
    dosage = write_dosage(fact.dose_mg_day, False, "")
    return [resource | ({"dosage": dosage} if dosage else {})]


_HOMED_MEDICATION = ("name", "dose_mg_day", "started_on", "ended_on", "active", "as_needed", "route")


def _statement(
    fact: Medication | TreatmentTrial, status: str, subject: dict[str, Any], event: AnyEvent
) -> dict[str, Any]:
    resource: dict[str, Any] = {"resourceType": "MedicationStatement", "status": status}
    resource["medicationCodeableConcept"] = {"text": fact.name}
    resource["subject"] = subject
    period = {"start": fact.started_on, "end": fact.ended_on}
    if fact.started_on or fact.ended_on:
        resource["effectivePeriod"] = {k: v.isoformat() for k, v in period.items() if v}
    return resource | {"dateAsserted": event.recorded_at.isoformat()}
