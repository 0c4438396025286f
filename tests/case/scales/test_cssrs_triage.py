"""C-SSRS screener: the levels, the skip rule, open questions as alerts, and that it never under-triages."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.scales import AlertLevel, TriageLevel, score, triage
from euthymia.core.errors import InvalidInput

ALL_FORMS = list(product((True, False, None), repeat=7))
forms = st.sampled_from(ALL_FORMS)


@pytest.mark.parametrize("place", range(7))
def test_turning_a_no_or_an_open_question_into_yes_never_lowers_the_level(place: int) -> None:
    for form in ALL_FORMS:
        if form[place] is True:
            continue
        raised = (*form[:place], True, *form[place + 1 :])
        assert triage(*raised).level.rank >= triage(*form).level.rank, form


@pytest.mark.parametrize("place", range(7))
def test_leaving_a_no_open_never_lowers_the_level(place: int) -> None:
    for form in ALL_FORMS:
        if form[place] is False:
            opened = (*form[:place], None, *form[place + 1 :])
            assert triage(*opened).level.rank >= triage(*form).level.rank, form


@given(forms)
def test_the_worst_case_is_never_below_the_level_and_equals_it_when_nothing_is_open(
    form: tuple[bool | None, ...],
) -> None:
    result = triage(*form)
    assert result.worst_case.rank >= result.level.rank
    if result.is_complete:
        assert result.worst_case is result.level


@given(forms)
def test_every_open_question_and_every_level_above_none_is_an_alert(form: tuple[bool | None, ...]) -> None:
    result = triage(*form)
    assert any(a.code == "safety_item_unanswered" for a in result.alerts) == bool(result.unanswered)
    assert bool(result.alerts) == (result.level is not TriageLevel.NONE_IDENTIFIED)
    assert result.reasons


@given(forms)
def test_none_identified_only_when_every_question_that_applies_is_answered_no(form: tuple[bool | None, ...]) -> None:
    if triage(*form).level is TriageLevel.NONE_IDENTIFIED:
        assert True not in form
        assert form[0] is False and form[1] is False and form[5] is False


def test_no_to_the_second_question_skips_the_three_that_follow() -> None:
    result = triage(False, False, None, None, None, False, None)
    assert result.level is TriageLevel.NONE_IDENTIFIED and result.is_complete and result.alerts == ()


def test_unanswered_behavior_with_no_yes_is_incomplete_and_an_alert() -> None:
    result = triage(False, False, None, None, None, None, None)
    assert result.level is TriageLevel.INCOMPLETE
    assert result.unanswered == ("6",)
    assert result.worst_case is TriageLevel.HIGH
    assert [a.level for a in result.alerts] == [AlertLevel.ASK]


def test_nothing_answered_is_incomplete() -> None:
    assert triage().level is TriageLevel.INCOMPLETE


def test_a_yes_with_open_questions_keeps_its_level_and_shows_the_worst_case() -> None:
    result = triage(True, True, None, None, None, False, None)
    assert result.level is TriageLevel.LOW and result.worst_case is TriageLevel.HIGH
    assert {a.code for a in result.alerts} == {"cssrs_low", "safety_item_unanswered"}


def test_behavior_of_unknown_time_is_handled_as_recent() -> None:
    result = triage(False, False, None, None, None, True, None)
    assert result.level is TriageLevel.HIGH
    assert any("without its time" in reason for reason in result.reasons)


def test_contradictory_answers_keep_the_graver_reading() -> None:
    assert triage(False, False, False, True, False, False, False).level is TriageLevel.HIGH
    result = triage(False, False, None, None, None, False, True)
    assert result.level is TriageLevel.HIGH
    assert any("graver reading" in reason for reason in result.reasons)


@pytest.mark.parametrize("bad", [1, 0, "yes", 2.0])
def test_triage_takes_only_true_false_and_none(bad: object) -> None:
    with pytest.raises(InvalidInput, match="q3"):
        triage(q3=bad)  # type: ignore[arg-type]


@given(forms)
def test_score_gives_the_same_level_and_alerts_as_triage(form: tuple[bool | None, ...]) -> None:
    result, expected = score("C-SSRS", list(form)), triage(*form)
    assert result.band == expected.level.value
    assert result.alerts == expected.alerts
    assert result.total is None
    as_numbers = [None if a is None else int(a) for a in form]
    assert score("C-SSRS", as_numbers).band == result.band


def test_a_screener_has_no_total() -> None:
    with pytest.raises(InvalidInput, match="not a total"):
        score("C-SSRS", total=3)
