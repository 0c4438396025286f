"""Nearest point of a triangle surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from euthymia.engines.fields.mesh import FloatArray, Surface


def nearest_on_surface(surface: Surface, point: ArrayLike) -> FloatArray:
    """Point of ``surface`` nearest to ``point``, m, ``(3,)``; exact on the triangles, not only on the nodes.

    Notes
    -----
    The foot of the perpendicular on each triangle's plane where it falls inside the triangle, else the nearest point
    of its three edges.
    """
    p = np.asarray(point, dtype=np.float64)
    corners = surface.nodes[surface.triangles]
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = np.cross(ab, ac)
    area = np.maximum(np.einsum("ij,ij->i", normal, normal), 1e-300)
    foot = p - (np.einsum("ij,ij->i", p - a, normal) / area)[:, None] * normal
    v = np.einsum("ij,ij->i", np.cross(foot - a, ac), normal) / area
    w = np.einsum("ij,ij->i", np.cross(ab, foot - a), normal) / area
    inside = (v >= 0) & (w >= 0) & (v + w <= 1)
    candidates = [foot[inside]]
    for i in range(3):
        start, edge = corners[:, i], corners[:, (i + 1) % 3] - corners[:, i]
        length = np.maximum(np.einsum("ij,ij->i", edge, edge), 1e-300)
        t = np.clip(np.einsum("ij,ij->i", p - start, edge) / length, 0.0, 1.0)
        candidates.append(start + t[:, None] * edge)
    every = np.vstack(candidates)
    return np.asarray(every[int(np.argmin(np.linalg.norm(every - p, axis=1)))])
