"""Bend the moving parts of a coil to a head: near to the scalp everywhere, and nowhere in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.casing_parts import Body, body_of, is_closed, sampled
from euthymia.engines.fields.clearance import SKIN_STEP_M
from euthymia.engines.fields.coil_model import CoilElement, CoilModel
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coil_sources import SampledSource, SegmentSource
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.scalp_placement import Scalp, lowered, pushed_out

FARTHEST_M = 0.05
"""Parts of the winding that are farther from the scalp than this count as if they were this far."""

DEEPEST_M = 0.08
GRID_M = 0.004
SAMPLE_M = 0.012
FINEST = 1 / 64
MOST_LIFTS = 25


@dataclass(frozen=True, slots=True, eq=False)
class CoilFit:
    """A coil bent to a head.

    Parameters
    ----------
    model : CoilModel
        The coil with its parts where they ended; nothing moves any more.
    settings
        Of its motions: m for a shift, rad for a turn.
    pose : CoilPose
    tilt_deg
        Turns about the coil's own x and y axes.
    room_m
        Smallest distance between casing and scalp, m.
    mean_gap_m, mean_gap_before_m
        Mean distance of the winding from the scalp, m: as it is now, and unbent and not turned at the same place.
    """

    model: CoilModel
    settings: tuple[float, ...]
    pose: CoilPose
    tilt_deg: tuple[float, float]
    room_m: float
    mean_gap_m: float
    mean_gap_before_m: float


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One element: points of its casing and of its winding at rest, and the body that others must not run into."""

    element: CoilElement
    casing: FloatArray
    winding: FloatArray
    body: Body | None


def is_deformable(model: CoilModel) -> bool:
    """Whether some part of the coil moves."""
    return any(element.motions for element in model.elements)


def bent(model: CoilModel, settings: tuple[float, ...]) -> CoilModel:
    """The coil with its parts moved to the settings, once and for all."""
    used = model.checked_settings(settings)
    elements = []
    for element in model.elements:
        turn = element.moved_by(used)
        casing = element.casing
        if casing is not None:
            casing = Surface(casing.nodes @ turn[:3, :3].T + turn[:3, 3], casing.triangles)
        elements.append(replace(element, source=element.source.moved(turn), casing=casing, motions=()))
    return replace(model, elements=tuple(elements), ranges=())


def fit_coil(
    scalp: Scalp,
    model: CoilModel,
    pose: CoilPose,
    *,
    distance_m: float,
    tilt_limit_deg: float = 25.0,
    slide_limit_m: float = 0.0,
) -> CoilFit:
    """Bend and tilt a coil until its winding is as near to the scalp as its casing allows.

    Parameters
    ----------
    pose
        Where the coil is wanted; its center moves along its axis, and sideways as far as ``slide_limit_m``.
    distance_m
        Room that the casing keeps, m.
    tilt_limit_deg
        How far the coil may be turned about its own x and y axes.

    Raises
    ------
    InvalidInput
        For a coil without moving parts, or one that cannot be lifted off the head.

    Notes
    -----
    Each trial is lifted off the scalp before it is judged by the mean distance of its winding, so every trial is
    possible. The settings and tilts go up and down by a quarter of their range, then half of that, and so on. Trials
    are judged with distances on a grid of 4 mm; the result is measured exactly.

    References
    ----------
    Worbs and others 2024, bioRxiv, doi 10.1101/2024.12.27.629331 (the aim: large coils bent to the head by the distance
    between coil and skin, without intersections; the search here is another).
    """
    if not is_deformable(model):
        raise InvalidInput("coil", model.name, "a coil with moving parts", "A rigid coil needs no fit: leave it out.")
    parts = [_part(element, model) for element in model.elements]
    fixed = _points(model.casing) if model.casing is not None else np.empty((0, 3))
    far = _skin_distance(scalp)
    limit = np.radians(tilt_limit_deg)
    free = [limit, limit, slide_limit_m, slide_limit_m]
    low = np.array([r.low for r in model.ranges] + [-value for value in free])
    high = np.array([r.high for r in model.ranges] + free)
    start = np.array([r.initial for r in model.ranges] + [0.0] * len(free))

    def judged(values: FloatArray) -> float:
        settings = values[: len(model.ranges)]
        turned = _turned(pose, values[len(settings) :]).matrix
        if _clashes(model, parts, settings):
            return np.inf
        moves = [part.element.moved_by(settings) for part in parts]
        casing = [p.casing @ m[:3, :3].T + m[:3, 3] for p, m in zip(parts, moves, strict=True)]
        winding = [p.winding @ m[:3, :3].T + m[:3, 3] for p, m in zip(parts, moves, strict=True)]
        hull = np.concatenate([fixed, *casing]) @ turned[:3, :3].T + turned[:3, 3]
        moved = 0.0
        for _ in range(MOST_LIFTS):
            short = distance_m - float(far(hull - moved * turned[:3, 2]).min())
            moved += short
            if abs(short) < 2e-4:
                break
        wires = np.concatenate(winding) @ turned[:3, :3].T + turned[:3, 3] - moved * turned[:3, 2]
        return float(far(wires).clip(0.0, FARTHEST_M).mean())

    ends = [start, *(np.concatenate([e[: len(model.ranges)] * 0.7, np.zeros(len(free))]) for e in (low, high))]
    found = min((_compass(judged, np.clip(one, low, high), low, high) for one in ends), key=lambda pair: pair[1])
    best = _exact(scalp, model, pose, found[0], distance_m)
    plain = _exact(scalp, model, pose, start, distance_m)
    chosen, values = (best, found[0]) if best[2] <= plain[2] else (plain, start)
    settings = tuple(float(v) for v in values[: len(model.ranges)])
    about = np.degrees(values[len(settings) : len(settings) + 2])
    return CoilFit(
        chosen[0], settings, chosen[1], (float(about[0]), float(about[1])), chosen[3], chosen[2], plain[2]
    )  # fmt: skip


def _exact(
    scalp: Scalp, model: CoilModel, pose: CoilPose, values: FloatArray, distance_m: float
) -> tuple[CoilModel, CoilPose, float, float]:
    """Bent coil, its pose with exactly the room that was asked for, mean distance of its winding, and its room."""
    there = bent(model, tuple(float(v) for v in values[: len(model.ranges)]))
    shape = casing_shape(there)
    out, _, _ = pushed_out(scalp, shape, _turned(pose, values[len(model.ranges) :]), distance_m)
    at, left = lowered(scalp, shape, out, distance_m)
    winding = np.concatenate([_winding(e) for e in there.elements]) @ at.matrix[:3, :3].T + at.center
    return there, at, float(scalp.distance(winding).clip(0.0, FARTHEST_M).mean()), left


def _compass(
    judged: Callable[[FloatArray], float], start: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, float]:
    """Each value up and down by a share of its range; the share is halved when nothing gains."""
    best, value, share = start, judged(start), 0.25
    while share >= FINEST:
        gained = False
        for axis in range(start.size):
            for sign in (1.0, -1.0):
                trial = best.copy()
                trial[axis] = np.clip(trial[axis] + sign * share * (high[axis] - low[axis]), low[axis], high[axis])
                found = judged(trial) if trial[axis] != best[axis] else np.inf
                if found < value - 1e-6:
                    best, value, gained = trial, found, True
                    break
        if not gained:
            share /= 2
    return best, value


def _skin_distance(scalp: Scalp) -> Callable[[FloatArray], FloatArray]:
    """About the signed distance, on a grid: from the nearest of many points of the scalp, by the normal there."""
    from scipy.ndimage import map_coordinates  # type: ignore[import-untyped,unused-ignore]
    from scipy.spatial import cKDTree  # type: ignore[import-untyped,unused-ignore]

    points = sampled(scalp.surface, SKIN_STEP_M)
    points = points[np.unique(np.round(points, 4), axis=0, return_index=True)[1]]
    normals = scalp.distance.normals[scalp.distance.tree.query(points)[1], 0]
    low, high = points.min(axis=0), points.max(axis=0)
    axes = [np.arange(low[i] - FARTHEST_M, high[i] + FARTHEST_M + GRID_M, GRID_M) for i in range(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    at = grid.reshape(-1, 3)
    gap, index = cKDTree(points).query(at, distance_upper_bound=DEEPEST_M)
    known = np.isfinite(gap)
    inside = ((at > low) & (at < high)).all(axis=1)
    near = index[known]
    inside[known] = np.einsum("ij,ij->i", at[known] - points[near], normals[near]) < 0
    values = np.where(inside, -1.0, 1.0) * np.where(known, gap, DEEPEST_M)
    table, start = values.reshape(grid.shape[:3]), np.array([axis[0] for axis in axes])

    def far(places: FloatArray) -> FloatArray:
        where = ((places - start) / GRID_M).T
        return np.asarray(map_coordinates(table, where, order=1, mode="nearest"))

    return far


def _part(element: CoilElement, model: CoilModel) -> _Part:
    winding = _winding(element)
    casing = winding if element.casing is None else _points(element.casing)
    body = None
    if element.casing is not None and model.clashing and is_closed(element.casing):
        body = body_of(element.casing, f"casing of {element.name}")
    return _Part(element, casing, winding, body)


def _points(surface: Surface) -> FloatArray:
    """Corners of a casing and points of its large triangles, one for each cube of 6 mm."""
    points = np.concatenate([surface.nodes, sampled(surface, SAMPLE_M)])
    return np.asarray(points[np.unique(np.floor(points / (SAMPLE_M / 2)), axis=0, return_index=True)[1]])


def _winding(element: CoilElement) -> FloatArray:
    """Places of the winding, a few hundred; of a sampled field, the corners of its casing or the face."""
    source: Any = element.source
    if isinstance(source, SampledSource):
        return element.casing.nodes if element.casing is not None else np.zeros((1, 3))
    places = source.centers if isinstance(source, SegmentSource) else source.positions
    return np.asarray(places[:: max(1, len(places) // 200)])


def _clashes(model: CoilModel, parts: list[_Part], settings: FloatArray) -> bool:
    """Whether parts that must not run into each other do."""
    for group in model.clashing:
        for i in group:
            for j in group:
                body = parts[j].body
                if i == j or body is None:
                    continue
                own, other = parts[i].element.moved_by(settings), parts[j].element.moved_by(settings)
                to_other = np.linalg.inv(other) @ own
                if body.smallest(parts[i].casing @ to_other[:3, :3].T + to_other[:3, 3]) < -1e-5:
                    return True
    return False


def _turned(pose: CoilPose, free: FloatArray) -> CoilPose:
    """Slid along its own x and y axes, then turned about them."""
    slid = pose.shifted((float(free[2]), float(free[3]), 0.0))
    return slid.turned(0, float(free[0])).turned(1, float(free[1]))
