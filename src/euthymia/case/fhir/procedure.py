"""Procedure ↔ trials of treatments that are no tablets, and sessions delivered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from euthymia.case.events import AnyEvent, plain
from euthymia.case.facts import SessionDelivered, StoppedReason, TreatmentTrial
from euthymia.case.fhir.extensions import extensions, is_ours
from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.moments import read_day
from euthymia.case.fhir.node import Node, code_in, codes, concept, words
from euthymia.case.fhir.systems import SESSION, TREATMENT
from euthymia.case.fhir.tables import recognized

SAME_COURSE = timedelta(days=60)
"""Single sessions of one kind that lie no further apart than this are counted as one course (our rule)."""

_DONE = ("completed", "in-progress", "stopped")


def read_all(resources: list[Node], into: Intake) -> None:
    """Read procedures: our own one by one; of other systems, sessions of one kind are put together to courses."""
    sessions: dict[str, list[tuple[date, Node]]] = {}
    for resource in resources:
        coded = resource.node("code")
        if is_ours(resource):
            _read_own(resource, coded, into)
            continue
        kind = recognized("fhir_treatments.csv", words(coded), codes(coded))
        status = resource.text("status")
        period = resource.node("performedPeriod")
        if not kind:
            into.leave(resource, "not one of the treatments that are read")
        elif status not in _DONE:
            into.leave(resource, f"status {status or 'absent'}: not done")
        elif period.has("start") and period.text("start")[:10] != period.text("end")[:10]:
            record = {"kind": kind, "name": words(coded) or kind, "started_on": into.day(period, "start")}
            record |= {"ended_on": into.day(period, "end"), "stopped_reason": _reason(status)}
            into.keep(TreatmentTrial, record, resource)
        else:
            raw = resource.text("performedDateTime") or period.text("start")
            if not raw:
                record = {"kind": kind, "name": words(coded) or kind}
                into.warn(resource.path, "no date: read as a trial without dates")
                into.keep(TreatmentTrial, record, resource)
                continue
            day, _ = read_day(raw, resource.at("performedDateTime"))
            sessions.setdefault(kind, []).append((date.fromisoformat(day), resource))
    for kind, dated in sessions.items():
        for course in _courses(dated):
            _keep_course(kind, course, into)


def _courses(dated: list[tuple[date, Node]]) -> list[list[tuple[date, Node]]]:
    courses: list[list[tuple[date, Node]]] = []
    for day, resource in sorted(dated, key=lambda pair: (pair[0], pair[1].path)):
        if courses and day - courses[-1][-1][0] <= SAME_COURSE:
            courses[-1].append((day, resource))
        else:
            courses.append([(day, resource)])
    return courses


def _keep_course(kind: str, course: list[tuple[date, Node]], into: Intake) -> None:
    first, resource = course[0]
    name = words(resource.node("code")) or kind
    record: dict[str, Any] = {"kind": kind, "name": name, "started_on": first.isoformat()}
    if kind not in ("vns", "dbs"):  # an implantation is the beginning of a treatment, not one of its sessions
        record |= {"ended_on": course[-1][0].isoformat(), "sessions": len(course)}
        into.warn(resource.path, f"{len(course)} dated {kind} procedure(s) read as one course")
    into.keep(TreatmentTrial, record, resource)


def _reason(status: str) -> str:
    return StoppedReason.ONGOING.value if status == "in-progress" else StoppedReason.UNKNOWN.value


def _read_own(resource: Node, coded: Node, into: Intake) -> None:
    if code_in(coded, SESSION):
        into.keep(SessionDelivered, {"therapy": code_in(coded, SESSION)}, resource)
        return
    period = resource.node("performedPeriod")
    record: dict[str, Any] = {"kind": code_in(coded, TREATMENT), "name": coded.text("text")}
    record |= {"started_on": into.day(period, "start"), "ended_on": into.day(period, "end")}
    into.keep(TreatmentTrial, record, resource)


def write_trial(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the Procedure of a trial."""
    fact = event.fact
    assert isinstance(fact, TreatmentTrial)
    status = {StoppedReason.ONGOING: "in-progress", StoppedReason.COMPLETED: "completed"}
    unknown = fact.stopped_reason is StoppedReason.UNKNOWN
    resource: dict[str, Any] = {
        "resourceType": "Procedure",
        "extension": extensions(event, ("kind", "name", "started_on", "ended_on")),
        "status": "unknown" if unknown else status.get(fact.stopped_reason, "stopped"),
        "code": concept(TREATMENT, fact.kind.value, fact.name),
        "subject": subject,
    }
    period = {"start": fact.started_on, "end": fact.ended_on}
    if fact.started_on or fact.ended_on:
        resource["performedPeriod"] = {k: v.isoformat() for k, v in period.items() if v}
    return [resource]


def write_session(event: AnyEvent, subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the Procedure of one session."""
    fact = event.fact
    assert isinstance(fact, SessionDelivered)
    status = {"completed": "completed", "stopped_early": "stopped", "not_started": "not-done"}[fact.status]
    text = " ".join(word for word in (fact.therapy, fact.form, f"session {fact.number}") if word)
    return [
        {
            "resourceType": "Procedure",
            "extension": extensions(event, ("therapy",)),
            "status": status,
            "code": concept(SESSION, fact.therapy, text),
            "subject": subject,
            "performedDateTime": plain(event.happened_at),
        }
    ]
