"""Courses under way come before anything new, and none is passed over in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from euthymia.case import Case, Event, fold
from euthymia.case.facts import CourseStarted, Finding, Implant, ScaleRecord
from euthymia.plan import compare, explain
from euthymia.plan.under_way import follow_courses, follow_therapy
from euthymia.therapies.contract import Decision
from euthymia.therapies.registry import therapies, therapy

from tests.contract.cases import COMPLETE

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _case(
    *more: object, scores: dict[int, int] | None = None, started_days_ago: int = 40, form: str = "tms_itbs"
) -> Case:
    """A complete case with a TMS course; ``scores`` are MADRS totals by days after its start."""
    start = NOW - timedelta(days=40)
    facts = [f for f in COMPLETE if not isinstance(f, ScaleRecord)]
    events = [Event(f, NOW - timedelta(days=1), NOW) for f in (*facts, *more)]
    course = CourseStarted("tms", "tms_itbs", "standard", start.date())
    events.append(Event(course, start, NOW))  # type: ignore[arg-type]
    for day, total in (scores or {}).items():
        moment = start + timedelta(days=day)
        events.append(Event(ScaleRecord("MADRS", total=total), moment, NOW))  # type: ignore[arg-type]
    return fold("under-way", events, as_of=NOW, synthetic=True)  # type: ignore[arg-type]


def test_a_course_that_goes_on_leads_the_plan_whatever_the_weights() -> None:
    case = _case(scores={0: 34, 14: 22, 35: 15})
    for weights in ({}, {"onset": 900}, {"benefit": 0, "cost": 900}):
        plan = compare(case, stated_weights=weights)
        assert plan.first is not None and plan.first.therapy == "tms"
        assert plan.first_steps[0].code == "under_way_tms"
        assert "under way" in " ".join(explain(plan))


def test_a_course_that_should_not_go_on_does_not_lead() -> None:
    case = _case(scores={0: 30, 20: 37, 38: 39})
    (followed,) = follow_courses(case, therapies())
    assert followed.advice.decision not in (Decision.CONTINUE, Decision.MAINTAIN)
    steps = [s for s in compare(case).first_steps if s.code == "under_way_tms"]
    assert steps and "worse" in steps[0].reason.statement


def test_a_course_that_is_forbidden_now_is_planned_again_with_the_reasons() -> None:
    case = _case(Implant("cochlear_implant"), Finding("cochlear_implant", True), scores={0: 34, 14: 30})
    found = follow_therapy(case, therapy("tms"))
    assert found.prescription is None
    assert found.advice.decision is Decision.REPLAN
    assert any("cochlear" in r.statement.lower() for r in found.advice.reasons)
    assert compare(case).first_steps[0].code == "under_way_tms"


def test_a_course_that_has_ended_is_not_under_way() -> None:
    start, end = (NOW - timedelta(days=200)).date(), (NOW - timedelta(days=150)).date()
    ended = Event(CourseStarted("tms", "tms_itbs", "standard", start, end), NOW - timedelta(days=150), NOW)
    facts = [Event(f, NOW - timedelta(days=1), NOW) for f in COMPLETE]
    case = fold("ended", [*facts, ended], as_of=NOW, synthetic=True)  # type: ignore[list-item]
    assert follow_courses(case, therapies()) == ()
