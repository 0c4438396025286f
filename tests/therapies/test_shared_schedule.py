"""Schedules: phases add up to visits, hours and days, and never count a visit twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InvalidInput
from euthymia.therapies.schedule import Phase, Schedule

phases = st.builds(
    Phase, name=st.just("p"), start_day=st.integers(0, 400).map(float), visits=st.integers(0, 60),
    every_days=st.one_of(st.just(0.0), st.just(7 / 5), st.integers(1, 60).map(float)),
    minutes=st.integers(0, 600).map(float),
)  # fmt: skip
schedules = st.lists(phases, min_size=1, max_size=5).map(lambda p: Schedule(tuple(p)))


def days_of(phase: Phase) -> list[float]:
    """The day of each visit, spelled out."""
    return [phase.start_day + i * phase.every_days for i in range(phase.visits)]


@given(phases, st.floats(-10, 5000))
def test_visits_until_a_day_are_those_whose_day_has_come(phase: Phase, day: float) -> None:
    near = [d for d in days_of(phase) if abs(d - day) < 1e-6]
    surely = sum(d <= day - 1e-6 for d in days_of(phase))
    assert surely <= phase.visits_until(day) <= surely + len(near)


@given(phases)
def test_every_visit_counts_on_its_own_day(phase: Phase) -> None:
    for i, day in enumerate(days_of(phase)):
        assert phase.visits_until(day) >= i + 1


@given(phases)
def test_a_phase_is_over_on_its_last_day(phase: Phase) -> None:
    assert phase.visits_until(phase.end_day) == phase.visits
    if phase.visits:
        assert phase.end_day == pytest.approx(days_of(phase)[-1])


@given(schedules, st.floats(0, 3000), st.floats(0, 3000))
def test_more_time_never_means_fewer_visits_or_hours(schedule: Schedule, a: float, b: float) -> None:
    early, late = sorted((a, b))
    assert schedule.visits_until(early) <= schedule.visits_until(late) <= schedule.visits
    assert schedule.hours_until(early) <= schedule.hours_until(late) <= schedule.hours + 1e-9


@given(schedules)
def test_at_its_end_a_course_has_had_all_its_visits_and_hours(schedule: Schedule) -> None:
    end = max(p.end_day for p in schedule.phases)
    assert schedule.days == end
    assert schedule.visits_until(end) == schedule.visits == sum(p.visits for p in schedule.phases)
    assert schedule.hours_until(end) == pytest.approx(schedule.hours)
    assert schedule.hours == pytest.approx(sum(p.visits * p.minutes for p in schedule.phases) / 60)


def test_weekdays_of_six_weeks_are_thirty_visits_in_forty_days() -> None:
    course = Schedule((Phase("acute", 0, 30, 7 / 5, 40),))
    assert (course.visits, course.hours) == (30, 20.0)
    assert course.days == pytest.approx(40.6)
    assert course.visits_until(6.999) == 5 and course.visits_until(7) == 6


def test_visits_on_one_day_all_count_on_it() -> None:
    day = Phase("five sessions", 3, 10, 0, 10)
    assert (day.visits_until(2.9), day.visits_until(3), day.end_day) == (0, 10, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start_day", -1), ("start_day", 36501), ("visits", -1), ("visits", 5001), ("visits", True),
        ("every_days", -0.1), ("minutes", -1), ("minutes", 60 * 24 * 31), ("start_day", float("nan")),
    ],
)  # fmt: skip
def test_a_phase_that_cannot_be_is_refused_by_name(name: str, value: float) -> None:
    good: dict[str, object] = {"start_day": 0, "visits": 1, "every_days": 1, "minutes": 10}
    with pytest.raises(InvalidInput, match=f"`{name}`"):
        Phase("p", **{**good, name: value})  # type: ignore[arg-type]


def test_a_schedule_has_a_phase() -> None:
    with pytest.raises(InvalidInput, match="at least one phase"):
        Schedule(())
