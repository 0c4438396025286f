"""ECT: what follows from the course."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from euthymia.case import Event
from euthymia.case.facts import CourseStarted, ScaleRecord, SessionDelivered, SideEffect, SuicideScreen
from euthymia.therapies.contract import Decision
from euthymia.therapies.ect import THERAPY

from tests.therapies.therapy_cases import NOW


def on(fact, days_ago):
    when = NOW - timedelta(days=days_ago)
    return Event(fact, when, when)


def course(days_ago, *scores):
    start = date.fromordinal(NOW.date().toordinal() - days_ago)
    events = [on(CourseStarted("ect", "ect", "ect_rul_ultrabrief_3w", start), days_ago)]
    return events + [on(ScaleRecord("MADRS", total=total), ago) for ago, total in scores]


def decide(make_case, *events):
    case = make_case(*events)
    return THERAPY.follow(case, THERAPY.propose(case)[0])


def test_before_the_course_it_says_start(make_case):
    assert decide(make_case).decision is Decision.START


@pytest.mark.parametrize(
    ("days", "scores", "expected"),
    [
        (8, [(8, 36), (1, 34)], Decision.CONTINUE),
        (15, [(15, 36), (0, 34)], Decision.ADJUST),
        (29, [(29, 36), (0, 34)], Decision.REPLAN),
        (29, [(29, 36), (0, 8)], Decision.MAINTAIN),
    ],
)
def test_the_outcome_leads(make_case, days, scores, expected):
    advice = decide(make_case, *course(days, *scores))
    assert advice.decision is expected
    assert ("relapse_untreated" in {r.code for r in advice.reasons}) is (expected is Decision.MAINTAIN)


def test_delirium_stops_and_memory_loss_adjusts(make_case):
    start = course(10, (10, 36), (0, 20))
    stopped = decide(make_case, *start, on(SideEffect("delirium", "moderate", therapy="ect"), 2))
    assert stopped.decision is Decision.STOP
    adjusted = decide(make_case, *start, on(SideEffect("amnesia", "moderate", therapy="ect"), 2))
    assert adjusted.decision is Decision.ADJUST


def test_twenty_sessions_need_a_new_decision(make_case):
    given = [on(SessionDelivered("ect", "ect", "p", i + 1, "completed"), 25 - i) for i in range(20)]
    advice = decide(make_case, *course(26, (26, 36), (0, 20)), *given)
    assert advice.decision is Decision.REPLAN


def test_high_risk_outranks_everything(make_case):
    risk = on(SuicideScreen(True, True, True, True, True, True, True), 0)
    assert decide(make_case, *course(10, (10, 36), (0, 20)), risk).decision is Decision.URGENT
