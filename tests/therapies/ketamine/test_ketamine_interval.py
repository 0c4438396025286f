"""The maintenance interval: spells from scores, the own time to loss, the step it leads to, and when it is refused."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from euthymia.case import Event
from euthymia.case.course import OutcomeSeries, Rating
from euthymia.case.facts import CourseStarted, ScaleRecord, SessionDelivered
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.therapies.contract import Advice, Decision
from euthymia.therapies.ketamine import THERAPY
from euthymia.therapies.ketamine.time_to_loss import Spell, TimeToLoss, spells_of, time_to_loss

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
START = date(2026, 1, 1)
PRIOR = {"spread": 0.5, "shortest": 1.0, "longest": 120.0, "credible": 0.9}


def series(*ratings: tuple[int, float]) -> OutcomeSeries:
    made = tuple(Rating(START + timedelta(days=day), total) for day, total in ratings)
    return OutcomeSeries("MADRS", START, Rating(START, 34.0), made)


def estimate(*spells: Spell) -> TimeToLoss:
    return time_to_loss(spells, **PRIOR)


def test_a_loss_lies_between_two_ratings_and_a_hold_lasts_to_the_last() -> None:
    found = spells_of(series((2, 10), (7, 9), (9, 10), (13, 30), (14, 30), (16, 9), (21, 10)), [0, 7, 14], 0.5)
    assert found == (Spell(7.0, None), Spell(2.0, 6.0), Spell(7.0, None))


def test_before_any_response_there_is_nothing_to_lose() -> None:
    assert spells_of(series((3, 33), (7, 30), (10, 32)), [0, 7], 0.5) == ()


def test_a_rating_on_the_day_of_a_session_counts_before_it() -> None:
    assert spells_of(series((7, 10), (14, 30)), [0, 7, 14], 0.5) == (Spell(7.0, None), Spell(0.0, 7.0))


def test_a_lost_response_is_not_lost_again_until_it_came_back() -> None:
    assert spells_of(series((7, 10), (14, 30), (21, 31)), [0, 7, 14], 0.5) == (Spell(7.0, None), Spell(0.0, 7.0))


@pytest.mark.parametrize("truth", [6.0, 12.0, 25.0])
def test_the_own_time_is_found_again(truth: float) -> None:
    """40 courses of 12 spells rated every second day: the 90 % interval holds the truth in most of them."""
    draw, inside, middle = random.Random(7), 0, []
    for _ in range(40):
        times = [math.exp(draw.gauss(math.log(truth), 0.5)) for _ in range(12)]
        found = estimate(*[Spell(2.0 * int(t // 2), 2.0 * int(t // 2) + 2.0) for t in times])
        inside += found.low <= truth <= found.high
        middle.append(found.days)
    assert 32 <= inside <= 40
    assert sorted(middle)[20] == pytest.approx(truth, rel=0.15)


def test_more_spells_narrow_the_interval_and_a_longer_interval_never_holds_better() -> None:
    few, many = (estimate(*[Spell(10.0, 14.0)] * n) for n in (3, 20))
    assert many.high / many.low < few.high / few.low
    chances = [few.holds(d) for d in (7, 14, 21, 30)]
    assert chances == sorted(chances, reverse=True) and 0 < chances[-1] < chances[0] < 1


def test_holds_alone_only_raise_the_lower_end() -> None:
    found = estimate(*[Spell(14.0, None)] * 6)
    assert found.losses == 0 and found.low > 14.0


@pytest.mark.parametrize("wrong", [(-1.0, 3.0), (5.0, 5.0), (5.0, 2.0)])
def test_an_impossible_spell_is_refused(wrong: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput, match="spell"):
        Spell(*wrong)
    with pytest.raises(InvalidInput, match="at least one"):
        time_to_loss((), **PRIOR)


# --- in the follow-up ---------------------------------------------------------------------------------------------


def follow(make_case: Callable[..., Case], sessions: list[int], ratings: list[tuple[int, float]], ends: int) -> Advice:
    """Advise on day ``ends`` of a course with sessions and ratings on the given days; baseline 34 on day 0."""
    start = NOW - timedelta(days=ends)

    def on(day: float, fact: Any) -> Event[Any]:
        moment = start + timedelta(days=day)
        return Event(fact, moment, moment, "test", "test")

    facts = [on(0, CourseStarted("ketamine", "esketamine_nasal", "esketamine_us_trd", start.date()))]
    facts += [on(-0.1, ScaleRecord("MADRS", total=34.0))]
    facts += [on(day, ScaleRecord("MADRS", total=total)) for day, total in ratings]
    for n, day in enumerate(sessions, start=1):
        summary = {"delivered_mg": 84.0}
        delivered = SessionDelivered("ketamine", "esketamine_nasal", "esketamine_us_trd", n, "completed", summary)
        facts.append(on(day + 0.1, delivered))
    rx = next(p for p in THERAPY.propose(make_case()) if p.protocol == "esketamine_us_trd")
    return THERAPY.follow(make_case(*facts), rx)


INDUCTION = [0, 3, 7, 10, 14, 17, 21, 24, 28, 35, 42, 49]


def holding(last: int) -> list[tuple[int, float]]:
    return [(day, 9.0) for day in (14, 21, 28, 35, 42, 49) if day <= last]


def reasons(advice: Advice) -> dict[str, Any]:
    return {r.code: r for r in advice.reasons}


def test_a_response_that_holds_for_weeks_may_be_spaced_out_by_one_step(make_case: Callable[..., Case]) -> None:
    sessions = [*INDUCTION, 56, 63, 70, 77, 84]
    ratings = [*holding(49), *[(d, 9.0) for d in (56, 63, 70, 77, 84, 91)]]
    advice = follow(make_case, sessions, ratings, 91)
    proposal = reasons(advice)["interval_proposal"]
    assert proposal.value == 14 and "longer than now" in proposal.statement
    assert advice.decision is Decision.MAINTAIN
    assert "no loss was seen" in reasons(advice)["own_interval"].statement


def test_losses_before_two_weeks_bring_the_sessions_closer(make_case: Callable[..., Case]) -> None:
    sessions = [*INDUCTION, 56, 70, 84, 98]
    ratings = holding(49)
    for begin in (56, 70, 84):
        ratings += [(begin + 7, 10.0), (begin + 11, 29.0), (begin + 14, 30.0)]
    ratings += [(101, 10.0), (105, 9.0)]
    advice = follow(make_case, sessions, ratings, 105)
    proposal, own = reasons(advice)["interval_proposal"], reasons(advice)["own_interval"]
    assert proposal.value == 7 and "shorter than now" in proposal.statement
    assert own.value is not None and 7 < own.value < 14 and "3 with a loss" in own.statement
    assert advice.decision is Decision.ADJUST


def test_a_longer_step_is_not_open_before_its_phase(make_case: Callable[..., Case]) -> None:
    ratings = [(day, 9.0) for day in (7, 10, 14, 17, 21, 24, 28, 35, 42, 49)]
    advice = follow(make_case, INDUCTION, ratings, 50)
    assert reasons(advice)["interval_proposal"].value == 7  # every two weeks begins with week 9


def test_too_few_scores_give_no_interval_but_a_question(make_case: Callable[..., Case]) -> None:
    advice = follow(make_case, [*INDUCTION, 56, 70], [(28, 9.0), (56, 9.0)], 75)
    assert "interval_proposal" not in reasons(advice)
    assert "not individualized" in reasons(advice)["interval_not_individualized"].statement
    assert "scores_between_sessions" in {q.code for q in advice.missing}


def test_sessions_that_come_closer_together_are_told(make_case: Callable[..., Case]) -> None:
    sessions = [*INDUCTION, 63, 77, 91, 98, 105, 112]
    advice = follow(make_case, sessions, holding(49), 113)
    assert "the last 3 sessions were 7 days apart, the 3 before 14 days" in reasons(advice)["interval_drift"].statement
    steady = follow(make_case, [*INDUCTION, 63, 77, 91, 105, 119, 133], holding(49), 134)
    assert "interval_drift" not in reasons(steady)
