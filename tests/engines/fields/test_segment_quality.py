"""The quality report measures what it says and calls a bad segmentation doubtful."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from euthymia.engines.fields.segment_quality import (
    dice,
    leaks,
    quality_of,
    segmentation_ranges,
    thicknesses,
)

from tests.engines.fields.segment_scene import ball_segmentation, ball_tags, small_registration


def test_thickness_of_balls_in_one_another() -> None:
    everywhere = np.ones((88, 88, 88), dtype=bool)
    found = thicknesses(ball_tags(), everywhere)
    for layer, expected in (("csf", 3.0), ("skull", 6.0), ("scalp", 6.0)):
        low, _, middle, _, high = found[layer]
        assert middle == pytest.approx(expected, abs=0.6) and low > expected - 1.2 and high < expected + 1.2
    assert np.isnan(thicknesses(np.zeros((9, 9, 9), dtype=np.uint8), np.ones((9, 9, 9), dtype=bool))["csf"]).all()


def test_leaks_are_counted_by_face() -> None:
    tags = np.zeros((3, 3, 3), dtype=np.uint8)
    tags[1, 1, 1] = 3
    assert leaks(tags) == 6
    tags[tags == 0] = 4
    assert leaks(tags) == 0
    tags[0, 1, 1] = 5
    assert leaks(tags) == 1


def test_overlap_of_masks() -> None:
    one, other = np.zeros(10, dtype=bool), np.zeros(10, dtype=bool)
    assert np.isnan(dice(one, other))
    one[:4], other[2:6] = True, True
    assert dice(one, other) == pytest.approx(0.5) and dice(one, one) == 1.0


def test_every_measure_has_a_row_and_every_row_a_bound() -> None:
    quality = quality_of(ball_segmentation())
    rows = segmentation_ranges()
    assert [m.row for m in quality.measures] == list(rows)
    assert all(row.low is not None or row.high is not None for row in rows)
    assert all(row.advice and row.source for row in rows)


def test_a_small_head_is_doubtful_and_says_why() -> None:
    quality = quality_of(ball_segmentation())
    unusual = {m.row.measure for m in quality.unusual}
    assert quality.verdict == "doubtful" and {"white_ml", "grey_ml", "cavity_ml"} <= unusual
    assert not unusual & {"leaks", "correlation", "skull_mm", "csf_mm", "scalp_mm", "contrast", "bias_ratio"}
    values = {m.row.measure: m.value for m in quality.measures}
    assert values["white_ml"] == pytest.approx(4 / 3 * np.pi * 1.8**3, rel=0.02)
    assert values["contrast"] == pytest.approx((110 - 82) / 5)
    assert quality.cut == ("neck",)


def test_a_failed_registration_and_a_number_that_is_none_are_unusual() -> None:
    found = replace(ball_segmentation(), registration=small_registration(correlation=0.45))
    assert "correlation" in {m.row.measure for m in quality_of(found).unusual}
    measure = quality_of(found).measures[0]
    assert not replace(measure, value=float("nan")).usual
    assert replace(measure, value=500.0).usual and not replace(measure, value=5000.0).usual
