"""The band figure: inside its width, no text over another, its numbers in words as well."""

from __future__ import annotations

import math

import pytest
from test_figures import check

from euthymia.report.figures import NARROW, WIDE, BandCurve, band_figure


def decay(moments: tuple[tuple[float, str], ...] = (), levels: tuple[tuple[float, str], ...] = ()) -> BandCurve:
    times = tuple(i / 10 for i in range(41))
    median = tuple(100 * (math.exp(-t) - math.exp(-5 * t)) for t in times)
    low, high = tuple(0.7 * m for m in median), tuple(1.4 * m for m in median)
    return BandCurve("Esketamine in plasma", "ng/mL", "h", times, median, low, high, moments, levels)


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_doses_and_limits_never_overlap(width: float) -> None:
    moments = ((0.0, "device 1"), (5 / 60, "device 2"), (10 / 60, "device 3"), (40 / 60, "BP check"), (2.0, "may go"))
    levels = ((180.0, "hold above 180 mmHg"), (110.0, "and 110"), (100.0, "nearly the same"))
    check(band_figure(decay(moments, levels), width=width, key="b"))


def test_what_is_drawn_is_also_said() -> None:
    drawn = band_figure(decay(((0.0, "dose"),), ((90.0, "limit"),)), width=WIDE, key="b")
    assert "Median highest at 0.4 h" in drawn and "Line at 90: limit." in drawn and "dose at 0 h." in drawn
    assert drawn.count('class="band"') == 1 and drawn.count('class="expected"') == 1


def test_a_flat_curve_of_zeros_is_drawn() -> None:
    zeros = (0.0, 0.0, 0.0)
    check(band_figure(BandCurve("Nothing", "mg", "min", (0.0, 1.0, 2.0), zeros, zeros, zeros), width=NARROW, key="z"))


def test_a_moment_outside_the_times_is_left_out() -> None:
    drawn = band_figure(decay(((9.0, "later"),)), width=WIDE, key="b")
    assert 'class="moment"' not in drawn
