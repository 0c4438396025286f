"""Field in a region for any placement by reciprocity: the region drives, and the coil only samples what it makes.

Three solutions (one for each direction) replace one for each placement. The transposed matrices of the same
discretization are used, so direct and reciprocal answers agree to the tolerance of the solver.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_sources import AnySource, DipoleSource
from euthymia.engines.fields.huygens import huygens_sources, spread
from euthymia.engines.fields.linear_maps import element_middles, field_map, load_matrix
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.reduced_basis import source_modes
from euthymia.engines.fields.roi import Roi
from euthymia.engines.fields.solve import FieldSystem, solve_potential
from euthymia.engines.fields.vector_potential import MU0_OVER_4PI, potential_per_ampere

_PAIRS = 1 << 13
"""Pairs at once: in the cache, and products too small for the linear algebra library to start threads for."""
_POSITIONS = 1 << 14


@dataclass(frozen=True, slots=True, eq=False)
class CurrentElements:
    """What a region makes at the coil, as current elements in the head.

    Parameters
    ----------
    positions : (n, 3)
        m.
    strengths : (n, 3, 3, p)
        For each position a vector, by direction of the field (axis 2) and patch: the mean field of patch ``p`` along
        direction ``t`` is the sum of ``strengths[:, :, t, p] . dA/dt``.
    weights : (p,)
        Share of each patch in the region.
    """

    positions: FloatArray
    strengths: FloatArray
    weights: FloatArray

    def field(self, source: AnySource, slope_a_s: float = 1.0) -> FloatArray:
        """Mean field of each patch, V/m, ``(p, 3)``, of any coil in the frame of the head."""
        rates = potential_per_ampere(source, self.positions) * slope_a_s
        return np.asarray(np.einsum("ni,nitp->pt", rates, self.strengths, optimize=True))

    def field_of_dipoles(self, positions: FloatArray, moments: FloatArray) -> FloatArray:
        """Mean field of each patch of many placements of ``d`` dipoles at once, V/m, ``(c, p, 3)``.

        Parameters
        ----------
        positions, moments : (c, d, 3)
            m; A m²/s.
        """
        c, d, _ = positions.shape
        patches = self.weights.size
        result = np.empty((c, 3 * patches))
        step = max(1, _POSITIONS // d)
        for first in range(0, c, step):
            some = slice(first, first + step)
            flux = self.flux_density(positions[some].reshape(-1, 3)).reshape(-1, d, 3, 3 * patches)
            result[some] = np.einsum("cdi,cdik->ck", moments[some], flux, optimize=True)
        return np.asarray(result.reshape(c, 3, patches).swapaxes(1, 2))

    def flux_density(self, points: FloatArray) -> FloatArray:
        """What a magnetic dipole at each point couples to, ``(m, 3, 3, p)``: axis 1 is the axis of the dipole."""
        n, columns = self.positions.shape[0], 3 * self.weights.size
        middle = self.positions.mean(axis=0)
        x, f = self.positions - middle, self.strengths.reshape(n, 3, columns)
        table = np.concatenate([f.reshape(n, -1), np.cross(x[:, :, None], f, axis=1).reshape(n, -1)], axis=1)
        xx, x2 = np.einsum("ij,ij->i", x, x), -2.0 * x.T
        sums = np.empty((points.shape[0], 6 * columns))
        step = max(1, _PAIRS // n)
        for first in range(0, points.shape[0], step):
            s = points[first : first + step] - middle
            squared = s @ x2
            squared += xx
            squared += np.einsum("ij,ij->i", s, s)[:, None]
            squared *= np.sqrt(squared)
            sums[first : first + step] = np.divide(MU0_OVER_4PI, squared, out=squared) @ table
        plain = sums[:, : 3 * columns].reshape(-1, 3, columns)
        turned = sums[:, 3 * columns :].reshape(-1, 3, columns)
        shift = points - middle
        for i in range(3):
            a, b = (i + 1) % 3, (i + 2) % 3
            turned[:, i] -= shift[:, a, None] * plain[:, b] - shift[:, b, None] * plain[:, a]
        return turned.reshape(points.shape[0], 3, 3, -1)

    def strength(self, field: FloatArray) -> FloatArray:
        """Weighted mean over the patches of the length of their mean fields ``(..., p, 3)``, V/m."""
        return np.asarray(np.linalg.norm(field, axis=-1) @ self.weights)


def reciprocal_elements(system: FieldSystem, roi: Roi, *, tolerance: float = 1e-8) -> CurrentElements:
    """Current elements at every node of the head, exact on this mesh.

    Parameters
    ----------
    roi
        Region; three solutions for each of its patches.

    Notes
    -----
    The mean field is ``w'(-P a - G K⁺ L a)`` with the interpolation ``P``, gradient ``G``, stiffness ``K`` and load
    ``L`` of the direct solution and the shares ``w``; hence the elements are ``-P'w - L' K⁺ G'w``.

    References
    ----------
    Heller and van Hulsteyn 1992, Biophys J 63:129, doi 10.1016/S0006-3495(92)81587-4; Gomez, Dannhauer and Peterchev
    2021, NeuroImage 228:117696, doi 10.1016/j.neuroimage.2020.117696 (fast auxiliary dipole method).
    """
    space = system.space
    maps = field_map(space, element_middles(roi.elements))
    p = roi.weights.size
    shares = np.einsum("pq,tu->qtup", roi.patches, np.eye(3)).reshape(3 * roi.elements.size, 3 * p)
    right = maps.slope.T @ shares
    potential = solve_potential(system, right, tolerance=tolerance).solution
    elements = -(load_matrix(space, system.sigma).T @ potential).reshape(space.n, 3, 3, p)
    elements -= (maps.primary.T @ shares.reshape(roi.elements.size, -1)).reshape(space.n, 3, 3, p)
    return CurrentElements(space.points, elements, roi.weights)


def auxiliary_elements(
    exact: CurrentElements,
    scalp: Surface,
    center: FloatArray,
    *,
    reach_m: float = 0.13,
    depth_m: float = 0.020,
    spacing_m: float = 0.007,
    control_m: float = 0.012,
    cut: float = 1e-4,
    lift_m: float = 0.005,
) -> CurrentElements:
    """A few hundred current elements that act on every coil over the region as the exact ones do.

    Parameters
    ----------
    center : (3,)
        Middle of the region, m; coils lie over the scalp within ``reach_m`` of it.
    depth_m
        How far below the scalp the few elements lie.
    cut
        Patterns below this share of the largest are left out.
    lift_m
        Height above the scalp from which sources are matched; windings must not be lower.

    Notes
    -----
    Sources on a surface ``lift_m`` above the scalp stand for any coil farther out. Their potentials at the few points
    and their exact effect on the region are known, hence the strengths by least squares.
    """
    from euthymia.engines.fields.surfaces import node_normals

    at = np.asarray(center, dtype=np.float64)
    distance = np.linalg.norm(scalp.nodes - at, axis=1)
    near = np.flatnonzero(distance <= reach_m)
    if not near.size:
        raise InvalidInput("reach_m", reach_m, f"more than {distance.min():.3g} m, the distance to the scalp")
    sunk = scalp.nodes - depth_m * node_normals(scalp)
    few = sunk[spread(sunk, near, control_m)]
    sources = huygens_sources(scalp, few, spacing_m=spacing_m, reach_m=2.5 * depth_m, lift_m=lift_m)
    left, sizes, combinations = source_modes(sources, few)
    kept = sizes > cut * sizes[0]
    n = exact.positions.shape[0]
    effect = sources.responses(exact.positions, exact.strengths.reshape(n, 3, -1))
    strengths = left[:, kept] @ (combinations[:, kept].T @ effect)
    return CurrentElements(few, strengths.reshape(-1, 3, *exact.strengths.shape[2:]), exact.weights)


def stacked(source: DipoleSource, matrices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Positions and moments ``(c, d, 3)`` of a dipole coil at many poses ``(c, 4, 4)``."""
    turns, shifts = matrices[:, :3, :3], matrices[:, :3, 3]
    positions = np.einsum("cij,dj->cdi", turns, source.positions) + shifts[:, None]
    return positions, np.einsum("cij,dj->cdi", turns, source.moments_per_ampere)
