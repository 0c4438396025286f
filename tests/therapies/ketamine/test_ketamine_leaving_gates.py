"""What opens the way to a dose and home: readings that are new enough, a risk that somebody has taken on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import ActionKind

from tests.therapies.ketamine.test_ketamine_session import HIGH, NO, Walk, kinds


@pytest.mark.parametrize("minute", [8, 98])
def test_scores_from_hours_ago_open_no_door(make_case: Callable[..., Case], minute: float) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.spray()
    walk.settle(minute)
    walk.bp(129, 126, 80)
    told = [a.text for a in walk.leave(130)]
    assert any("(MOAA/S) was scored" in text for text in told) and any("(CADSS) was scored" in text for text in told)
    with pytest.raises(SafetyLimit, match="score it again"):
        walk.session.finish()
    walk.settle(131)
    assert ActionKind.RELEASE in kinds(walk.leave(132))


def test_a_screener_before_the_dose_is_not_the_one_before_leaving(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.at(0, "suicide_screen", **NO)
    walk.spray()
    walk.at(128, "sedation", moaas=5)
    walk.at(128, "dissociation", cadss_total=1)
    walk.bp(128, 126, 80)
    assert [a.text for a in walk.leave(130)] == ["Not yet: C-SSRS before leaving: the last one was before the dose."]


def test_high_suicide_risk_before_the_dose_holds_it_until_somebody_takes_it_on(
    make_case: Callable[..., Case],
) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.ready_spray()
    walk.at(1, "suicide_screen", **HIGH)
    with pytest.raises(SafetyLimit, match="C-SSRS high: a documented disposition"):
        walk.at(2, "dose_given", mg=28)
    walk.at(3, "disposition", by="Dr A", plan="continuous observation, admission after the session")
    walk.at(4, "dose_given", mg=28)


def test_a_pressure_too_high_to_leave_is_said_when_it_is_read(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.spray()
    (told,) = walk.bp(47, 170, 105)
    assert told.kind is ActionKind.INFORM and "170/105 mmHg: too high to leave" in told.text
    assert told.reason is not None
    assert walk.bp(60, 130, 84) == []


def test_the_repeat_of_a_markedly_high_pressure_has_a_window(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.spray()
    repeat = next(a for a in walk.bp(47, 186, 104) if a.kind is ActionKind.MEASURE)
    assert (repeat.due_s, repeat.window_s) == (52 * 60.0, 5 * 60.0)


@pytest.mark.parametrize(("kind", "name", "value"), [("sedation", "moaas", 3.5), ("dissociation", "cadss_total", 0.5)])
def test_a_score_between_two_points_is_refused(
    make_case: Callable[..., Case], kind: str, name: str, value: float
) -> None:
    walk = Walk(make_case(), "ketamine_iv")
    with pytest.raises(InvalidInput, match="whole number"):
        walk.at(0, kind, **{name: value})


def test_a_pulse_is_kept_and_an_impossible_one_refused(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.spray()
    walk.at(10, "pulse", beats_min=104)
    with pytest.raises(InvalidInput, match="beats_min"):
        walk.at(11, "pulse", beats_min=1040)
    assert walk.session._common_summary(56, 56)["peak_pulse_min"] == 104
