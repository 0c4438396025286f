"""Tissues and fields on grids and on given surfaces, and the files they are written to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.grid import Grid, elements_on, field_on, grid_over, labels_on
from euthymia.engines.fields.head_mesh import HeadMeshing, mesh_labels
from euthymia.engines.fields.mesh import Surface, TetMesh, tet_volumes
from euthymia.engines.fields.nifti import label_bytes, read_labels, volume_bytes
from euthymia.engines.fields.solve import FieldResult, field_at, prepare, solve
from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surface_field import field_on_surface, midway
from euthymia.engines.fields.surface_files import gifti_bytes, read_surface
from euthymia.engines.fields.surfaces import node_normals, tissue_surface

nibabel = pytest.importorskip("nibabel", reason="nibabel (extra fields) is not installed")


@pytest.fixture(scope="module")
def ball() -> TetMesh:
    return layered_sphere([0.03, 0.04, 0.05], [1, 2, 5], 0.012)


@pytest.fixture(scope="module")
def result(ball: TetMesh) -> FieldResult:
    def turning(points: np.ndarray) -> np.ndarray:
        return np.cross([0.3, -0.2, 1.0], points) * (1 + 8 * points[:, :1])

    return solve(prepare(ball, order=2, method="direct"), turning, error=False)


def test_every_point_of_a_grid_gets_the_element_that_holds_it(ball: TetMesh) -> None:
    grid = grid_over(ball, 0.003)
    elements = elements_on(ball, grid)
    inside = np.flatnonzero(elements.ravel() >= 0)
    points = grid.points(inside)
    corners = ball.nodes[ball.tets[elements.ravel()[inside]]]
    edges = np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2)
    shares = np.linalg.solve(edges, (points - corners[:, 0])[..., None])[..., 0]
    assert shares.min() > -1e-7 and shares.sum(axis=1).max() < 1 + 1e-7
    outside = np.linalg.norm(grid.points(np.flatnonzero(elements.ravel() < 0)), axis=1)
    assert outside.min() > 0.045, "nothing inside was left out"
    assert (elements[0] < 0).all() and (elements[..., -1] < 0).all(), "an empty layer around"
    volumes = tet_volumes(ball.nodes, ball.tets)
    for tag, found in labels_on(ball, grid, elements).volumes_m3().items():
        assert found == pytest.approx(volumes[ball.tissue == tag].sum(), rel=0.02)


def test_a_turned_plane_is_a_grid_of_one_layer(ball: TetMesh) -> None:
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    affine = np.eye(4)
    affine[:3, :3] = turn * 0.001
    affine[:3, 3] = turn @ [-0.06, -0.06, 0.011]
    grid = Grid(affine, (121, 121, 1))
    elements = elements_on(ball, grid)
    radius = np.linalg.norm(grid.points(np.arange(121 * 121)), axis=1).reshape(121, 121, 1)
    assert (elements[radius < 0.045] >= 0).all() and (elements[radius > 0.0501] < 0).all()
    assert (ball.tissue[elements[radius < 0.026]] == 1).all()


def test_the_field_of_a_grid_is_the_field_of_its_points(ball: TetMesh, result: FieldResult) -> None:
    affine = np.diag([0.0047, 0.0047, 0.0047, 1.0])
    affine[:3, 3] = -0.05133, -0.05071, -0.05017  # no point of it lies on a face of this ball
    grid = Grid(affine, (22, 22, 22))
    elements = elements_on(ball, grid)
    field = field_on(result, grid, elements)
    assert field.dtype == np.float32 and (field[elements < 0] == 0).all()
    inside = np.flatnonzero(elements.ravel() >= 0)[::7]
    expected = field_at(result, grid.points(inside))[:, :, 0]
    off = np.linalg.norm(field.reshape(-1, 3)[inside] - expected, axis=1)
    assert inside.size > 500 and off.max() < 1e-6 * np.abs(expected).max()


@pytest.mark.parametrize("step", [0.0001, 2.0])
def test_a_step_in_other_units_is_refused(ball: TetMesh, step: float) -> None:
    with pytest.raises(InvalidInput, match="millimetres"):
        grid_over(ball, step)


def test_labels_written_from_a_mesh_give_the_mesh_again(ball: TetMesh, tmp_path: Path) -> None:
    grid = grid_over(ball, 0.002)
    volume = labels_on(ball, grid, elements_on(ball, grid))
    (tmp_path / "labels.nii.gz").write_bytes(label_bytes(volume, is_mni=True))
    again = read_labels(tmp_path / "labels.nii.gz", scheme="simnibs")
    assert np.array_equal(again.labels, volume.labels) and again.affine == pytest.approx(volume.affine)
    image = nibabel.load(tmp_path / "labels.nii.gz")
    assert int(image.header["sform_code"]) == 4 and image.header.get_xyzt_units()[0] == "mm"
    assert label_bytes(volume) == label_bytes(volume) != label_bytes(volume, is_mni=True)
    meshed = mesh_labels(again, HeadMeshing(coarse_m=0.006)).mesh
    old, new = (tet_volumes(m.nodes, m.tets) for m in (ball, meshed))
    for tag in (1, 2, 5):
        assert new[meshed.tissue == tag].sum() == pytest.approx(old[ball.tissue == tag].sum(), rel=0.05)


def test_a_field_survives_its_file(ball: TetMesh, result: FieldResult, tmp_path: Path) -> None:
    grid = grid_over(ball, 0.005)
    field = field_on(result, grid, elements_on(ball, grid))
    (tmp_path / "field.nii").write_bytes(volume_bytes(field, grid.affine, about="E, V/m", compressed=False))
    image = nibabel.load(tmp_path / "field.nii")
    assert np.array_equal(image.get_fdata(dtype=np.float32), field)
    assert int(image.header["sform_code"]) == 2 and bytes(image.header["descrip"]).startswith(b"E, V/m")
    corner = image.affine @ [1, 2, 3, 1]
    assert corner[:3] / 1000 == pytest.approx(grid.points(np.ravel_multi_index((1, 2, 3), grid.shape)[None])[0])


def test_a_given_surface_takes_the_field_of_the_grey_matter(ball: TetMesh, result: FieldResult) -> None:
    white, pial = tissue_surface(ball, (1,)), tissue_surface(ball, (1, 2))
    shrunk = Surface(pial.nodes * 0.035 / 0.04, pial.triangles)
    found = field_on_surface(result, shrunk)
    expected = field_at(result, shrunk.nodes, tissue=(2,))[:, :, 0]
    assert found.is_grey.all() and (found.moved_m == 0).all()
    assert found.strength_v_m == pytest.approx(np.linalg.norm(expected, axis=1), rel=1e-6)
    assert found.outward_v_m == pytest.approx((expected * node_normals(shrunk)).sum(axis=1), rel=1e-6, abs=1e-9)
    turned = field_on_surface(result, Surface(shrunk.nodes, shrunk.triangles[:, ::-1]))
    assert turned.outward_v_m == pytest.approx(found.outward_v_m), "outwards, whichever way the file turns"
    lifted = field_on_surface(result, Surface(pial.nodes * 0.042 / 0.04, pial.triangles))
    assert lifted.is_grey.all() and lifted.moved_m == pytest.approx(0.002, abs=5e-4)
    part = np.where(pial.nodes[:, :1] > 0.02, pial.nodes * 1.2, pial.nodes * 0.95)
    some = field_on_surface(result, Surface(part, pial.triangles))
    assert 0 < (~some.is_grey).sum() < 0.4 * part.shape[0] and (some.strength_v_m[~some.is_grey] == 0).all()
    assert white.nodes.shape != pial.nodes.shape
    with pytest.raises(InvalidInput, match="hemisphere"):
        midway(white, pial)
    assert midway(pial, shrunk).nodes == pytest.approx(pial.nodes * 0.0375 / 0.04)


def test_a_surface_of_another_space_is_refused(result: FieldResult, ball: TetMesh) -> None:
    pial = tissue_surface(ball, (1, 2))
    with pytest.raises(InvalidInput, match="space of the head"):
        field_on_surface(result, Surface(pial.nodes + np.array((0.05, 0, 0)), pial.triangles))
    bare = replace(ball, tissue=np.full_like(ball.tissue, 1))
    other = solve(prepare(bare, order=1, method="direct"), lambda p: np.cross([0, 0, 1.0], p), error=False)
    with pytest.raises(InvalidInput, match="tag 2"):
        field_on_surface(other, pial)


def test_a_painted_surface_survives_its_file_with_names_and_space(ball: TetMesh, tmp_path: Path) -> None:
    pial = tissue_surface(ball, (1, 2))
    values = {"magnE": pial.nodes[:, 0], "normalE": -pial.nodes[:, 1]}
    data = gifti_bytes(pial, values, is_mni=True, about={"Head": "a ball <&>"})
    assert data == gifti_bytes(pial, values, is_mni=True, about={"Head": "a ball <&>"})
    (tmp_path / "field.gii").write_bytes(data)
    again = read_surface(tmp_path / "field.gii")
    assert again.nodes == pytest.approx(pial.nodes, abs=1e-8) and np.array_equal(again.triangles, pial.triangles)
    image = nibabel.load(tmp_path / "field.gii")
    shapes = image.get_arrays_from_intent("NIFTI_INTENT_SHAPE")
    assert [s.meta["Name"] for s in shapes] == ["magnE", "normalE"]
    assert shapes[1].data == pytest.approx(-pial.nodes[:, 1])
    place = image.get_arrays_from_intent("NIFTI_INTENT_POINTSET")[0].coordsys
    assert int(place.dataspace) == 4 and np.array_equal(place.xform, np.eye(4))
    assert image.meta["Head"] == "a ball <&>"
    with pytest.raises(InvalidInput, match="magnE"):
        gifti_bytes(pial, {"magnE": pial.nodes[:-1, 0]})
