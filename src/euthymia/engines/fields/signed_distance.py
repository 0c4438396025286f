"""Signed distance to a closed triangle surface, exact for its triangles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface
from euthymia.engines.fields.point_triangle import nearest_on_triangles

CANDIDATES = 12

NEAR_M = 0.005
"""Points this near are always looked at: one of them is inside when a body sampled every 3.5 mm crosses the surface."""


@dataclass(frozen=True, slots=True, eq=False)
class SignedDistance:
    """Distance to a closed surface: positive outside, negative inside, exact for its triangles.

    Build it with :meth:`of`; it holds a search tree and the normals of faces, edges and corners.
    """

    corners: FloatArray
    normals: FloatArray
    centroids: FloatArray
    reach: float
    tree: Any
    nodes: FloatArray

    @classmethod
    def of(cls, surface: Surface, *, name: str = "surface") -> SignedDistance:
        """Prepare a surface.

        Raises
        ------
        InvalidInput
            When it is open, has triangles without area, or its triangles point inwards.

        References
        ----------
        Bærentzen, Aanæs 2005, IEEE TVCG 11:243, doi 10.1109/TVCG.2005.49 (sign from angle-weighted normals).
        """
        from scipy.spatial import cKDTree  # type: ignore[import-untyped,unused-ignore]

        corners = surface.nodes[surface.triangles]
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        doubled = np.linalg.norm(across, axis=1)
        flat = np.flatnonzero(doubled <= 1e-16)
        if flat.size:
            raise InvalidInput(name, f"{flat.size} triangles without area, first {flat[0]}", "triangles with an area")
        volume = float(np.einsum("ij,ij->i", corners[:, 0], across).sum() / 6)
        if volume <= 0:
            raise InvalidInput(
                name, "pointing inwards", "triangles counter-clockwise seen from outside", "Swap two nodes of each."
            )
        centroids = corners.mean(axis=1)
        normals = _feature_normals(surface.triangles, surface.nodes.shape[0], corners, across / doubled[:, None], name)
        reach = float(np.linalg.norm(corners - centroids[:, None], axis=2).max())
        return cls(corners, normals, centroids, reach, cKDTree(centroids), surface.nodes)

    def __call__(self, points: FloatArray) -> FloatArray:
        """Signed distance of each point, m, ``(n,)``."""
        return self.nearest(points)[0]

    def nearest(self, points: FloatArray, enough_m: float = np.inf) -> tuple[FloatArray, FloatArray, IntArray]:
        """Signed distance ``(n,)``, nearest point on the surface ``(n, 3)`` and its triangle ``(n,)``.

        ``enough_m``: points that are proven to be at least this far on either side need not be exact: they get a lower
        bound of their distance, positive, and some point of the surface.
        """
        n, total = points.shape[0], self.centroids.shape[0]
        signed, foot, which = np.empty(n), np.empty((n, 3)), np.empty(n, dtype=np.int64)
        left, count = np.arange(n), min(CANDIDATES, total)
        while left.size:
            far, index = self.tree.query(points[left], k=count)
            far, index = far.reshape(left.size, -1), index.reshape(left.size, -1)
            gap, spot, best, feature = nearest_on_triangles(points[left], self.corners[index])
            chosen = index[np.arange(left.size), best]
            side = np.einsum("ij,ij->i", points[left] - spot, self.normals[chosen, feature])
            signed[left], foot[left], which[left] = np.where(side < 0, -gap, gap), spot, chosen
            bound = far[:, -1] - self.reach
            unsure = (gap > bound) & (count < total)
            skipped = unsure & (bound >= enough_m)
            signed[left[skipped]] = bound[skipped]
            left, count = left[unsure & ~skipped], min(4 * count, total)
        return signed, foot, which

    def smallest(self, points: FloatArray) -> float:
        """The smallest signed distance among points of one connected body that is not wholly inside, m.

        Exact when it is positive; when it is negative, some point is at least as deep as that.
        """
        far, index = self.tree.query(points)
        ahead = np.einsum("ij,ij->i", points - self.centroids[index], self.normals[index, 0])
        near, deep = np.argsort(far)[:64], np.argsort(ahead)[:64]
        first = float(self(points[np.concatenate([near[:8], deep[:8]])]).min())
        few = np.concatenate([near[8:], deep[8:]])
        if few.size:
            first = min(first, float(self.nearest(points[few], max(first, NEAR_M))[0].min()))
        enough = max(first, NEAR_M)
        kept = points[far - self.reach < enough]
        return min(first, float(self.nearest(kept, enough)[0].min())) if kept.size else first


def _feature_normals(triangles: IntArray, n_nodes: int, corners: FloatArray, unit: FloatArray, name: str) -> FloatArray:
    """``(t, 7, 3)``: normal of the face, of its edges (01, 12, 20) and of its corners (0, 1, 2)."""
    ends = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2)
    low, high = ends.min(axis=1), ends.max(axis=1)
    _, edge, count = np.unique(low * n_nodes + high, return_inverse=True, return_counts=True)
    if (count == 1).any():
        raise InvalidInput(
            name,
            f"open: {int((count == 1).sum())} edges with one triangle",
            "a closed surface",
            "Close it at the neck.",
        )
    edge_sum = np.zeros((count.size, 3))
    np.add.at(edge_sum, edge, np.repeat(unit, 3, axis=0))
    node_sum = np.zeros((n_nodes, 3))
    for corner in range(3):
        a = corners[:, (corner + 1) % 3] - corners[:, corner]
        b = corners[:, (corner + 2) % 3] - corners[:, corner]
        cosine = np.einsum("ij,ij->i", a, b) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
        np.add.at(node_sum, triangles[:, corner], np.arccos(cosine.clip(-1, 1))[:, None] * unit)
    return np.concatenate([unit[:, None], edge_sum[edge].reshape(-1, 3, 3), node_sum[triangles]], axis=1)
