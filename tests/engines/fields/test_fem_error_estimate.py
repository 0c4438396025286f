"""The error that a result reports, against the true error on spheres."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.engines.fields.analytic_sphere import sphere_field
from euthymia.engines.fields.evaluate import Location, gradient_at
from euthymia.engines.fields.quadrature import tetrahedron_rule
from euthymia.engines.fields.solve import FieldResult
from euthymia.engines.fields.space import geometry_at
from euthymia.engines.fields.sphere_mesh import layered_sphere

from tests.engines.fields.fem_scene import RADII, SKULL, TAGS, UNIFORM, figure_eight, rates_of, solved

MESHES = {edge: layered_sphere(RADII, TAGS, edge) for edge in (0.02, 0.014)}


def true_error(result: FieldResult) -> tuple[float, dict[int, float]]:
    """Relative error in the norm of power, and by tissue in L2, against the closed form."""
    space, sigma = result.system.space, result.system.sigma
    rule, elements = tetrahedron_rule(2), np.arange(space.dofs.shape[0])
    off, whole = np.zeros(elements.size), np.zeros(elements.size)
    for point, weight in zip(rule.points, rule.weights, strict=True):
        here = np.broadcast_to(point, (elements.size, 4))
        x = space.values(point[None])[0] @ space.points[space.dofs]
        measure = weight * (geometry_at(space, elements, point[None])[1][:, 0] if space.order == 2 else space.volumes)
        field = -rates_of(*figure_eight())(x) - gradient_at(space, result.potential_v, Location(elements, here))[..., 0]
        exact = sphere_field(x, *figure_eight())
        off += measure * ((field - exact) ** 2).sum(axis=1)
        whole += measure * (exact**2).sum(axis=1)
    tags = space.mesh.tissue
    by_tissue = {int(t): float(np.sqrt(off[tags == t].sum() / whole[tags == t].sum())) for t in np.unique(tags)}
    return float(np.sqrt((sigma @ off) / (sigma @ whole))), by_tissue


@pytest.mark.parametrize(
    ("edge", "conductivity"),
    [(0.02, UNIFORM), (0.02, SKULL), pytest.param(0.014, SKULL, marks=pytest.mark.slow)],
    ids=["uniform", "skull", "skull-fine"],
)
@pytest.mark.parametrize(("order", "curved"), [(1, False), (2, True)])
def test_estimate_is_the_error_within_a_third(
    order: int, curved: bool, conductivity: dict[int, float], edge: float
) -> None:
    result = solved(MESHES[edge], conductivity, order, curved=curved)
    total, by_tissue = true_error(result)
    assert result.error is not None
    assert 0.75 < result.error.relative[0] / total < 1.33
    for tag, error in by_tissue.items():
        assert 0.75 < result.error.by_tissue[tag][0] / error < 1.33


@pytest.mark.parametrize("edge", [0.02])
def test_straight_edges_at_order_two_never_report_less_than_the_error(edge: float) -> None:
    result = solved(MESHES[edge], SKULL, 2)
    assert result.error is not None
    assert 1.0 < result.error.relative[0] / true_error(result)[0] < 4.0


def test_elements_sum_to_the_whole_and_columns_are_independent() -> None:
    result = solved(MESHES[0.02], SKULL, 2)
    assert result.error is not None
    space = result.system.space
    square = result.error.element_v_m[:, 0] ** 2 @ (space.volumes * result.system.sigma)
    rule = tetrahedron_rule(2)
    power = 0.0
    for point, weight in zip(rule.points, rule.weights, strict=True):
        here = Location(np.arange(space.dofs.shape[0]), np.broadcast_to(point, (space.dofs.shape[0], 4)))
        primary = np.einsum("i,eick->eck", space.values(point[None])[0], result.rates_v_m[space.dofs])
        field = primary + gradient_at(space, result.potential_v, here)
        power += weight * (field[..., 0] ** 2).sum(axis=1) @ (space.volumes * result.system.sigma)
    assert np.sqrt(square / power) == pytest.approx(result.error.relative[0], rel=1e-2)


def test_no_field_has_no_error_and_none_is_given_unasked() -> None:
    quiet = solved(MESHES[0.02], SKULL, 1, error=False)
    assert quiet.error is None
    scaled = solved(MESHES[0.02], SKULL, 1)
    assert scaled.error is not None and scaled.error.relative.shape == (1,)
