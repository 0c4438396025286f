"""Curves refuse what could not be drawn or believed, and thinning keeps what a reader looks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InvalidInput
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.therapies.curves import Curve, Mark, thinned


def curve(times: tuple[float, ...], median: tuple[float, ...], spread: float = 1.0) -> Curve:
    low, high = tuple(m - spread for m in median), tuple(m + spread for m in median)
    return Curve(
        "c", "C", "ng/mL", times, "h", median, low, high, Reason("Because.", grade=EvidenceGrade.CASE), "published"
    )


@pytest.mark.parametrize(
    ("times", "median"),
    [((0.0,), (1.0,)), ((0.0, 0.0), (1.0, 1.0)), ((1.0, 0.0), (1.0, 1.0)), ((0.0, 1.0), (1.0,))],
)
def test_times_increase_and_every_time_has_a_value(times: tuple[float, ...], median: tuple[float, ...]) -> None:
    with pytest.raises(InvalidInput):
        curve(times, median)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(InvalidInput, match="finite"):
        curve((0.0, 1.0), (1.0, bad))


def test_the_band_holds_the_median() -> None:
    with pytest.raises(InvalidInput, match="within the band"):
        curve((0.0, 1.0), (1.0, 2.0), spread=-0.5)


def test_a_mark_is_a_moment_or_a_level() -> None:
    for wrong in ({}, {"time": 1.0, "level": 2.0}):
        with pytest.raises(InvalidInput):
            Mark("both or none", **wrong)


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=400), st.integers(4, 80))
def test_thinning_keeps_both_ends_and_the_peak(values: list[float], most: int) -> None:
    made = curve(tuple(float(i) for i in range(len(values))), tuple(values))
    kept = thinned(made, most)
    assert len(kept) <= most and kept == tuple(sorted(set(kept)))
    assert kept[0] == 0 and kept[-1] == len(values) - 1
    assert max(values) == max(made.median[i] for i in kept)
