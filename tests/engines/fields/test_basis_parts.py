"""The parts of a reduced basis: random coils, cells of nodes, patterns, points, held-out placements."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.spatial import KDTree

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.basis_check import GAP_M, random_placements
from euthymia.engines.fields.basis_patterns import main_patterns, potentials_of
from euthymia.engines.fields.cell_interpolation import cell_nodes
from euthymia.engines.fields.coil_prior import prior_coils
from euthymia.engines.fields.coils import coil_model, dipoles_of
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.cortex_points import cortical_points
from euthymia.engines.fields.huygens import huygens_sources, spread
from euthymia.engines.fields.mesh import TetMesh
from euthymia.engines.fields.scalp_placement import Scalp

from tests.engines.fields.placement_head import cortex, head, scalp


def test_random_coils_are_closed_outside_and_the_same_for_a_seed() -> None:
    near = np.flatnonzero(scalp().nodes[:, 2] > 0)
    coils = prior_coils(scalp(), near, 30, clear_m=0.0065, seed=3)
    again = prior_coils(scalp(), near, 30, clear_m=0.0065, seed=3)
    tree = KDTree(scalp().nodes)
    for coil, same in zip(coils, again, strict=True):
        np.testing.assert_array_equal(coil.centers, same.centers)
        np.testing.assert_allclose(coil.vectors.sum(axis=0), 0, atol=1e-15)
        ends = np.concatenate([coil.centers - coil.vectors / 2, coil.centers + coil.vectors / 2])
        assert tree.query(ends)[0].min() > 0.0065 * 0.999
    assert {coil.n_elements for coil in coils} == {36, 72}
    with pytest.raises(InvalidInput, match="clear_m"):
        prior_coils(scalp(), near, 30, clear_m=0.0)


def test_deep_nodes_share_samples_and_the_rest_are_exact() -> None:
    draw = np.random.default_rng(0)
    nodes = draw.uniform(-0.05, 0.05, (60_000, 3))
    sources = np.array([[0.0, 0.0, 0.062], [0.03, 0.0, 0.060]])

    def smooth(points: np.ndarray) -> np.ndarray:
        gap = points[:, None] - sources
        return np.asarray((gap / np.linalg.norm(gap, axis=2)[..., None] ** 3).sum(axis=1)[:, :, None] * 1e-7)

    cells = cell_nodes(nodes, sources)
    assert cells.samples.shape[0] < 0.7 * nodes.shape[0] and cells.alone.size
    assert sum(own.size for own in cells.cells) + cells.alone.size == nodes.shape[0]
    found, exact = cells.of(smooth), smooth(nodes)
    off = np.linalg.norm(found - exact, axis=1) / np.linalg.norm(exact, axis=1)
    assert off.max() < 0.01 and np.sqrt((off**2).mean()) < 1e-3
    np.testing.assert_allclose(found[cells.alone], exact[cells.alone], rtol=1e-6)
    with pytest.raises(InvalidInput, match="sources"):
        cell_nodes(nodes, np.empty((0, 3)))


def test_patterns_write_coils_they_have_not_seen() -> None:
    points = head().nodes[head().tets[cortex()]].mean(axis=1)
    sources = huygens_sources(scalp(), points, spacing_m=0.009)
    near = np.flatnonzero(scalp().nodes[:, 2] > 0.02)
    felt = points[spread(points, np.arange(points.shape[0]), 0.014)]
    coils = prior_coils(scalp(), near, 450, clear_m=0.0065, seed=0)
    found = main_patterns(sources, coils, felt, felt, felt, 200, 1)
    assert found.combinations.shape == (sources.count, 200) and found.projection.shape == (200, felt.size)
    # Coils that are met badly weigh more in the order of the patterns, so neighbors may swap; the decline stays.
    means = [part.mean() for part in np.split(found.sizes, [10, 25, 50, 100])]
    assert all(later < 0.7 * earlier for earlier, later in itertools.pairwise(means)), means
    others = prior_coils(scalp(), near, 40, clear_m=0.0065, seed=1)
    given = potentials_of(others, felt)
    made = sources.potentials(felt, found.combinations @ (found.projection @ given)).reshape(given.shape)
    off = np.linalg.norm(made - given, axis=0) / np.linalg.norm(given, axis=0)
    assert np.median(off) < 0.03 and off.max() < 0.25


def test_points_are_grey_and_wet_and_refused_without_csf() -> None:
    where = cortical_points(head(), 50)
    assert where.elements.size == 50 and (head().tissue[where.elements] == 2).all()
    np.testing.assert_array_equal(where.elements, cortical_points(head(), 50).elements)
    dry = TetMesh(head().nodes, head().tets, np.where(head().tissue == 3, 4, head().tissue))
    with pytest.raises(InvalidInput, match="touches CSF"):
        cortical_points(dry)


def test_held_out_placements_keep_the_casing_off_the_head() -> None:
    surface = Scalp.of(scalp())
    near = np.flatnonzero(scalp().nodes[:, 2] > 0.03)
    names = ("magventure_cb60", "circular_90mm_class")
    placed = random_placements(surface, near, 4, seed=0, coils=names)
    assert [one.coil for one in placed] == [*names, *names]
    for one in placed:
        model = coil_model(one.coil)
        # the conductor lies this far behind the casing that is kept off the head
        behind = casing_shape(model).points[:, 2].max() - dipoles_of(model).positions[:, 2].max()
        least = float(surface.distance(one.source.positions).min())
        assert GAP_M + behind - 5e-4 < least < GAP_M + behind + 0.015
