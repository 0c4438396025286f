"""The solver: one answer from every road, many sources at once, fields at points, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.engines.fields.evaluate import locate, normal_and_tangential
from euthymia.engines.fields.iterate import conjugate_gradients
from euthymia.engines.fields.mesh import TetMesh
from euthymia.engines.fields.solve import field_at, prepare, solve, solve_potential
from euthymia.engines.fields.sphere_mesh import layered_sphere

from tests.engines.fields.fem_scene import RADII, SKULL, TAGS, figure_eight, rates_of, solved

MESH = layered_sphere(RADII, TAGS, 0.02)
SOURCE = rates_of(*figure_eight())


def three(points: np.ndarray) -> np.ndarray:
    """The coil, nothing, and the coil turned by a right angle at half strength."""
    positions, moments = figure_eight()
    turned = positions[:, [1, 0, 2]] * np.array([-1.0, 1.0, 1.0])
    return np.stack([SOURCE(points), 0 * points, rates_of(turned, 0.5 * moments)(points)], axis=2)


@pytest.mark.parametrize(("order", "edge"), [(1, 0.02), (2, 0.03)])
def test_multigrid_direct_and_jax_agree(order: int, edge: float) -> None:
    pytest.importorskip("jax")
    mesh = layered_sphere(RADII, TAGS, edge)
    results = [
        solve(prepare(mesh, SKULL, order=order, **options), three)  # type: ignore[arg-type]
        for options in ({}, {"method": "direct"}, {"backend": "jax"})
    ]
    scale = np.abs(results[0].field_v_m).max()
    for other in results[1:]:
        assert np.abs(other.field_v_m - results[0].field_v_m).max() < 1e-7 * scale
    assert np.abs(results[2].field_v_m - results[0].field_v_m).max() < 1e-8 * scale
    assert results[0].steps[1] == 0 and (results[0].field_v_m[..., 1] == 0).all()
    assert (results[0].residuals <= 1e-8).all() and results[1].steps.max() == 0
    assert 0 < results[0].steps.max() < 40


def test_a_block_is_its_columns_and_solving_is_linear() -> None:
    system = prepare(MESH, SKULL)
    block = solve(system, three, tolerance=1e-11)
    scale = np.abs(block.field_v_m).max()
    for column in (0, 2):
        single = solve(system, lambda p, c=column: three(p)[..., c], tolerance=1e-11)
        assert np.abs(single.field_v_m[..., 0] - block.field_v_m[..., column]).max() < 1e-9 * scale
    total = solve(system, lambda p: three(p)[..., 0] - 2 * three(p)[..., 2], tolerance=1e-11)
    combined = block.field_v_m[..., 0] - 2 * block.field_v_m[..., 2]
    assert np.abs(total.field_v_m[..., 0] - combined).max() < 1e-9 * scale
    again = solve(system, three, tolerance=1e-11)
    np.testing.assert_array_equal(again.field_v_m, block.field_v_m)


def test_steps_hardly_grow_with_the_mesh_and_the_contrast() -> None:
    steps = []
    for edge in (0.02, 0.012):
        mesh = layered_sphere(RADII, TAGS, edge)
        for skull in (0.33, 0.33 / 1000):
            system = prepare(mesh, {3: 0.33, 4: skull, 5: 0.33}, order=1)
            steps.append(int(solve(system, SOURCE, error=False).steps[0]))
    assert max(steps) < 35


def test_parts_that_do_not_touch_and_nodes_of_no_element() -> None:
    small = layered_sphere([0.03], [2], 0.015)
    n = small.nodes.shape[0]
    aside = np.array([0.05, 0.0, 0.0])
    apart = np.vstack([small.nodes - aside, [[0.0, 0.0, 0.05]], small.nodes + aside])
    both = TetMesh(apart, np.vstack([small.tets, small.tets + n + 1]), np.concatenate([small.tissue, small.tissue]))
    for order in (1, 2):
        together = solve(prepare(both, order=order), SOURCE)
        e = small.tets.shape[0]
        for part, side in ((slice(0, e), -1), (slice(e, 2 * e), 1)):
            alone = TetMesh(small.nodes + side * aside, small.tets, small.tissue)
            field = solve(prepare(alone, order=order), SOURCE).field_v_m
            assert np.abs(together.field_v_m[part] - field).max() < 1e-6 * np.abs(field).max()
        direct = solve(prepare(both, order=order, method="direct"), SOURCE)
        assert np.abs(direct.field_v_m - together.field_v_m).max() < 1e-6 * np.abs(direct.field_v_m).max()


@pytest.mark.parametrize("curved", [False, True])
def test_field_at_points_is_that_of_the_elements(curved: bool) -> None:
    result = solved(MESH, SKULL, 2, curved=curved)
    space = result.system.space
    middles = space.values(np.full((1, 4), 0.25))[0] @ space.points[space.dofs]
    np.testing.assert_allclose(field_at(result, middles), result.field_v_m, atol=1e-9 * np.abs(result.field_v_m).max())
    exact_primary = field_at(result, middles, source=SOURCE)
    assert np.abs(exact_primary - result.field_v_m).max() < 0.2 * np.abs(result.field_v_m).max()


def test_points_are_found_in_their_element_and_tissue() -> None:
    system = prepare(MESH, SKULL, order=1)
    rng = np.random.default_rng(1)
    elements = rng.integers(0, MESH.tets.shape[0], 200)
    barycentric = rng.dirichlet(np.ones(4), size=200)
    points = np.einsum("mi,mic->mc", barycentric, MESH.nodes[MESH.tets[elements]])
    where = locate(system.space, points)
    assert (where.elements == elements).all()
    np.testing.assert_allclose(where.barycentric, barycentric, atol=1e-9)
    on_interface = MESH.nodes[np.isclose(np.linalg.norm(MESH.nodes, axis=1), RADII[0])]
    for tag in (3, 4):
        assert set(MESH.tissue[locate(system.space, on_interface, tissue=(tag,)).elements]) == {tag}
    with pytest.raises(InvalidInput, match="outside the mesh at 1 of 2, first 1"):
        locate(system.space, [[0, 0, 0.01], [0, 0, 0.2]])
    with pytest.raises(InvalidInput, match="outside the mesh of tissue"):
        locate(system.space, [[0, 0, 0.01]], tissue=(5,))
    with pytest.raises(InvalidInput, match="tags of the mesh"):
        locate(system.space, [[0, 0, 0.01]], tissue=(9,))
    with pytest.raises(InvalidInput, match="finite positions"):
        locate(system.space, [[0, 0, np.nan]])


def test_normal_and_tangential_parts() -> None:
    field = np.array([[[3.0], [4.0], [-2.0]], [[0.0], [0.0], [1.0]]])
    normal, tangential = normal_and_tangential(field, [[0, 0, 5.0], [0, 1.0, 0]])
    np.testing.assert_allclose(normal[:, 0], [-2, 0])
    np.testing.assert_allclose(tangential[:, 0], [5, 1])
    with pytest.raises(InvalidInput, match="normals"):
        normal_and_tangential(field, [[0, 0, 0], [0, 1.0, 0]])


@pytest.mark.parametrize(
    ("options", "word"),
    [({"order": 3}, "order"), ({"method": "magic"}, "method"), ({"backend": "cuda"}, "backend"),
     ({"method": "direct", "backend": "jax"}, "multigrid")],
)  # fmt: skip
def test_options_that_do_not_exist_are_refused(options: dict[str, object], word: str) -> None:
    with pytest.raises(InvalidInput, match=word):
        prepare(MESH, SKULL, **options)  # type: ignore[arg-type]


def test_bad_conductivities_and_right_hand_sides_are_refused() -> None:
    with pytest.raises(InvalidInput, match="not finite"):
        prepare(MESH, {**SKULL, 4: float("nan")})
    with pytest.raises(InvalidInput, match="zero or negative"):
        prepare(MESH, np.zeros(MESH.tets.shape[0]))
    system = prepare(MESH, SKULL, order=1)
    one = np.zeros((system.space.n, 1))
    one[0] = 1.0
    with pytest.raises(InvalidInput, match="return electrode"):
        solve_potential(system, one)
    with pytest.raises(InvalidInput, match="right"):
        solve_potential(system, one[:-1])
    with pytest.raises(InvalidInput, match="tolerance"):
        solve_potential(system, one, tolerance=0.0)
    with pytest.raises(InvalidInput, match="sampling"):
        solve(system, SOURCE, sampling="corners")  # type: ignore[arg-type]


def test_an_iteration_that_does_not_converge_says_so() -> None:
    system = prepare(MESH, SKULL, order=1)
    right = np.random.default_rng(0).normal(size=(system.space.n, 2))
    right -= right.mean(axis=0)
    with pytest.raises(NotConverged, match="2 of 2 right-hand sides did not reach 1e-08 in 3 steps"):
        conjugate_gradients(system.matrix.__matmul__, lambda r: r, right, max_steps=3)
