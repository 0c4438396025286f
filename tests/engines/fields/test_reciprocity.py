"""Reciprocal and direct solutions on one mesh are the same number, for every kind of coil."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.a_field import tabulate
from euthymia.engines.fields.assembly import load_from_nodes
from euthymia.engines.fields.auxiliary_coil import auxiliary_coil
from euthymia.engines.fields.linear_maps import load_matrix
from euthymia.engines.fields.placement_grid import CoilFace, placement_grid, turned
from euthymia.engines.fields.reciprocity import CurrentElements, auxiliary_elements, reciprocal_elements, stacked
from euthymia.engines.fields.roi import Roi, roi_sphere
from euthymia.engines.fields.solve import prepare, solve
from euthymia.engines.fields.space import make_space
from euthymia.engines.fields.sphere_mesh import curved_midpoints, layered_sphere
from euthymia.engines.fields.vector_potential import potential_per_ampere

from tests.engines.fields.placement_head import figure_8, head, loop_of_wire, prepared, random_poses, scalp

TARGET = np.array([0.020, 0.025, 0.055])


def region(patches: int = 1, edge_m: float = 0.012) -> Roi:
    return roi_sphere(head(edge_m), TARGET, 0.012 if edge_m < 0.015 else 0.025, n_patches=patches)


@cache
def exact_elements(patches: int = 1) -> CurrentElements:
    return reciprocal_elements(prepared(), region(patches))


@cache
def few_elements(patches: int = 1) -> CurrentElements:
    return auxiliary_elements(exact_elements(patches), scalp(), TARGET)


@pytest.mark.parametrize(("order", "edge_m"), [(1, 0.014), (2, 0.025)])
def test_the_reciprocal_field_is_the_direct_one(order: int, edge_m: float) -> None:
    system, roi = prepared(order, edge_m, "direct"), region(2, edge_m)
    exact = reciprocal_elements(system, roi)
    for pose, coil in zip(random_poses(2, 3), (figure_8(), loop_of_wire()), strict=True):
        placed = coil.moved(pose)
        direct = solve(system, lambda points, c=placed: potential_per_ampere(c, points) * 1e6, error=False)
        mean = roi.patches @ direct.field_v_m[roi.elements, :, 0]
        np.testing.assert_allclose(exact.field(placed, 1e6), mean, rtol=0, atol=1e-9 * np.abs(mean).max())


def test_a_sampled_potential_is_answered_too() -> None:
    pose = random_poses(1, 5)[0]
    coil = figure_8()
    table = tabulate(coil, (-0.14, -0.14, 0.0), (0.14, 0.14, 0.20), 0.010, n_checked=50).source
    few = few_elements()
    whole, sampled = few.field(coil.moved(pose)), few.field(table.moved(pose))
    assert np.linalg.norm(whole - sampled) < 0.01 * np.linalg.norm(whole)


def test_tensors_and_curved_edges_are_transposed_exactly() -> None:
    ball = layered_sphere((0.07, 0.09), (2, 5), 0.030)
    flat = make_space(ball, 2)
    middles = curved_midpoints(ball.nodes, flat.edges, (0.07, 0.09))
    tensor = np.tile(np.diag([0.2, 0.3, 0.4]), (ball.tets.shape[0], 1, 1))
    system = prepare(ball, tensor, midpoints=middles, method="direct")
    rates = np.random.default_rng(1).standard_normal((system.space.n, 3, 2))
    expected = load_from_nodes(system.space, system.sigma, rates)
    given = load_matrix(system.space, system.sigma) @ rates.reshape(-1, 2)
    np.testing.assert_allclose(given, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_few_elements_stand_for_the_whole_head() -> None:
    exact, few = exact_elements(), few_elements()
    assert few.positions.shape[0] < 400
    grid = placement_grid(scalp(), TARGET, face=CoilFace.flat(0.09))
    offsets = grid.offsets(0.02, 0.01)
    angles = np.linspace(0, 5, len(offsets))
    poses = turned(grid.matrices(offsets), angles)
    for coil in (figure_8(), loop_of_wire()):
        whole = np.stack([exact.field(coil.moved(pose)) for pose in poses[::3]])
        part = np.stack([few.field(coil.moved(pose)) for pose in poses[::3]])
        errors = np.linalg.norm(whole - part, axis=-1)
        assert errors.max() < 0.003 * np.linalg.norm(whole, axis=-1).max()


def test_every_angle_of_a_position_at_once() -> None:
    few = few_elements(2)
    grid = placement_grid(scalp(), TARGET, face=CoilFace.flat(0.09))
    matrices, angles = grid.matrices(grid.offsets(0.02, 0.01)), np.deg2rad([0.0, 35.0, 215.0])
    seen = np.concatenate([(few.positions - m[:3, 3]) @ m[:3, :3] for m in matrices])
    coil = figure_8()
    fields = auxiliary_coil(coil, seen, angles).fields(few, matrices, 1e6)
    for place in (0, 4, 9):
        for number, angle in enumerate(angles):
            pose = turned(matrices[place][None], angle[None])[0]
            expected = few.field(coil.moved(pose), 1e6)
            assert np.linalg.norm(fields[place, number] - expected) < 2e-3 * np.linalg.norm(expected)


def test_dipoles_in_a_batch_are_the_coil_one_by_one() -> None:
    few = few_elements()
    poses, coil = random_poses(4, 8), figure_8()
    batch = few.field_of_dipoles(*stacked(coil, np.stack(poses)))
    one = np.stack([few.field(coil.moved(pose)) for pose in poses])
    np.testing.assert_allclose(batch, one, rtol=0, atol=1e-10 * np.abs(one).max())


def test_patches_split_a_region_and_keep_its_mean() -> None:
    one, many = region(), region(4)
    assert many.weights.size == 4
    np.testing.assert_allclose(many.weights @ many.patches, one.patches[0], rtol=1e-12)


def test_regions_that_do_not_exist_are_refused() -> None:
    with pytest.raises(InvalidInput, match="mm away"):
        roi_sphere(head(), (0.0, 0.0, 0.2))
    with pytest.raises(InvalidInput, match="millimetres"):
        roi_sphere(head(), TARGET, 5.0)
    with pytest.raises(InvalidInput, match="center"):
        roi_sphere(head(), (np.nan, 0.0, 0.0))


def test_a_coil_that_cannot_be_matched_is_refused() -> None:
    near = np.random.default_rng(0).uniform(-0.05, 0.05, (200, 3)) + np.array([0.0, 0.0, 0.06])
    with pytest.raises(InvalidInput, match="match"):
        auxiliary_coil(figure_8(), near, [0.0], radius_m=0.01)
