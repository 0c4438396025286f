"""The scalp point over a target: right on a sphere, steady between meshes, and neighbors keep their own."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.over_target import points_over
from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surfaces import closest_points, scalp_surface

DIRECTIONS = np.array([[-0.6, 0.5, 0.62], [-0.5, 0.6, 0.62], [-0.66, 0.3, 0.69], [-0.2, 0.7, 0.68]])
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)


def ball(edge_m: float, dents_m: float = 0.0) -> Surface:
    """Scalp of 90 mm; with the steps of a lattice when ``dents_m`` is given."""
    surface = scalp_surface(layered_sphere([0.08, 0.09], [2, 5], edge_m))
    steps = np.random.default_rng(3).uniform(-dents_m, dents_m, (surface.nodes.shape[0], 1))
    return Surface(surface.nodes * (1 + steps / 0.09), surface.triangles)


def test_on_a_sphere_it_is_the_point_straight_out() -> None:
    found = points_over(ball(0.012), DIRECTIONS * 0.065)
    np.testing.assert_allclose(found, DIRECTIONS * 0.09, atol=1.2e-3)


def test_on_a_rough_scalp_it_is_steadier_than_the_nearest_point() -> None:
    rough = ball(0.010, 0.0015)
    targets = DIRECTIONS * 0.065

    def off(points: FloatArray) -> FloatArray:
        unit = points / np.linalg.norm(points, axis=1, keepdims=True)
        return np.linalg.norm(0.09 * (unit - DIRECTIONS), axis=1)

    steady, nearest = off(points_over(rough, targets)), off(closest_points(rough, targets, candidates=64).points)
    assert steady.max() < 0.003 < nearest.max()
    assert steady.mean() < 0.5 * nearest.mean()


def test_neighbors_do_not_share_a_site_and_keep_their_distances() -> None:
    step = np.cross(DIRECTIONS[0], [0, 0, 1.0])
    targets = DIRECTIONS[0] * 0.065 + np.arange(5)[:, None] * 0.003 * step / np.linalg.norm(step)
    sites = points_over(ball(0.010, 0.0015), targets)
    apart = np.linalg.norm(np.diff(sites, axis=0), axis=1)
    assert apart.min() > 0.0025 and apart.max() < 0.007  # 3 mm at 65 mm are 4.2 mm at 90 mm


def test_a_target_on_the_scalp_stays_and_one_in_the_middle_gets_the_nearest_point() -> None:
    skin = ball(0.012)
    on_it = closest_points(skin, DIRECTIONS * 0.2).points
    np.testing.assert_allclose(points_over(skin, on_it), on_it, atol=1e-4)
    outside = points_over(skin, on_it * 1.1)
    np.testing.assert_allclose(np.linalg.norm(outside, axis=1), 0.09, atol=2e-3)
    middle = points_over(skin, np.zeros((1, 3)))
    assert 0.08 < np.linalg.norm(middle) < 0.0905


def test_a_length_in_millimeters_is_refused() -> None:
    with pytest.raises(InvalidInput, match="smoothed_m"):
        points_over(ball(0.02), DIRECTIONS, smoothed_m=15.0)
