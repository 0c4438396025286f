"""Following a psilocybin course: outcome, suicide watch, durability, re-dosing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from euthymia.case.events import Event
from euthymia.case.facts import CourseStarted, Finding, Medication, ScaleRecord, SessionDelivered, SuicideScreen
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


def test_checks_fall_due_are_done_or_are_missed(make_case: Callable[..., Case]) -> None:
    name = "psilocybin_25_single"
    told = {r.code: r.statement for r in advise(make_case, name, *course(21, name), madrs(14, 20)).reasons}
    assert (
        "Missed" in told["missed_first_day"] and "missed_first_week" not in told and "due now" in told["check_week_3"]
    )
    asked = {q.code for q in advise(make_case, name, *course(21, name)).missing}
    assert "check_week_3" in asked
    done = {r.code: r.statement for r in advise(make_case, name, *course(21, name), madrs(2, 20)).reasons}
    assert "check_week_3" not in done and "2026-11-23" in done["check_week_6"]


def test_the_dosing_day_itself_is_no_check_of_the_day_after(make_case: Callable[..., Case]) -> None:
    name = "psilocybin_25_single"
    told = {r.code for r in advise(make_case, name, *course(1, name), madrs(1, 20)).reasons}
    assert "check_first_day" in told


def test_another_dose_has_its_conditions(make_case: Callable[..., Case]) -> None:
    name = "psilocybin_25_twice"
    calm = {r.code: r.statement for r in advise(make_case, name, *course(22, name)).reasons}
    assert "against_another_dose" not in calm
    started, delivered = course(22, name)
    summary = {"events": [{"name": "seizure", "serious": True, "end_min": 5}], "transferred_to": "ward", "rescues": [1]}
    hard = on(22, SessionDelivered("psychedelic", "psilocybin", name, 1, "stopped_early", summary))
    told = {r.code: r.statement for r in advise(make_case, name, started, hard, Medication("phenelzine", 45.0)).reasons}
    words = told["against_another_dose"]
    assert all(w in words for w in ("MAO inhibitor", "phenelzine: wash-out", "seizure", "transfer", "rescue medicine"))
    assert delivered.fact.number == 1


def test_pleasant_effects_and_flashbacks_are_told_again(make_case: Callable[..., Case]) -> None:
    name = "psilocybin_25_single"
    started, _ = course(5, name)
    events = [
        {"code": "euphoria", "name": "euphoria", "pleasant": True, "onset_min": 40, "end_min": 200},
        {"code": "disinhibition", "name": "disinhibition", "pleasant": False, "onset_min": 60, "end_min": 90},
        {"code": "nausea", "name": "nausea", "pleasant": False, "onset_min": 20, "end_min": 30},
    ]
    day = on(5, SessionDelivered("psychedelic", "psilocybin", name, 1, "completed", {"events": events}))
    told = {r.code: r.statement for r in advise(make_case, name, started, day).reasons}
    assert "euphoria 40 to 200 min" in told["pleasant_effects"] and "disinhibition 60 to 90" in told["pleasant_effects"]
    assert "nausea" not in told["pleasant_effects"] and "flashbacks" in told["psi_flashbacks"]


def test_after_mdma_the_enzyme_is_still_coming_back(make_case: Callable[..., Case]) -> None:
    ptsd = (Finding("ptsd", True), Finding("ptsd_trial_route_mdma", True))
    rx = next(p for p in THERAPY.propose(make_case(*ptsd)) if p.form == "mdma")
    for days, expected in ((2, True), (30, False)):
        day = on(days, SessionDelivered("psychedelic", "mdma", rx.protocol, 1, "completed", {}))
        reasons = {r.code: r.statement for r in THERAPY.follow(make_case(*ptsd, day), rx).reasons}
        assert ("cyp2d6_after_mdma" in reasons) is expected
        if expected:
            assert "illustrative" in reasons["cyp2d6_after_mdma"]
