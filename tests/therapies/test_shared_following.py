"""Following a course: what is advised from the outcomes in the case, and in which order of importance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case import Case, Event
from euthymia.case.facts import SafetyAlert, ScaleRecord, SideEffect, SuicideScreen
from euthymia.core.reason import Direction
from euthymia.core.source import Verification
from euthymia.therapies.contract import Advice, Decision
from euthymia.therapies.defaults import default
from euthymia.therapies.following import FollowRule, follow_course
from euthymia.therapies.forecast import CoursePoint, Interval

from tests.therapies.shared_courses import course, on, scored, started

RULE = FollowRule(
    form="f", early_check_day=14, early_min_improvement_pct=20, early_action="adjust",
    early_statement="Raise the dose", decision_day=42, decision_min_improvement_pct=50, decision_action="replan",
    decision_statement="Six weeks without response: plan again", earliest_stop_day=21, review_every_days=7,
    maintenance_statement="Go on for half a year", source="A rule of the tests", verification=Verification.READ,
    as_of=date(2026, 11, 1),
)  # fmt: skip
BASELINE = scored(-3, 32)


def follow(case: Case, rule: FollowRule = RULE, *, expected: tuple[CoursePoint, ...] = ()) -> Advice:
    return follow_course(
        case, therapy="t", title="Therapy T", form="f", rules=(rule,), expected=expected,
    )  # fmt: skip


def at(day: float, total: float, *more: Event[object], rule: FollowRule = RULE) -> Advice:
    """The advice on a day, when the score is this."""
    return follow(course(day, BASELINE, scored(day, total), *more), rule)


def said(advice: Advice, code: str) -> bool:
    return any(r.code == code for r in advice.reasons)


# --- before there is anything to judge ------------------------------------------------------------------------------


def test_a_course_that_has_not_begun_is_to_be_started() -> None:
    advice = follow(course(0, BASELINE, begun=False))
    assert advice.decision is Decision.START
    assert [q.code for q in advice.missing] == ["course_started"]


def test_a_course_of_another_form_is_not_this_one() -> None:
    assert follow(course(10, started(form="g"), begun=False)).decision is Decision.START


def test_a_course_recorded_without_its_form_counts() -> None:
    assert follow(course(10, BASELINE, started(form=""), begun=False)).decision is Decision.CONTINUE


def test_without_a_baseline_change_cannot_be_measured_and_the_score_is_asked_for() -> None:
    for events in ((), (scored(10, 20),), (scored(-60, 30), scored(10, 20))):  # none before, or too long before
        advice = follow(course(10, *events))
        assert advice.decision is Decision.CONTINUE
        assert [q.code for q in advice.missing] == ["baseline"]
        assert not said(advice, "outcome")


def test_without_a_rating_since_the_start_nothing_is_judged() -> None:
    advice = follow(course(5, BASELINE))
    assert advice.decision is Decision.CONTINUE and not advice.missing
    assert any("no rating since the start" in r.statement for r in advice.reasons)


def test_ratings_that_are_overdue_are_asked_for() -> None:
    overdue = default("rating_every").value * default("ratings_overdue").value
    advice = follow(course(overdue + 1, BASELINE))
    assert [q.code for q in advice.missing] == ["scale:MADRS"]
    assert any("not being watched" in r.statement and r.sources for r in advice.reasons)
    assert not follow(course(overdue, BASELINE)).missing
    again = follow(course(10 + overdue + 1, BASELINE, scored(10, 20)))
    assert [q.code for q in again.missing] == ["scale:MADRS"]


def test_a_therapy_reviewed_rarely_is_not_overdue_before_its_review() -> None:
    slow = replace(RULE, review_every_days=90)
    assert not follow(course(60, BASELINE), slow).missing
    assert follow(course(91, BASELINE), slow).missing


# --- improving ------------------------------------------------------------------------------------------------------


def test_an_improving_course_goes_on() -> None:
    advice = at(20, 24)  # 25 % better
    assert advice.decision is Decision.CONTINUE and advice.review_in_days == RULE.review_every_days
    (outcome,) = [r for r in advice.reasons if r.code == "outcome"]
    assert outcome.value == pytest.approx(25) and outcome.direction is Direction.FOR
    assert outcome.statement.startswith("MADRS 32 at the start, 24 on day 20: +25 % improvement")


def test_a_response_before_the_decision_day_completes_the_course() -> None:
    advice = at(20, 15)
    assert advice.decision is Decision.CONTINUE and said(advice, "maintenance")
    assert any("complete the course" in r.statement for r in advice.reasons)


@pytest.mark.parametrize("total", [16, 8])  # response, remission
def test_a_response_at_the_decision_day_is_maintained(total: float) -> None:
    advice = at(42, total)
    assert advice.decision is Decision.MAINTAIN
    assert any(r.statement == RULE.maintenance_statement for r in advice.reasons)
    assert advice.would_change


def test_a_response_in_a_course_that_has_ended_is_maintained() -> None:
    case = course(25, BASELINE, started(ended=20), scored(25, 10), begun=False)
    assert follow(case).decision is Decision.MAINTAIN


# --- not improving --------------------------------------------------------------------------------------------------


def test_before_the_early_check_a_flat_course_is_too_early_to_judge() -> None:
    advice = at(10, 32)
    assert advice.decision is Decision.CONTINUE
    assert any("too early to judge Therapy T" in r.statement for r in advice.reasons)
    assert len(advice.would_change) == 2


def test_early_nonresponse_leads_to_the_early_action() -> None:
    advice = at(14, 27)  # 16 % better, 20 needed
    assert advice.decision is Decision.ADJUST and said(advice, "nonresponse")
    assert at(14, 25).decision is Decision.CONTINUE  # 22 %


def test_nonresponse_at_the_decision_day_leads_to_the_decision() -> None:
    advice = at(42, 20)  # 38 % better: enough early on, not enough now
    assert advice.decision is Decision.REPLAN
    assert any(r.statement.startswith("Six weeks without response") for r in advice.reasons)
    assert at(41, 20).decision is Decision.CONTINUE


@pytest.mark.parametrize("action", ["stop", "replan"])
def test_a_flat_course_is_never_given_up_before_its_earliest_day(action: str) -> None:
    slow = replace(RULE, early_action=action, earliest_stop_day=180, decision_day=90, decision_action=action)  # type: ignore[arg-type]
    for day in (14, 60, 90, 179):
        advice = at(day, 32, rule=slow)
        assert advice.decision is Decision.CONTINUE
        assert any("too early to give up Therapy T" in r.statement for r in advice.reasons)
    assert at(180, 32, rule=slow).decision is Decision(action)


def test_the_rule_of_the_form_outranks_the_rule_for_all() -> None:
    for_all = replace(RULE, form="*", early_action="stop", earliest_stop_day=0)
    advice = follow_course(
        course(14, BASELINE, scored(14, 32)), therapy="t", title="T", form="f", rules=(for_all, RULE), expected=(),
    )  # fmt: skip
    assert advice.decision is Decision.ADJUST


# --- getting worse --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "before", "now", "worse"),
    [
        ("MADRS", 30, 36, True), ("MADRS", 30, 35, False), ("PHQ-9", 15, 21, True), ("PHQ-9", 15, 20, False),
        ("HAM-D17", 20, 25, True), ("HAM-D17", 20, 24, False),
    ],
)  # fmt: skip
def test_reliably_worse_is_judged_by_the_scale(scale: str, before: float, now: float, worse: bool) -> None:
    advice = follow(course(30, scored(-1, before, scale), scored(30, now, scale)))
    assert said(advice, "deterioration") is worse
    assert (advice.decision is Decision.STOP) is worse


def test_worse_before_the_earliest_day_adjusts_and_after_it_stops() -> None:
    assert at(20, 39).decision is Decision.ADJUST
    assert at(21, 39).decision is Decision.STOP
    assert any("back at or below the baseline" in w for w in at(21, 39).would_change)


def test_a_response_that_is_lost_by_half_asks_for_an_adjustment() -> None:
    advice = at(60, 25, scored(30, 12))  # 20 points gained, 7 kept
    assert advice.decision is Decision.ADJUST and said(advice, "loss_of_response")
    kept = at(60, 21, scored(30, 12))  # 11 kept
    assert not said(kept, "loss_of_response")
    never = at(60, 30, scored(30, 20))  # there was no response to lose
    assert not said(never, "loss_of_response")


# --- side effects ---------------------------------------------------------------------------------------------------


def test_a_serious_event_stops_even_a_course_that_helps() -> None:
    serious = on(38, SideEffect("seizure", "severe", serious=True, therapy="t"))
    advice = at(42, 8, serious)
    assert advice.decision is Decision.STOP
    assert any("Serious adverse event" in r.statement and "seizure" in r.statement for r in advice.reasons)


def test_a_serious_event_before_the_course_is_not_of_the_course() -> None:
    before = on(-10, SideEffect("fall", "severe", serious=True))
    assert at(42, 8, before).decision is Decision.MAINTAIN


def test_a_serious_event_long_ago_is_shown_and_stops_nothing() -> None:
    window = default("serious_event_window").value
    old = on(5, SideEffect("seizure", "severe", serious=True))
    advice = at(5 + window + 1, 8, old)
    assert advice.decision is not Decision.STOP
    assert any("seizure" in r.statement for r in advice.reasons)
    assert at(5 + window, 8, old).decision is Decision.STOP


def test_a_side_effect_that_is_not_serious_changes_nothing() -> None:
    assert at(20, 24, on(10, SideEffect("headache", "mild"))).decision is Decision.CONTINUE


@pytest.mark.parametrize(
    ("burden", "told", "decision"), [(6, True, Decision.ADJUST), (5, True, Decision.ADJUST),
                                     (4, True, Decision.CONTINUE), (3, True, Decision.CONTINUE),
                                     (2, False, Decision.CONTINUE)],
)  # fmt: skip
def test_the_burden_of_side_effects_counts_by_its_own_thresholds(burden: int, told: bool, decision: Decision) -> None:
    for record in (ScaleRecord("FIBSER", (1, 1, burden)), ScaleRecord("FIBSER", total=burden)):
        advice = at(20, 24, on(19, record))
        assert said(advice, "side_effect_burden") is told
        assert advice.decision is decision


def test_a_burden_does_not_soften_a_stronger_advice() -> None:
    heavy = on(41, ScaleRecord("FIBSER", (6, 6, 6)))
    assert at(42, 31, heavy).decision is Decision.REPLAN
    assert at(42, 40, heavy).decision is Decision.STOP
    assert at(42, 8, heavy).decision is Decision.ADJUST  # it helps, but at this price it is changed


def test_a_burden_from_before_the_course_is_not_of_the_course() -> None:
    assert at(20, 24, on(-5, ScaleRecord("FIBSER", (6, 6, 6)))).decision is Decision.CONTINUE


# --- urgent ---------------------------------------------------------------------------------------------------------

HIGH = SuicideScreen(True, True, True, True, True, True, True)


@pytest.mark.parametrize("total", [8, 24, 32, 40])
@pytest.mark.parametrize("signal", [HIGH, SafetyAlert("high", "x", "Said goodbye.")])
def test_urgent_outranks_everything(total: float, signal: object) -> None:
    serious = on(40, SideEffect("seizure", "severe", serious=True))
    advice = at(42, total, on(41, signal), serious, on(41, ScaleRecord("FIBSER", (6, 6, 6))))
    assert advice.decision is Decision.URGENT and advice.review_in_days == 1
    assert advice.reasons[0].direction is Direction.AGAINST


def test_urgent_outranks_a_start() -> None:
    assert follow(course(0, on(0, HIGH), begun=False)).decision is Decision.URGENT


def test_a_moderate_signal_is_told_first_and_leaves_the_advice() -> None:
    advice = at(20, 24, on(20, SuicideScreen(True, True, True, False, False, False)))
    assert advice.decision is Decision.CONTINUE
    assert advice.reasons[0].code == "cssrs"


# --- against expectation --------------------------------------------------------------------------------------------

BAND = (CoursePoint(0, Interval(0, 0, 0)), CoursePoint(28, Interval(0.4, 0.2, 0.6)))


@pytest.mark.parametrize(
    ("total", "where", "direction"),
    [(31, "below", Direction.AGAINST), (19, "inside", Direction.NEUTRAL), (6, "above", Direction.FOR)],
)
def test_the_course_is_set_against_the_expected_band(total: float, where: str, direction: Direction) -> None:
    advice = follow(course(28, BASELINE, scored(28, total)), expected=BAND)
    (reason,) = [r for r in advice.reasons if r.code == "expected_band"]
    assert f"is {where} the band" in reason.statement and reason.direction is direction


def test_beyond_the_last_known_day_no_band_is_claimed() -> None:
    advice = follow(course(60, BASELINE, scored(60, 20)), expected=BAND)
    assert not said(advice, "expected_band")


# --- as a whole -----------------------------------------------------------------------------------------------------


@given(day=st.integers(0, 200), totals=st.lists(st.tuples(st.integers(-40, 200), st.integers(0, 60)), max_size=8))
def test_any_course_gets_one_advice_with_reasons(day: int, totals: list[tuple[int, int]]) -> None:
    case = course(day, *(scored(d, t) for d, t in totals if d <= day))
    advice = follow(case)
    assert advice.reasons and advice.decision in Decision and advice.therapy == "t"
    if any(r.code == "nonresponse" for r in advice.reasons) and day < RULE.earliest_stop_day:
        assert advice.decision not in (Decision.STOP, Decision.REPLAN)


@given(
    first=st.integers(20, 50), day=st.integers(1, 100), totals=st.tuples(st.integers(0, 60), st.integers(0, 60)),
)  # fmt: skip
def test_a_better_score_never_leads_to_a_harder_advice(first: int, day: int, totals: tuple[int, int]) -> None:
    better, worse = (
        follow(course(day, scored(-1, first), scored(day, total))).decision for total in sorted(totals)
    )  # fmt: skip
    hardness = [Decision.MAINTAIN, Decision.CONTINUE, Decision.ADJUST, Decision.REPLAN, Decision.STOP]
    assert hardness.index(better) <= hardness.index(worse)


def test_what_is_recorded_later_does_not_change_an_earlier_advice() -> None:
    early = course(14, BASELINE, scored(14, 27))
    later = course(60, BASELINE, scored(14, 27), scored(60, 5), on(50, HIGH))
    assert follow(later.at(early.as_of)) == follow(early)


def test_reasons_of_the_therapy_itself_are_kept() -> None:
    from euthymia.core.reason import EvidenceGrade, Reason

    own = Reason("The device is checked.", grade=EvidenceGrade.CASE)
    advice = follow_course(
        course(20, BASELINE), therapy="t", title="T", form="f", rules=(RULE,), expected=(), extra_reasons=(own,)
    )
    assert advice.reasons[-1] is own
