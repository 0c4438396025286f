"""Following VNS: months, dose before judgment, late gain, and what outranks every score."""

from __future__ import annotations

from datetime import timedelta

import pytest
from vns_cases import complete, course

from euthymia.case.events import Event
from euthymia.case.facts import ScaleRecord, SessionDelivered, SideEffect, SuicideScreen
from euthymia.case.model import Case, fold
from euthymia.therapies.contract import Advice, Decision
from euthymia.therapies.vns import THERAPY

from tests.therapies.therapy_cases import NOW, plus

FLAT = {0: 34, 28: 34, 60: 33, 120: 34, 190: 33, 300: 33, 378: 33, 400: 33, 500: 33}


def advise(case: Case) -> Advice:
    found = next(p for p in THERAPY.propose(case) if p.protocol == "vns_d21_high")
    return THERAPY.follow(case, found)


def running(days: int, scores: dict[int, float]) -> Case:
    return course(complete(), days=days, scores={d: s for d, s in scores.items() if d <= days})


def visited(case: Case, output_ma: float, **summary: object) -> Case:
    moment = NOW - timedelta(days=10)
    fact = SessionDelivered(
        "vns", "vns", "vns_d21_high", 9, "completed", {"output_ma": output_ma, "lead": "ok", "battery": "ok", **summary}
    )
    return fold("vns-test", (*case.log, Event(fact, moment, moment)), as_of=case.as_of)


def codes(advice: Advice) -> set[str]:
    return {reason.code for reason in advice.reasons}


def test_without_a_course_it_says_start() -> None:
    assert advise(complete()).decision is Decision.START


@pytest.mark.parametrize("days", [30, 65, 125, 193])
def test_flat_months_never_stop_vns(days: int) -> None:
    assert advise(running(days, FLAT)).decision is Decision.CONTINUE


def test_half_a_flat_year_raises_the_dose() -> None:
    assert advise(running(305, FLAT)).decision is Decision.ADJUST


def test_a_flat_year_below_the_target_dose_is_a_question_of_dose() -> None:
    case = running(401, FLAT)
    found = advise(visited(case, 0.75))
    assert found.decision is Decision.ADJUST
    assert "dose_first" in codes(found)


def test_a_flat_year_at_the_target_dose_is_replanned_and_late_gain_is_said() -> None:
    found = advise(visited(running(401, FLAT), 1.5))
    assert found.decision is Decision.REPLAN
    assert any("37.8 %" in r.statement for r in found.reasons)


def test_a_meaningful_benefit_goes_on() -> None:
    found = advise(visited(running(401, {0: 34, 200: 26, 400: 23}), 1.5))
    assert found.decision is Decision.CONTINUE
    assert "vns_benefit" in codes(found)


def test_response_after_a_year_is_maintained() -> None:
    assert advise(running(401, {0: 34, 200: 20, 400: 13})).decision is Decision.MAINTAIN


def test_a_response_below_forty_percent_is_lost() -> None:
    found = advise(running(401, {0: 34, 200: 14, 400: 21}))
    assert found.decision is Decision.ADJUST
    assert "vns_loss" in codes(found)


@pytest.mark.parametrize(
    ("name", "severity", "code", "decision"),
    [
        ("syncope", "severe", "cardiac", Decision.URGENT),
        ("bradycardia", "moderate", "cardiac", Decision.URGENT),
        ("wound infection", "moderate", "infection", Decision.URGENT),
        ("vocal cord palsy", "severe", "vocal_cord", Decision.URGENT),
        ("sleep apnea", "moderate", "sleep_apnea", Decision.ADJUST),
        ("dyspnea", "moderate", "breath", Decision.ADJUST),
        ("hoarseness", "severe", "throat", Decision.ADJUST),
        ("lead fracture", "unknown", "hardware", Decision.ADJUST),
        ("battery depleted", "unknown", "stimulation_lost", Decision.ADJUST),
        ("battery low", "unknown", "battery_low", Decision.ADJUST),
    ],
)
def test_what_outranks_the_scores(name: str, severity: str, code: str, decision: Decision) -> None:
    case = running(401, {0: 34, 200: 20, 400: 13})
    found = advise(plus(case, SideEffect(name, severity, therapy="vns"), (NOW - timedelta(days=3)).date()))
    assert code in codes(found)
    assert found.decision is decision


@pytest.mark.parametrize(("name", "severity"), [("voice change", "mild"), ("dyspnea", "mild")])
def test_expected_mild_effects_change_nothing(name: str, severity: str) -> None:
    case = running(401, {0: 34, 200: 20, 400: 13})
    found = advise(plus(case, SideEffect(name, severity), (NOW - timedelta(days=3)).date()))
    assert found.decision is Decision.MAINTAIN


@pytest.mark.parametrize(("total", "decision"), [(24, Decision.URGENT), (13, Decision.ADJUST), (4, Decision.MAINTAIN)])
def test_mania_ratings(total: float, decision: Decision) -> None:
    case = running(401, {0: 34, 200: 20, 400: 13})
    assert advise(plus(case, ScaleRecord("YMRS", total=total), (NOW - timedelta(days=3)).date())).decision is decision


def test_suicide_risk_outranks_everything() -> None:
    case = plus(running(401, {0: 34, 400: 13}), SuicideScreen(intent_with_plan=True), NOW.date())
    assert advise(case).decision is Decision.URGENT


@pytest.mark.parametrize(
    ("summary", "code"),
    [({"lead": "high"}, "hardware"), ({"battery": "replace_soon"}, "battery_low"),
     ({"battery": "depleted"}, "stimulation_lost")],
)  # fmt: skip
def test_what_the_last_visit_found_is_repeated(summary: dict[str, object], code: str) -> None:
    assert code in codes(advise(visited(running(401, {0: 34, 200: 20, 400: 13}), 1.5, **summary)))


def test_a_serious_event_is_reviewed_not_answered_by_switching_off() -> None:
    event = SideEffect("fall with fracture", "severe", serious=True)
    found = advise(plus(running(401, {0: 34, 200: 20, 400: 13}), event, (NOW - timedelta(days=10)).date()))
    assert found.decision is Decision.ADJUST
    assert "switch_off" in codes(found)
