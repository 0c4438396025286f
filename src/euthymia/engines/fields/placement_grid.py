"""Candidate placements over the scalp near a target: a flat grid laid on the scalp, every coil clear of the head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import rotation
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.surfaces import closest_points, node_normals, triangle_normals

RING_M = 0.005
SMOOTHED_M = 0.015
"""The coil stands on the mean direction of the scalp within this distance of its center."""


@dataclass(frozen=True, slots=True, eq=False)
class CoilFace:
    """Outline of a casing that holds at every angle: how far it reaches to the head, by distance from its axis.

    Parameters
    ----------
    radius_m : float
        Distance of its farthest point from the axis.
    heights_m : (b,)
        Largest z in the frame of the coil in each of ``b`` rings of equal width; 0 for a flat face.
    """

    radius_m: float
    heights_m: FloatArray

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
        rings = np.full(int(np.ceil(radius / RING_M)) + 2, -1.0)
        np.maximum.at(rings, (away / RING_M).astype(np.int64) + 1, points[:, 2])
        return cls(radius, np.maximum(np.maximum(rings[:-2], rings[1:-1]), rings[2:]))

    def height(self, away: FloatArray) -> FloatArray:
        """Height at distances from the axis; that of the outermost ring beyond it."""
        ring = (away / self.radius_m * len(self.heights_m)).astype(np.int64)
        return np.asarray(self.heights_m[np.minimum(ring, len(self.heights_m) - 1)])


@dataclass(frozen=True, slots=True, eq=False)
class PlacementGrid:
    """Where a coil may go.

    Parameters
    ----------
    scalp : Surface
        m.
    origin : (3,), axes : (3, 3)
        Scalp point over the target; columns: first and second direction along the scalp, and into the head.
    face : CoilFace
        What of the casing meets the head.
    gap_m : float
        Distance kept between the active face and the scalp (hair, cloth).
    normals : (n, 3)
        Unit normals of the scalp's nodes, area-weighted over ``SMOOTHED_M``.
    """

    scalp: Surface
    origin: FloatArray
    axes: FloatArray
    face: CoilFace
    gap_m: float
    normals: FloatArray

    def offsets(self, radius_m: float, step_m: float) -> FloatArray:
        """Offsets along the scalp within a radius, m, ``(c, 2)``."""
        if not 0 < step_m <= radius_m:
            raise InvalidInput("radius_m, step_m", (radius_m, step_m), "0 < step <= radius, in m")
        count = int(np.floor(radius_m / step_m + 1e-9))
        axis = np.arange(-count, count + 1) * step_m
        u, v = (g.ravel() for g in np.meshgrid(axis, axis, indexing="ij"))
        inside = np.hypot(u, v) <= radius_m * (1 + 1e-9)
        return np.asarray(np.column_stack([u, v])[inside])

    def matrices(self, offsets: Any, tilts_rad: Any | None = None) -> FloatArray:
        """Poses at offsets ``(c, 2)`` with angle zero, ``(c, 4, 4)``, lifted until the coil is clear of the scalp.

        Parameters
        ----------
        tilts_rad : (c, 2), optional
            Turns about the coil's own x and y axes away from the direction of the scalp.
        """
        flat = np.atleast_2d(np.asarray(offsets, dtype=np.float64))
        plane = self.origin + flat @ self.axes[:, :2].T
        found = closest_points(self.scalp, plane)
        matrices = np.tile(np.eye(4), (flat.shape[0], 1, 1))
        for number, (point, triangle) in enumerate(zip(found.points, found.triangles, strict=True)):
            inward = -self.normals[self.scalp.triangles[triangle]].sum(axis=0)
            inward /= np.linalg.norm(inward)
            frame = _frame(inward, self.axes[:, 1])
            if tilts_rad is not None:
                for axis, angle in enumerate(np.asarray(tilts_rad, dtype=np.float64)[number]):
                    frame = frame @ rotation(np.eye(3)[axis], float(angle))[:3, :3]
            matrices[number, :3, :3] = frame
            matrices[number, :3, 3] = point - self.lift(point, frame[:, 2]) * frame[:, 2]
        return matrices

    def lift(self, center: FloatArray, into_head: FloatArray) -> float:
        """How far a face through ``center`` has to go out so that no scalp under the casing is nearer than the gap."""
        corners = self.scalp.nodes - center
        height = -(corners @ into_head)
        away = np.sqrt(np.maximum(np.einsum("ij,ij->i", corners, corners) - height**2, 0.0))
        reached = away <= self.face.radius_m
        touched = reached[self.scalp.triangles].any(axis=1)
        under = np.unique(self.scalp.triangles[touched])
        near = under[height[under] > -self.face.radius_m]
        if not near.size:
            return self.gap_m
        return float((height[near] + self.face.height(away[near])).max()) + self.gap_m


def placement_grid(
    scalp: Surface,
    target: Any,
    *,
    face: CoilFace,
    gap_m: float = 0.002,
    handle: Any = (0.0, -1.0, 0.0),
) -> PlacementGrid:
    """Lay a grid over the scalp point nearest to a target.

    Parameters
    ----------
    target : (3,)
        m.
    face
        Outline of the casing, the same at every angle, which is on the safe side.
    handle
        Direction of the handle at angle zero, by default to the back.
    """
    if not (np.isfinite(gap_m) and gap_m >= 0):
        raise InvalidInput("gap_m", gap_m, "0 or more, in m")
    nearest = closest_points(scalp, np.asarray(target, dtype=np.float64)[None])
    normals = _smoothed_normals(scalp)
    inward = -normals[scalp.triangles[nearest.triangles[0]]].sum(axis=0)
    forward = -np.asarray(handle, dtype=np.float64)
    axes = _frame(inward / np.linalg.norm(inward), forward)
    return PlacementGrid(scalp, nearest.points[0], axes, face, float(gap_m), normals)


def turned(matrices: FloatArray, angles_rad: Any) -> FloatArray:
    """Poses ``(c, 4, 4)`` turned about their own z axes by ``(c,)``."""
    angles = np.asarray(angles_rad, dtype=np.float64)
    turns = np.tile(np.eye(4), (angles.size, 1, 1))
    turns[:, 0, 0] = turns[:, 1, 1] = np.cos(angles)
    turns[:, 1, 0], turns[:, 0, 1] = np.sin(angles), -np.sin(angles)
    return np.asarray(matrices @ turns)


def _smoothed_normals(scalp: Surface) -> FloatArray:
    from scipy.spatial import KDTree  # type: ignore[import-untyped,unused-ignore]

    total = np.zeros_like(scalp.nodes)
    area = triangle_normals(scalp)
    for corner in range(3):
        np.add.at(total, scalp.triangles[:, corner], area)
    near = KDTree(scalp.nodes).query_ball_point(scalp.nodes, SMOOTHED_M)
    summed = np.stack([total[indices].sum(axis=0) for indices in near])
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.asarray(np.where(length > 0, summed / np.where(length > 0, length, 1.0), node_normals(scalp)))


def _frame(inward: FloatArray, forward: FloatArray) -> FloatArray:
    """Rotation with z inward and y as near to ``forward`` as that allows."""
    y = forward - (forward @ inward) * inward
    if np.linalg.norm(y) < 1e-6:
        y = np.eye(3)[int(np.argmin(np.abs(inward)))]
        y = y - (y @ inward) * inward
    y = y / np.linalg.norm(y)
    return np.column_stack([np.cross(y, inward), y, inward])
