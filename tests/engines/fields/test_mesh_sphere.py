"""Spheres in layers: nodes on the interfaces, right volumes, sound shapes; and the measures of quality themselves."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import TetMesh, tet_volumes
from euthymia.engines.fields.quality import dihedral_angles, quality, radius_ratios
from euthymia.engines.fields.sphere_mesh import curved_midpoints, layered_sphere, on_spheres
from euthymia.engines.fields.topology import edges_of, face_components, faces_of

RADII = (0.078, 0.080, 0.086, 0.092)
TAGS = (1, 3, 4, 5)


def test_every_interface_of_the_sphere_carries_nodes_exactly() -> None:
    mesh = layered_sphere(RADII, TAGS, 0.010)
    which = on_spheres(mesh.nodes, RADII)
    for index, tag in enumerate(TAGS):
        shell = np.unique(mesh.tets[mesh.tissue == tag])
        assert np.count_nonzero(which[shell] == index) > 200
        assert np.linalg.norm(mesh.nodes[shell], axis=1).max() <= RADII[index] * (1 + 1e-12)


@pytest.mark.parametrize("edge_m", [0.02, 0.011, 0.006])
def test_the_mean_edge_is_the_one_asked_for(edge_m: float) -> None:
    found = quality(layered_sphere([0.095], [5], edge_m))
    assert found.edge_mean_m == pytest.approx(edge_m, rel=0.12)
    assert found.components == 1
    assert found.smallest_dihedral_deg > 30.0
    assert found.radius_ratio_worst > 0.5


def test_volume_of_the_sphere_converges_at_second_order() -> None:
    exact = 4 / 3 * np.pi * 0.095**3
    errors = [abs(1 - quality(layered_sphere([0.095], [5], h)).volume_m3[0][1] / exact) for h in (0.024, 0.012, 0.006)]
    assert np.log2(errors[0] / errors[1]) > 1.8
    assert np.log2(errors[1] / errors[2]) > 1.8


def test_midpoints_of_interface_edges_are_pushed_out_and_others_stay() -> None:
    mesh = layered_sphere((0.08, 0.09), (1, 5), 0.02)
    pairs = edges_of(mesh.tets).pairs
    middle = curved_midpoints(mesh.nodes, pairs, (0.08, 0.09))
    which = on_spheres(mesh.nodes, (0.08, 0.09))
    both = (which[pairs[:, 0]] == which[pairs[:, 1]]) & (which[pairs[:, 0]] >= 0)
    assert np.allclose(np.linalg.norm(middle[both], axis=1), np.array((0.08, 0.09))[which[pairs[both, 0]]], rtol=1e-12)
    assert np.array_equal(middle[~both], mesh.nodes[pairs[~both]].mean(axis=1))


def test_the_same_arguments_give_the_same_bytes() -> None:
    first, second = (layered_sphere(RADII, TAGS, 0.012) for _ in range(2))
    assert first.nodes.tobytes() == second.nodes.tobytes()
    assert first.tets.tobytes() == second.tets.tobytes()


@pytest.mark.parametrize(
    ("radii", "tags", "edge"),
    [([0.09, 0.08], [1, 5], 0.01), ([0.09], [1, 5], 0.01), ([0.09], [5], 0.0), ([0.09], [5], 1e-4), ([], [], 0.01)],
)
def test_impossible_spheres_are_refused(radii: list[float], tags: list[int], edge: float) -> None:
    with pytest.raises(InvalidInput):
        layered_sphere(radii, tags, edge)


def test_faces_of_a_sphere_close_and_euler_holds() -> None:
    mesh = layered_sphere([0.09], [5], 0.02)
    faces, edges = faces_of(mesh.tets), edges_of(mesh.tets)
    outside = faces.corners[faces.owners[:, 1] < 0]
    assert mesh.nodes.shape[0] - edges.pairs.shape[0] + faces.corners.shape[0] - mesh.tets.shape[0] == 1
    ends = np.sort(outside[:, ((0, 1), (1, 2), (2, 0))].reshape(-1, 2), axis=1)
    assert (np.unique(ends, axis=0, return_counts=True)[1] == 2).all()
    normals = np.cross(*(mesh.nodes[outside[:, i]] - mesh.nodes[outside[:, 0]] for i in (1, 2)))
    assert (np.einsum("ij,ij->i", normals, mesh.nodes[outside].mean(axis=1)) > 0).all()


def test_quality_of_known_tetrahedra() -> None:
    regular = np.array([(1.0, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)])
    corner = np.array([(0.0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]) + 5.0
    nodes, tets = np.concatenate((regular, corner)), np.array([(0, 1, 3, 2), (4, 5, 6, 7)])
    tets = np.where((tet_volumes(nodes, tets) > 0)[:, None], tets, tets[:, (0, 1, 3, 2)])
    angles = np.degrees(dihedral_angles(nodes, tets))
    assert angles[0] == pytest.approx(np.full(6, np.degrees(np.arccos(1 / 3))))
    assert angles[1, :3] == pytest.approx(np.full(3, 90.0))
    assert angles[1, 3:] == pytest.approx(np.full(3, np.degrees(np.arccos(1 / np.sqrt(3)))))
    assert radius_ratios(nodes, tets)[0] == pytest.approx(1.0)
    # Corner of a cube: inscribed radius 1 / (3 + sqrt 3), circumscribed sqrt(3) / 2.
    assert radius_ratios(nodes, tets)[1] == pytest.approx(3 / (3 + np.sqrt(3)) / (np.sqrt(3) / 2))
    found = quality(TetMesh(nodes, tets, np.array([2, 5])))
    assert found.components == 2
    assert found.worst == (1, 0)
    assert found.volume_m3 == (pytest.approx((2, 8 / 3)), pytest.approx((5, 1 / 6)))


def test_tissues_fall_apart_into_their_own_parts() -> None:
    mesh = layered_sphere((0.05, 0.07, 0.09), (5, 3, 5), 0.02)
    assert face_components(mesh.tets)[0] == 1
    assert face_components(mesh.tets, mesh.tissue)[0] == 3
