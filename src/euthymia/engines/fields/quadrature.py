"""Quadrature rules on a tetrahedron: barycentric points and weights that sum to one, exact to a stated degree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray

MAX_DEGREE = 20


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """Points ``(q, 4)`` in barycentric coordinates and weights ``(q,)`` as shares of the volume."""

    points: FloatArray
    weights: FloatArray
    degree: int


@cache
def tetrahedron_rule(degree: int) -> Rule:
    """Rule that integrates every polynomial up to ``degree`` exactly, with positive weights inside the tetrahedron.

    Degrees 1, 2, 3 and 5 have 1, 4, 8 and 14 points; from 6 on the collapsed Gauss-Jacobi product with ``n**3`` points.

    References
    ----------
    Walkington 2000, Quadrature on simplices of arbitrary dimension (14 points, degree 5); Stroud 1971, Approximate
    Calculation of Multiple Integrals (conical products).
    """
    if not 0 <= degree <= MAX_DEGREE:
        raise InvalidInput("degree", degree, f"a polynomial degree from 0 to {MAX_DEGREE}")
    if degree <= 1:
        return Rule(np.full((1, 4), 0.25), np.ones(1), 1)
    if degree == 2:
        a = (5 - np.sqrt(5)) / 20
        return Rule(_orbit(1 - 3 * a, a, a, a), np.full(4, 0.25), 2)
    if degree == 3:
        return _conical(2)
    if degree <= 5:
        return _walkington()
    return _conical(degree // 2 + 1)


def _walkington() -> Rule:
    a, b, c = 0.31088591926330060980, 0.092735250310891226402, 0.045503704125649649492
    wa, wb, wc = 0.018781320953002641800, 0.012248840519393658257, 0.0070910034628469110730
    points = np.vstack([_orbit(1 - 3 * a, a, a, a), _orbit(1 - 3 * b, b, b, b), _orbit(0.5 - c, 0.5 - c, c, c)])
    weights = 6 * np.concatenate([np.full(4, wa), np.full(4, wb), np.full(6, wc)])
    return Rule(points, weights, 5)


def _conical(n: int) -> Rule:
    """Product of three Gauss-Jacobi rules with ``n`` points each, collapsed onto the tetrahedron."""
    from scipy.special import roots_jacobi  # type: ignore[import-untyped,unused-ignore]

    (x, wx), (y, wy), (z, wz) = (roots_jacobi(n, power, 0.0) for power in (2, 1, 0))
    u, v, w = np.meshgrid((1 + x) / 2, (1 + y) / 2, (1 + z) / 2, indexing="ij")
    weights = np.einsum("i,j,k->ijk", wx / wx.sum(), wy / wy.sum(), wz / wz.sum()).ravel()
    first, second, third = u.ravel(), (v * (1 - u)).ravel(), (w * (1 - u) * (1 - v)).ravel()
    return Rule(np.stack([first, second, third, 1 - first - second - third], axis=1), weights, 2 * n - 1)


def _orbit(*barycentric: float) -> FloatArray:
    """All distinct permutations of one barycentric point."""
    return np.array(sorted(set(permutations(barycentric))), dtype=np.float64)
