"""The symptom course: which scale is followed, from which baseline, and how change is counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case import Case, Event, fold
from euthymia.case.course import OutcomeSeries, Rating, outcome_series, ratings_of
from euthymia.case.facts import ScaleRecord

START = date(2026, 6, 1)


def case(*records: tuple[int, ScaleRecord]) -> Case:
    events = []
    for day, record in records:
        moment = datetime(2026, 6, 1, 9, tzinfo=UTC) + timedelta(days=day)
        events.append(Event(record, moment, moment))
    return fold("course", events, as_of=datetime(2027, 6, 1, tzinfo=UTC), synthetic=True)


def total(value: float, scale: str = "MADRS") -> ScaleRecord:
    return ScaleRecord(scale, total=value)


def series(*records: tuple[int, ScaleRecord], window: float = 42) -> OutcomeSeries | None:
    return outcome_series(case(*records), START, baseline_window_days=window)


def test_the_newest_total_up_to_the_start_is_the_baseline() -> None:
    found = series((-40, total(38)), (-3, total(33)), (0, total(31)), (7, total(25)))
    assert found is not None
    assert found.baseline == Rating(START, 31.0)
    assert found.ratings == (Rating(date(2026, 6, 8), 25.0),)


def test_a_score_older_than_the_window_is_no_baseline() -> None:
    assert series((-43, total(38)), (7, total(25))) is None
    assert series((-42, total(38)), (7, total(25))) is not None


def test_a_score_after_the_start_is_no_baseline() -> None:
    assert series((1, total(38)), (7, total(25))) is None


def test_a_baseline_of_zero_cannot_show_a_fall() -> None:
    assert series((-1, total(0)), (7, total(10))) is None
    found = series((-2, total(20)), (-1, total(0)), (7, total(10)))
    assert found is not None and found.baseline.total == 20


def test_the_scale_rated_most_often_since_the_start_is_followed() -> None:
    found = series(
        (-1, total(30)), (-1, total(18, "PHQ-9")), (7, total(16, "PHQ-9")), (14, total(12, "PHQ-9")), (14, total(25))
    )
    assert found is not None and found.scale == "PHQ-9" and len(found.ratings) == 2


def test_among_equals_the_clinician_rated_scale_is_followed() -> None:
    found = series((-1, total(18, "PHQ-9")), (-1, total(30)), (7, total(16, "PHQ-9")), (7, total(25)))
    assert found is not None and found.scale == "MADRS"


def test_scales_that_measure_something_else_are_not_followed() -> None:
    assert series((-1, total(15, "GAD-7")), (7, total(5, "GAD-7"))) is None


def test_spellings_of_a_scale_are_one_scale() -> None:
    found = ratings_of(case((0, total(20, "phq9")), (7, total(15, "PHQ-9"))), "PHQ-9")
    assert [r.total for r in found] == [20.0, 15.0]


def test_items_and_totals_are_one_course() -> None:
    items = ScaleRecord("PHQ-9", (2, 2, 2, 2, 2, 2, 1, 1, 0))
    assert [r.total for r in ratings_of(case((0, items), (7, total(9, "PHQ-9"))), "PHQ-9")] == [14.0, 9.0]


def test_a_form_without_a_total_is_left_out_and_not_counted_as_zero() -> None:
    torn = ScaleRecord("MADRS", (None,) * 10)
    assert ratings_of(case((0, torn), (7, total(9))), "MADRS") == (Rating(date(2026, 6, 8), 9.0),)


@given(baseline=st.integers(1, 60), now=st.integers(0, 60))
def test_improvement_is_the_fall_in_percent_of_the_baseline(baseline: int, now: int) -> None:
    found = series((0, total(baseline)), (7, total(now)))
    assert found is not None and found.now is not None
    gain = found.improvement_pct(found.now)
    assert gain == pytest.approx(100 * (1 - now / baseline))
    assert (gain > 0) is (now < baseline) and gain <= 100


def test_days_count_from_the_start_and_the_best_is_the_lowest() -> None:
    found = series((0, total(30)), (7, total(12)), (21, total(20)))
    assert found is not None and found.now is not None and found.best is not None
    assert (found.day_of(found.now), found.now.total) == (21, 20)
    assert (found.day_of(found.best), found.best.total) == (7, 12)
    empty = series((0, total(30)))
    assert empty is not None and empty.now is None and empty.best is None
