"""Label volumes to meshes: conforming, watertight, right volumes, in one part, and the same bytes every time."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.grading import refine
from euthymia.engines.fields.head_mesh import HeadMesh, HeadMeshing, mesh_labels
from euthymia.engines.fields.label_volume import LabelVolume, indicators
from euthymia.engines.fields.lattice import bcc_lattice
from euthymia.engines.fields.mesh import TetMesh, tet_volumes
from euthymia.engines.fields.quality import quality
from euthymia.engines.fields.topology import face_components, faces_of

RADII_M = (0.014, 0.017, 0.020, 0.024)
TAGS = (1, 2, 3, 5)
COARSE = HeadMeshing(coarse_m=0.003, fine_tissues=())
GRADED = HeadMeshing(coarse_m=0.004, fine_tissues=(2, 3))


def shells(*, turned: bool = False) -> LabelVolume:
    """Concentric balls in 1 mm voxels."""
    axis = np.arange(-27, 28)
    radius = np.linalg.norm(np.stack(np.meshgrid(axis, axis, axis, indexing="ij")), axis=0) * 1e-3
    labels = np.zeros(radius.shape, dtype=np.uint8)
    for outer, tag in zip(RADII_M[::-1], TAGS[::-1], strict=True):
        labels[radius <= outer] = tag
    affine = np.diag((1e-3, 1e-3, 1e-3, 1.0))
    affine[:3, 3] = -0.027
    if turned:  # axes permuted and one flipped, as scanners store them
        affine = affine[:, (2, 0, 1, 3)] @ np.diag((-1.0, 1.0, 1.0, 1.0))
        affine[:3, 3] = (-0.027, -0.027, 0.027)
    return LabelVolume(labels, affine)


@cache
def meshed(graded: bool) -> HeadMesh:
    return mesh_labels(shells(), GRADED if graded else COARSE)


@pytest.mark.parametrize("graded", [False, True])
def test_every_tissue_keeps_its_volume(graded: bool) -> None:
    head = meshed(graded)
    exact = 4 / 3 * np.pi * np.diff(np.array((0.0, *RADII_M)) ** 3)
    for tag, volume in zip(TAGS, exact, strict=True):
        assert abs(head.volume_error[tag]) < 0.02
        assert head.volume_error[tag] == pytest.approx(
            dict(head.quality.volume_m3)[tag] / head.label_volume_m3[tag] - 1, abs=1e-12
        )
        assert dict(head.quality.volume_m3)[tag] == pytest.approx(volume, rel=0.05)


@pytest.mark.parametrize("graded", [False, True])
def test_mesh_is_in_one_part_with_sound_elements(graded: bool) -> None:
    found = meshed(graded).quality
    assert found.components == 1
    assert found.smallest_dihedral_deg > 5.0
    assert found.largest_dihedral_deg < 170.0
    assert found.radius_ratio_worst >= 0.12


@pytest.mark.parametrize("graded", [False, True])
def test_surface_of_every_tissue_is_closed_and_conforming(graded: bool) -> None:
    mesh = meshed(graded).mesh
    for outer in range(1, len(TAGS) + 1):
        part = mesh.tets[np.isin(mesh.tissue, TAGS[:outer])]
        faces = faces_of(part)
        skin = faces.corners[faces.owners[:, 1] < 0]
        directed = skin[:, ((0, 1), (1, 2), (2, 0))].reshape(-1, 2)
        base = mesh.nodes.shape[0]
        forward, back = directed @ (base, 1), directed[:, ::-1] @ (base, 1)
        assert np.array_equal(np.sort(forward), np.sort(back))
        # A face left hanging by refinement would lie deep inside a closed ball.
        assert np.linalg.norm(mesh.nodes[skin], axis=2).min() > RADII_M[outer - 1] - 0.003


def test_cutting_brings_the_surface_within_a_fraction_of_a_voxel() -> None:
    mesh = meshed(False).mesh
    faces = faces_of(mesh.tets)
    skin = np.unique(faces.corners[faces.owners[:, 1] < 0])
    away = np.abs(np.linalg.norm(mesh.nodes[skin], axis=1) - RADII_M[-1])
    assert np.median(away) < 0.0003
    assert away.max() < 0.0015


def kinks_deg(mesh: TetMesh, inner: tuple[int, ...]) -> np.ndarray:
    """Angles by which the surface around some tissues turns at its edges."""
    faces = faces_of(mesh.tets[np.isin(mesh.tissue, inner)])
    skin = faces.corners[faces.owners[:, 1] < 0]
    normal = np.cross(*(mesh.nodes[skin[:, k]] - mesh.nodes[skin[:, 0]] for k in (1, 2)))
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    ends = np.sort(skin[:, ((0, 1), (1, 2), (2, 0))], axis=2).reshape(-1, 2)
    order = np.lexsort(ends.T)
    pairs = (order // 3).reshape(-1, 2)  # closed surfaces: every edge has two triangles
    return np.degrees(np.arccos(np.clip((normal[pairs[:, 0]] * normal[pairs[:, 1]]).sum(axis=1), -1, 1)))


def test_surfaces_between_tissues_are_as_smooth_as_their_curvature() -> None:
    mesh = meshed(True).mesh
    for outer, radius in enumerate(RADII_M, start=1):
        angles = kinks_deg(mesh, TAGS[:outer])
        turn = np.degrees(0.004 / radius)  # a coarse cell seen from the center
        assert np.median(angles) < turn
        assert np.quantile(angles, 0.95) < 3 * turn


def test_a_layer_thinner_than_a_cell_is_kept_whole() -> None:
    axis = np.arange(-27, 28)
    radius = np.linalg.norm(np.stack(np.meshgrid(axis, axis, axis, indexing="ij")), axis=0)
    labels = np.select([radius <= 16, radius <= 18, radius <= 24], [2, 3, 4], 0).astype(np.uint8)
    affine = np.diag((1e-3, 1e-3, 1e-3, 1.0))
    mesh = mesh_labels(LabelVolume(labels, affine), HeadMeshing(coarse_m=0.004, fine_tissues=())).mesh
    owners = faces_of(mesh.tets).owners
    inside = owners[owners[:, 1] >= 0]
    touching = np.sort(mesh.tissue[inside], axis=1)
    assert not ((touching[:, 0] == 2) & (touching[:, 1] == 4)).any()


def test_grading_is_fine_inside_and_coarse_outside() -> None:
    mesh = meshed(True).mesh
    size = np.cbrt(tet_volumes(mesh.nodes, mesh.tets) * 12)  # of a lattice of this cell
    assert np.median(size[mesh.tissue == 2]) == pytest.approx(0.002, rel=0.1)
    center = np.linalg.norm(mesh.nodes[mesh.tets].mean(axis=1), axis=1)
    assert np.median(size[center < 0.006]) == pytest.approx(0.004, rel=0.1)


def test_same_labels_give_the_same_bytes_and_turned_storage_the_same_volumes() -> None:
    again = mesh_labels(shells(), COARSE)
    assert again.mesh.nodes.tobytes() == meshed(False).mesh.nodes.tobytes()
    assert again.mesh.tissue.tobytes() == meshed(False).mesh.tissue.tobytes()
    turned = mesh_labels(shells(turned=True), COARSE)
    assert dict(turned.quality.volume_m3)[5] == pytest.approx(dict(again.quality.volume_m3)[5], rel=0.02)


def test_islands_are_dropped_and_air_inside_stays_empty() -> None:
    volume = shells()
    labels = volume.labels.copy()
    labels[0:4, 0:4, 0:4] = 5  # a marker beside the head
    labels[24:31, 24:31, 24:31] = 0  # a sinus
    head = mesh_labels(LabelVolume(labels, volume.affine), COARSE)
    center = head.mesh.nodes[head.mesh.tets].mean(axis=1)
    assert head.quality.components == 1
    assert np.linalg.norm(center, axis=1).min() > 0.001
    assert np.linalg.norm(center, axis=1).max() < 0.025


def test_refinement_conserves_volume_and_stays_conforming_for_any_marks() -> None:
    nodes, tets = bcc_lattice(np.zeros(3), np.ones(3), 0.2, lambda c: np.ones(c.shape[0], dtype=bool))
    hull = faces_of(tets)
    outside = np.unique(hull.corners[hull.owners[:, 1] < 0])
    box = nodes[outside].min(axis=0), nodes[outside].max(axis=0)
    for seed in range(5):
        marked = np.random.default_rng(seed).random(tets.shape[0]) < 0.03
        fine = refine(nodes, tets, marked)
        assert tet_volumes(fine.nodes, fine.tets).min() > 0
        of_parent = np.bincount(fine.parent, weights=tet_volumes(fine.nodes, fine.tets))
        assert of_parent == pytest.approx(tet_volumes(nodes, tets), rel=1e-12)
        assert (np.bincount(fine.parent)[marked] == 8).all()
        faces = faces_of(fine.tets)
        assert owners_per_face(fine.tets).max() == 2
        rim = fine.nodes[faces.corners[faces.owners[:, 1] < 0]].mean(axis=1)
        inner = ((rim > box[0] + 0.21) & (rim < box[1] - 0.21)).all(axis=1)
        assert not inner.any()
        assert face_components(fine.tets)[0] == 1
        shape = quality(TetMesh(fine.nodes, fine.tets, np.full(fine.tets.shape[0], 5)))
        assert shape.smallest_dihedral_deg > 29.0
        assert shape.radius_ratio_worst > 0.5


def owners_per_face(tets: np.ndarray) -> np.ndarray:
    corners = np.sort(tets[:, ((0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3))].reshape(-1, 3), axis=1)
    return np.unique(corners, axis=0, return_counts=True)[1]


def test_lattice_is_regular_and_full_refinement_halves_it() -> None:
    nodes, tets = bcc_lattice(np.zeros(3), np.ones(3), 0.25, lambda c: np.ones(c.shape[0], dtype=bool))
    shape = quality(TetMesh(nodes, tets, np.full(tets.shape[0], 5)))
    assert shape.smallest_dihedral_deg == pytest.approx(60.0)
    assert shape.largest_dihedral_deg == pytest.approx(90.0)
    fine = refine(nodes, tets, np.ones(tets.shape[0], dtype=bool))
    half = quality(TetMesh(fine.nodes, fine.tets, np.full(fine.tets.shape[0], 5)))
    assert half.radius_ratio_worst == pytest.approx(shape.radius_ratio_worst)
    assert half.edge_longest_m == pytest.approx(0.125)


def test_indicators_are_one_inside_half_on_a_flat_surface_and_zero_outside() -> None:
    labels = np.zeros((30, 30, 30), dtype=np.uint8)
    labels[5:25, 5:25, 5:15] = 4
    fields = indicators(LabelVolume(labels, np.diag((1e-3, 1e-3, 1e-3, 1.0))))
    points = np.array([(15, 15, 10), (15, 15, 14.5), (15, 15, 20), (-50, 0, 0)]) * 1e-3
    assert fields.sample(points)[0] == pytest.approx((1.0, 0.5, 0.0, 0.0), abs=1e-3)


@pytest.mark.parametrize(
    ("labels", "affine"),
    [
        (np.zeros((3, 3, 3), dtype=np.uint8), np.eye(4)),
        (np.full((3, 3, 3), 13), np.eye(4)),
        (np.full((3, 3, 3), -1), np.eye(4)),
        (np.ones((3, 3)), np.eye(4)),
        (np.ones((3, 3, 3)), np.eye(4)),
        (np.ones((3, 3, 3), dtype=int), np.zeros((4, 4))),
        (np.ones((3, 3, 3), dtype=int), np.full((4, 4), np.nan)),
        (np.ones((3, 3, 3), dtype=int), np.eye(4) + np.eye(4)[::-1]),
    ],
)
def test_volumes_that_cannot_be_a_head_are_refused(labels: np.ndarray, affine: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        LabelVolume(labels, affine)


def test_cells_in_millimetres_are_refused() -> None:
    with pytest.raises(InvalidInput, match="millimetres"):
        HeadMeshing(coarse_m=4.0)


def test_slope_of_an_indicator_is_that_of_its_values_and_the_outside_is_what_is_left() -> None:
    fields = indicators(shells(turned=True))
    points = np.random.default_rng(5).uniform(-0.025, 0.025, (400, 3))
    for which in range(fields.tags.size):
        number = np.full(400, which)
        value, slope = fields.with_slope(points, number)
        assert value == pytest.approx(fields.sample(points)[which], abs=1e-6)
        step = 1e-6
        for axis in range(3):
            ahead, _ = fields.with_slope(points + step * np.eye(3)[axis], number)
            back, _ = fields.with_slope(points - step * np.eye(3)[axis], number)
            assert np.median(np.abs((ahead - back) / (2 * step) - slope[:, axis])) < 1e-3 * np.abs(slope).max()
    outside, _ = fields.with_slope(points, np.full(400, fields.tags.size))
    assert outside == pytest.approx(1.0 - fields.sample(points).sum(axis=0), abs=1e-6)
    assert fields.with_slope(np.array([(0.5, 0.0, 0.0)]), np.array([fields.tags.size]))[0][0] == pytest.approx(1.0)
