"""What is said below a curve: its peak, lowest point or end, what its band is, what its time counts from."""

from __future__ import annotations

from typing import Any

import pytest

from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.report.citations import Citations
from euthymia.report.curve_view import CurveView, curve_view
from euthymia.therapies.curves import Curve, Mark


class Uncited:
    def reason(self, reason: Reason) -> Any:
        return reason


def view(median: tuple[float, ...], **more: Any) -> CurveView:
    times = tuple(float(i) for i in range(len(median)))
    reason = Reason("Made up for a test.", grade=EvidenceGrade.CASE)
    edges = {"low": tuple(0.9 * v for v in median), "high": tuple(1.1 * v for v in median)}
    curve = Curve("c", "Curve", "%", times, "days", median, edges["low"], edges["high"], reason, "derived", **more)
    cited: Citations = Uncited()  # type: ignore[assignment]
    return curve_view(curve, cited, "k")


@pytest.mark.parametrize(
    ("median", "marks", "words"),
    [
        ((0, 10, 40, 20), (), "Median highest at 2 days: 40 %"),
        ((100, 50, 25, 12), (), "Falls from 100 %; at 3 days: 12 %"),
        ((100, 50, 25, 12), (Mark("over", time=2.0),), "Falls from 100 %; at 2 days: 25 %"),
        ((100, 8, 60, 95), (), "Falls from 100 %; at 1 days: 8 %; then it rises, to 95 % at 3"),
    ],
)
def test_a_curve_is_told_where_it_matters(median: tuple[float, ...], marks: tuple[Mark, ...], words: str) -> None:
    assert words in view(median, marks=marks).caption


def test_a_band_that_is_not_the_spread_between_patients_says_what_it_is() -> None:
    assert "90 % of patients between" in view((0, 10, 5)).caption
    told = view((0, 10, 5), band="the distance between two tracers").caption
    assert "is the distance between two tracers" in told and "of patients" not in told


def test_the_axis_says_what_time_counts_from() -> None:
    for since, drawings in (("the last dose", view((9, 5, 1), since="the last dose").drawings),
                            ("the start", view((9, 5, 1)).drawings)):  # fmt: skip
        assert all(f"days since {since}" in svg for _, svg in drawings)
