"""Sources on a surface around the head that together make any field a coil outside it can make, gauge included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface
from euthymia.engines.fields.surfaces import node_normals
from euthymia.engines.fields.vector_potential import MU0_OVER_4PI

LIFT_M = 0.006
"""Height of the sources above the scalp."""
SPACING_M = 0.006
"""Distance between them: what a coil just outside of them makes at the scalp needs half of its wavelength."""
_NUMBERS = 1 << 20
_SMALLEST = 1e-6
"""Patterns below this share of the largest are rounding."""

Real = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class HuygensSources:
    """Sources at ``k`` places: at each a magnetic dipole along the normal, and a pure gradient.

    Parameters
    ----------
    positions : (k, 3), normals : (k, 3)
        m; unit vectors out of the head.

    Notes
    -----
    In the head the vector potential of any coil outside it (Coulomb gauge) is harmonic in each component and free of
    divergence, which leaves two harmonic functions: one makes the magnetic field, the other is a gradient. The normal
    dipoles carry the first. The gradients ``grad(1 / |r - s|)`` carry the second: they drive no current, but a finite
    element solution answers them with its own discretization error, so a basis without them cannot agree with a
    direct solution on the same mesh to better than that error.
    """

    positions: FloatArray
    normals: FloatArray

    @property
    def count(self) -> int:
        """Number of sources: two at each place."""
        return 2 * int(self.positions.shape[0])

    def potentials(self, points: FloatArray, weights: FloatArray | None = None, *, single: bool = False) -> Real:
        """Vector potential at points, T m, ``(m, 3, count)``, or of the combinations ``weights (count, c)`` of them.

        Dipoles come first, with moments of 1 A m²; the gradients are scaled to be as large as these. In single
        precision, rounding is some 1e-5 of the largest parts, and the time a third.
        """
        k = self.positions.shape[0]
        used = np.eye(self.count) if weights is None else weights
        dipole, slope, c = used[:k], used[k:], used.shape[1]
        middle = self.positions.mean(axis=0)
        s = self.positions - middle
        turned = np.cross(self.normals, s)
        table = np.concatenate(
            [self.normals[:, i, None] * dipole for i in range(3)]
            + [turned[:, i, None] * dipole + s[:, i, None] * slope for i in range(3)]
            + [slope],
            axis=1,
        )
        kind = np.float32 if single else np.float64
        table = table.astype(kind)
        result = np.empty((points.shape[0], 3, c), dtype=kind)
        step = max(256, _NUMBERS // max(k, 7 * c))
        for first in range(0, points.shape[0], step):
            some = slice(first, first + step)
            sums = self._kernel(points[some], kind) @ table
            n, shifted, along = sums[:, : 3 * c], sums[:, 3 * c : 6 * c], sums[:, 6 * c :]
            x = (points[some] - middle).astype(kind)
            for i in range(3):
                a, b = (i + 1) % 3, (i + 2) % 3
                own = n[:, a * c : (a + 1) * c] * x[:, b, None] - n[:, b * c : (b + 1) * c] * x[:, a, None]
                own += x[:, i, None] * along - shifted[:, i * c : (i + 1) * c]
                result[some, i] = own
        return result

    def responses(self, points: FloatArray, currents: FloatArray) -> FloatArray:
        """``sum over points of current . potential`` for every source, ``(count, c)``; currents ``(m, 3, c)``."""
        middle = self.positions.mean(axis=0)
        s, c = self.positions - middle, currents.shape[2]
        sums = np.zeros((self.positions.shape[0], 7 * c))
        step = max(256, _NUMBERS // max(s.shape[0], 7 * c))
        for first in range(0, points.shape[0], step):
            some = slice(first, first + step)
            x, g = points[some] - middle, currents[some]
            crossed = np.cross(x[:, :, None], g, axis=1)
            table = np.concatenate(
                [g.reshape(len(x), -1), crossed.reshape(len(x), -1), np.einsum("mi,mic->mc", x, g)], 1
            )
            sums += self._kernel(points[some]).T @ table
        plain, crossed = sums[:, : 3 * c].reshape(-1, 3, c), sums[:, 3 * c : 6 * c].reshape(-1, 3, c)
        dipoles = np.einsum("ki,kic->kc", self.normals, crossed - np.cross(s[:, :, None], plain, axis=1))
        slopes = sums[:, 6 * c :] - np.einsum("ki,kic->kc", s, plain)
        return np.concatenate([dipoles, slopes])

    def _kernel(self, points: FloatArray, kind: type = np.float64) -> Real:
        """``1e-7 / distance cubed``, ``(m, k)``."""
        middle = self.positions.mean(axis=0)
        x, s = (points - middle).astype(kind), (self.positions - middle).astype(kind)
        squared = x @ (-2.0 * s.T)
        squared += np.einsum("ij,ij->i", x, x)[:, None]
        squared += np.einsum("ij,ij->i", s, s)
        squared *= np.sqrt(squared)
        return np.asarray(np.divide(squared.dtype.type(MU0_OVER_4PI), squared, out=squared))


def huygens_sources(
    scalp: Surface, near: FloatArray, *, spacing_m: float = SPACING_M, reach_m: float = 0.04, lift_m: float = LIFT_M
) -> HuygensSources:
    """Spread sources over the part of the scalp that lies over the points of interest.

    Parameters
    ----------
    near : (m, 3)
        Points where the field is wanted, m.
    spacing_m
        Distance between neighbors.
    reach_m
        Scalp farther than this from all of ``near`` carries sources four times sparser in number.
    """
    from scipy.spatial import KDTree  # type: ignore[import-untyped,unused-ignore]

    if not (0 < spacing_m < 0.1 and lift_m > 0 and reach_m > 0):
        raise InvalidInput("spacing_m, lift_m, reach_m", (spacing_m, lift_m, reach_m), "positive lengths in m")
    normals = node_normals(scalp)
    distance = KDTree(near).query(scalp.nodes)[0]
    close = distance <= reach_m
    if not close.any():
        raise InvalidInput(
            "reach_m", reach_m, f"more than {distance.min():.3g} m, the distance from the points to the scalp"
        )
    places = scalp.nodes + lift_m * normals
    dense = spread(places, np.flatnonzero(close), spacing_m)
    around = np.flatnonzero(~close & (distance <= 3 * reach_m))
    around = around[KDTree(places[dense]).query(places[around])[0] > spacing_m]
    chosen = np.concatenate([dense, spread(places, around, 2 * spacing_m)])
    outside = KDTree(scalp.nodes).query(places[chosen])[0] >= 0.75 * lift_m
    chosen = chosen[outside]
    return HuygensSources(places[chosen], normals[chosen])


def spread(points: FloatArray, allowed: IntArray, spacing_m: float) -> IntArray:
    """Indices from ``allowed`` such that no two of their points are nearer than the spacing; in their order."""
    from scipy.spatial import KDTree

    if not allowed.size:
        return allowed
    tree = KDTree(points[allowed])
    free = np.ones(allowed.size, dtype=np.bool_)
    kept = []
    for index in range(allowed.size):
        if free[index]:
            kept.append(index)
            free[tree.query_ball_point(points[allowed[index]], spacing_m)] = False
    return np.asarray(allowed[kept])


def source_modes(sources: HuygensSources, control: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Patterns at the control points ``(3 j, c)``, their sizes ``(c,)``, and combinations ``(count, c)``."""
    potentials = sources.potentials(control).reshape(control.size, -1)
    values, vectors = np.linalg.eigh(potentials @ potentials.T)
    left, squares = vectors[:, ::-1], values[::-1]
    kept = squares > _SMALLEST**2 * squares[0]
    left, squares = left[:, kept], squares[kept]
    return left, np.sqrt(squares), np.asarray((potentials.T @ left) / squares)
