"""Patch recovery: exact for linear fields, silent across borders, and closer to the closed form than the raw field."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from euthymia.engines.fields.evaluate import locate
from euthymia.engines.fields.recovery import recover_within_tissues
from euthymia.engines.fields.space import make_space
from euthymia.engines.fields.sphere_mesh import layered_sphere

from tests.engines.fields.fem_scene import RADII, SKULL, TAGS, error_in_shell, solved

MESH = layered_sphere(RADII, TAGS, 0.0135)
RECOVERY = recover_within_tissues(MESH)


def linear(points: np.ndarray) -> np.ndarray:
    form = np.array([[2.0, 1.0, 0.0], [1.0, -1.0, 3.0], [0.0, 3.0, 0.5]])
    return (points @ form + np.array([1.0, 2.0, 3.0]))[..., None]


def test_a_linear_field_is_recovered_exactly_away_from_borders() -> None:
    middles = MESH.nodes[MESH.tets].mean(axis=1)
    field = linear(middles)
    brain = np.linalg.norm(MESH.nodes[RECOVERY.node], axis=1) < 0.084
    np.testing.assert_allclose(RECOVERY.at_nodes(field)[brain], linear(MESH.nodes[RECOVERY.node[brain]]), atol=1e-9)
    inside = (np.linalg.norm(MESH.nodes[MESH.tets], axis=2) < 0.084).all(axis=1)
    np.testing.assert_allclose(RECOVERY.in_elements(field)[inside], field[inside], atol=1e-9)
    points = np.random.default_rng(2).normal(scale=0.015, size=(50, 3))
    where = locate(make_space(MESH, 1), points)
    np.testing.assert_allclose(RECOVERY.at(field, where), linear(points), atol=1e-9)


def test_every_row_sums_to_one_and_a_jump_at_a_border_stays_a_jump() -> None:
    np.testing.assert_allclose(np.asarray(RECOVERY.matrix.sum(axis=1)).ravel(), 1, atol=1e-9)
    steps = MESH.tissue.astype(np.float64)[:, None, None] * np.ones((1, 3, 2))
    np.testing.assert_allclose(RECOVERY.in_elements(steps), steps, atol=1e-9)
    assert len(set(zip(RECOVERY.node.tolist(), RECOVERY.tag.tolist(), strict=True))) == RECOVERY.node.size
    assert RECOVERY.node.size > MESH.nodes.shape[0]


def test_recovery_takes_a_third_off_the_error_of_linear_elements() -> None:
    mesh = layered_sphere(RADII, TAGS, 0.009)
    result = solved(mesh, SKULL, 1, error=False)
    smooth = replace(result, field_v_m=recover_within_tissues(mesh).in_elements(result.field_v_m))
    assert error_in_shell(smooth, 0.06, 0.085) < 0.67 * error_in_shell(result, 0.06, 0.085)
