"""No part of any coil is ever in a head: random heads, every road to a placement, judged by code of its own."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from benchmarks.collision_scene import Judge, icosphere, random_head
from benchmarks.fields_collision import judge, run

from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coils import coil_model, coil_names, read_coil
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.mesh import Surface
from euthymia.engines.fields.placement_grid import placement_grid, turned
from euthymia.engines.fields.scalp_placement import Scalp, lowered

CASES = int(os.environ.get("EUTHYMIA_RANDOM_HEADS", "100"))
SHARED = Path(__file__).parents[4] / "shared" / "data" / "tms" / "coils"


def test_the_judge_knows_a_ball() -> None:
    unit, triangles = icosphere(4)
    head = Judge(unit * 0.09, triangles)
    rng = np.random.default_rng(0)
    away = rng.normal(size=(200, 3))
    radius = rng.uniform(0.02, 0.16, 200)
    points = away / np.linalg.norm(away, axis=1, keepdims=True) * radius[:, None]
    clear = np.abs(radius - 0.09) > 1e-3
    assert np.array_equal(head.inside(points)[clear], radius[clear] < 0.09)
    assert head.gap(points) == pytest.approx(np.abs(radius - 0.09), abs=4e-4)
    plate = np.array([[(-0.05, -0.05, 0.1), (0.05, -0.05, 0.1), (0.0, 0.08, 0.1)]])
    assert head.smallest(plate, 0.02) == pytest.approx(0.01, abs=2e-4)


def test_the_judge_finds_a_coil_that_was_pushed_in() -> None:
    nodes, triangles = random_head(np.random.default_rng(3))
    head, model = Judge(nodes, triangles), coil_model("magstim_70mm_figure8")
    shape = casing_shape(model)
    grid = placement_grid(Surface(nodes, triangles), nodes[nodes[:, 2].argmax()], casing=shape, gap_m=0.004)
    pose = CoilPose(grid.poses(np.zeros((1, 2)), np.zeros(1))[0])
    assert not judge(model, shape, pose, head, 0.004, "grid").failed
    assert judge(model, shape, pose.shifted((0, 0, 0.002)), head, 0.004, "grid").failed
    assert judge(model, shape, pose.shifted((0, 0, 0.02)), head, 0.004, "grid").inside > 0


@pytest.mark.parametrize(
    ("roads", "count"),
    [
        (("grid", "place"), 10),
        pytest.param(("grid",), CASES, marks=pytest.mark.slow),
        pytest.param(("place",), CASES, marks=pytest.mark.slow),
    ],
)
def test_no_coil_is_ever_in_a_random_head(roads: tuple[str, ...], count: int) -> None:
    coils = [coil_model(name) for name in coil_names()]
    verdicts = run(range(count), coils, None, 11 + count, roads)
    assert len(verdicts) > 0.7 * count
    assert not [v for v in verdicts if v.failed]


def test_the_optimum_is_clear_and_has_the_gap_that_was_asked_for() -> None:
    verdicts = run(range(2), [coil_model("magventure_mcb70"), coil_model("magventure_cb60")], None, 5, ("optimum",))
    assert not [v for v in verdicts if v.failed]
    assert max(v.found_m - v.asked_m for v in verdicts) < 3e-4


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the coil files of ../shared are not in this checkout")
@pytest.mark.parametrize("name", ["Brainsway_H1.tcd", "Brainsway_H7.tcd"])
def test_helmets_are_clear_too(name: str) -> None:
    assert not [v for v in run(range(4), [read_coil(SHARED / name)], None, 2, ("grid", "place")) if v.failed]


def test_a_bent_coil_comes_as_near_as_its_own_outline_allows() -> None:
    """Over a ball, faces bent by 40° touch when the middle is gap-and-radius / cos 40° away, at every angle alike."""
    unit, triangles = icosphere(5)
    ball = Surface(unit * 0.09, triangles)
    shape = casing_shape(coil_model("magstim_double_cone"))
    grid = placement_grid(ball, (0.0, 0.0, 0.09), casing=shape, gap_m=0.004)
    wanted = 0.094 / np.cos(np.radians(40))
    for angle in (0.0, 0.4, 2.0):
        pose = CoilPose(grid.poses(np.zeros((1, 2)), np.array([angle]))[0])
        assert wanted - 1e-4 < np.linalg.norm(pose.center) < wanted + 6e-3
        near = grid.settled(pose)
        assert np.linalg.norm(near.center) == pytest.approx(wanted, abs=2e-3)


def test_a_long_coil_lies_nearer_along_a_long_head() -> None:
    """A head of 80 x 130 mm half axes: a bent coil whose wings follow the curve may come nearer than across it."""
    unit, triangles = icosphere(4)
    head = Surface(unit * (0.075, 0.120, 0.085), triangles)
    shape = casing_shape(coil_model("magstim_double_cone"))
    grid = placement_grid(head, (0.0, 0.0, 0.085), casing=shape, gap_m=0.002)
    matrices = grid.matrices(np.zeros((1, 2)))
    nearer = grid.nearer(matrices, np.deg2rad([0.0, 90.0, 180.0, 270.0]))[0]
    assert nearer[0] > nearer[1] + 0.005
    assert nearer[[0, 1]] == pytest.approx(nearer[[2, 3]], abs=2e-3)
    assert nearer.min() < 4e-3


def test_moving_in_stops_at_the_gap_and_moves_out_what_is_too_near() -> None:
    nodes, triangles = random_head(np.random.default_rng(8))
    scalp, shape = Scalp.of(Surface(nodes, triangles)), casing_shape(coil_model("magventure_mcb70"))
    grid = placement_grid(scalp.surface, nodes[nodes[:, 2].argmax()], casing=shape, gap_m=0.003)
    pose = CoilPose(turned(grid.matrices(np.zeros((1, 2))), [0.3])[0])
    for start in (pose, pose.shifted((0, 0, -0.02)), pose.shifted((0, 0, 0.015))):
        found, left = lowered(scalp, shape, start, 0.003)
        assert 0.003 <= left < 0.0035
        assert np.linalg.norm(found.center - lowered(scalp, shape, pose, 0.003)[0].center) < 5e-4
