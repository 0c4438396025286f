"""Following a ketamine course: outcome, misuse, bladder, monitoring, exposure, filing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from euthymia.case.events import Event
from euthymia.case.facts import CourseStarted, Finding, ScaleRecord, SessionDelivered, SuicideScreen
from euthymia.case.model import Case
from euthymia.therapies.contract import Advice, Decision
from euthymia.therapies.ketamine import THERAPY

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def on(days_ago: float, fact: Any) -> Event[Any]:
    moment = NOW - timedelta(days=days_ago)
    return Event(fact, moment, moment, "test", "test")


def course(days_ago: int) -> Event[Any]:
    started = date(2026, 11, 2) - timedelta(days=days_ago)
    return on(days_ago, CourseStarted("ketamine", "esketamine_nasal", "esketamine_us_trd", started))


def madrs(days_ago: float, total: float) -> Event[Any]:
    return on(days_ago, ScaleRecord("MADRS", total=total))


def delivered(days_ago: float, n: int, **check: object) -> Event[Any]:
    summary = {"delivered_mg": 56.0, "misuse_check": check, "monitoring_form_due_on": "2026-11-05"}
    return on(days_ago, SessionDelivered("ketamine", "esketamine_nasal", "esketamine_us_trd", n, "completed", summary))


def advise(make_case: Callable[..., Case], *extra: Any) -> Advice:
    case = make_case(*extra)
    rx = next(p for p in THERAPY.propose(make_case()) if p.protocol == "esketamine_us_trd")
    return THERAPY.follow(case, rx)


def test_before_the_course_it_says_start(make_case: Callable[..., Case]) -> None:
    assert advise(make_case).decision is Decision.START


def test_response_after_induction_is_maintained(make_case: Callable[..., Case]) -> None:
    assert advise(make_case, course(35), madrs(36, 34), madrs(2, 10)).decision is Decision.MAINTAIN


def test_no_benefit_after_induction_is_replanned(make_case: Callable[..., Case]) -> None:
    assert advise(make_case, course(30), madrs(31, 34), madrs(1, 33)).decision is Decision.REPLAN


def test_a_flat_first_week_goes_on(make_case: Callable[..., Case]) -> None:
    assert advise(make_case, course(7), madrs(8, 34), madrs(1, 33)).decision is Decision.CONTINUE


def test_suicide_risk_comes_first(make_case: Callable[..., Case]) -> None:
    high = SuicideScreen(True, True, True, True, True, False, None)
    assert advise(make_case, course(30), madrs(31, 34), madrs(1, 10), high).decision is Decision.URGENT


@pytest.mark.parametrize(
    ("code", "decision"),
    [("cystitis_or_urinary_symptoms", Decision.ADJUST), ("ketamine_misuse", Decision.STOP)],
)
def test_bladder_and_misuse_change_a_good_course(make_case: Callable[..., Case], code: str, decision: Decision) -> None:
    advice = advise(make_case, course(35), madrs(36, 34), madrs(2, 10), Finding(code, True))
    assert advice.decision is decision


def test_requests_for_more_are_counted(make_case: Callable[..., Case]) -> None:
    checks = {"asked_for_more": True, "nonmedical_use": False}
    advice = advise(
        make_case, course(20), madrs(21, 34), madrs(1, 15), delivered(10, 1, **checks), delivered(6, 2, **checks)
    )
    assert "misuse_escalation" in {r.code for r in advice.reasons}
    assert advice.decision is Decision.ADJUST


def test_monitoring_falls_due_and_exposure_is_told(make_case: Callable[..., Case]) -> None:
    advice = advise(make_case, course(200), madrs(201, 34), madrs(2, 10), delivered(3, 20))
    codes = {r.code: r.statement for r in advice.reasons}
    assert "1 sessions and 56 mg in 7 days" in codes["exposure"]
    assert "next due" in codes["monitor_bladder"]  # the medical list was reviewed yesterday
    assert "filed by 2026-11-05" in codes["rems_filing"]


def test_what_was_never_looked_at_is_asked(make_case: Callable[..., Case]) -> None:
    rx = next(p for p in THERAPY.propose(make_case()) if p.protocol == "esketamine_us_trd")
    case = make_case(course(200), complete=False)
    asked = {q.code for q in THERAPY.follow(case, rx).missing}
    assert {"cystitis_or_urinary_symptoms", "ketamine_misuse", "vital:systolic_bp"} <= asked
