"""Poses: what is rigid is taken exactly, what is not is refused with its fault and the nearest rigid matrix."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose, check_rigid, judge_matrix, rotation

GOOD = rotation((1, -2, 0.5), 0.8, (0.01, 0.02, 0.03))


def changed(axes: np.ndarray) -> np.ndarray:
    matrix = GOOD.copy()
    matrix[:3, :3] = axes
    return matrix


def test_a_rigid_matrix_passes_and_rounding_to_three_decimals_is_mended():
    assert np.abs(check_rigid(GOOD) - GOOD).max() < 1e-12
    rounded = GOOD.copy()
    rounded[:3, :3] = rounded[:3, :3].round(3)
    mended = check_rigid(rounded)
    assert np.abs(mended[:3, :3].T @ mended[:3, :3] - np.eye(3)).max() < 1e-14
    assert np.linalg.det(mended[:3, :3]) == pytest.approx(1, abs=1e-14)


def test_shear_is_named_with_its_angle_and_the_nearest_rigid_matrix():
    axes = GOOD[:3, :3].copy()
    axes[:, 1] = np.cos(np.radians(6)) * axes[:, 1] + np.sin(np.radians(6)) * axes[:, 0]
    with pytest.raises(InvalidInput, match=r"sheared: x and y stand at 84\.00°.*Nearest rigid matrix \(3\.00° off"):
        CoilPose(changed(axes))
    nearest = judge_matrix(changed(axes)).nearest
    assert np.linalg.det(nearest[:3, :3]) == pytest.approx(1)
    assert CoilPose(nearest).center == pytest.approx(GOOD[:3, 3])


def test_a_mirror_is_named_and_the_offer_keeps_handle_and_side():
    mirrored = changed(GOOD[:3, :3] * (-1, 1, 1))
    verdict = judge_matrix(mirrored)
    assert any("mirrored" in fault for fault in verdict.faults)
    assert verdict.nearest == pytest.approx(GOOD, abs=1e-12)
    with pytest.raises(InvalidInput, match="left-handed"):
        CoilPose(mirrored)


def test_scale_is_named():
    with pytest.raises(InvalidInput, match=r"scaled: the axes have the lengths 1\.1000"):
        CoilPose(changed(GOOD[:3, :3] * 1.1))


@pytest.mark.parametrize("seed", range(20))
def test_the_nearest_rigid_matrix_is_nearest(seed):
    """No rotation that was tried is nearer (Frobenius) than the one that is offered."""
    rng = np.random.default_rng(seed)
    bent = GOOD[:3, :3] + rng.normal(size=(3, 3)) * 0.1
    offered = judge_matrix(changed(bent)).nearest[:3, :3]
    gap = np.linalg.norm(offered - bent)
    for _ in range(50):
        other = offered @ rotation(rng.normal(size=3), rng.normal() * 0.1)[:3, :3]
        assert np.linalg.norm(other - bent) >= gap - 1e-12


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.eye(3), r"\(4, 4\)"),
        (np.full((4, 4), np.nan), "not finite"),
        (np.diag([1.0, 1, 0, 1]), "singular"),
        (GOOD.T, "last row"),
    ],
)
def test_what_is_no_pose_at_all_is_refused(matrix, words):
    with pytest.raises(InvalidInput, match=words):
        CoilPose(matrix)


def test_axes_units_and_turns():
    pose = CoilPose.from_mm([[1, 0, 0, 10], [0, 1, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]])
    assert pose.center == pytest.approx([0.01, 0.02, 0.03])
    assert pose.in_mm()[:3, 3] == pytest.approx([10, 20, 30])
    assert pose.handle == pytest.approx([0, -1, 0])
    assert pose.shifted((0, 0, -0.005)).center == pytest.approx([0.01, 0.02, 0.025])
    assert pose.turned(2, np.pi / 2).handle == pytest.approx([1, 0, 0])
    with pytest.raises(InvalidInput, match="axis"):
        pose.turned(3, 0.1)
