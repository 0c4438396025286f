"""Candidate placements over the scalp near a target: a flat grid laid on the scalp, every coil clear of the head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.clearance import CoilFace, skin_points
from euthymia.engines.fields.coil_pose import CoilPose, rotation
from euthymia.engines.fields.collision import CasingShape
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.scalp_placement import Scalp, lowered
from euthymia.engines.fields.surfaces import closest_points, node_normals, triangle_normals

__all__ = ["CoilFace", "PlacementGrid", "moved_in", "placement_grid", "turned"]

SMOOTHED_M = 0.015
"""The coil stands on the mean direction of the scalp within this distance of its center."""

_FEW = 7

NEARBY_M = 0.04
"""Coils this near to the origin of the grid are tested against the scalp around it only."""


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
    skin, near : (p, 3), (q, 3)
        Points of the scalp, close together: all, and those that a coil near the origin can meet.
    grown, least : CoilFace
        The face with the gap around it, and how far that reaches at every angle.
    head, casing
        For exact distances; None when the search was given an outline only.
    """

    scalp: Surface
    origin: FloatArray
    axes: FloatArray
    face: CoilFace
    gap_m: float
    normals: FloatArray
    skin: FloatArray
    near: FloatArray
    grown: CoilFace
    least: CoilFace
    head: Scalp | None = None
    casing: CasingShape | None = None

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

    def poses(self, offsets: Any, angles_rad: Any, tilts_rad: Any | None = None) -> FloatArray:
        """Poses at offsets ``(c, 2)`` turned by ``(c,)``, each as near as its own outline allows, ``(c, 4, 4)``."""
        matrices = self.matrices(offsets, tilts_rad)
        angles = np.asarray(angles_rad, dtype=np.float64)
        nearer = np.array([self._nearer(m, a[None])[0] for m, a in zip(matrices, angles, strict=True)])
        return moved_in(turned(matrices, angles), nearer)

    def nearer(self, matrices: FloatArray, angles_rad: FloatArray) -> FloatArray:
        """How much nearer to the head each angle may come than the poses that suit every angle, m, ``(c, a)``."""
        return np.stack([self._nearer(matrix, angles_rad) for matrix in matrices])

    def settled(self, pose: CoilPose, guess_m: float = 0.0) -> CoilPose:
        """The pose moved along its axis until its casing has the gap, exactly; as it is when only an outline is known.

        Parameters
        ----------
        guess_m
            How far it may be to the gap, m, from a neighbor; saves time and does not change the result.

        Raises
        ------
        InvalidInput
            When the coil cannot be lifted off the head.
        """
        if self.head is None or self.casing is None:
            return pose
        return lowered(self.head, self.casing, pose.shifted((0.0, 0.0, guess_m)), self.gap_m)[0]

    def lift(self, center: FloatArray, into_head: FloatArray) -> float:
        """How far a face through ``center`` has to go out so that no scalp is nearer to the casing than the gap."""
        _, away, height = self._seen(center, into_head)
        highest = float((height + self.grown.height(away)).max(initial=-np.inf))
        return highest if np.isfinite(highest) else self.gap_m

    def _seen(self, center: FloatArray, into_head: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Points of the scalp that can decide, from the center: vectors, distances from the axis, heights against it.

        A few points give a bound that the rest has to beat.
        """
        close = float(np.linalg.norm(center - self.origin)) < NEARBY_M
        points = (self.near if close else self.skin) - center
        height = -(points @ into_head)
        few = slice(None, None, _FEW)
        bound = float((height[few] + self.least.height(_away(points[few], height[few]))).max(initial=-np.inf)) - 1e-9
        points, height = (some[height >= bound - self.grown.highest] for some in (points, height))
        away = _away(points, height)
        under = (away < self.grown.radius_m) & (height + self.grown.height(away) >= bound)
        return points[under], away[under], height[under]

    def _nearer(self, matrix: FloatArray, angles_rad: FloatArray) -> FloatArray:
        if self.grown.cells_m is None:
            return np.zeros(len(angles_rad))
        points, _, height = self._seen(matrix[:3, 3], matrix[:3, 2])
        reach = self.grown.reach(points @ matrix[:3, 0], points @ matrix[:3, 1], height, angles_rad)
        return np.where(np.isfinite(reach), np.maximum(-reach, 0.0), 0.0)


def _away(points: FloatArray, height: FloatArray) -> FloatArray:
    """Distance from the axis."""
    return np.asarray(np.sqrt(np.maximum(np.einsum("ij,ij->i", points, points) - height**2, 0.0)))


def placement_grid(
    scalp: Surface,
    target: Any,
    *,
    face: CoilFace | None = None,
    casing: CasingShape | None = None,
    gap_m: float = 0.002,
    handle: Any = (0.0, -1.0, 0.0),
) -> PlacementGrid:
    """Lay a grid over the scalp point nearest to a target.

    Parameters
    ----------
    target : (3,)
        m.
    face
        Outline of the casing, the same at every angle, which is on the safe side; that of ``casing`` when left out.
    casing
        With it each angle comes as near as its own outline allows, and the best placement has exactly the gap.
    handle
        Direction of the handle at angle zero, by default to the back.
    """
    if not (np.isfinite(gap_m) and gap_m >= 0):
        raise InvalidInput("gap_m", gap_m, "0 or more, in m")
    if (face is None) == (casing is None):
        raise InvalidInput("face, casing", "both" if casing else None, "one of them")
    outline = CoilFace.of_shape(casing) if casing is not None else face
    assert outline is not None
    nearest = closest_points(scalp, np.asarray(target, dtype=np.float64)[None])
    normals = _smoothed_normals(scalp)
    inward = -normals[scalp.triangles[nearest.triangles[0]]].sum(axis=0)
    forward = -np.asarray(handle, dtype=np.float64)
    axes = _frame(inward / np.linalg.norm(inward), forward)
    head = None if casing is None else Scalp.of(scalp)
    grown, skin = outline.grown(float(gap_m)), skin_points(scalp)
    close = skin[np.linalg.norm(skin - nearest.points[0], axis=1) < 1.5 * grown.radius_m + NEARBY_M]
    least = CoilFace(grown.radius_m, grown.lowest())
    return PlacementGrid(
        scalp, nearest.points[0], axes, outline, float(gap_m), normals, skin, close, grown, least, head, casing
    )  # fmt: skip


def turned(matrices: FloatArray, angles_rad: Any) -> FloatArray:
    """Poses ``(c, 4, 4)`` turned about their own z axes by ``(c,)``."""
    angles = np.asarray(angles_rad, dtype=np.float64)
    turns = np.tile(np.eye(4), (angles.size, 1, 1))
    turns[:, 0, 0] = turns[:, 1, 1] = np.cos(angles)
    turns[:, 1, 0], turns[:, 0, 1] = np.sin(angles), -np.sin(angles)
    return np.asarray(matrices @ turns)


def moved_in(matrices: FloatArray, distances_m: FloatArray) -> FloatArray:
    """Poses ``(c, 4, 4)`` moved along their own z axes by ``(c,)`` m."""
    moved = matrices.copy()
    moved[:, :3, 3] += distances_m[:, None] * matrices[:, :3, 2]
    return np.asarray(moved)


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
