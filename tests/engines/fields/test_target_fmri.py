"""Personal targets from made connectivity maps whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.fmri_map import ConnectivityMap, read_map, search_mask
from euthymia.engines.fields.fmri_target import fmri_target

SHAPE = (61, 73, 61)
AFFINE = np.array([[-0.003, 0, 0, 0.09], [0, 0.003, 0, -0.126], [0, 0, 0.003, -0.072], [0, 0, 0, 1.0]])  # stored LAS
SEED = np.array([6, 16, -10]) / 1000


def places() -> np.ndarray:
    i, j, k = np.indices(SHAPE)
    return np.stack([i, j, k], axis=-1) @ AFFINE[:3, :3].T + AFFINE[:3, 3]


def bump(center: object, size: float, width: float = 0.006) -> np.ndarray:
    """Gaussian of height ``size`` at ``center`` (mm)."""
    away = ((places() - np.asarray(center, dtype=float) / 1000) ** 2).sum(axis=-1)
    return np.asarray(size * np.exp(-away / (2 * width**2)))


def made(*bumps: np.ndarray, base: float = 0.05) -> ConnectivityMap:
    """A map with a positive seed region and these bumps."""
    return ConnectivityMap(base + bump(SEED * 1000, 0.8, 0.01) + sum(bumps), AFFINE)


@pytest.mark.parametrize("center", [(-42, 36, 33), (-36, 42, 39), (-39, 18, 51)])
def test_the_center_of_a_single_trough_is_found_by_both_methods(center: tuple[float, float, float]) -> None:
    found = fmri_target(made(bump(center, -0.5)), grey_matter=np.ones(SHAPE, dtype=bool))
    assert 1000 * found.peak == pytest.approx(center, abs=1e-6)
    assert 1000 * found.cluster == pytest.approx(center, abs=1.5)
    assert found.peak_value == pytest.approx(-0.45, abs=0.01) and found.rivals < 0.05
    assert found.target.space == "mni" and found.target.point is found.cluster and found.masked_by_grey_matter
    by_peak = fmri_target(made(bump(center, -0.5)), method="peak")
    assert 1000 * by_peak.target.point == pytest.approx(center, abs=1e-6)
    assert "grey matter was not given" in by_peak.target.note and not by_peak.masked_by_grey_matter


def test_a_deep_single_voxel_does_not_beat_a_broad_cluster() -> None:
    values = made(bump((-42, 36, 33), -0.5)).values.copy()
    spike = tuple(np.rint(np.linalg.solve(AFFINE, [-0.039, 0.012, 0.057, 1]))[:3].astype(int))
    values[spike] = -0.9
    found = fmri_target(ConnectivityMap(values, AFFINE))
    assert found.peak_value == -0.9 and found.peak_to_cluster_m > 0.02
    assert 1000 * found.cluster == pytest.approx((-42, 36, 33), abs=2)


def test_two_equal_troughs_are_reported_as_rivals() -> None:
    found = fmri_target(made(bump((-42, 42, 27), -0.5), bump((-39, 12, 54), -0.5)))
    assert found.rivals > 0.8


def test_what_lies_outside_the_mask_or_grey_matter_is_never_chosen() -> None:
    volume = made(bump((42, 36, 33), -0.9), bump((-36, 42, 39), -0.6), bump((-42, 18, 51), -0.3))
    assert 1000 * fmri_target(volume).peak == pytest.approx((-36, 42, 39), abs=1e-6)
    grey = np.asarray(places()[..., 1] < 0.03)
    assert 1000 * fmri_target(volume, grey_matter=grey).peak == pytest.approx((-42, 18, 51), abs=1e-6)


def test_the_search_mask_is_the_union_of_four_spheres_on_the_left() -> None:
    volume = made()
    points = 1000 * places()[search_mask(volume)]
    centers = np.array([[-41, 16, 54], [-37, 26, 49], [-36, 39, 43], [-44, 40, 29]])
    nearest = np.linalg.norm(points[:, None] - centers, axis=2).min(axis=1)
    assert nearest.max() <= 20 and points[:, 0].max() < 0
    inside = np.linalg.norm(1000 * places()[..., None, :] - centers, axis=-1).min(axis=-1) <= 20
    assert inside.sum() == len(points)
    assert search_mask(volume, 0.015).sum() < len(points)
    with pytest.raises(InvalidInput, match="meters"):
        search_mask(volume, 20)


def test_a_map_with_its_sign_turned_is_refused() -> None:
    turned = ConnectivityMap(-made(bump((-42, 36, 33), -0.5)).values, AFFINE)
    with pytest.raises(InvalidInput, match=r"negative at its own seed.*multiply it by -1"):
        fmri_target(turned)


def test_a_map_without_anticorrelation_without_seed_or_cut_off_gives_no_target() -> None:
    with pytest.raises(InvalidInput, match="nowhere negative"):
        fmri_target(made())
    values = made(bump((-42, 36, 33), -0.5)).values
    no_seed = np.where(np.linalg.norm(places() - SEED, axis=-1) < 0.015, np.nan, values)
    with pytest.raises(InvalidInput, match="sign of the map cannot be checked"):
        fmri_target(ConnectivityMap(no_seed, AFFINE))
    cut = np.where(places()[..., 2] > 0.04, 0.0, values)
    with pytest.raises(InvalidInput, match="normalize it to MNI152"):
        fmri_target(ConnectivityMap(cut, AFFINE))
    with pytest.raises(InvalidInput, match="not t values"):
        fmri_target(ConnectivityMap(20 * values, AFFINE))
    with pytest.raises(InvalidInput, match="grey_matter"):
        fmri_target(ConnectivityMap(values, AFFINE), grey_matter=np.ones((2, 2, 2), dtype=bool))


def test_a_shape_or_affine_that_is_no_volume_is_refused() -> None:
    for shape, affine in (((4, 4, 4, 10), AFFINE), ((4, 4), AFFINE)):
        with pytest.raises(InvalidInput, match="values"):
            ConnectivityMap(np.ones(shape), affine)
    with pytest.raises(InvalidInput, match="millimeters"):
        ConnectivityMap(np.ones((4, 4, 4)), np.diag([2.0, 2, 2, 1]))
    with pytest.raises(InvalidInput, match="invertible"):
        ConnectivityMap(np.ones((4, 4, 4)), np.diag([0.002, 0.002, 0, 1]))


def test_the_effect_is_part_of_every_result() -> None:
    found = fmri_target(made(bump((-42, 36, 33), -0.5)))
    assert "r = 0.1, p = 0.39" in found.effect.statement and found.target.method == "fmri"


def test_a_nifti_file_gives_the_same_target_as_its_array(tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel", reason="nibabel (extra `fields`) reads NIfTI")
    volume = made(bump((-42, 36, 33), -0.5))
    affine = AFFINE.copy()
    affine[:3] *= 1000
    grey = np.where(places()[..., 0] < 0, 1.0, 0.0)
    for name, values in (("map", volume.values), ("grey", grey)):
        nibabel.save(nibabel.Nifti1Image(values, affine), tmp_path / f"{name}.nii.gz")
    read, mask = read_map(tmp_path / "map.nii.gz", tmp_path / "grey.nii.gz")
    assert mask is not None
    assert fmri_target(read, grey_matter=mask).cluster == pytest.approx(fmri_target(volume).cluster, abs=1e-6)
    nibabel.save(nibabel.Nifti1Image(grey[:-1], affine), tmp_path / "small.nii.gz")
    with pytest.raises(InvalidInput, match="Resample"):
        read_map(tmp_path / "map.nii.gz", tmp_path / "small.nii.gz")
    (tmp_path / "broken.nii.gz").write_bytes((tmp_path / "map.nii.gz").read_bytes()[:2000])
    for name in ("broken.nii.gz", "absent.nii.gz"):
        with pytest.raises(InvalidInput, match="NIfTI volume"):
            read_map(tmp_path / name)
