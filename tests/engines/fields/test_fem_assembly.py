"""The assembled equations: fields that the elements hold exactly come out exactly, for any conductivity."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.assembly import load, load_from_nodes, sample, stiffness
from euthymia.engines.fields.basis_p2 import number_edges
from euthymia.engines.fields.mesh import TetMesh
from euthymia.engines.fields.solve import prepare, solve
from euthymia.engines.fields.space import Space, make_space
from euthymia.engines.fields.sphere_mesh import curved_midpoints, layered_sphere

pytest.importorskip("pyamg", reason="the solver needs PyAMG: pip install 'euthymia[fields]'")

MESH = layered_sphere([0.05, 0.07, 0.09], [2, 4, 5], 0.025)
N = MESH.tets.shape[0]
TENSORS = np.random.default_rng(5).normal(size=(N, 3, 3))
TENSORS = 0.1 * np.eye(3) + 0.05 * TENSORS @ TENSORS.transpose(0, 2, 1)
SCALARS = np.exp(np.random.default_rng(6).normal(size=N))
CONDUCTIVITIES = {"scalar": SCALARS, "tensor": TENSORS}


def curved_space(mesh: TetMesh, radii: tuple[float, ...] = (0.05, 0.07, 0.09)) -> Space:
    edges = number_edges(mesh.tets, mesh.nodes.shape[0])[0]
    return make_space(mesh, 2, midpoints=curved_midpoints(mesh.nodes, edges, radii))


def uniform(points: np.ndarray) -> np.ndarray:
    return np.broadcast_to([1.0, -2.0, 0.5], points.shape)


def linear(points: np.ndarray) -> np.ndarray:
    """Gradient of a quadratic function: curl-free, so nothing is induced."""
    form = np.array([[2.0, 1.0, 0.0], [1.0, -1.0, 3.0], [0.0, 3.0, 0.5]])
    return points @ form


@pytest.mark.parametrize("kind", CONDUCTIVITIES)
@pytest.mark.parametrize("order", [1, 2])
def test_matrix_is_symmetric_with_the_constants_as_kernel(order: int, kind: str) -> None:
    matrix = stiffness(make_space(MESH, order), CONDUCTIVITIES[kind])
    scale = abs(matrix).max()
    assert abs(matrix - matrix.T).max() < 1e-13 * scale
    assert np.abs(matrix @ np.ones(matrix.shape[0])).max() < 1e-12 * scale
    other = np.random.default_rng(0).normal(size=(matrix.shape[0], 5))
    assert (np.einsum("ij,ij->j", other, matrix @ other) > 0).all()


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    space = make_space(MESH, 2)
    whole, right = stiffness(space, TENSORS), load(space, TENSORS, linear)
    nodal = load_from_nodes(space, TENSORS, linear(space.points)[..., None])
    monkeypatch.setattr("euthymia.engines.fields.assembly._ENTRIES", 20_000)
    assert abs(stiffness(space, TENSORS) - whole).max() < 1e-14 * abs(whole).max()
    np.testing.assert_allclose(load(space, TENSORS, linear), right, atol=1e-15)
    np.testing.assert_allclose(load_from_nodes(space, TENSORS, linear(space.points)[..., None]), nodal, atol=1e-15)


@pytest.mark.parametrize("kind", CONDUCTIVITIES)
@pytest.mark.parametrize("sampling", ["nodes", "quadrature"])
@pytest.mark.parametrize(("order", "source"), [(1, uniform), (2, uniform), (2, linear)])
def test_a_gradient_induces_nothing(order: int, source: object, sampling: str, kind: str) -> None:
    system = prepare(MESH, CONDUCTIVITIES[kind], order=order)
    result = solve(system, source, tolerance=1e-12, sampling=sampling)  # type: ignore[arg-type]
    size = np.abs(source(MESH.nodes)).max()  # type: ignore[operator]
    assert np.abs(result.field_v_m).max() < 1e-9 * size
    assert result.error is not None and result.error.element_v_m.max() < 1e-9 * size


@pytest.mark.parametrize("order", [1, 2])
def test_both_samplings_agree_on_fields_the_nodes_hold(order: int) -> None:
    space = make_space(MESH, order)

    def turning(points: np.ndarray) -> np.ndarray:
        return np.cross([0.3, 0.1, 1.0], points)

    nodal = load_from_nodes(space, TENSORS, turning(space.points)[..., None])
    np.testing.assert_allclose(load(space, TENSORS, turning), nodal, atol=1e-14 * np.abs(nodal).max() * 10)
    assert np.abs(nodal.sum(axis=0)).max() < 1e-13 * np.abs(nodal).sum()


def test_curved_elements_fill_the_sphere_and_keep_the_laws() -> None:
    space = curved_space(MESH)
    assert 0 < space.curved.sum() < N
    matrix = stiffness(space, SCALARS)
    assert np.abs(matrix @ np.ones(space.n)).max() < 1e-12 * abs(matrix).max()
    # The energy of a coordinate is sigma times the volume: 4/3 pi r^3 to a higher order than with straight edges.
    flat, exact = make_space(MESH, 2), 4 / 3 * np.pi * 0.09**3
    ones = np.ones(N)
    volumes = [s.points[:, 0] @ stiffness(s, ones) @ s.points[:, 0] for s in (flat, space)]
    assert abs(volumes[0] / exact - 1) > 0.02 and abs(volumes[1] / exact - 1) < 0.001
    for given in (uniform(space.points), np.cross([0.3, 0.1, 1.0], space.points)):
        nodal = load_from_nodes(space, SCALARS, given[..., None])
        assert np.abs(nodal.sum(axis=0)).max() < 1e-12 * np.abs(nodal).sum()
    nodal = load_from_nodes(space, SCALARS, uniform(space.points)[..., None])
    np.testing.assert_allclose(nodal, -(matrix @ space.points @ np.array([[1.0], [-2.0], [0.5]])), atol=1e-14)
    np.testing.assert_allclose(load(space, SCALARS, uniform), nodal, atol=1e-14)


def test_several_sources_are_their_columns() -> None:
    space = make_space(MESH, 2)

    def both(points: np.ndarray) -> np.ndarray:
        return np.stack([uniform(points), linear(points)], axis=2)

    right = load(space, TENSORS, both)
    for column, source in enumerate((uniform, linear)):
        np.testing.assert_allclose(right[:, [column]], load(space, TENSORS, source), atol=1e-15)


def test_sources_of_a_wrong_shape_or_not_finite_are_refused() -> None:
    points = MESH.nodes
    with pytest.raises(InvalidInput, match="placements"):
        sample(lambda p: p[:, :2], points)
    with pytest.raises(InvalidInput, match="placements"):
        sample(lambda p: p[:-1], points)
    with pytest.raises(InvalidInput, match="move the coil out"):
        sample(lambda p: p * np.nan, points)
