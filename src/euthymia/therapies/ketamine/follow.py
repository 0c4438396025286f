"""What next in a ketamine course: outcome rules shared by all, then misuse, bladder, liver, cognition, exposure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from euthymia.case import concepts
from euthymia.case.concepts import Question
from euthymia.case.events import Event
from euthymia.case.facts import CourseStarted, Finding, ListReviewed, SessionDelivered
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.contract import Advice, Decision, Prescription
from euthymia.therapies.courses import course_under_way
from euthymia.therapies.following import FollowRule, follow_course
from euthymia.therapies.ketamine.interval import interval_advice
from euthymia.therapies.ketamine.monitoring_form import needs_form
from euthymia.therapies.ketamine.tables import ESKETAMINE, PACKAGE, THERAPY_NAME, form_title, limit

_WINDOWS_DAYS = (7, 30, 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringRow(SourcedRow):
    """Something to look at during a course: how often, and what in the case shows that it was looked at.

    ``settled_by`` is a concept code, ``lab:<analyte>`` or ``vital:<name>``; ``reviewed`` is a list whose review
    settles it too.
    """

    item: str
    form: str
    first_due_day: float
    every_days: float
    settled_by: str
    reviewed: str = ""
    statement: str
    note: str = ""


def follow(case: Case, prescription: Prescription) -> Advice:
    """Advise on the course of ``prescription`` from the outcomes in the case."""
    rules: tuple[FollowRule, ...] = load_table(PACKAGE, "follow.csv", FollowRule, key="form")
    advice = follow_course(
        case, therapy=THERAPY_NAME, title=form_title(prescription.form), form=prescription.form, rules=rules
    )
    course = course_under_way(case, THERAPY_NAME, prescription.form)
    if course is None:
        return advice
    reasons, missing = _monitoring(case, course, prescription.form)
    harms, decision = _harms(case, course)
    days = [float((e.day - course.started_on).days) for e in _sessions(case, course.started_on)]
    spacing = interval_advice(case, course, prescription.schedule, prescription.protocol, sorted(set(days)))
    reasons = [*harms, *spacing.reasons, *_exposure(case), *reasons, *_forms_due(case, prescription.form)]
    return replace(
        advice,
        decision=_graver(_graver(advice.decision, decision), spacing.decision),
        reasons=(*advice.reasons, *reasons),
        missing=(*advice.missing, *missing, *spacing.missing),
    )


def _graver(one: Decision, other: Decision | None) -> Decision:
    """Return the one that asks for more."""
    order = (
        Decision.START, Decision.MAINTAIN, Decision.CONTINUE, Decision.ADJUST, Decision.REPLAN, Decision.STOP,
        Decision.URGENT,
    )  # fmt: skip
    return one if other is None else max(one, other, key=order.index)


def _monitoring(case: Case, course: CourseStarted, form: str) -> tuple[list[Reason], list[Question]]:
    """What is due by now, and the question that settles it."""
    reasons, missing = [], []
    rows: tuple[MonitoringRow, ...] = load_table(PACKAGE, "monitoring.csv", MonitoringRow, key="item")
    for row in rows:
        if row.form not in (form, "*"):
            continue
        seen = _last_seen(case, row)
        first = course.started_on + timedelta(days=row.first_due_day)
        due = first if seen is None else max(first, seen + timedelta(days=row.every_days))
        state = "due now" if due <= case.today else f"next due {due}"
        known = f"last {seen}" if seen else "never recorded"
        direction = Direction.AGAINST if due <= case.today else Direction.NEUTRAL
        note = f" ({row.note})" if row.note else ""
        words = f"{row.statement}: {state} ({known}).{note}"
        reasons.append(Reason(words, (row.cite(),), direction=direction, code=f"monitor_{row.item}"))
        if due <= case.today:
            missing.append(_question(row))
    return reasons, missing


def _last_seen(case: Case, row: MonitoringRow) -> date | None:
    """Newest day on which the item was looked at."""
    days = [e.day for e in case.of(ListReviewed) if row.reviewed and e.fact.category == row.reviewed]
    kind, _, name = row.settled_by.rpartition(":")
    if kind:
        event = case.latest(name)
        days += [event.day] if event else []
    else:
        days += [e.day for e in case.of(Finding) if e.fact.code == name and e.fact.present is not None]
    return max(days, default=None)


def _question(row: MonitoringRow) -> Question:
    kind, _, name = row.settled_by.rpartition(":")
    if not kind:
        return concepts.question_for(name)
    return Question(row.settled_by, f"{row.statement}?", f"a {kind} `{name}` with its date")


def _harms(case: Case, course: CourseStarted) -> tuple[list[Reason], Decision | None]:
    """Bladder symptoms and misuse since the start, and what they ask for."""
    found: list[Reason] = []
    decision: Decision | None = None
    bladder = concepts.answer(case, "cystitis_or_urinary_symptoms")
    if bladder.present:
        words = f"Bladder symptoms ({bladder.evidence}): look for ketamine cystitis; space out or stop."
        found.append(_fact(words))
        decision = _graver(Decision.ADJUST, decision)
    misuse = concepts.answer(case, "ketamine_misuse")
    if misuse.present:
        found.append(_fact(f"Misuse ({misuse.evidence}): stop and replan with addiction care."))
        decision = _graver(Decision.STOP, decision)
    checks = [c for c in (_misuse_check(e.fact) for e in _sessions(case, course.started_on)) if c]
    if any(c.get("nonmedical_use") is True for c in checks):
        found.append(_fact("Non-medical use of ketamine was reported in a session: review before the next dose."))
        decision = _graver(Decision.REPLAN, decision)
    asked = sum(c.get("asked_for_more") is True for c in checks)
    row = limit("misuse_escalation")
    if asked >= row.bound:
        words = f"{asked} requests for a higher dose or shorter interval: {row.statement}."
        found.append(row.reason(words, Direction.AGAINST))
        decision = _graver(Decision.ADJUST, decision)
    return found, decision


def _misuse_check(fact: SessionDelivered) -> dict[str, object]:
    check = fact.summary.get("misuse_check")
    return dict(check) if isinstance(check, dict) else {}


def _sessions(case: Case, since: date) -> list[Event[SessionDelivered]]:
    return [
        e
        for e in case.of(SessionDelivered)
        if e.fact.therapy == THERAPY_NAME and e.fact.status != "not_started" and e.day >= since
    ]


def _exposure(case: Case) -> list[Reason]:
    """Sessions and drug in the last week, month and year."""
    parts = []
    for days in _WINDOWS_DAYS:
        events = _sessions(case, case.today - timedelta(days=days - 1))
        given = [e.fact.summary.get("delivered_mg", 0.0) for e in events]
        total = sum(mg for mg in given if isinstance(mg, (int, float)))
        by_weight = [e.fact.summary.get("delivered_mg_kg", 0.0) for e in events]
        per_kg = sum(mg for mg in by_weight if isinstance(mg, (int, float)))
        shown = f"{total:g} mg ({per_kg:.3g} mg/kg)" if per_kg else f"{total:g} mg"
        parts.append(f"{len(events)} sessions and {shown} in {days} days")
    return [Reason(f"Exposure: {'; '.join(parts)}.", grade=EvidenceGrade.CASE, code="exposure")]


def _forms_due(case: Case, form: str) -> list[Reason]:
    """Monitoring forms whose filing day is near or past."""
    if form != ESKETAMINE or not needs_form(case):
        return []
    row, found, past = limit("rems_filing"), [], []
    for event in case.of(SessionDelivered):
        due = event.fact.summary.get("monitoring_form_due_on")
        if event.fact.therapy == THERAPY_NAME and isinstance(due, str):
            left = (date.fromisoformat(due) - case.today).days
            if 0 <= left <= row.bound:
                words = f"Monitoring form of the session of {event.day}: to be filed by {due} ({left} days left)."
                found.append(row.reason(words))
            elif left < 0:
                past.append(due)
    if past:
        many = len(past) > 1
        words = f"{len(past)} monitoring form{'s' if many else ''} whose filing day has passed (latest {max(past)}): "
        words += f"check that {'each' if many else 'it'} was filed; a case records no filing."
        found.append(row.reason(words, Direction.AGAINST))
    return found


def _fact(words: str) -> Reason:
    return Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST)
