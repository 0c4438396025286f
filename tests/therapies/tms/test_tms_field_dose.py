"""Doses side by side: by hand-made fields, so that every number can be checked on paper; caps, refusals, warnings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.tms.field_dose import DoseLine, dose_lines, not_proven
from euthymia.therapies.tms.field_numbers import SiteField, TmsField
from euthymia.therapies.tms.field_reasons import field_reasons, with_dose_reason
from euthymia.therapies.tms.field_saved import saved_field
from euthymia.therapies.tms.machine_output import coil_row
from euthymia.therapies.tms.prescription import MotorThreshold, TmsPrescription
from euthymia.therapies.tms.propose import build
from euthymia.therapies.tms.tables import protocol_row

SITE = SiteField(
    order=1, target="beam_f3", title="Left DLPFC", side="left", target_mm=(-40.0, 40.0, 35.0), target_v_m=0.9,
    peak_v_m=1.3, motor_v_m=1.2, motor_peak_v_m=1.5, target_range_v_m=(0.7, 0.95), ratio_range=(0.5, 0.65),
    spread_words="95 % of 300 draws", depth_mm=15.0, motor_depth_mm=12.0,
)  # fmt: skip
D70 = coil_row("magstim_d70")


def prescribed(form: str = "tms_itbs", protocol: str = "standard", mt: float | None = 50) -> TmsPrescription:
    row = protocol_row(form, protocol)
    assert row is not None
    return replace(build(row), motor_threshold=None if mt is None else MotorThreshold(mt, "emg"))


def by_way(rx: TmsPrescription, site: SiteField = SITE, machine=D70, number: int = 0) -> dict[str, DoseLine]:
    return {line.way: line for line in dose_lines(rx, rx.stimulations[number], site, machine=machine)}


def test_four_ways_on_a_threshold_give_output_slope_and_field():
    found = by_way(prescribed())
    flat = found["flat"]
    assert flat.is_prescribed and (flat.pct_rmt, flat.pct_mso) == pytest.approx((120, 60))
    assert flat.didt_a_us == pytest.approx(0.6 * 114.7) and flat.target_v_m == pytest.approx(0.6 * 114.7 * 0.9)
    assert flat.target_range_v_m == pytest.approx((0.6 * 114.7 * 0.7, 0.6 * 114.7 * 0.95))
    assert flat.of_threshold_field == pytest.approx(1.2 * 0.9 / 1.5)
    assert found["stokes2007"].threshold_pct_rmt == pytest.approx(100 * (50 + 2.8 * 3) / 50)
    assert found["matched_p99_9"].threshold_pct_rmt == pytest.approx(100 * 1.5 / 1.3)
    assert found["matched_roi_mean"].threshold_pct_rmt == pytest.approx(100 * 1.2 / 0.9)


def test_a_matched_dose_above_the_cap_is_held_with_its_reason():
    line = by_way(prescribed())["matched_roi_mean"]
    assert line.is_capped and line.wanted_pct_rmt == pytest.approx(160) and line.pct_rmt == pytest.approx(120)
    assert any(reason.code == "dose_capped" and "held at" in reason.statement for reason in line.reasons)


def test_without_a_threshold_the_share_is_known_and_the_output_is_not():
    found = by_way(prescribed(mt=None))
    assert found["flat"].pct_rmt == pytest.approx(120) and found["flat"].pct_mso is None
    held = found["matched_roi_mean"]
    assert held.is_capped and (held.wanted_pct_rmt, held.pct_rmt) == pytest.approx((160, 120))
    assert "--threshold" in found["stokes2007"].refused and found["stokes2007"].pct_rmt is None
    assert held.of_threshold_field == pytest.approx(1.2 * 0.9 / 1.5)


def test_a_depth_adjusted_form_is_prescribed_by_depth_up_to_its_own_cap():
    found = by_way(prescribed("tms_bilateral", mt=40))
    line = found["stokes2007"]
    assert line.is_prescribed and not found["flat"].is_prescribed
    assert line.wanted_pct_rmt == pytest.approx(1.2 * 100 * (40 + 8.4) / 40)
    assert line.is_capped and line.pct_rmt == pytest.approx(130)


def test_what_no_machine_gives_is_refused_in_words_and_a_depth_out_of_range_too():
    found = by_way(prescribed("tms_saint", mt=95), replace(SITE, depth_mm=22.0))
    assert "refused for safety" in found["stokes2007"].refused and found["stokes2007"].pct_mso is None
    shallow = by_way(prescribed(), replace(SITE, depth_mm=2.0))
    assert "5 to 50 mm" in shallow["stokes2007"].refused and shallow["flat"].pct_mso is not None


@pytest.mark.parametrize(("mt", "error", "fix"), [(0, InvalidInput, "hunt it"), (120, SafetyLimit, "another coil")])
def test_a_threshold_of_0_or_120_never_reaches_a_dose(mt: float, error: type[Exception], fix: str):
    with pytest.raises(error, match=fix):
        prescribed(mt=mt)


@given(mt=st.floats(1, 83), target=st.floats(0.05, 5), motor=st.floats(0.05, 5))
def test_no_way_passes_the_cap_or_the_machine(mt: float, target: float, motor: float):
    site = replace(SITE, target_v_m=target, peak_v_m=target, motor_v_m=motor, motor_peak_v_m=motor)
    for threshold in (mt, None):
        for line in by_way(prescribed(mt=threshold), site).values():
            assert line.refused or (line.pct_rmt is not None and line.pct_rmt <= 120 + 1e-6)
            assert line.pct_mso is None or line.pct_mso <= 100


def field_of(site: SiteField, *, is_template: bool) -> TmsField:
    return TmsField(
        head="H", statement="Said.", is_template=is_template, how="10 tetrahedra", coil="a coil", machine=D70,
        sites=(site,), without=("No field is computed for the other.",), sources=(),
    )  # fmt: skip


def test_the_reasons_carry_numbers_ranges_and_what_is_not_proven():
    rx = prescribed()
    doses = {1: dose_lines(rx, rx.stimulations[0], SITE, machine=D70)}
    found = {reason.code: reason for reason in field_reasons(field_of(SITE, is_template=True), doses)}
    assert (found["field_target"].value, found["field_target"].low, found["field_target"].high) == (0.9, 0.7, 0.95)
    assert found["field_share"].value == pytest.approx(0.6)
    assert "60 % of machine output (69 A/us) gives 62 V/m" in found["field_prescribed"].statement
    assert "not this patient" in found["field_head"].statement
    assert "no setting for this patient" in found["dose_not_proven"].statement
    assert "133.5" in found["dose_not_proven"].statement and "No field is computed" in found["field_none"].statement
    assert "no setting" not in not_proven(is_template=False).statement


def test_a_prescription_names_the_matched_dose_of_its_own_head_only():
    rx = prescribed()
    doses = {1: dose_lines(rx, rx.stimulations[0], SITE, machine=D70)}
    own = with_dose_reason(rx, field_of(SITE, is_template=False), doses)
    assert {"field_matched", "depth_adjusted"} <= {reason.code for reason in own.reasons}
    assert replace(own, reasons=()) == replace(rx, reasons=())
    assert with_dose_reason(rx, field_of(SITE, is_template=True), doses) == rx


def test_the_saved_table_gives_both_sides_and_says_what_it_lacks():
    found = saved_field(prescribed("tms_bilateral"), "magstim_70mm_figure8")
    right, left = found.sites
    assert (right.side, left.side) == ("right", "left") and right.target_mm[0] > 0 > left.target_mm[0]
    assert left.target_range_v_m is None and left.depth_mm is None and found.machine == D70
    assert "none" in by_way(prescribed(), left)["stokes2007"].refused
    assert not saved_field(prescribed("tms_deep_h1"), "magstim_70mm_figure8").sites
    with pytest.raises(InvalidInput, match="--fast"):
        saved_field(prescribed(), "magventure_cb60")
