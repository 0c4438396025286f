"""How near a casing can come to the scalp along its axis: a height map of the casing over points of the scalp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.casing_parts import sampled
from euthymia.engines.fields.mesh import FloatArray, Surface

if TYPE_CHECKING:
    from euthymia.engines.fields.collision import CasingShape

CELL_M = 1e-3
"""Cells of the height map."""

SKIN_STEP_M = 4e-3
"""Points of the scalp are half of this apart."""

PAD_M = 0.5 * SKIN_STEP_M + 1.5 * CELL_M
"""What lies between two points of the scalp is covered by looking this far around in the height map."""

RING_M = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class CoilFace:
    """How far a casing reaches to the head.

    Parameters
    ----------
    radius_m : float
        Distance of its farthest point from the axis.
    heights_m : (b,)
        At every angle: largest z in the frame of the coil in each of ``b`` rings of equal width; 0 for a flat face,
        minus infinity where there is no casing.
    cells_m : (n, n), optional
        Largest z in cells of 1 mm around the axis (x by y), minus infinity where there is no casing; None when only the
        rings are known.
    """

    radius_m: float
    heights_m: FloatArray
    cells_m: FloatArray | None = None

    def __post_init__(self) -> None:
        heights = np.asarray(self.heights_m, dtype=np.float64)
        if not (np.isfinite(self.radius_m) and 0 < self.radius_m < 0.3) or heights.ndim != 1 or not heights.size:
            raise InvalidInput("radius_m", self.radius_m, "a radius below 0.3 m, with a height for each ring")
        object.__setattr__(self, "heights_m", heights)

    @classmethod
    def flat(cls, radius_m: float) -> CoilFace:
        """A flat disk at z = 0."""
        return cls(radius_m, np.zeros(1))

    @classmethod
    def of_points(cls, points: FloatArray) -> CoilFace:
        """Around points of a casing, not more than a ring apart (``collision.casing_shape(coil).points``)."""
        away = np.hypot(points[:, 0], points[:, 1])
        radius = float(away.max()) + RING_M
        rings = np.full(int(np.ceil(radius / RING_M)) + 2, -np.inf)
        np.maximum.at(rings, (away / RING_M).astype(np.int64) + 1, points[:, 2])
        return cls(radius, np.maximum(np.maximum(rings[:-2], rings[1:-1]), rings[2:]))

    @classmethod
    def of_shape(cls, shape: CasingShape) -> CoilFace:
        """Of a casing, with its outline, so that each angle of the coil has its own height."""
        dense = [sampled(s, 2 * CELL_M) for s in shape.surfaces]
        points = np.concatenate(dense) if dense else _filled(shape.points)
        away = np.hypot(points[:, 0], points[:, 1])
        radius = float(away.max()) + CELL_M
        rings = np.full(int(np.ceil(radius / CELL_M)), -np.inf)
        np.maximum.at(rings, (away / radius * rings.size).astype(np.int64), points[:, 2])
        half = int(np.ceil(radius / CELL_M)) + 1
        cells = np.full((2 * half + 1, 2 * half + 1), -np.inf)
        at = np.rint(points[:, :2] / CELL_M).astype(np.int64) + half
        np.maximum.at(cells, (at[:, 0], at[:, 1]), points[:, 2])
        return cls(radius, rings, cells)

    def grown(self, gap_m: float, pad_m: float = PAD_M) -> CoilFace:
        """The face of the casing with everything that is nearer to it than the gap, seen ``pad_m`` farther around."""
        from scipy.ndimage import grey_dilation  # type: ignore[import-untyped,unused-ignore]

        reach = gap_m + pad_m
        steps = int(np.ceil(reach / CELL_M))
        radius = self.radius_m + reach
        rings = np.full(int(np.ceil(radius / CELL_M)) + steps, -np.inf)
        middles = (np.arange(rings.size) + 0.5) * CELL_M
        inside = middles <= self.radius_m + CELL_M
        ring = (middles[inside] / self.radius_m * self.heights_m.size).astype(np.int64)
        rings[inside] = self.heights_m[np.minimum(ring, self.heights_m.size - 1)]
        around = np.arange(-steps - 1, steps + 2) * CELL_M
        both = np.concatenate([rings[::-1], rings])
        rings = grey_dilation(both, structure=_cap(np.abs(around), gap_m, pad_m), mode="constant", cval=-np.inf)
        rings = rings[rings.size // 2 :]
        if self.cells_m is None:
            return CoilFace(rings.size * CELL_M, rings)
        around_it = rings.size + 2 - self.cells_m.shape[0] // 2
        cells = np.pad(self.cells_m, max(around_it, steps + 1), constant_values=-np.inf)
        cap = _cap(np.hypot(around[:, None], around), gap_m, pad_m)
        cells = grey_dilation(cells, structure=cap, mode="constant", cval=-np.inf)
        return CoilFace(rings.size * CELL_M, rings, cells)

    @property
    def highest(self) -> float:
        """Largest height of all, m."""
        return float(self.heights_m.max())

    def height(self, away: FloatArray) -> FloatArray:
        """Largest height at distances from the axis, whatever the angle; minus infinity beyond the casing."""
        ring = (away / self.radius_m * self.heights_m.size).astype(np.int64)
        return np.where(ring < self.heights_m.size, self.heights_m[np.minimum(ring, self.heights_m.size - 1)], -np.inf)

    def reach(self, x: FloatArray, y: FloatArray, height_m: FloatArray, angles_rad: FloatArray) -> FloatArray:
        """How far points of a scalp reach beyond the casing when it is turned by each angle, m, ``(a,)``.

        Parameters
        ----------
        x, y, height_m : (n,)
            Of the points in the frame of the coil, within the radius of the face; heights against z.
        """
        if not x.size:
            return np.full(angles_rad.size, -np.inf)
        if self.cells_m is None:
            return np.full(angles_rad.size, float((height_m + self.height(np.hypot(x, y))).max()))
        n = self.cells_m.shape[0]
        middle, flat = n // 2 + 0.5, self.cells_m.ravel()
        far = np.empty(angles_rad.size)
        u, v = x / CELL_M, y / CELL_M
        for number, angle in enumerate(angles_rad):
            c, s = np.cos(angle), np.sin(angle)
            i = (c * u + s * v + middle).astype(np.int32)
            i *= n
            i += (c * v - s * u + middle).astype(np.int32)
            far[number] = (flat.take(i) + height_m).max()
        return far

    def lowest(self) -> FloatArray:
        """Smallest height of each ring over all angles; minus infinity where some angle has no casing."""
        if self.cells_m is None:
            return self.heights_m
        half = self.cells_m.shape[0] // 2
        axis = (np.arange(self.cells_m.shape[0]) - half) * CELL_M
        away = np.hypot(axis[:, None], axis)
        low = np.full(self.heights_m.size, np.inf)
        for shift in (-1.0, 0.0, 1.0):
            ring = ((away + shift * CELL_M) / self.radius_m * low.size).astype(np.int64).clip(0, low.size - 1)
            np.minimum.at(low, ring.ravel(), self.cells_m.ravel())
        return np.where(np.isfinite(low), low, -np.inf)


def skin_points(scalp: Surface) -> FloatArray:
    """Points of the scalp close enough together for :class:`CoilFace`, ``(n, 3)``."""
    points = sampled(scalp, SKIN_STEP_M)
    return points[np.unique(np.round(points, 7), axis=0, return_index=True)[1]]


def _filled(points: FloatArray) -> FloatArray:
    """Points of a conductor, and around each as many as the thinning of them may have taken."""
    around = np.arange(-3, 4) * CELL_M
    shifts = np.stack(np.meshgrid(around, around, [0.0]), axis=-1).reshape(-1, 1, 3)
    return np.asarray((points + shifts).reshape(-1, 3))


def _cap(away: FloatArray, gap_m: float, pad_m: float) -> FloatArray:
    """Height of a ball of the gap's radius whose middle is smeared over the pad; minus infinity beyond."""
    left = np.maximum(away - pad_m, 0.0)
    return np.where(left <= gap_m, np.sqrt(np.maximum(gap_m**2 - left**2, 0.0)), -np.inf)
