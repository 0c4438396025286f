"""Coils that bend: a hinged figure-8 of our own, and the helmets of ../shared, follow the head and stay out of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from benchmarks.collision_scene import Judge, icosphere, random_head
from benchmarks.fields_collision import judge

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_fit import bent, fit_coil, is_deformable
from euthymia.engines.fields.coil_model import CoilElement, CoilModel, Drive, Motion, MotionRange
from euthymia.engines.fields.coil_windings import Winding, casing, dipoles
from euthymia.engines.fields.coils import coil_model, read_coil
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.mesh import Surface
from euthymia.engines.fields.scalp_placement import Scalp, place

SHARED = Path(__file__).parents[4] / "shared" / "data" / "tms" / "coils"


@cache
def hinged(most_deg: float = 45.0) -> CoilModel:
    """Two flat wings that turn towards the head about their common edge, by the same angle."""
    elements = []
    for side in (1, -1):
        wing = Winding(0.044, 0.026, 9, 0.00175, 0.006, 0.004, offset_m=side * 0.050, sense=side)
        hinge = Motion(0, (0.0, -float(side), 0.0), (0.0, 0.0, 0.0))
        shell = casing(wing, margin_m=0.004, back_m=0.004)
        elements.append(CoilElement(f"wing {side}", dipoles(wing, order=4), casing=shell, motions=(hinge,)))
    angle = MotionRange(0.0, -np.radians(10.0), np.radians(most_deg))
    return CoilModel("hinged figure-8", tuple(elements), (Drive("S", 1e8),), ranges=(angle,), clashing=((0, 1),))


@cache
def ball() -> Scalp:
    unit, triangles = icosphere(4)
    return Scalp.of(Surface(unit * 0.09, triangles))


def test_wings_close_around_a_ball_until_they_touch_in_their_middle() -> None:
    """A face through the hinge touches a ball of radius r + gap at (r + gap) tan(angle) along it."""
    pose = place(ball(), casing_shape(hinged()), (0, 0, 0.09), (0, -1, 0), distance_m=0.004).pose
    found = fit_coil(ball(), hinged(), pose, distance_m=0.004)
    assert np.degrees(found.settings[0]) == pytest.approx(np.degrees(np.arctan(0.050 / 0.094)), abs=4)
    assert max(np.abs(found.tilt_deg)) < 4
    assert found.mean_gap_m < 0.7 * found.mean_gap_before_m
    assert 0.004 <= found.room_m < 0.0045
    head = Judge(ball().surface.nodes, ball().surface.triangles)
    assert not judge(found.model, casing_shape(found.model), found.pose, head, 0.004, "fit").failed


def test_wings_that_must_not_meet_do_not() -> None:
    """With wings in one plane that already touch, opening is possible and closing through each other is not."""
    meeting = replace(hinged(), elements=tuple(replace(e, motions=(m,)) for e, m in zip(
        hinged().elements,
        (Motion(0, (-1.0, 0.0, 0.0), None), Motion(0, (1.0, 0.0, 0.0), None)), strict=True)),
        ranges=(MotionRange(0.0, -0.02, 0.04),))  # fmt: skip
    pose = place(ball(), casing_shape(meeting), (0, 0, 0.09), (0, -1, 0), distance_m=0.004).pose
    free = fit_coil(ball(), replace(meeting, clashing=()), pose, distance_m=0.004)
    held = fit_coil(ball(), meeting, pose, distance_m=0.004)
    assert free.settings[0] > 0.005
    assert held.settings[0] <= 0.0022


def test_an_uneven_head_is_followed_and_never_entered() -> None:
    nodes, triangles = random_head(np.random.default_rng(21))
    scalp, head = Scalp.of(Surface(nodes, triangles)), Judge(nodes, triangles)
    at = nodes[(nodes @ (-0.4, 0.5, 0.8)).argmax()]
    pose = place(scalp, casing_shape(hinged()), at, (0.2, -1, 0), distance_m=0.003).pose
    found = fit_coil(scalp, hinged(), pose, distance_m=0.003)
    assert found.mean_gap_m <= found.mean_gap_before_m
    assert not judge(found.model, casing_shape(found.model), found.pose, head, 0.003, "fit").failed


def test_a_bent_coil_is_the_coil_at_its_settings() -> None:
    there = bent(hinged(), (0.3,))
    assert not is_deformable(there) and is_deformable(hinged())
    for (_, first), (_, second) in zip(there.sources(), hinged().sources((0.3,)), strict=True):
        np.testing.assert_allclose(first.positions, second.positions, atol=1e-15)
    for one, other in zip(there.casings(), hinged().casings((0.3,)), strict=True):
        np.testing.assert_allclose(one.nodes, other.nodes, atol=1e-15)
    with pytest.raises(InvalidInput, match="settings"):
        bent(hinged(), (2.0,))
    with pytest.raises(InvalidInput, match="moving parts"):
        fit_coil(ball(), coil_model("magventure_cb60"), None, distance_m=0.004)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the coil files of ../shared are not in this checkout")
@pytest.mark.parametrize("name", ["Brainsway_H1.tcd", "Brainsway_H7.tcd"])
def test_helmets_are_fitted_to_a_head(name: str) -> None:
    unit, triangles = icosphere(4)
    nodes = unit * (0.078, 0.098, 0.09)
    scalp, model = Scalp.of(Surface(nodes, triangles)), read_coil(SHARED / name)
    pose = place(scalp, casing_shape(model), (-0.03, 0.04, 0.07), (0, -1, 0), distance_m=0.004).pose
    found = fit_coil(scalp, model, pose, distance_m=0.004)
    assert found.mean_gap_m < found.mean_gap_before_m
    assert found.room_m >= 0.004
    for value, limits in zip(found.settings, model.ranges, strict=True):
        assert limits.low <= value <= limits.high
