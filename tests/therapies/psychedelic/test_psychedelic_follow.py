"""Following a psilocybin course: outcome, suicide watch, durability, re-dosing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from euthymia.case.events import Event
from euthymia.case.facts import CourseStarted, ScaleRecord, SessionDelivered, SuicideScreen
from euthymia.case.model import Case
from euthymia.therapies.contract import Advice, Decision
from euthymia.therapies.psychedelic import THERAPY

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def on(days_ago: float, fact: Any) -> Event[Any]:
    moment = NOW - timedelta(days=days_ago)
    return Event(fact, moment, moment, "test", "test")


def course(days_ago: int, protocol: str) -> list[Event[Any]]:
    started = date(2026, 11, 2) - timedelta(days=days_ago)
    summary = {"integration_due_on": "2026-10-01", "events": [{"name": "anxiety", "end_min": None}]}
    return [
        on(days_ago, CourseStarted("psychedelic", "psilocybin", protocol, started)),
        on(days_ago, SessionDelivered("psychedelic", "psilocybin", protocol, 1, "completed", summary)),
    ]


def madrs(days_ago: float, total: float) -> Event[Any]:
    return on(days_ago, ScaleRecord("MADRS", total=total))


def advise(make_case: Callable[..., Case], protocol: str, *extra: Any, **options: Any) -> Advice:
    rx = next(p for p in THERAPY.propose(make_case()) if p.protocol == protocol)
    return THERAPY.follow(make_case(*extra, **options), rx)


def test_before_the_course_it_says_start(make_case: Callable[..., Case]) -> None:
    assert advise(make_case, "psilocybin_25_single").decision is Decision.START


def test_response_is_maintained_with_its_expected_end(make_case: Callable[..., Case]) -> None:
    name = "psilocybin_25_single"
    advice = advise(make_case, name, *course(30, name), madrs(31, 32), madrs(1, 12))
    assert advice.decision is Decision.MAINTAIN
    told = {r.code: r.statement for r in advice.reasons}
    assert "by about 2027-01-03" in told["durability_median"]
    assert "outside this protocol" in told["psi_doses"]
    assert "anxiety" in told["events_going_on"]


def test_a_flat_first_day_is_no_reason_to_stop(make_case: Callable[..., Case]) -> None:
    name = "psilocybin_25_single"
    advice = advise(make_case, name, *course(3, name), madrs(4, 32), madrs(1, 31))
    assert advice.decision is Decision.CONTINUE


def test_no_benefit_after_three_weeks_is_replanned(make_case: Callable[..., Case]) -> None:
    name = "psilocybin_25_single"
    advice = advise(make_case, name, *course(25, name), madrs(26, 32), madrs(1, 31))
    assert advice.decision is Decision.REPLAN


def test_the_second_dose_waits_three_weeks(make_case: Callable[..., Case]) -> None:
    name = "psilocybin_25_twice"
    told = {r.code: r.statement for r in advise(make_case, name, *course(10, name)).reasons}
    assert "not before 2026-11-13" in told["psi_interval"]
    told = {r.code: r.statement for r in advise(make_case, name, *course(22, name)).reasons}
    assert "may be planned now" in told["psi_interval"]


def test_the_suicide_watch_asks_for_a_screener(make_case: Callable[..., Case]) -> None:
    name = "psilocybin_25_single"
    advice = advise(make_case, name, *course(30, name), complete=False)
    assert "suicide_screen" in {q.code for q in advice.missing}
    late = advise(make_case, name, *course(90, name), complete=False)
    assert "suicide_screen" not in {q.code for q in late.missing}


def test_suicide_risk_comes_first(make_case: Callable[..., Case]) -> None:
    name = "psilocybin_25_single"
    high = SuicideScreen(True, True, True, True, True, False, None)
    assert advise(make_case, name, *course(30, name), madrs(31, 32), madrs(1, 10), high).decision is Decision.URGENT
