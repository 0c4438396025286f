"""Splitting at edges and cutting along tissues: conforming, no volume lost, nothing straddles a surface."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.engines.fields.bisection import split_edges
from euthymia.engines.fields.cut import cut_lattice
from euthymia.engines.fields.equal_volumes import next_offsets, volumes_of
from euthymia.engines.fields.label_volume import LabelVolume, indicators
from euthymia.engines.fields.lattice import bcc_lattice
from euthymia.engines.fields.mesh import tet_volumes
from euthymia.engines.fields.topology import edges_of, faces_of


@pytest.mark.parametrize("seed", range(4))
def test_any_edges_can_be_split_without_a_hanging_node(seed: int) -> None:
    nodes, tets = bcc_lattice(np.zeros(3), np.ones(3), 0.34, lambda c: np.ones(c.shape[0], dtype=bool))
    draw = np.random.default_rng(seed)
    edges = edges_of(tets).pairs
    chosen = edges[draw.random(len(edges)) < (0.02, 0.2, 0.6, 1.0)[seed]]
    share = draw.uniform(0.3, 0.7, len(chosen))[:, None]
    new = nodes[chosen[:, 0]] * share + nodes[chosen[:, 1]] * (1 - share)
    lengths = np.linalg.norm(nodes[chosen[:, 0]] - nodes[chosen[:, 1]], axis=1)
    parent = np.arange(len(tets))
    fine, of = split_edges(tets, parent, chosen, len(nodes) + np.arange(len(chosen)), lengths)
    volumes = tet_volumes(np.concatenate((nodes, new)), fine)
    assert volumes.min() > 0
    assert np.bincount(of, weights=volumes) == pytest.approx(tet_volumes(nodes, tets), rel=1e-12)
    # A hanging node would leave faces with one owner inside; those of the hull only are split at their edges.
    hull = faces_of(tets)
    rim = hull.corners[hull.owners[:, 1] < 0]
    skin = faces_of(fine)
    outer = skin.corners[skin.owners[:, 1] < 0]
    points = np.concatenate((nodes, new))
    areas = [
        np.linalg.norm(np.cross(points[c[:, 1]] - points[c[:, 0]], points[c[:, 2]] - points[c[:, 0]]), axis=1).sum()
        for c in (rim, outer)
    ]
    assert areas[1] == pytest.approx(areas[0], rel=1e-12)
    kept = {tuple(pair) for pair in edges_of(fine).pairs}
    assert not kept & {tuple(pair) for pair in chosen}


def test_no_edges_leave_the_mesh_as_it_is() -> None:
    _, tets = bcc_lattice(np.zeros(3), np.ones(3), 0.5, lambda c: np.ones(c.shape[0], dtype=bool))
    none = np.empty((0, 2), dtype=np.int64)
    same, _ = split_edges(tets, np.zeros(len(tets)), none, np.empty(0, dtype=np.int64), np.empty(0))
    assert same is tets


def test_nodes_between_two_tissues_lie_where_their_indicators_are_equal() -> None:
    axis = np.arange(-20, 21)
    radius = np.linalg.norm(np.stack(np.meshgrid(axis, axis, axis, indexing="ij")), axis=0)
    affine = np.diag((1e-3, 1e-3, 1e-3, 1.0))
    affine[:3, 3] = -0.020
    volume = LabelVolume(np.select([radius <= 9, radius <= 16], [2, 5], 0).astype(np.uint8), affine)
    fields = indicators(volume)
    low = np.full(3, -0.022)
    nodes, tets = bcc_lattice(low, -low, 0.003, lambda c: np.ones(c.shape[0], dtype=bool))
    found = cut_lattice(nodes, tets, fields, np.zeros(3, dtype=np.float32), smallest_part_m3=0.0)
    assert set(np.unique(found.tissue)) == {2, 5}
    present = np.zeros((len(found.nodes), 2), dtype=bool)
    for column, tag in enumerate((2, 5)):
        present[found.tets[found.tissue == tag], column] = True
    between = present.all(axis=1)
    values = fields.sample(found.nodes[between])
    assert np.quantile(np.abs(values[0] - values[1]), 0.97) < 0.02
    distance = np.linalg.norm(found.nodes[between], axis=1)
    assert np.median(np.abs(distance - 0.009)) < 0.0003
    center = np.linalg.norm(found.nodes[found.tets].mean(axis=1), axis=1)
    assert center[found.tissue == 2].max() < 0.0095
    assert center[found.tissue == 5].min() > 0.0085


def test_offsets_bring_volumes_to_what_is_wanted() -> None:
    axis = np.arange(-20, 21)
    radius = np.linalg.norm(np.stack(np.meshgrid(axis, axis, axis, indexing="ij")), axis=0)
    affine = np.diag((1e-3, 1e-3, 1e-3, 1.0))
    affine[:3, 3] = -0.020
    volume = LabelVolume(np.select([radius <= 9, radius <= 16], [2, 5], 0).astype(np.uint8), affine)
    fields = indicators(volume)
    low = np.full(3, -0.022)
    nodes, tets = bcc_lattice(low, -low, 0.003, lambda c: np.ones(c.shape[0], dtype=bool))
    offsets = np.zeros(3, dtype=np.float32)
    goal = np.array([volume.volumes_m3()[2] * 1.08, volume.volumes_m3()[5] * 0.97])
    errors = []
    for _ in range(3):
        mesh = cut_lattice(nodes, tets, fields, offsets, smallest_part_m3=0.0)
        errors.append(float(np.abs(volumes_of(mesh, fields) / goal - 1).max()))
        offsets = next_offsets(offsets, mesh, fields, goal, 0.0007)
    assert errors[-1] < 0.012 < 0.04 < errors[0]


def test_small_holes_in_the_head_are_filled_and_large_ones_stay() -> None:
    solid = np.full((30, 30, 30), 5, dtype=np.uint8)
    holed = solid.copy()
    holed[5:9, 5:9, 5:9] = 0
    holed[15:23, 15:23, 15:23] = 0
    nodes, tets = bcc_lattice(np.full(3, -0.004), np.full(3, 0.034), 0.0015, lambda c: np.ones(c.shape[0], dtype=bool))

    def held(labels: np.ndarray, smallest: float) -> float:
        fields = indicators(LabelVolume(labels, np.diag((1e-3, 1e-3, 1e-3, 1.0))))
        mesh = cut_lattice(nodes, tets, fields, np.zeros(2, dtype=np.float32), smallest_part_m3=smallest)
        return float(volumes_of(mesh, fields)[0])

    both, large = (held(solid, 0.0) - held(holed, smallest) for smallest in (0.0, 1e-7))
    assert large == pytest.approx(5.12e-7, rel=0.1)
    assert both - large == pytest.approx(6.4e-8, rel=0.4)
