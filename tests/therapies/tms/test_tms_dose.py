"""Dose: depth and field carry a threshold to the site; the cap and the machine's end are kept and said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import EuthymiaError, InvalidInput, SafetyLimit
from euthymia.therapies.tms.dose import depth_adjusted, dose, field_matched
from euthymia.therapies.tms.machine_output import coil_row, coils, output_on_coil, sphere_field
from euthymia.therapies.tms.prescription import MotorThreshold

EMG = MotorThreshold(50, "emg")


@pytest.mark.parametrize(("slope", "per_mm"), [("stokes2005", 3.0), ("stokes2007", 2.8)])
def test_depth_moves_the_threshold_by_the_published_slope(slope, per_mm):
    found = depth_adjusted(EMG, 16, 20, slope=slope)
    assert found.value_pct_mso == pytest.approx(50 + 4 * per_mm)
    assert depth_adjusted(EMG, 20, 16, slope=slope).value_pct_mso == pytest.approx(50 - 4 * per_mm)
    assert "assumption" in found.reasons[0].statement


def test_equal_depth_and_equal_field_change_nothing():
    assert depth_adjusted(EMG, 17, 17).value_pct_mso == 50
    assert field_matched(EMG, 1.1, 1.1, metric="p99").value_pct_mso == pytest.approx(50)


def test_a_weaker_field_at_the_site_asks_for_more_in_proportion():
    found = field_matched(EMG, 1.2, 0.9, metric="roi_mean")
    assert found.value_pct_mso == pytest.approx(50 * 1.2 / 0.9)
    assert "No trial" in found.reasons[0].statement and "roi_mean" in found.reasons[0].statement


def test_the_cap_holds_the_dose_and_says_why():
    free = dose(depth_adjusted(EMG, 16, 17), 110)
    assert free.cap is None and free.pct_mso == free.wanted_pct_mso == pytest.approx(1.1 * 52.8)
    held = dose(depth_adjusted(EMG, 16, 22), 120)
    assert held.wanted_pct_mso == pytest.approx(1.2 * 66.8)
    assert held.pct_mso == pytest.approx(60) and held.pct_of_threshold == pytest.approx(120)
    assert held.cap is not None and "80.2 % MSO wanted, held at 60.0" in held.cap.statement
    assert dose(depth_adjusted(EMG, 16, 22), 120, cap_pct_rmt=130).pct_mso == pytest.approx(65)


def test_saint_at_ninety_percent_of_the_adjusted_threshold_meets_its_cap():
    deep = depth_adjusted(EMG, 14, 22)
    assert dose(deep, 90, cap_pct_rmt=120).pct_mso == pytest.approx(60)
    assert dose(depth_adjusted(EMG, 14, 18), 90, cap_pct_rmt=120).cap is None


def test_out_of_reach_of_the_machine_is_refused_with_the_fix():
    with pytest.raises(SafetyLimit, match=r"machine gives 111 % of it.*EMG, hot spot, coil angle"):
        dose(MotorThreshold(90, "emg"), 120)


@pytest.mark.parametrize(("value", "error", "fix"), [(120, SafetyLimit, "another coil"), (0, InvalidInput, "hunt it")])
def test_a_threshold_of_0_or_120_is_refused_with_the_fix(value, error, fix):
    with pytest.raises(error, match=fix):
        MotorThreshold(value, "emg")


def test_a_threshold_by_sight_is_shown_on_the_emg_scale_but_never_corrected():
    found = dose(MotorThreshold(50, "visual"), 120)
    assert found.pct_mso == pytest.approx(60)
    (reason,) = found.reasons
    assert "about 134 % (up to 153 %)" in reason.statement and "Nothing was corrected" in reason.statement


@pytest.mark.parametrize(
    "act",
    [
        lambda: dose(EMG, 1.2), lambda: dose(EMG, 131), lambda: dose(EMG, float("nan")), lambda: dose(EMG, 30),
        lambda: depth_adjusted(EMG, 0.016, 0.02), lambda: depth_adjusted(EMG, 16, 60),
        lambda: depth_adjusted(EMG, 16, 20, slope="none"), lambda: depth_adjusted(EMG, True, 20),
        lambda: depth_adjusted(MotorThreshold(20, "emg"), 30, 16), lambda: field_matched(EMG, 0, 1, metric="p99"),
        lambda: field_matched(EMG, 1, 1, metric="max"), lambda: dose(EMG, 120, cap_pct_rmt=140),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(act):
    with pytest.raises(EuthymiaError):
        act()


@given(
    threshold=st.floats(1, 100), intensity=st.floats(50, 130), motor=st.floats(5, 50), site=st.floats(5, 50),
    cap=st.floats(50, 130),
)  # fmt: skip
def test_no_dose_passes_the_machine_or_the_cap(threshold, intensity, motor, site, cap):
    try:
        found = dose(depth_adjusted(MotorThreshold(threshold, "emg"), motor, site), intensity, cap_pct_rmt=cap)
    except EuthymiaError:
        return
    assert 0 < found.pct_mso <= 100 and found.pct_of_threshold <= cap + 1e-6
    assert (found.cap is None) == (found.pct_mso == found.wanted_pct_mso)


@pytest.mark.parametrize("coil", coils(), ids=lambda row: row.coil)
def test_output_and_current_slope_are_each_others_inverse(coil):
    assert coil.didt_a_us(100) == coil.max_didt_a_us
    assert coil.pct_mso(coil.didt_a_us(37.5)) == pytest.approx(37.5)
    with pytest.raises(SafetyLimit, match="at most"):
        coil.pct_mso(coil.max_didt_a_us * 1.01)
    with pytest.raises(SafetyLimit, match="motor threshold"):
        coil.didt_a_us(120)


def test_field_scales_with_the_current():
    d70 = coil_row("magstim_d70")
    assert d70.field_v_m(50, 1.21) == pytest.approx(0.5 * 114.7 * 1.21)
    shown = sphere_field("magstim_d70")
    assert shown is not None and shown.verification.value == "unverified"
    assert sphere_field("c_b70") is None


def test_output_is_not_carried_to_another_coil():
    assert output_on_coil(55, "c_b60", "c_b60") == 55
    with pytest.raises(InvalidInput, match="treating coil"):
        output_on_coil(55, "c_b60", "magstim_d70")
