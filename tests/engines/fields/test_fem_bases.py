"""Quadrature, shape functions and numbering against what they have to integrate, interpolate and share."""

from __future__ import annotations

from itertools import product
from math import factorial

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields import basis_p1, basis_p2
from euthymia.engines.fields.bubbles import bubble_slopes, number_bubbles
from euthymia.engines.fields.quadrature import tetrahedron_rule
from euthymia.engines.fields.space import make_space
from euthymia.engines.fields.sphere_mesh import layered_sphere

POINTS = np.random.default_rng(3).dirichlet(np.ones(4), size=20)


@pytest.mark.parametrize("degree", range(11))
def test_rule_is_exact_to_its_degree_with_positive_weights_inside(degree: int) -> None:
    rule = tetrahedron_rule(degree)
    assert rule.degree >= degree and (rule.weights > 0).all() and (rule.points > 0).all()
    for powers in product(range(degree + 1), repeat=3):
        if sum(powers) <= degree:
            exact = 6 * np.prod([float(factorial(p)) for p in powers]) / factorial(sum(powers) + 3)
            got = rule.weights @ (rule.points[:, :3] ** np.array(powers)).prod(axis=1)
            assert got == pytest.approx(exact, rel=1e-12)


def test_rules_that_do_not_exist_are_refused() -> None:
    with pytest.raises(InvalidInput, match="degree"):
        tetrahedron_rule(21)


@pytest.mark.parametrize("basis", [basis_p1, basis_p2])
def test_functions_sum_to_one_and_slopes_are_their_derivatives(basis: object) -> None:
    values, slopes = basis.values(POINTS), basis.slopes(POINTS)  # type: ignore[attr-defined]
    np.testing.assert_allclose(values.sum(axis=1), 1, atol=1e-14)
    step = 1e-6
    for a in range(1, 4):
        move = step * (np.eye(4)[a] - np.eye(4)[0])
        numeric = (basis.values(POINTS + move) - basis.values(POINTS - move)) / (2 * step)  # type: ignore[attr-defined]
        np.testing.assert_allclose(numeric, slopes[:, :, a] - slopes[:, :, 0], atol=1e-8)


def test_quadratic_functions_are_one_at_their_own_node() -> None:
    np.testing.assert_allclose(basis_p2.values(basis_p2.LOCAL_NODES), np.eye(10), atol=1e-15)


@pytest.mark.parametrize("order", [1, 2])
def test_added_functions_vanish_at_the_nodes_of_the_space(order: int) -> None:
    """Integrated along lines from node to node, the slopes of a bubble give zero."""
    nodes = np.eye(4) if order == 1 else basis_p2.LOCAL_NODES
    along, weights = np.polynomial.legendre.leggauss(4)
    for start, end in product(nodes, nodes):
        line = start + (along[:, None] + 1) / 2 * (end - start)
        change = np.einsum("q,qba,a->b", weights / 2, bubble_slopes(order, line), end - start)
        np.testing.assert_allclose(change, 0, atol=1e-14)


@pytest.mark.parametrize("order", [1, 2])
def test_numbering_is_shared_by_neighbors(order: int) -> None:
    mesh = layered_sphere([0.05, 0.09], [2, 5], 0.03)
    space = make_space(mesh, order)
    n, e = mesh.nodes.shape[0], mesh.tets.shape[0]
    for local in range(4, space.dofs.shape[1]):
        i, j = basis_p2.EDGES[local - 4]
        middle = mesh.nodes[mesh.tets[:, [i, j]]].mean(axis=1)
        np.testing.assert_allclose(space.points[space.dofs[:, local]], middle, atol=1e-15)
    edges = basis_p2.number_edges(mesh.tets, n)[0].shape[0]
    bubbles = number_bubbles(space)
    if order == 1:
        assert space.n == n and bubbles.count == edges
    else:
        boundary = 20 * (mesh_rows(mesh) ** 2)
        faces = (4 * e + boundary) // 2
        assert space.n == n + edges and bubbles.count == edges + faces
        assert n - edges + faces - e == 1  # Euler characteristic of a ball


def mesh_rows(mesh: object) -> int:
    """Rows of a layered sphere, which has 20 elements for each cube of them."""
    return round((mesh.tets.shape[0] / 20) ** (1 / 3))  # type: ignore[attr-defined]


def test_spaces_that_do_not_exist_are_refused() -> None:
    mesh = layered_sphere([0.09], [5], 0.05)
    edges = basis_p2.number_edges(mesh.tets, mesh.nodes.shape[0])[0]
    middles = mesh.nodes[edges].mean(axis=1)
    with pytest.raises(InvalidInput, match="order"):
        make_space(mesh, 3)
    with pytest.raises(InvalidInput, match="order=2"):
        make_space(mesh, 1, midpoints=middles)
    with pytest.raises(InvalidInput, match="one per edge"):
        make_space(mesh, 2, midpoints=middles[:-1])
    with pytest.raises(InvalidInput, match="folding"):
        make_space(mesh, 2, midpoints=middles + np.array([0.0, 0.0, 0.06]) * (np.arange(len(middles)) == 5)[:, None])
