"""Pulses: slope and current belong together, outputs convert both ways and nothing is clamped."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields import waveform as w

SHAPES = {
    "biphasic": w.biphasic(280e-6, decay_per_s=500, n=4001),
    "half_sine": w.half_sine(280e-6, n=4001),
    "monophasic": w.monophasic(90e-6, 80e-6, n=8001),
    "controllable": w.controllable([60e-6, 120e-6, 60e-6], [0.5, -0.5, 0.5], n_edge=400),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_current_is_the_integral_of_the_slope(name):
    pulse = SHAPES[name]
    steps = np.diff(pulse.time_s)
    integral = np.concatenate([[0.0], np.cumsum(steps * (pulse.slope[1:] + pulse.slope[:-1]) / 2)])
    assert np.abs(integral - pulse.current_s).max() < 2e-3 * pulse.peak_current_per_slope_s
    assert np.abs(pulse.slope).max() == pytest.approx(1)


def test_phases_have_the_textbook_widths():
    assert w.biphasic(280e-6).main_phase_s() == pytest.approx(70e-6, rel=1e-6)
    assert w.biphasic(280e-6).peak_current_per_slope_s == pytest.approx(280e-6 / 2 / np.pi, rel=1e-5)
    assert SHAPES["monophasic"].main_phase_s() == pytest.approx(90e-6, rel=1e-3)
    assert SHAPES["controllable"].main_phase_s() == pytest.approx(60e-6, rel=1e-3)


@pytest.mark.parametrize("name", ["biphasic", "monophasic", "controllable"])
def test_the_coil_is_without_current_at_the_end(name):
    pulse = SHAPES[name]
    assert abs(pulse.current_s[-1]) < 0.01 * pulse.peak_current_per_slope_s


def test_damping_makes_the_second_field_phase_smaller():
    free, damped = w.biphasic(300e-6), w.biphasic(300e-6, decay_per_s=1500)
    assert abs(damped.slope.min()) < abs(free.slope.min())


def test_output_slope_and_field_convert_both_ways():
    row = w.stimulator("MagStim D70")
    top = row.slope_max_a_us * 1e6
    slope = w.slope_from_output(60, top)
    assert slope == pytest.approx(0.6 * 114.7e6)
    assert w.output_from_slope(slope, top) == pytest.approx(60)
    assert w.peak_field(1.2e-6, 60, top) == pytest.approx(1.2e-6 * slope)
    assert w.output_for_field(w.peak_field(1.2e-6, 60, top), 1.2e-6, top) == pytest.approx(60)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: w.slope_from_output(0, 1e8), "above 0"),
        (lambda: w.slope_from_output(120, 1e8), "at most 100"),
        (lambda: w.slope_from_output(50, 150.0), "150 A/µs is 1.5e8"),
        (lambda: w.output_from_slope(2e8, 1.5e8), "nothing was cut"),
        (lambda: w.output_for_field(-1, 1e-6, 1e8), "field_v_m"),
        (lambda: w.peak_field(float("nan"), 50, 1e8), "field_per_slope"),
        (lambda: w.biphasic(0), "period_s"),
        (lambda: w.monophasic(1e-4, 1e-4, length_s=5e-5), "length_s"),
        (lambda: w.controllable([1e-4, 1e-4], [1, 1]), "areas cancel"),
        (lambda: w.controllable([1e-4], [1]), "two or more"),
        (lambda: w.stimulator("no such coil"), "one of"),
        (lambda: w.Waveform("x", np.arange(3.0), np.ones(3) * 2, np.ones(3)), "largest magnitude"),
    ],
)
def test_what_a_device_cannot_do_is_refused(call, words):
    with pytest.raises(InvalidInput, match=words):
        call()


def test_tables_name_their_sources():
    assert len(w.stimulators()) == 24
    assert all(row.source and 50 < row.slope_max_a_us < 300 for row in w.stimulators())
    assert {row.pulse for row in w.pulses() if not row.cite().is_verified} == {
        "MagPro biphasic", "Magstim Rapid2 biphasic", "Monophasic",
    }  # fmt: skip
