"""What is taken as a T1 image: any storage order and angle, one frame, a whole head; the rest is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields import t1_image
from euthymia.engines.fields.t1_image import closed, grown, largest_part, opened, prepared_t1

VOXEL = 0.0024
SEMI_AXES = np.array((0.075, 0.095, 0.100))


def ellipsoid(rotation: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A head of three litres with a nose in front and a mark on the right, noise around it; and its affine."""
    shape = np.array((76, 94, 96))
    affine = np.eye(4)
    affine[:3, :3] = VOXEL * (np.eye(3) if rotation is None else rotation)
    affine[:3, 3] = -affine[:3, :3] @ ((shape - 1) / 2) + (0.01, -0.02, 0.03)
    at = np.indices(shape).reshape(3, -1).T * VOXEL
    at -= at.mean(axis=0)
    inside = ((at / SEMI_AXES) ** 2).sum(axis=1) < 1
    values = np.where(inside, 80.0, 0.0) + np.abs(np.random.default_rng(3).normal(0, 2, inside.size))
    values[((at - (0.05, 0.0, 0.0)) ** 2).sum(axis=1) < 0.012**2] = 160.0
    return values.reshape(shape), affine


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work on a 4 mm grid: the same steps, a sixtieth of the voxels."""
    monkeypatch.setattr(t1_image, "GRID_M", 0.004)


def mark_of(image: t1_image.T1Image) -> np.ndarray:
    """Middle of the bright mark, m."""
    return (np.argwhere(image.values > 120) @ image.affine[:3, :3].T + image.affine[:3, 3]).mean(axis=0)


def test_outline_is_filled_and_measured() -> None:
    image = prepared_t1(*ellipsoid())
    expected = 4 / 3 * np.pi * SEMI_AXES.prod()
    assert float(image.head.sum()) * 0.004**3 == pytest.approx(expected, rel=0.08)
    assert image.noise[0] == pytest.approx(1.6, abs=0.4) and image.cut == ()
    assert mark_of(image) == pytest.approx((0.06, -0.02, 0.03), abs=0.002)
    assert np.allclose(image.affine[:3, :3], 0.004 * np.eye(3))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("flips", [(), (0, 1), (2,)])
def test_storage_order_and_mirrored_axes_change_nothing(order: tuple[int, ...], flips: tuple[int, ...]) -> None:
    values, affine = ellipsoid()
    moved, placed = np.transpose(values, order), affine.copy()
    placed[:3, :3] = affine[:3, list(order)]
    for axis in flips:
        moved = np.flip(moved, axis)
        placed[:3, 3] += placed[:3, axis] * (moved.shape[axis] - 1)
        placed[:3, axis] *= -1
    image = prepared_t1(moved, placed)
    assert (np.diag(image.affine)[:3] > 0).all()
    assert mark_of(image) == pytest.approx((0.06, -0.02, 0.03), abs=0.0025)


def test_oblique_images_keep_their_angle_and_their_places() -> None:
    angle = np.radians(20)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    values, affine = ellipsoid(turn)
    image = prepared_t1(values, affine)
    assert np.allclose(image.affine[:3, :3], 0.004 * turn)
    assert mark_of(image) == pytest.approx((0.06, -0.02, 0.03), abs=0.002)


def test_sides_at_which_the_head_is_cut_are_named() -> None:
    values, affine = ellipsoid()
    image = prepared_t1(values[:, :, 20:], affine)
    assert image.cut == ("neck",)


def not_finite() -> tuple[np.ndarray, np.ndarray]:
    values, affine = ellipsoid()
    values[3, 4, 5] = np.nan
    return values, affine


def four_frames() -> tuple[np.ndarray, np.ndarray]:
    values, affine = ellipsoid()
    return np.stack([values] * 4, axis=-1), affine


def thick() -> tuple[np.ndarray, np.ndarray]:
    values, affine = ellipsoid()
    return values[:, :, ::2], affine @ np.diag((1, 1, 2, 1))


def stripped() -> tuple[np.ndarray, np.ndarray]:
    values, affine = ellipsoid()
    return values, affine @ np.diag((0.8, 0.8, 0.8, 1.0))


def sheared() -> tuple[np.ndarray, np.ndarray]:
    values, affine = ellipsoid()
    affine[0, 1] = 0.2 * VOXEL
    return values, affine


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (not_finite, "1 values that are NaN"),
        (four_frames, "one volume"),
        (thick, r"2\.4 × 2\.4 × 4\.8 mm.*3-D acquisition"),
        (stripped, r"1\.\d+ l.*skull stripped\? Then give the image from before"),
        (sheared, "right angles"),
        (lambda: (np.ones((20, 20, 20)), np.diag((VOXEL, VOXEL, VOXEL, 1))), "the same everywhere"),
        (lambda: (ellipsoid()[0], np.diag((1.0, 1.0, 1.0, 1.0))), "voxels of 1e"),
    ],
)
def test_other_images_are_refused_with_the_fix(made: object, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        prepared_t1(*made())  # type: ignore[operator]


def test_masks_grow_close_and_open_by_a_distance() -> None:
    mask = np.zeros((40, 40, 40), dtype=bool)
    mask[15:25, 15:25, 15:19] = mask[15:25, 15:25, 21:25] = True
    mask[2, 2, 2] = True
    assert grown(mask, 2.0)[13, 20, 17] and not grown(mask, 2.0)[12, 20, 17]
    assert closed(mask, 2.0)[20, 20, 19:21].all() and not closed(mask, 2.0)[14].any()
    assert not opened(mask, 1.0)[2, 2, 2] and opened(mask, 1.0)[20, 20, 17]
    assert largest_part(mask).sum() == 400
    assert not grown(np.zeros((5, 5, 5), dtype=bool), 2.0).any()


def test_files_with_several_frames_are_refused(tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel", reason="nibabel (extra fields) is not installed")
    from euthymia.engines.fields.nifti import read_volume

    nibabel.save(nibabel.Nifti1Image(np.zeros((9, 9, 9, 3), dtype=np.float32), np.eye(4)), tmp_path / "four.nii")
    with pytest.raises(InvalidInput, match="several frames"):
        read_volume(tmp_path / "four.nii")
    nibabel.save(nibabel.Nifti1Image(np.full((9, 8, 7, 1), 3, dtype=np.int16), np.eye(4)), tmp_path / "one.nii")
    values, affine = read_volume(tmp_path / "one.nii")
    assert values.shape == (9, 8, 7) and affine[0, 0] == pytest.approx(1e-3)
