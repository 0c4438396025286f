"""ECT under way: outcome, cognition, number of sessions, and continuation at once when it has worked."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.facts import SessionDelivered, SideEffect
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Advice, Decision, Prescription
from euthymia.therapies.ect.tables import PACKAGE, cognition, continuation, limit
from euthymia.therapies.following import FollowRule, follow_course

_ORDER = (Decision.CONTINUE, Decision.MAINTAIN, Decision.ADJUST, Decision.REPLAN, Decision.STOP, Decision.URGENT)


def follow(case: Case, prescription: Prescription) -> Advice:
    """Advise on the course from the case only."""
    advice = follow_course(
        case,
        therapy="ect",
        title="ECT",
        form=prescription.form,
        rules=load_table(PACKAGE, "follow.csv", FollowRule),
    )
    if advice.decision is Decision.START:
        return advice
    for decision, reason in (*_cognition(case), *_count(case)):
        advice = replace(advice, decision=_harder(advice.decision, decision), reasons=(*advice.reasons, reason))
    if advice.decision is Decision.MAINTAIN:
        advice = replace(advice, reasons=(*advice.reasons, *(row.reason() for row in continuation())))
    return advice


def _cognition(case: Case) -> list[tuple[Decision, Reason]]:
    start = max((c.started_on for c in case.courses if c.therapy == "ect"), default=None)
    found = []
    for event in case.of(SideEffect):
        if start is not None and event.day < start:
            continue
        row = next((r for r in cognition() if r.word in event.fact.name.casefold()), None)
        if row is None or (event.fact.severity == "mild" and row.action != "stop"):
            continue
        words = f"{event.fact.name} on {event.day}. {row.statement.rstrip('.')}."
        found.append((Decision(row.action), Reason(words, (row.cite(),), direction=Direction.AGAINST, code=row.word)))
    return found


def _count(case: Case) -> list[tuple[Decision, Reason]]:
    start = max((c.started_on for c in case.courses if c.therapy == "ect"), default=None)
    given = [
        e
        for e in case.of(SessionDelivered)
        if e.fact.therapy == "ect" and e.fact.status == "completed" and (start is None or e.day >= start)
    ]
    row = limit("sessions_max")
    if len(given) < row.value:
        if not given:
            return []
        words = f"{len(given)} sessions given in this course."
        return [(Decision.CONTINUE, Reason(words, grade=EvidenceGrade.CASE, code="sessions_given"))]
    words = f"{len(given)} sessions given: {row.statement}."
    return [(Decision.REPLAN, Reason(words, (row.cite(),), direction=Direction.AGAINST, code="sessions_given"))]


def _harder(one: Decision, other: Decision) -> Decision:
    return max(one, other, key=_ORDER.index)
