"""The point of the scalp over a target in the brain: where the smoothed scalp faces the target.

The nearest point of a mesh is a poor answer for a deep target: the scalp is almost equally far over a wide patch, so a
dent of half a millimeter decides, and neighbors share one dent.
"""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.surfaces import closest_points, triangle_normals

SMOOTHED_M = 0.015
"""Standard deviation of the weights with which the normals around a point are averaged."""

_CLOSE_ENOUGH_M = 2e-5
_MOST_STEPS = 60
_CANDIDATES = 64
_LARGEST_ANGLE = 0.5
"""Cosine: a site whose scalp is turned farther away from the nearest point's is another side of the head."""


def points_over(scalp: Surface, targets: FloatArray, *, smoothed_m: float = SMOOTHED_M) -> FloatArray:
    """Scalp points whose smoothed outward normal points from the target to them, m, ``(t, 3)``.

    Parameters
    ----------
    scalp
        Outer surface, triangles counter-clockwise seen from outside.
    targets : (t, 3)
        Below the scalp, m. A target on the scalp or outside is put onto its nearest point.
    smoothed_m
        Over which normals are averaged; triangles should be smaller.

    Notes
    -----
    Fixed point of: normal here, then the crossing of the scalp with the line from the target along that normal. It
    moves with the target, as the depth is below the radius of the head. Where the steps do not settle (a target near
    the middle of the head, an ear) the nearest point is taken.
    """
    given = np.atleast_2d(np.asarray(targets, dtype=np.float64))
    if not (np.isfinite(smoothed_m) and 0 < smoothed_m < 0.05):
        raise InvalidInput("smoothed_m", smoothed_m, "a length above 0 and below 0.05 m")
    nearest = closest_points(scalp, given, candidates=_CANDIDATES)
    corners = scalp.nodes[scalp.triangles]
    middles, areas = corners.mean(axis=1), triangle_normals(scalp)
    found = nearest.points.copy()
    for number, target in enumerate(given):
        outward = nearest.normals[number]
        if (nearest.points[number] - target) @ outward <= _CLOSE_ENOUGH_M:
            continue
        at: FloatArray | None = nearest.points[number]
        for _ in range(_MOST_STEPS):
            if at is None:
                break
            normal = _normal(middles, areas, at, outward, smoothed_m)
            before, at = at, _crossing(corners, target, normal)
            if at is not None and np.linalg.norm(at - before) < _CLOSE_ENOUGH_M:
                if normal @ outward > _LARGEST_ANGLE:
                    found[number] = at
                break
    return found


def _normal(middles: FloatArray, areas: FloatArray, at: FloatArray, outward: FloatArray, spread: float) -> FloatArray:
    """Mean normal around a point, weighted by area and distance; turned-away parts (an ear's back) do not count."""
    gap = middles - at
    weight = np.exp(np.einsum("ij,ij->i", gap, gap) / (-2 * spread**2))
    weight *= areas @ outward > 0
    total = weight @ areas
    return np.asarray(total / np.linalg.norm(total))


def _crossing(corners: FloatArray, start: FloatArray, along: FloatArray) -> FloatArray | None:
    """First point at which a ray leaves through the triangles ``(t, 3, 3)``, m; None when it meets none.

    References
    ----------
    Möller and Trumbore 1997, J Graphics Tools 2:21. doi 10.1080/10867651.1997.10487468
    """
    near = np.linalg.norm(np.cross(corners[:, 0] - start, along), axis=1) < 0.03
    a = corners[near, 0]
    one, two = corners[near, 1] - a, corners[near, 2] - a
    across = np.cross(along, two)
    size = np.einsum("ij,ij->i", one, across)
    leaving = size < 0  # the ray goes with the outward normal
    a, one, two, across, size = a[leaving], one[leaving], two[leaving], across[leaving], size[leaving]
    away = start - a
    u = np.einsum("ij,ij->i", away, across) / size
    turned = np.cross(away, one)
    v = (turned @ along) / size
    length = np.einsum("ij,ij->i", two, turned) / size
    edge = -1e-9
    hit = (u >= edge) & (v >= edge) & (u + v <= 1 - edge) & (length > 0)
    return np.asarray(start + length[hit].min() * along) if hit.any() else None
