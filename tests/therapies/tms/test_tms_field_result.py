"""The field of a prescription on a small head: numbers that agree with the field page, spread, both sides, seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from euthymia.engines.fields.coils import coil_model
from euthymia.engines.fields.mesh import tet_volumes
from euthymia.engines.fields.placement_model import placement_model
from euthymia.engines.fields.solve import prepare, solve
from euthymia.report.field_measures import PlacedField, measures, painted_cortex
from euthymia.therapies.tms.field_result import ComputedField, compute_field
from euthymia.therapies.tms.field_solve import SLOPE_A_S, at_slope, placed_source
from euthymia.therapies.tms.field_spread import field_spread
from euthymia.therapies.tms.propose import build
from euthymia.therapies.tms.tables import protocol_row

from tests.therapies.tms.field_heads import ball_head

pytest.importorskip("pyamg", reason="pyamg (extra fields) is not installed")
COIL = coil_model("magstim_25mm_figure8")


def prescription(form: str):
    row = protocol_row(form, "standard")
    assert row is not None
    return build(row)


@pytest.fixture(scope="module")
def found() -> ComputedField:
    result = compute_field(ball_head(), prescription("tms_bilateral"), COIL, order=1, seed=3)
    assert isinstance(result, ComputedField)
    return result


def test_each_stimulation_has_its_site_and_its_own_motor_side(found: ComputedField):
    right, left = found.field.sites
    assert (right.side, left.side) == ("right", "left") and set(found.motor) == {"left", "right"}
    assert right.target_mm[0] > 0 > left.target_mm[0]
    assert left.ratio_to_motor == pytest.approx(left.target_v_m / found.motor["left"].peak_v_m)
    assert left.target_v_m == pytest.approx(right.target_v_m, rel=0.25), "mirrored sites on a ball"
    assert left.depth_mm == pytest.approx(92 - 78, abs=1.5) == left.motor_depth_mm


def test_the_numbers_are_those_of_the_field_page(found: ComputedField):
    solved, site = found.solved[0], found.field.sites[0]
    head = ball_head()
    slope = 2.5 * SLOPE_A_S
    placed = PlacedField(
        head.name, head.statement, head.scalp.surface, COIL, solved.pose, slope, site.title, solved.site.roi,
        at_slope(solved.result, slope),
    )  # fmt: skip
    shown = measures(placed, painted_cortex(placed))
    assert shown.target_v_m == pytest.approx(2.5 * site.target_v_m, rel=1e-9)
    assert shown.peak_v_m == pytest.approx(2.5 * site.peak_v_m, rel=1e-9)
    assert 1000 * shown.coil_to_target_m == pytest.approx(site.coil_to_target_mm)


def test_the_block_agrees_with_a_solution_alone(found: ComputedField):
    alone = solve(prepare(ball_head().mesh, order=1), placed_source(COIL, [found.solved[1].pose]), error=False)
    roi = found.solved[1].site.roi
    strength = np.linalg.norm(alone.field_v_m[roi.elements, :, 0], axis=1)
    mean = np.average(strength, weights=tet_volumes(ball_head().mesh.nodes, ball_head().mesh.tets)[roi.elements])
    assert mean == pytest.approx(found.field.sites[1].target_v_m, rel=1e-4)


def test_the_spread_holds_the_middle_and_grows_with_the_error_of_placement(found: ComputedField):
    target, motor = found.solved[1], found.motor["left"]
    own = found.field.sites[1].spread
    assert own is not None and own.field[0] < 1 and own.field[0] < own.field[1]
    assert sum(value for _, value in own.slopes) == pytest.approx(0, abs=1e-4), "all tissues alike change nothing"

    def width(method: str | None) -> float:
        error = None if method is None else placement_model(method)
        spread = field_spread(ball_head(), COIL, target, motor, error, n_draws=60, seed=1)
        assert (spread.placement is None) == (method is None)
        return spread.field[1] - spread.field[0]

    assert width(None) < width("cap_marks")


def test_a_seed_gives_the_same_numbers_and_another_does_not(found: ComputedField):
    target, motor = found.solved[1], found.motor["left"]
    again = field_spread(ball_head(), COIL, target, motor, placement_model("beam_f3"), seed=3)
    assert again == found.field.sites[1].spread
    one, other = (field_spread(ball_head(), COIL, target, motor, None, seed=seed).field for seed in (3, 4))
    assert one != other


def test_a_form_without_a_field_says_why_and_a_half_known_one_gives_the_half():
    why = compute_field(ball_head(), prescription("tms_deep_h1"), COIL, order=1, seed=0)
    assert isinstance(why, tuple) and "not published" in why[0]
    rx = prescription("tms_bilateral")
    mixed = replace(rx, stimulations=(rx.stimulations[0], replace(rx.stimulations[1], target="fcmri_personal")))
    half = compute_field(ball_head(), mixed, COIL, order=1, seed=0)
    assert isinstance(half, ComputedField)
    assert [site.order for site in half.field.sites] == [1] and "--target" in half.field.without[0]
