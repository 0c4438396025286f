"""Where a prescription's coil goes on a head: rules, MNI points, own points, both sides, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.placement_model import placement_model
from euthymia.therapies.tms.field_head import FieldSite, TmsHead
from euthymia.therapies.tms.field_sites import check_own, motor_site, stimulation_site
from euthymia.therapies.tms.field_tables import field_site_row, machine_of
from euthymia.therapies.tms.tables import TargetRow, stimulations, target_row

from tests.therapies.tms.field_heads import CENTER, ball_fiducials, ball_head, on_ball


def site_on(head: TmsHead, target: str, **options: bool) -> FieldSite:
    found = stimulation_site(head, target_row(target), **options)
    assert isinstance(found, FieldSite), found
    return found


def targets() -> set[str]:
    from euthymia.therapies.tms.tables import protocols

    return {s.target for row in protocols() for s in stimulations(row.form, row.protocol)}


def test_every_target_of_a_protocol_says_how_it_is_found():
    for target in targets() | {"motor_hand"}:
        row = field_site_row(target)
        assert row.statement and (row.found_by != "scalp" or row.code)
        assert not row.placement or placement_model(row.placement)


def test_a_group_target_is_carried_to_the_head_and_the_coil_faces_it():
    head = ball_head()
    site = site_on(head, "mni_clinical", nearest=True)
    wanted = np.array([-0.038, 0.044, 0.026]) - CENTER
    outward = site.on_scalp / np.linalg.norm(site.on_scalp)
    np.testing.assert_allclose(outward, wanted / np.linalg.norm(wanted), atol=0.06)
    assert site.side == "left" and np.linalg.norm(site.on_scalp) == pytest.approx(0.092, abs=0.001)
    assert np.isin(head.mesh.tissue[site.roi.elements], (2,)).all()


def test_the_right_rule_mirrors_the_left_one_and_handles_point_outwards():
    left, right = site_on(ball_head(), "beam_f3"), site_on(ball_head(), "f4_mirror")
    np.testing.assert_allclose(left.on_scalp * [-1, 1, 1], right.on_scalp, atol=0.002)
    assert left.handle[0] < 0 < right.handle[0] and left.handle[1] < 0
    assert np.degrees(np.arctan2(-left.handle[0], -left.handle[1])) == pytest.approx(45)


def test_marked_fiducials_and_hot_spot_are_used_before_estimates():
    spot = on_ball(-0.55, -0.1, 0.8)
    head = replace(ball_head(), fiducials=ball_fiducials(), hand_spot=spot)
    motor = motor_site(head, "left")
    assert np.linalg.norm(motor.on_scalp - spot) < 0.001 and "marked" in motor.notes[0]
    assert "MNI" in motor_site(head, "right").notes[0], "the spot is on the left"
    rule = site_on(head, "rule_5_5_cm")
    assert np.linalg.norm(rule.on_scalp - motor.on_scalp) == pytest.approx(2 * 0.092 * np.sin(0.055 / 0.184), abs=0.003)
    assert rule.on_scalp[1] > motor.on_scalp[1]


def test_a_point_of_ones_own_is_taken_on_its_side_only():
    own = on_ball(-0.6, 0.6, 0.5, radius=0.07)
    head = replace(ball_head(), own_target=own)
    np.testing.assert_allclose(site_on(head, "fcmri_personal").roi.center, own)
    np.testing.assert_allclose(site_on(head, "beam_f3").roi.center, own)
    assert np.linalg.norm(site_on(head, "f4_mirror").roi.center - own) > 0.03
    check_own(head, (target_row("beam_f3"),))
    with pytest.raises(InvalidInput, match="other side"):
        check_own(head, (target_row("f4_mirror"),))


def test_a_pose_of_ones_own_is_kept_and_what_lies_below_is_read_off():
    from euthymia.engines.fields.scalp_placement import tangent_pose

    head = ball_head()
    pose = tangent_pose(head.scalp, on_ball(-0.5, 0.7, 0.5), (-1.0, -1.0, 0.0), distance_m=0.006)
    held = replace(head, own_pose=pose)
    below = site_on(held, "beam_f3")
    assert below.pose is pose and below.placement == "navigated"
    axis = below.roi.center / np.linalg.norm(below.roi.center)
    assert axis @ on_ball(-0.5, 0.7, 0.5) == pytest.approx(0.092, abs=0.001), "under the middle of the coil"
    aimed = site_on(held, "mni_clinical", nearest=True)
    np.testing.assert_allclose(aimed.roi.center, site_on(head, "mni_clinical", nearest=True).roi.center)
    assert site_on(held, "f4_mirror").pose is None
    with pytest.raises(InvalidInput, match="other side"):
        check_own(held, (target_row("f4_mirror"),))


@pytest.mark.parametrize(
    ("target", "words"), [("h1_left_dlpfc", "not published"), ("h7_medial_pfc", "not published"),
                          ("fcmri_personal", "--target")],
)  # fmt: skip
def test_what_has_no_field_says_why(target: str, words: str):
    found = stimulation_site(ball_head(), target_row(target))
    assert isinstance(found, str) and words in found


@pytest.mark.parametrize(
    ("change", "target", "words"),
    [
        ({"mni": None}, "mni_clinical", "--in-mni"),
        ({"mni": None}, "beam_f3", "--fiducials"),
        ({"own_target": on_ball(-1, 0.3, 0.2, radius=0.085)}, "beam_f3", "--nearest"),
        ({"own_target": on_ball(-1, 0.3, 0.2, radius=0.02)}, "beam_f3", "outside grey matter"),
    ],
)
def test_what_cannot_be_found_is_refused_with_the_fix(change: dict[str, object], target: str, words: str):
    with pytest.raises(InvalidInput, match=words):
        stimulation_site(replace(ball_head(), **change), target_row(target))


def test_four_fiducials_stand_in_for_a_mapping_and_it_is_said():
    head = replace(ball_head(), mni=None, fiducials=ball_fiducials())
    assert any("similarity" in note for note in motor_site(head, "left").notes)


def test_a_coil_model_names_its_machine():
    machine = machine_of("magstim_70mm_figure8")
    assert machine is not None and machine.coil == "magstim_d70"
    assert machine_of("circular_90mm_class") is None
    assert isinstance(target_row("beam_f3"), TargetRow)
