"""Files of labels and surfaces, and the way between a head and MNI space."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.engines.fields.frames import CoordinateField, MniTransform, fit_landmarks
from euthymia.engines.fields.label_volume import LabelVolume
from euthymia.engines.fields.nifti import label_schemes, read_coordinate_field, read_labels, write_labels
from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surface_files import read_surface, write_gifti
from euthymia.engines.fields.surfaces import tissue_surface

nibabel = pytest.importorskip("nibabel", reason="needs the extra 'fields'")
AFFINE = np.array([(-1.0, 0, 0, 90), (0, 0, 1.5, -60), (0, 2.0, 0, -70), (0, 0, 0, 1)])


def saved(path: Path, labels: np.ndarray, *, code: int = 1, unit: str = "mm") -> Path:
    image = nibabel.Nifti1Image(labels, None)
    image.header.set_sform(AFFINE, code)
    image.header.set_qform(None, 0)
    image.header.set_xyzt_units(unit)
    nibabel.save(image, path)
    return path


def labels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 7, (6, 7, 8)).astype(np.uint8)


def test_labels_round_trip_with_their_place(tmp_path: Path) -> None:
    affine = AFFINE.copy()
    affine[:3] *= 1e-3
    volume = LabelVolume(labels(), affine)
    write_labels(tmp_path / "a.nii.gz", volume)
    again = read_labels(tmp_path / "a.nii.gz", scheme="simnibs")
    assert np.array_equal(again.labels, volume.labels)
    assert again.affine == pytest.approx(affine)


def test_the_scheme_decides_what_six_means(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii", labels())
    assert 6 in read_labels(path, scheme="simnibs").volumes_m3()
    roast = read_labels(path, scheme="roast")
    assert sorted(roast.volumes_m3()) == [1, 2, 3, 4, 5]
    assert np.array_equal(roast.labels == 0, np.isin(labels(), (0, 6)))
    assert label_schemes()["roast"][6] == 0


@pytest.mark.parametrize("unit", ["mm", "unknown", "meter"])
def test_units_of_the_header_are_honored(unit: str, tmp_path: Path) -> None:
    volume = read_labels(saved(tmp_path / "a.nii", labels(), unit=unit), scheme="simnibs")
    assert volume.voxel_sizes_m() == pytest.approx(np.array((1, 2, 1.5)) * (1 if unit == "meter" else 1e-3))


def test_labels_that_cannot_be_trusted_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="scheme"):
        read_labels(saved(tmp_path / "a.nii", labels()), scheme="mine")
    with pytest.raises(InvalidInput, match=r"\[42\]"):
        read_labels(saved(tmp_path / "b.nii", np.full((3, 3, 3), 42, np.uint8)), scheme="roast")
    with pytest.raises(InvalidInput, match="nearest"):
        read_labels(saved(tmp_path / "c.nii", labels().astype(np.float32) + 0.5), scheme="roast")
    with pytest.raises(InvalidInput, match="left"):
        read_labels(saved(tmp_path / "d.nii", labels(), code=0), scheme="roast")
    with pytest.raises(InvalidInput, match="one volume"):
        read_labels(saved(tmp_path / "e.nii", np.ones((3, 3, 3, 2), np.uint8)), scheme="roast")
    whole = saved(tmp_path / "f.nii", labels()).read_bytes()
    (tmp_path / "f.nii").write_bytes(whole[:-100])
    with pytest.raises(InvalidInput, match="readable"):
        read_labels(tmp_path / "f.nii", scheme="roast")
    with pytest.raises(InvalidInput, match="exists"):
        read_labels(tmp_path / "none.nii", scheme="roast")


def test_gifti_round_trips_and_freesurfer_gets_its_center(tmp_path: Path) -> None:
    surface = tissue_surface(layered_sphere([0.03], [2], 0.012), (2,))
    write_gifti(tmp_path / "a.surf.gii", surface, np.arange(surface.nodes.shape[0], dtype=float))
    again = read_surface(tmp_path / "a.surf.gii")
    assert again.nodes == pytest.approx(surface.nodes, abs=1e-8)
    assert np.array_equal(again.triangles, surface.triangles)
    about = {
        "head": np.array([2, 0, 20]), "valid": "1  # volume info valid", "filename": "x.mgz", "volume": [256] * 3,
        "voxelsize": [1.0] * 3, "xras": [-1.0, 0, 0], "yras": [0, 0, -1.0], "zras": [0, 1.0, 0],
        "cras": [5.0, -3.0, 10.0],
    }  # fmt: skip
    nibabel.freesurfer.write_geometry(
        str(tmp_path / "lh.white"), surface.nodes * 1e3, surface.triangles, volume_info=about
    )
    moved = read_surface(tmp_path / "lh.white")
    assert moved.nodes == pytest.approx(surface.nodes + np.array((0.005, -0.003, 0.010)), abs=1e-6)
    nibabel.freesurfer.write_geometry(str(tmp_path / "lh.bare"), surface.nodes * 1e3, surface.triangles)
    with pytest.raises(InvalidInput, match="c_ras"):
        read_surface(tmp_path / "lh.bare")
    (tmp_path / "lh.cut").write_bytes((tmp_path / "lh.white").read_bytes()[:200])
    with pytest.raises(InvalidInput):
        read_surface(tmp_path / "lh.cut")


def bent(points: np.ndarray) -> np.ndarray:
    return points * 1.05 + 0.003 * np.sin(points[:, ::-1] * 30)


def field() -> CoordinateField:
    affine = np.diag((0.004, 0.004, 0.004, 1.0))
    affine[:3, 3] = -0.1
    index = np.stack(np.meshgrid(*[np.arange(51)] * 3, indexing="ij"), axis=-1)
    points = index.reshape(-1, 3) * 0.004 - 0.1
    return CoordinateField(bent(points).reshape(51, 51, 51, 3), affine)


def test_a_deformation_is_followed_and_traced_back() -> None:
    near = np.eye(4)
    near[:3, :3] *= 1.05
    transform = MniTransform(near, field())
    points = np.random.default_rng(3).uniform(-0.06, 0.06, (40, 3))
    assert transform.to_mni(points) == pytest.approx(bent(points), abs=1e-4)
    assert transform.to_head(transform.to_mni(points)) == pytest.approx(points, abs=3e-5)
    with pytest.raises(InvalidInput, match="covers"):
        transform.to_mni(np.array([(0.2, 0.0, 0.0)]))


def test_a_field_that_folds_is_not_traced_back() -> None:
    values = np.zeros((21, 21, 21, 3))
    affine = np.diag((0.01, 0.01, 0.01, 1.0))
    affine[:3, 3] = -0.1
    with pytest.raises((NotConverged, InvalidInput)):
        MniTransform(np.eye(4), CoordinateField(values, affine)).to_head(np.array([(0.01, 0.0, 0.0)]))


def test_an_affine_goes_both_ways_and_mirrors_or_millimetres_are_refused() -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([(1.1, 0.05, 0), (-0.05, 1.0, 0), (0, 0.02, 0.95)])
    matrix[:3, 3] = (0.001, -0.02, 0.03)
    transform = MniTransform(matrix)
    points = np.array([(0.01, 0.02, 0.03), (-0.04, 0.0, 0.05)])
    assert transform.to_head(transform.to_mni(points)) == pytest.approx(points, abs=1e-12)
    with pytest.raises(InvalidInput, match="left"):
        MniTransform(np.diag((-1.0, 1.0, 1.0, 1.0)))
    with pytest.raises(InvalidInput, match="metres"):
        MniTransform(np.diag((1e3, 1e3, 1e3, 1.0)))
    with pytest.raises(InvalidInput, match="millimetres"):
        transform.to_mni(np.array([(38.0, 44.0, 26.0)]))


@pytest.mark.parametrize("kind", ["rigid", "similarity", "affine"])
def test_landmarks_are_fitted(kind: str) -> None:
    rng = np.random.default_rng(11)
    source = rng.normal(scale=0.08, size=(7, 3))
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    linear = {"rigid": turn, "similarity": 1.07 * turn, "affine": turn @ np.diag((1.1, 0.9, 1.0))}[kind]
    target = source @ linear.T + (0.01, 0.02, -0.03)
    matrix, left = fit_landmarks(source, target, kind)  # type: ignore[arg-type]
    assert matrix[:3, :3] == pytest.approx(linear, abs=1e-9)
    assert left < 1e-12
    with pytest.raises(InvalidInput):
        fit_landmarks(source[:2], target[:2], kind)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="line"):
        fit_landmarks(np.outer(np.arange(5) * 0.01, (1, 1, 0)), target[:5], kind)  # type: ignore[arg-type]


def test_coordinate_volumes_are_read(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image((field().values * 1e3).astype(np.float32), np.diag((4.0, 4.0, 4.0, 1.0)))
    nibabel.save(image, tmp_path / "f.nii.gz")
    assert read_coordinate_field(tmp_path / "f.nii.gz").values == pytest.approx(field().values, abs=1e-7)
    with pytest.raises(InvalidInput, match="metres"):
        CoordinateField(field().values * 1e3, np.eye(4))
