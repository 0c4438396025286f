"""Pharmacotherapy: what follows from the course."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from euthymia.case import Event
from euthymia.case.facts import CourseStarted, Medication, ScaleRecord, SessionDelivered
from euthymia.therapies.contract import Decision
from euthymia.therapies.pharmacotherapy import THERAPY

from tests.therapies.therapy_cases import NOW


def on(fact, days_ago):
    when = NOW - timedelta(days=days_ago)
    return Event(fact, when, when)


def decide(make_case, days, scores, form="augment_aripiprazole", *events):
    start = date.fromordinal(NOW.date().toordinal() - days)
    facts = [on(CourseStarted("pharmacotherapy", form, "p", start), days)] if days else []
    facts += [on(ScaleRecord("MADRS", total=total), ago) for ago, total in scores]
    case = make_case(Medication("sertraline", 150), *facts, *events)
    rx = next(p for p in THERAPY.propose(case) if p.form == form)
    return THERAPY.follow(case, rx)


def test_before_the_course_it_says_start(make_case):
    assert decide(make_case, 0, []).decision is Decision.START


@pytest.mark.parametrize(
    ("days", "scores", "expected"),
    [
        (10, [(10, 32), (0, 30)], Decision.CONTINUE),
        (20, [(20, 32), (0, 30)], Decision.ADJUST),
        (45, [(45, 32), (0, 30)], Decision.REPLAN),
        (45, [(45, 32), (0, 8)], Decision.MAINTAIN),
    ],
)
def test_the_outcome_leads(make_case, days, scores, expected):
    assert decide(make_case, days, scores).decision is expected


def test_a_course_below_its_target_dose_is_adjusted_not_given_up(make_case):
    low = on(
        SessionDelivered(
            "pharmacotherapy", "augment_aripiprazole", "p", 2, "completed", {"doses_mg_day": {"aripiprazole": 2}}
        ),
        5,
    )
    advice = decide(make_case, 45, [(45, 32), (0, 30)], "augment_aripiprazole", low)
    assert advice.decision is Decision.ADJUST and "below_target" in {r.code for r in advice.reasons}


def test_tests_that_are_due_are_asked_for(make_case):
    advice = decide(make_case, 20, [(20, 32), (0, 20)], "augment_lithium")
    assert {"lab:creatinine", "lab:tsh", "lab:lithium"} <= {q.code for q in advice.missing}
