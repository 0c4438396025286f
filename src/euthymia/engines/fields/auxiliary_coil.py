"""A coil at many angles as one set of auxiliary dipoles: their field is taken once for all angles of a position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import rotation
from euthymia.engines.fields.coil_sources import AnySource, CombinedSource, SampledSource
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.reciprocity import CurrentElements
from euthymia.engines.fields.vector_potential import potential_per_ampere

LARGEST_ERROR = 0.01
SAMPLED_RADIUS_M = 0.085
"""Radius of the winding of a coil of which only the field is known; the error of the match shows when it is larger."""

_PLACES_AT_ONCE = 16
_RIDGE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class AuxiliaryCoil:
    """A coil turned about its z axis.

    Parameters
    ----------
    positions : (d, 3)
        Auxiliary dipoles in the frame of the coil, m.
    moments_per_ampere : (a, d, 3)
        Their moments for each angle, A m² / A.
    angles_rad : (a,)
        Angles by which the coil is turned.
    error : float
        Largest relative error of the vector potential at the points it was matched at.
    """

    positions: FloatArray
    moments_per_ampere: FloatArray
    angles_rad: FloatArray
    error: float

    def fields(self, elements: CurrentElements, matrices: FloatArray, slope_a_s: float = 1.0) -> FloatArray:
        """Mean field of each patch, V/m, ``(c, a, p, 3)``, at poses ``(c, 4, 4)`` and every angle."""
        c, d = matrices.shape[0], self.positions.shape[0]
        patches = elements.weights.size
        weights = self.moments_per_ampere.reshape(len(self.angles_rad), d * 3) * slope_a_s
        result = np.empty((c, len(self.angles_rad), patches, 3))
        for first in range(0, c, _PLACES_AT_ONCE):
            some = matrices[first : first + _PLACES_AT_ONCE]
            at = np.einsum("cij,dj->cdi", some[:, :3, :3], self.positions) + some[:, None, :3, 3]
            flux = elements.flux_density(at.reshape(-1, 3)).reshape(len(some), d, 3, -1)
            turned = np.einsum("cij,cdik->cdjk", some[:, :3, :3], flux, optimize=True)
            own = np.matmul(weights, turned.reshape(len(some), d * 3, -1))
            result[first : first + len(some)] = own.reshape(len(some), -1, 3, patches).swapaxes(2, 3)
        return result


def auxiliary_coil(
    source: AnySource,
    points: FloatArray,
    angles_rad: Any,
    *,
    radius_m: float | None = None,
    spacing_m: float = 0.016,
    height_m: float = 0.006,
) -> AuxiliaryCoil:
    """Match dipoles on a disk to a coil at every angle.

    Parameters
    ----------
    source
        Coil in its own frame: z into the head, active face at z = 0.
    points : (m, 3)
        Where its potential has to be right, in the frame of the coil, m (all angles are matched there).
    radius_m
        Radius of the disk; by default that of the coil and 15 mm more.
    spacing_m
        Between the dipoles.
    height_m
        Height of the disk above the active face.

    Raises
    ------
    InvalidInput
        When the match is worse than 1 %: such a coil is evaluated with its own elements instead.
    """
    angles = np.atleast_1d(np.asarray(angles_rad, dtype=np.float64))
    radius = radius_m if radius_m is not None else _extent(source) + 0.015
    positions = _disk(radius, spacing_m, -height_m)
    d = positions.shape[0]
    gap = points[:, None] - positions
    kernel = gap * (1e-7 / np.linalg.norm(gap, axis=2) ** 3)[..., None]
    columns = np.zeros((points.shape[0], 3, d, 3))
    for c in range(3):
        a, b = (c + 1) % 3, (c + 2) % 3
        columns[:, c, :, a], columns[:, c, :, b] = kernel[..., b], -kernel[..., a]
    matrix = columns.reshape(points.shape[0] * 3, d * 3)
    wanted = np.empty((matrix.shape[0], angles.size))
    for number, angle in enumerate(angles):
        turn = rotation((0, 0, 1), float(angle))[:3, :3]
        wanted[:, number] = (potential_per_ampere(source, points @ turn) @ turn.T).ravel()
    gram = matrix.T @ matrix
    gram[np.diag_indices_from(gram)] += _RIDGE * np.trace(gram) / len(gram)
    moments = np.linalg.solve(gram, matrix.T @ wanted)
    missed = np.linalg.norm(matrix @ moments - wanted, axis=0) / np.linalg.norm(wanted, axis=0)
    if missed.max() > LARGEST_ERROR:
        raise InvalidInput(
            "source",
            f"a coil that auxiliary dipoles match to {missed.max():.1%} only",
            f"a match to {LARGEST_ERROR:.0%}",
            "Raise radius_m, lower spacing_m, or evaluate the coil with CurrentElements.field.",
        )
    return AuxiliaryCoil(
        positions, np.asarray(moments.T.reshape(angles.size, d, 3), dtype=np.float64), angles, float(missed.max())
    )


def _disk(radius_m: float, spacing_m: float, z: float) -> FloatArray:
    """Rings of points, evenly spaced."""
    parts = [np.zeros((1, 2))]
    for ring in range(1, round(radius_m / spacing_m) + 1):
        count = 6 * ring
        phase = 2 * np.pi * (np.arange(count) + 0.5 * (ring % 2)) / count
        parts.append(ring * spacing_m * np.stack([np.cos(phase), np.sin(phase)], axis=1))
    flat = np.concatenate(parts)
    return np.column_stack([flat, np.full(len(flat), z)])


def _extent(source: AnySource) -> float:
    if isinstance(source, SampledSource):
        return SAMPLED_RADIUS_M
    if isinstance(source, CombinedSource):
        return max(_extent(part) for part in source.parts)
    places = source.positions if hasattr(source, "positions") else source.centers
    return float(np.linalg.norm(places[:, :2], axis=1).max())
