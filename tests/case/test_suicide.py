"""Suicide safety: what must be seen first, how urgent it is, and what alone may silence it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from euthymia.case import Case, Event, fold
from euthymia.case.facts import SafetyAlert, ScaleRecord, SuicideScreen
from euthymia.case.suicide import safety_signals, suicide_triage, triage_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CLEAR = SuicideScreen(False, False, behavior_lifetime=False)
MORNING, EVENING = NOON - timedelta(hours=4), NOON + timedelta(hours=5)
ITEM_NINE = ScaleRecord("PHQ-9", (1, 1, 1, 1, 1, 1, 1, 1, 2))


def case(*entries: tuple[datetime, object]) -> Case:
    events = [Event(fact, moment, moment) for moment, fact in entries]  # type: ignore[arg-type]
    return fold("safety", events, as_of=NOON + timedelta(days=30), synthetic=True)


def found(*entries: tuple[datetime, object]) -> list[tuple[str, str]]:
    return [(s.level, s.code) for s in safety_signals(case(*entries))]


# --- the screener ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("screen", "level"),
    [
        (SuicideScreen(True, False, behavior_lifetime=False), "low"),
        (SuicideScreen(True, True, False, False, False, False), "low"),
        (SuicideScreen(True, True, True, False, False, False), "moderate"),
        (SuicideScreen(False, False, behavior_lifetime=True, behavior_past_3_months=False), "moderate"),
        (SuicideScreen(True, True, True, True, False, False), "high"),
        (SuicideScreen(True, True, True, True, True, False), "high"),
        (SuicideScreen(False, False, behavior_lifetime=True, behavior_past_3_months=True), "high"),
    ],
)
def test_the_level_of_the_screener_is_the_level_of_the_signal(screen: SuicideScreen, level: str) -> None:
    assert found((NOON, screen)) == [(level, "cssrs")]
    (signal,) = safety_signals(case((NOON, screen)))
    assert signal.day == NOON.date() and signal.sources and f"{level} risk" in signal.statement


def test_a_clear_screener_and_an_empty_case_raise_nothing() -> None:
    assert found((NOON, CLEAR)) == [] == found()


def test_an_open_question_is_asked_the_same_day() -> None:
    assert found((NOON, SuicideScreen(False, None, behavior_lifetime=False))) == [("moderate", "cssrs_unanswered")]
    assert ("moderate", "cssrs_unanswered") in found((NOON, SuicideScreen()))


def test_behavior_of_unknown_time_counts_as_recent() -> None:
    screen = SuicideScreen(False, False, behavior_lifetime=True)
    assert found((NOON, screen)) == [("high", "cssrs"), ("moderate", "cssrs_unanswered")]


def test_every_yes_raises_a_signal_and_a_further_yes_never_lowers_it() -> None:
    ranks = {None: 0, "low": 1, "moderate": 2, "high": 3}

    def rank(answers: tuple[bool, ...]) -> int:
        recent = answers[6] and answers[5]
        signals = found((NOON, SuicideScreen(*answers[:6], behavior_past_3_months=recent)))
        return max((ranks[level] for level, _ in signals), default=0)

    for answers in product((False, True), repeat=7):
        now = rank(answers)
        assert (now > 0) is any(answers[:6])
        for i in range(7):
            if not answers[i]:
                assert rank((*answers[:i], True, *answers[i + 1 :])) >= now


def test_the_newest_screener_counts() -> None:
    high = SuicideScreen(True, True, True, True, True, True, True)
    assert found((NOON, high), (NOON + timedelta(days=1), CLEAR)) == []
    assert found((NOON, CLEAR), (NOON + timedelta(days=1), high)) == [("high", "cssrs")]
    assert suicide_triage(case((NOON, high), (EVENING, CLEAR))) == triage_of(CLEAR)
    assert suicide_triage(case()) is None


def test_a_screener_that_was_not_filled_in_does_not_silence_the_one_before() -> None:
    high = SuicideScreen(True, True, True, True, True, True, True)
    partial = SuicideScreen(False, None, behavior_lifetime=False)
    first, second, third = (NOON + timedelta(days=i) for i in range(3))
    earlier, unanswered = ("high", "cssrs_earlier"), ("moderate", "cssrs_unanswered")
    assert found((first, high), (second, SuicideScreen())) == [earlier, unanswered]
    assert found((first, high), (second, partial), (third, partial)) == [earlier, unanswered]
    assert found((first, high), (second, CLEAR), (third, partial)) == [unanswered]  # it was answered in between
    low = SuicideScreen(True, None, behavior_lifetime=False)
    assert found((first, low), (second, partial)) == [unanswered, ("low", "cssrs_earlier")]


# --- items of scales ------------------------------------------------------------------------------------------------


def test_a_suicide_item_raises_a_signal_until_somebody_screens() -> None:
    assert found((NOON, ITEM_NINE)) == [("moderate", "PHQ-9:phq9_item9")]
    assert found((NOON, ITEM_NINE), (EVENING, CLEAR)) == []
    assert found((NOON - timedelta(days=2), CLEAR), (NOON, ITEM_NINE)) == [("moderate", "PHQ-9:phq9_item9")]


def test_a_screener_of_the_morning_does_not_silence_the_form_of_the_evening() -> None:
    assert found((MORNING, CLEAR), (EVENING, ITEM_NINE)) == [("moderate", "PHQ-9:phq9_item9")]


def test_a_screener_and_a_form_of_the_same_moment_are_read_together() -> None:
    assert found((NOON, CLEAR), (NOON, ITEM_NINE)) == []


def test_an_unanswered_suicide_item_is_asked_the_same_day() -> None:
    open_item = ScaleRecord("PHQ-9", (1, 1, 1, 1, 1, 1, 1, 1, None))
    assert found((NOON, open_item)) == [("moderate", "PHQ-9:safety_item_unanswered")]


def test_the_newest_form_counts_however_the_scale_is_spelled() -> None:
    later = ScaleRecord("phq9", (1, 1, 1, 1, 1, 1, 1, 1, 0))
    assert found((MORNING, ITEM_NINE), (EVENING, later)) == []


def test_a_later_total_does_not_hide_an_item_that_was_endorsed() -> None:
    assert found((MORNING, ITEM_NINE), (EVENING, ScaleRecord("PHQ-9", total=9))) == [("moderate", "PHQ-9:phq9_item9")]


# --- alerts ---------------------------------------------------------------------------------------------------------


def test_an_alert_stays_until_a_person_closes_it_with_a_reason() -> None:
    alert = SafetyAlert("high", "goodbye", "Said goodbye to the nurse.")
    seen = SafetyAlert("high", "goodbye", "Said goodbye to the nurse.", acknowledged_by="Dr. A")
    closed = SafetyAlert(
        "high", "goodbye", "Said goodbye to the nurse.", acknowledged_by="Dr. A", closed_because="safety plan made"
    )
    later = NOON + timedelta(days=1)
    assert found((NOON, alert)) == [("high", "goodbye")]
    assert found((NOON, alert), (later, CLEAR)) == [("high", "goodbye")]  # a screener does not close it
    assert found((NOON, alert), (later, seen)) == [("high", "goodbye")]  # nor does having seen it
    assert found((NOON, alert), (later, closed)) == []


def test_the_most_urgent_comes_first() -> None:
    signals = found(
        (NOON, SafetyAlert("low", "x", "Sleeps badly.")), (NOON, ITEM_NINE),
        (NOON - timedelta(days=1), SuicideScreen(True, True, True, True, False, False)),
    )  # fmt: skip
    assert [level for level, _ in signals] == ["high", "moderate", "low"]
