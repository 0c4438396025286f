"""From a point and a handle direction to the pose of a coil on the scalp, with no part of it in the head."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.collision import CasingShape, room
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.signed_distance import SignedDistance

NORMAL_RADIUS_M = 0.012
"""Patch over which the normal of the scalp is averaged, about what the middle of a coil rests on."""

FARTHEST_POINT_M = 0.05
CLOSE_ENOUGH_M = 1e-4
MOST_STEPS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Scalp:
    """Outer surface of a head, prepared for placements.

    Parameters
    ----------
    surface
        Closed, triangles counter-clockwise seen from outside, m, RAS.
    distance
        Signed distance to it.
    """

    surface: Surface
    distance: SignedDistance

    @classmethod
    def of(cls, surface: Surface) -> Scalp:
        """Prepare a surface; refused when it is open or inside out."""
        return cls(surface, SignedDistance.of(surface, name="scalp"))

    def project(self, point: Any) -> FloatArray:
        """Nearest point of the scalp, ``(3,)`` m; refused when the given point is more than 5 cm away."""
        given = _vector("center", point)
        signed, foot, _ = self.distance.nearest(given[None])
        if abs(signed[0]) > FARTHEST_POINT_M:
            raise InvalidInput(
                "center",
                f"{abs(signed[0]) * 1e3:.0f} mm from the scalp",
                f"a point within {FARTHEST_POINT_M * 1e3:.0f} mm of it",
                "Positions are in metres and RAS, in the space of this head; is it a point of another head or in mm?",
            )
        return np.asarray(foot[0])

    def normal(self, point: Any, *, radius_m: float = NORMAL_RADIUS_M) -> FloatArray:
        """Outward normal, averaged by area over a patch around a point of the scalp, ``(3,)``."""
        at = self.project(point)
        corners = self.distance.corners
        near = self.distance.tree.query_ball_point(at, radius_m)
        if not near:
            near = [int(self.distance.nearest(at[None])[2][0])]
        first = self.distance.normals[int(self.distance.nearest(at[None])[2][0]), 0]
        patch = np.cross(corners[near, 1] - corners[near, 0], corners[near, 2] - corners[near, 0])
        patch = patch[patch @ first > 0]
        total = patch.sum(axis=0)
        return np.asarray(total / np.linalg.norm(total))


@dataclass(frozen=True, slots=True, eq=False)
class ScalpPlacement:
    """A coil on the scalp.

    Parameters
    ----------
    pose
        Where the coil is.
    on_scalp : (3,) float64
        Point of the scalp that was asked for, m.
    center_gap_m
        From the scalp to the middle of the face, along the coil's axis of placement, m.
    room_m
        Smallest distance between the casing and the scalp, m; never below what was asked for.
    tilt_deg
        Turn away from the tangent plane: about the coil's x and y axis.
    is_casing_known
        Whether the casing was known; else the conductor and the plane of the face were kept out of the head.
    """

    pose: CoilPose
    on_scalp: FloatArray
    center_gap_m: float
    room_m: float
    tilt_deg: tuple[float, float]
    is_casing_known: bool


def tangent_pose(scalp: Scalp, center: Any, handle: Any, *, distance_m: float = 0.0) -> CoilPose:
    """Pose that touches the tangent plane of the scalp, without a collision test.

    Parameters
    ----------
    scalp
        Head.
    center : (3,)
        Wanted center, m; projected to the scalp.
    handle : (3,)
        Direction in which the handle leaves (any length); its part along the scalp is used.
    distance_m
        From the scalp to the middle of the face, m.

    Raises
    ------
    InvalidInput
        For a point far from the scalp, or a handle that points into the head (within 10° of the normal).
    """
    at = scalp.project(center)
    outward = scalp.normal(at)
    away = -_vector("handle", handle)
    length = float(np.linalg.norm(away))
    along = away - (away @ outward) * outward
    if length == 0 or float(np.linalg.norm(along)) < np.sin(np.radians(10)) * length:
        raise InvalidInput(
            "handle",
            _vector("handle", handle).tolist(),
            "a direction along the scalp, at least 10° off its normal",
            "Give the direction in which the handle leaves the coil, e.g. (-1, -1, 0): back and left at 45°.",
        )
    y, z = along / np.linalg.norm(along), -outward
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack([np.cross(y, z), y, z])
    matrix[:3, 3] = at + distance_m * outward
    return CoilPose(matrix)


def place(
    scalp: Scalp,
    shape: CasingShape,
    center: Any,
    handle: Any,
    *,
    distance_m: float,
    tilt_limit_deg: float = 0.0,
    tilt_steps: int = 2,
) -> ScalpPlacement:
    """Place a coil so that its casing keeps a distance from the scalp everywhere.

    Parameters
    ----------
    scalp, shape
        Head, and casing of the coil.
    center, handle
        As for :func:`tangent_pose`.
    distance_m
        Distance that the casing keeps from the scalp, m (hair, cap, electrodes), 0 to 0.05.
    tilt_limit_deg
        How far the coil may be turned about its x and y axes to bring its middle nearer to the scalp; 0: not at all.
    tilt_steps
        Rounds of the search; each halves the step.

    Returns
    -------
    ScalpPlacement
        Pushed out along the normal until no point of the casing is nearer than ``distance_m``.

    Notes
    -----
    The coil is lifted along its own axis; the last step of the lift is found between one that was too short and one
    that was enough, to 0.1 mm, and the returned pose is always one for which the room was computed.
    """
    if not (np.isfinite(distance_m) and 0 <= distance_m <= 0.05):
        raise InvalidInput("distance_m", distance_m, "0 to 0.05 m", "5 mm is 0.005.")
    if not (np.isfinite(tilt_limit_deg) and 0 <= tilt_limit_deg <= 45):
        raise InvalidInput("tilt_limit_deg", tilt_limit_deg, "0 to 45")
    start = tangent_pose(scalp, center, handle, distance_m=distance_m)
    at = scalp.project(center)
    best = pushed_out(scalp, shape, start, distance_m)
    tilt = (0.0, 0.0)
    step = tilt_limit_deg / 2
    for _ in range(tilt_steps if tilt_limit_deg else 0):
        middle = tilt
        for about_x, about_y in product((-step, 0.0, step), repeat=2):
            tried = (middle[0] + about_x, middle[1] + about_y)
            if max(abs(tried[0]), abs(tried[1])) > tilt_limit_deg or tried == middle:
                continue
            turned = start.turned(0, np.radians(tried[0])).turned(1, np.radians(tried[1]))
            found = pushed_out(scalp, shape, turned, distance_m, give_up_m=best[1])
            if found[1] < best[1] - 1e-5:
                best, tilt = found, tried
        step /= 2
    pose, _, left = best
    gap = float((start.center - pose.center) @ start.into_head) + distance_m
    return ScalpPlacement(pose, at, gap, left, tilt, shape.is_known)


def pushed_out(
    scalp: Scalp, shape: CasingShape, pose: CoilPose, distance_m: float, give_up_m: float = np.inf
) -> tuple[CoilPose, float, float]:
    """Pose moved against its z axis until there is room, how far it moved, m, and the room that is left, m.

    Parameters
    ----------
    distance_m
        Room that is asked for, m.
    give_up_m
        Farther than this it need not be moved: infinity comes back.
    """
    moved, slope = 0.0, 1.0
    short: tuple[float, float] | None = None
    enough: tuple[float, float] | None = None
    for _ in range(MOST_STEPS):
        left = room(shape, pose.shifted((0.0, 0.0, -moved)), scalp.distance)
        if left >= distance_m:
            enough = (moved, left)
            if short is None or left - distance_m <= CLOSE_ENOUGH_M:
                break
        else:
            if short is not None:
                slope = float(np.clip((left - short[1]) / (moved - short[0]), 0.2, 1.0)) if moved > short[0] else slope
            short = (moved, left)
            if moved >= give_up_m:
                return pose, np.inf, left
        if enough is None:
            moved = short[0] + (distance_m - short[1]) / slope + CLOSE_ENOUGH_M / 2
        else:
            share = (distance_m - short[1]) / (enough[1] - short[1])
            moved = short[0] + min(max(share, 0.1), 0.9) * (enough[0] - short[0]) + CLOSE_ENOUGH_M / 4
            if enough[0] - moved < CLOSE_ENOUGH_M / 2:
                break
    if enough is not None:
        return pose.shifted((0.0, 0.0, -enough[0])), enough[0], enough[1]
    raise InvalidInput(
        "center",
        f"still too near after moving out {moved * 1e3:.0f} mm",
        "a place where the coil can be lifted off the head",
        "The coil may be caught at an ear or under the chin: choose another point or turn the handle.",
    )


def lowered(scalp: Scalp, shape: CasingShape, pose: CoilPose, distance_m: float) -> tuple[CoilPose, float]:
    """Pose that is clear, moved along its z axis until it keeps no more than the distance, and its room, m.

    Each step is as long as the room that is left over, so no part passes through the scalp; a pose that is too near
    is pushed out first.
    """
    left = room(shape, pose, scalp.distance)
    if left < distance_m:
        pose, _, left = pushed_out(scalp, shape, pose, distance_m)
    for _ in range(MOST_STEPS):
        step = left - distance_m
        if step <= CLOSE_ENOUGH_M:
            break
        nearer = pose.shifted((0.0, 0.0, step))
        found = room(shape, nearer, scalp.distance)
        if found < distance_m:
            break
        pose, left = nearer, found
    return pose, left


def _vector(name: str, values: Any) -> FloatArray:
    given = np.asarray(values, dtype=np.float64)
    if given.shape != (3,) or not np.isfinite(given).all():
        raise InvalidInput(name, given.tolist(), "three finite numbers")
    return given
