"""Following TMS: late responders are not given up, worsening is seen, a dose not given is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tms_cases import tms_case

from euthymia.case.events import Event
from euthymia.case.facts import CourseStarted, Medication, ScaleRecord, SessionDelivered, SideEffect
from euthymia.therapies.contract import Decision
from euthymia.therapies.tms import THERAPY

from tests.therapies.therapy_cases import NOW


def course(days, scores, *facts, form="tms_itbs", sessions=0, summary=None, ended=False):
    start = NOW - timedelta(days=days)
    events = [Event(CourseStarted("tms", form, "standard", start.date(), NOW.date() if ended else None), start, start)]
    for day, total in scores:
        at = start + timedelta(days=day)
        events.append(Event(ScaleRecord("PHQ-9", total=float(total)), at, at))
    for i in range(sessions):
        at = start + timedelta(days=i * days / max(1, sessions), hours=1)
        full = {"pulses_planned": 600, "pulses_delivered": 600, "lowest_intensity_pct_rmt": 120.0} | (summary or {})
        events.append(Event(SessionDelivered("tms", form, "standard", i + 1, "completed", full), at, at))
    case = tms_case(*events, *facts)
    rx = next(p for p in THERAPY.propose(case) if p.form == form)
    return THERAPY.follow(case, rx)


def codes(advice):
    return {r.code for r in advice.reasons}


def test_not_begun_says_start():
    case = tms_case()
    assert THERAPY.follow(case, THERAPY.propose(case)[0]).decision is Decision.START


def test_a_flat_first_two_weeks_goes_on():
    advice = course(14, [(0, 20), (14, 20)], sessions=10)
    assert advice.decision is Decision.CONTINUE


def test_no_change_by_week_three_is_adjusted_not_stopped():
    advice = course(21, [(0, 20), (21, 19)], sessions=15)
    assert advice.decision is Decision.ADJUST
    assert "motor threshold" in " ".join(r.statement for r in advice.reasons)


def test_too_little_after_six_weeks_is_planned_anew():
    assert course(43, [(0, 20), (43, 18)], sessions=30).decision is Decision.REPLAN


def test_a_late_responder_is_offered_an_extension():
    advice = course(43, [(0, 20), (43, 14)], sessions=30)
    assert advice.decision is Decision.CONTINUE
    assert "extension" in codes(advice)


def test_response_at_the_end_is_maintained_with_durability_shown():
    advice = course(43, [(0, 20), (43, 6)], sessions=30)
    assert advice.decision is Decision.MAINTAIN
    assert "66.5" in " ".join(r.statement for r in advice.reasons)
    assert "maintenance_dose" in codes(advice)


def test_a_rise_of_five_points_is_seen_early():
    advice = course(10, [(0, 15), (10, 20)], sessions=7)
    assert "early_worsening" in codes(advice)
    assert advice.decision in (Decision.ADJUST, Decision.STOP)


def test_a_rise_of_item_nine_asks_for_the_screener():
    start = NOW - timedelta(days=10)
    answers = (2, 2, 2, 2, 2, 2, 1, 1, 0)
    later = (1, 1, 1, 1, 1, 1, 1, 1, 1)
    events = [
        Event(ScaleRecord("PHQ-9", a), start + timedelta(days=d), start + timedelta(days=d))
        for d, a in ((0, answers), (9, later))
    ]
    assert "item9_rise" in codes(course(10, [], *events, sessions=5))


def test_few_sessions_missed_pulses_and_under_dose_are_said():
    few = course(20, [(0, 20), (20, 19)], sessions=4)
    assert "says little" in next(r.statement for r in few.reasons if r.code == "sessions_given")
    lost = course(20, [(0, 20), (20, 14)], sessions=14, summary={"pulses_delivered": 400})
    assert "missed_pulses" in codes(lost) and lost.decision is Decision.ADJUST
    weak = course(20, [(0, 20), (20, 14)], sessions=14, summary={"lowest_intensity_pct_rmt": 90.0})
    assert "under_dose" in codes(weak)


def test_a_medicine_changed_after_the_threshold_asks_for_a_new_one():
    changed = Medication("bupropion", 150.0, started_on=NOW.date())
    advice = course(14, [(0, 20), (14, 14)], changed, sessions=10, summary={"threshold_measured": True})
    assert "threshold_stale" in codes(advice)
    assert advice.decision is Decision.ADJUST


def test_a_serious_event_stops():
    effect = SideEffect("seizure", "severe", True, "tms")
    assert course(14, [(0, 20), (14, 14)], effect, sessions=10).decision is Decision.STOP


@pytest.mark.parametrize(("day", "decision"), [(10, Decision.CONTINUE), (28, Decision.REPLAN)])
def test_saint_is_decided_at_one_month(day, decision):
    assert course(day, [(0, 20), (day, 19)], form="tms_saint", sessions=5).decision is decision
