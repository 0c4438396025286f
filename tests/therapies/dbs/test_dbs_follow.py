"""Following DBS: months, optimization before judgment, and what outranks every score."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dbs_cases import complete, course

from euthymia.case.events import Event
from euthymia.case.facts import ScaleRecord, SessionDelivered, SideEffect, SuicideScreen
from euthymia.case.model import Case, fold
from euthymia.therapies.contract import Advice, Decision
from euthymia.therapies.dbs import THERAPY

from tests.therapies.therapy_cases import NOW, plus

FLAT_YEAR = {0: 34, 60: 33, 120: 34, 200: 33, 300: 32, 390: 33, 470: 33, 560: 33, 650: 33, 720: 33, 780: 33}


def advise(case: Case) -> Advice:
    found = next(p for p in THERAPY.propose(case) if p.protocol == "scc_alagapan_2023")
    return THERAPY.follow(case, found)


def running(days: int, scores: dict[int, float]) -> Case:
    return course(complete(), "dbs_scc", days=days, scores={d: s for d, s in scores.items() if d <= days})


def with_visits(case: Case, count: int, **summary: object) -> Case:
    events = []
    for i in range(count):
        moment = NOW - timedelta(days=5 + 30 * i)
        fact = SessionDelivered(
            "dbs", "dbs_scc", "scc_alagapan_2023", count - i, "completed",
            {"left_amplitude": 4.0, "right_amplitude": 4.0, "changed": True, "battery": "ok", **summary},
        )  # fmt: skip
        events.append(Event(fact, moment, moment))
    return fold("dbs-test", (*case.log, *events), as_of=case.as_of)


def codes(advice: Advice) -> set[str]:
    return {reason.code for reason in advice.reasons}


def test_without_a_course_it_says_start() -> None:
    assert advise(complete()).decision is Decision.START


@pytest.mark.parametrize("days", [40, 100, 190])
def test_flat_months_go_on(days: int) -> None:
    assert advise(running(days, FLAT_YEAR)).decision is Decision.CONTINUE


def test_half_a_year_without_partial_response_is_adjusted() -> None:
    assert advise(running(205, FLAT_YEAR)).decision is Decision.ADJUST


def test_a_flat_year_is_never_a_stop_and_before_two_years_no_replan() -> None:
    for days in (396, 475, 600, 725):
        assert advise(running(days, FLAT_YEAR)).decision in (Decision.CONTINUE, Decision.ADJUST)


def test_two_flat_years_are_optimized_first_and_replanned_then() -> None:
    case = running(790, FLAT_YEAR)
    first = advise(case)
    assert first.decision is Decision.ADJUST
    assert "optimize_first" in codes(first)
    assert advise(with_visits(case, 3)).decision is Decision.REPLAN


def test_response_is_maintained() -> None:
    found = advise(running(420, {0: 34, 200: 20, 300: 14, 415: 12}))
    assert found.decision is Decision.MAINTAIN
    assert any("relapse after switch-off" in r.statement for r in found.reasons)


def test_early_worsening_is_named_as_described_but_stays_an_adjustment() -> None:
    found = advise(running(50, {0: 30, 48: 42}))
    assert {"deterioration", "early_worsening"} <= codes(found)
    assert found.decision is Decision.ADJUST
    assert "early_worsening" not in codes(advise(running(300, {0: 30, 295: 42})))


@pytest.mark.parametrize(
    ("name", "code", "decision"),
    [
        ("hypomania", "hypomania", Decision.ADJUST),
        ("lead fracture", "hardware", Decision.ADJUST),
        ("wound infection", "surgical_emergency", Decision.URGENT),
        ("intracranial hemorrhage", "surgical_emergency", Decision.URGENT),
        ("battery depleted", "stimulation_lost", Decision.URGENT),
        ("explant", "stimulation_lost", Decision.URGENT),
        ("battery replacement due", "battery_low", Decision.ADJUST),
    ],
)
def test_what_outranks_the_scores(name: str, code: str, decision: Decision) -> None:
    case = running(420, {0: 34, 300: 14, 415: 12})
    found = advise(plus(case, SideEffect(name, therapy="dbs"), (NOW - timedelta(days=2)).date()))
    assert code in codes(found)
    assert found.decision is decision
    assert found.review_in_days is not None and found.review_in_days <= 14


def test_an_old_side_effect_no_longer_counts() -> None:
    case = running(720, {0: 34, 300: 14, 715: 12})
    found = advise(plus(case, SideEffect("hypomania"), (NOW - timedelta(days=400)).date()))
    assert "hypomania" not in codes(found)


def test_a_mania_score_is_urgent_and_a_hypomania_score_is_an_adjustment() -> None:
    for total, decision in ((24, Decision.URGENT), (14, Decision.ADJUST), (5, Decision.MAINTAIN)):
        case = running(420, {0: 34, 300: 14, 415: 12})
        found = advise(plus(case, ScaleRecord("YMRS", total=total), (NOW - timedelta(days=2)).date()))
        assert found.decision is decision


def test_suicide_risk_outranks_everything() -> None:
    case = plus(running(420, {0: 34, 415: 12}), SuicideScreen(intent_with_plan=True), NOW.date())
    assert advise(case).decision is Decision.URGENT


@pytest.mark.parametrize(
    ("summary", "code"),
    [({"impedance_fault": True}, "hardware"), ({"battery": "replace_soon"}, "battery_low"),
     ({"battery": "depleted"}, "stimulation_lost")],
)  # fmt: skip
def test_what_the_last_visit_found_is_repeated(summary: dict[str, object], code: str) -> None:
    case = with_visits(running(420, {0: 34, 300: 14, 415: 12}), 1, **summary)
    assert code in codes(advise(case))


def test_a_serious_event_is_reviewed_not_answered_by_switching_off() -> None:
    event = SideEffect("fall with fracture", "severe", serious=True)
    found = advise(plus(running(420, {0: 34, 300: 14, 415: 12}), event, (NOW - timedelta(days=10)).date()))
    assert found.decision is Decision.ADJUST
    assert "switch_off" in codes(found)
