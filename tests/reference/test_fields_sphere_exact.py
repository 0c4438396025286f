"""The closed form on the sphere against 40-digit arithmetic, and the laws it has to keep."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.analytic_sphere import sphere_field

RADIUS = 0.095


def scene(seed: int, n_points: int = 40, n_dipoles: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random points inside the sphere, dipoles outside it and their moment rates."""
    rng = np.random.default_rng(seed)
    inside = rng.normal(size=(n_points, 3))
    inside *= (RADIUS * rng.random(n_points) ** (1 / 3) / np.linalg.norm(inside, axis=1))[:, None]
    outside = rng.normal(size=(n_dipoles, 3))
    outside *= (RADIUS * (1.02 + rng.random(n_dipoles)) / np.linalg.norm(outside, axis=1))[:, None]
    return inside, outside, rng.normal(size=(n_dipoles, 3))


def primary(points: np.ndarray, positions: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Field -dA/dt of magnetic dipoles in empty space."""
    apart = points[:, None] - positions[None]
    return -1e-7 * np.sum(np.cross(rates[None], apart) / np.linalg.norm(apart, axis=2)[..., None] ** 3, axis=1)


def rotation(seed: int) -> np.ndarray:
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.sign(np.linalg.det(q))


@pytest.mark.parametrize("seed", range(4))
def test_forty_digits(seed: int) -> None:
    mpmath = pytest.importorskip("mpmath")
    points, positions, rates = scene(seed, n_points=12, n_dipoles=1)
    with mpmath.workdps(40):
        exact = np.array([_exact(mpmath, p, positions[0], rates[0]) for p in points])
    assert np.abs(sphere_field(points, positions, rates) - exact).max() <= 1e-12 * np.abs(exact).max()
    relative = np.linalg.norm(sphere_field(points, positions, rates) - exact, axis=1) / np.linalg.norm(exact, axis=1)
    assert relative.max() < 1e-12


def _exact(mp: object, point: np.ndarray, position: np.ndarray, rate: np.ndarray) -> list[float]:
    """E.e = -rate . B, with B the Sarvas field of a unit current dipole e, by its own formula and 40 digits."""
    matrix, mpf, sqrt = mp.matrix, mp.mpf, mp.sqrt  # type: ignore[attr-defined]
    r0, r, m = (matrix([mpf(float(x)) for x in v]) for v in (point, position, rate))

    def dot(u: object, v: object) -> object:
        return sum(u[i] * v[i] for i in range(3))  # type: ignore[index]

    def cross(u: object, v: object) -> object:
        pairs = ((1, 2), (2, 0), (0, 1))
        return matrix([u[i] * v[j] - u[j] * v[i] for i, j in pairs])  # type: ignore[index]

    a = r - r0
    na, nr = sqrt(dot(a, a)), sqrt(dot(r, r))
    f = na * (nr * na + dot(r, r) - dot(r0, r))
    grad = (na**2 / nr + dot(a, r) / na + 2 * na + 2 * nr) * r - (na + 2 * nr + dot(a, r) / na) * r0
    result = []
    for axis in range(3):
        q = matrix([mpf(int(axis == k)) for k in range(3)])
        qxr0 = cross(q, r0)
        b = (f * qxr0 - dot(qxr0, r) * grad) * (mpf(10) ** -7 / f**2)
        result.append(float(-dot(m, b)))
    return result


@pytest.mark.parametrize("seed", range(5))
def test_no_radial_part_and_nothing_at_the_center(seed: int) -> None:
    points, positions, rates = scene(seed)
    field = sphere_field(points, positions, rates)
    radial = np.abs(np.einsum("ij,ij->i", field, points)) / np.linalg.norm(points, axis=1)
    assert radial.max() < 1e-13 * np.linalg.norm(field, axis=1).max()
    assert np.abs(sphere_field(np.zeros((1, 3)), positions, rates)).max() == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_rotated_scene_gives_rotated_field_and_center_moves_along(seed: int) -> None:
    points, positions, rates = scene(seed)
    turn, shift = rotation(seed), np.array([0.01, -0.02, 0.3])
    moved = sphere_field(points @ turn.T + shift, positions @ turn.T + shift, rates @ turn.T, center=shift)
    np.testing.assert_allclose(moved, sphere_field(points, positions, rates) @ turn.T, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_radial_dipole_induces_its_primary_field_only(seed: int) -> None:
    points, positions, _ = scene(seed)
    np.testing.assert_allclose(
        sphere_field(points, positions, positions), primary(points, positions, positions), rtol=1e-10, atol=1e-20
    )


def test_curl_is_that_of_the_primary_field_and_divergence_is_zero() -> None:
    points, positions, rates = scene(7)
    points = points[np.linalg.norm(points, axis=1) < 0.9 * RADIUS]
    step = 1e-5

    def jacobian(field: object) -> np.ndarray:
        columns = [
            (field(points + step * e, positions, rates) - field(points - step * e, positions, rates)) / (2 * step)  # type: ignore[operator]
            for e in np.eye(3)
        ]
        return np.stack(columns, axis=2)

    total, source = jacobian(sphere_field), jacobian(primary)
    scale = np.abs(source).max()
    np.testing.assert_allclose(
        total - total.transpose(0, 2, 1), source - source.transpose(0, 2, 1), rtol=0, atol=1e-6 * scale
    )
    assert np.abs(np.trace(total, axis1=1, axis2=2)).max() < 1e-6 * scale


def test_fields_add_and_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    points, positions, rates = scene(11, n_points=50, n_dipoles=4)
    one_by_one = sum(sphere_field(points, positions[k : k + 1], rates[k : k + 1]) for k in range(4))
    whole = sphere_field(points, positions, rates)
    np.testing.assert_allclose(whole, one_by_one, rtol=1e-12, atol=1e-22)
    monkeypatch.setattr("euthymia.engines.fields.analytic_sphere._CHUNK", 8)
    np.testing.assert_allclose(sphere_field(points, positions, rates), whole, rtol=1e-13, atol=1e-24)


@pytest.mark.parametrize(
    ("points", "positions", "rates", "word"),
    [
        ([[0, 0, 0.2]], [[0, 0, 0.1]], [[1, 0, 0]], "nearer"),
        ([[0, 0]], [[0, 0, 0.1]], [[1, 0, 0]], "count, 3"),
        ([[0, 0, 0]], [[0, 0, 0.1]], [[1, 0, 0], [0, 1, 0]], "one moment rate per dipole"),
        ([[0, 0, np.nan]], [[0, 0, 0.1]], [[1, 0, 0]], "finite"),
        ([[0, 0, 0]], np.zeros((0, 3)), np.zeros((0, 3)), "count, 3"),
    ],
)
def test_refused_with_the_reason(points: object, positions: object, rates: object, word: str) -> None:
    with pytest.raises(InvalidInput, match=word):
        sphere_field(points, positions, rates)
