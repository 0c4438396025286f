"""The smallest distance of a body from a head is that of the nearest of its points, without looking at all of them."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.collision_scene import random_head

from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.signed_distance import NEAR_M, SignedDistance


def plate(draw: np.random.Generator, half_m: float) -> FloatArray:
    """Points 3 mm apart on a bent plate around the origin, in any direction."""
    step = np.arange(-half_m, half_m + 1e-9, 0.003)
    x, y = (part.ravel() for part in np.meshgrid(step, step))
    bent = np.column_stack([x, y, draw.uniform(-3, 3) * x**2])
    turn, _ = np.linalg.qr(draw.normal(size=(3, 3)))
    return np.asarray(bent @ turn.T)


@pytest.mark.parametrize("seed", range(12))
def test_the_smallest_of_some_points_is_that_of_all(seed: int) -> None:
    draw = np.random.default_rng(seed)
    head = SignedDistance.of(Surface(*random_head(draw)))
    for _ in range(8):
        away = draw.normal(size=3)
        points = plate(draw, 0.045) + away / np.linalg.norm(away) * draw.uniform(0.07, 0.16)
        every = head(points)
        found = head.smallest(points)
        if every.min() >= 0:
            assert found == pytest.approx(every.min(), abs=1e-12)
        elif every.max() > 0:
            assert every.min() - 1e-12 <= found < 0


def test_a_small_body_deep_in_the_head_is_found_inside() -> None:
    draw = np.random.default_rng(3)
    head = SignedDistance.of(Surface(*random_head(draw)))
    assert head.smallest(plate(draw, 0.012)) < -NEAR_M


def test_what_is_far_enough_gets_a_lower_bound() -> None:
    draw = np.random.default_rng(5)
    head = SignedDistance.of(Surface(*random_head(draw)))
    points = draw.uniform(-0.2, 0.2, (4000, 3))
    exact, rough = head(points), head.nearest(points, 0.01)[0]
    near = np.abs(exact) < 0.01
    np.testing.assert_array_equal(rough[near], exact[near])
    changed = rough != exact
    assert changed.any() and (rough[changed] >= 0.01).all() and (rough <= np.abs(exact) + 1e-12).all()
