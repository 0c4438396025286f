"""Casings of coils as points and closed bodies: what a collision test needs to know of their shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface
from euthymia.engines.fields.point_triangle import nearest_on_triangles
from euthymia.engines.fields.signed_distance import SignedDistance

SAMPLE_STEP_M = 3.5e-3
"""Step between the points of a face that are tested."""

EDGE_STEP_M = 0.5e-3
"""Step along sharp edges, where a casing meets a ridge of the scalp."""

MOST_EDGE_POINTS = 20_000
"""A finely meshed casing gets longer steps along its edges; its corners are close together."""

SHARP_DEG = 15.0

CLUSTER_M = 0.010

LONGEST_EDGE_M = 0.012
"""Bodies that are not convex are cut to edges of about this length, or the search for near triangles is slow."""


@dataclass(frozen=True, slots=True, eq=False)
class ConvexBody:
    """Convex closed part: the outward planes of its faces, and its triangles ``corners (t, 3, 3)``."""

    normals: FloatArray
    offsets: FloatArray
    corners: FloatArray

    def __call__(self, points: FloatArray) -> FloatArray:
        """Signed distance of each point, m, ``(n,)``."""
        bound = self.bound(points)
        outside = np.flatnonzero(bound > 0)
        for first in range(0, outside.size, 256):
            some = outside[first : first + 256]
            every = np.broadcast_to(self.corners, (some.size, *self.corners.shape))
            bound[some] = nearest_on_triangles(points[some], every)[0]
        return bound

    def bound(self, points: FloatArray) -> FloatArray:
        """Largest distance from a plane, m, ``(n,)``: never above the signed distance, and exact inside."""
        return np.asarray((points @ self.normals.T - self.offsets).max(axis=1))

    def smallest(self, points: FloatArray) -> float:
        """The smallest signed distance among points, m."""
        bound = self.bound(points)
        order = np.argsort(bound)[:32]
        first = float(self(points[order]).min())
        kept = points[bound < first]
        return min(first, float(self(kept).min())) if first > 0 and kept.size else first


Body = ConvexBody | SignedDistance


def body_of(surface: Surface, name: str) -> Body:
    """A closed part as a body: convex when its volume is that of its hull."""
    from scipy.spatial import ConvexHull  # type: ignore[import-untyped,unused-ignore]

    corners = surface.nodes[surface.triangles]
    volume = float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6)
    hull = ConvexHull(surface.nodes)
    if abs(hull.volume - volume) < 1e-6 * hull.volume:
        planes = np.unique(np.round(hull.equations[:, :3], 9), axis=0)
        return ConvexBody(planes, (surface.nodes @ planes.T).max(axis=0), corners)
    return SignedDistance.of(_cut(surface), name=name)


def connected_parts(surface: Surface) -> list[Surface]:
    """Parts that do not hang together: two wings that overlap must be tested one by one."""
    from scipy.sparse import coo_array  # type: ignore[import-untyped,unused-ignore]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped,unused-ignore]

    t, n = surface.triangles, surface.nodes.shape[0]
    links = coo_array((np.ones(2 * len(t)), (np.r_[t[:, 0], t[:, 1]], np.r_[t[:, 1], t[:, 2]])), shape=(n, n))
    _, label = connected_components(links, directed=False)
    parts = []
    for one in np.unique(label[t[:, 0]]):
        kept, local = np.unique(t[label[t[:, 0]] == one], return_inverse=True)
        parts.append(Surface(surface.nodes[kept], local.reshape(-1, 3)))
    return parts


def is_closed(surface: Surface) -> bool:
    """Whether every edge has two triangles (or another even number)."""
    return bool((_edges(surface)[1] % 2 == 0).all())


def sampled(surface: Surface, step_m: float) -> FloatArray:
    """Points of each triangle, corners included, not farther apart than half a step along its edges, ``(n, 3)``."""
    corners = surface.nodes[surface.triangles]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    cuts = np.ceil(2 * longest / step_m).astype(int)
    found = []
    for cut in np.unique(cuts):
        i, j = np.meshgrid(np.arange(cut + 1), np.arange(cut + 1), indexing="ij")
        inside = i + j <= cut
        shares = np.stack([i[inside], j[inside], cut - i[inside] - j[inside]], axis=1) / cut
        found.append(np.einsum("ks,tsx->tkx", shares, corners[cuts == cut]).reshape(-1, 3))
    return np.concatenate(found)


def on_sharp_edges(surface: Surface) -> FloatArray:
    """Points along edges at which two faces meet at more than a small angle, and all corners, ``(n, 3)``."""
    ends, count, first, second = _edges(surface)
    corners = surface.nodes[surface.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-300)
    bent = np.einsum("ij,ij->i", unit[first], unit[second]) < np.cos(np.radians(SHARP_DEG))
    kept = ends[bent | (count != 2)]
    start, along = surface.nodes[kept[:, 0]], surface.nodes[kept[:, 1]] - surface.nodes[kept[:, 0]]
    length = np.linalg.norm(along, axis=1)
    step = max(EDGE_STEP_M, float(length.sum()) / MOST_EDGE_POINTS)
    cuts = np.maximum(1, np.ceil(length / step).astype(int))
    found = [surface.nodes]
    for cut in np.unique(cuts):
        share = np.arange(cut)[:, None, None] / cut
        found.append((start[cuts == cut] + share * along[cuts == cut]).reshape(-1, 3))
    return np.concatenate(found)


def thinned(points: FloatArray) -> FloatArray:
    """One point for each cube of the sample step, the outermost along z first, so that faces stay."""
    ordered = points[np.argsort(-points[:, 2], kind="stable")]
    cells: NDArray[np.int64] = np.floor(ordered / SAMPLE_STEP_M).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    return np.ascontiguousarray(ordered[np.sort(first)])


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Points in cubes: ``points`` sorted by cube, the first of each, and a ball around each cube's points."""

    points: FloatArray
    starts: IntArray
    centers: FloatArray
    radii: FloatArray

    @classmethod
    def of(cls, points: FloatArray) -> Clusters:
        """Sort points into cubes."""
        cells: NDArray[np.int64] = np.floor(points / CLUSTER_M).astype(np.int64)
        _, which = np.unique(cells, axis=0, return_inverse=True)
        order = np.argsort(which.ravel(), kind="stable")
        ordered, label = points[order], which.ravel()[order]
        starts = np.flatnonzero(np.diff(label, prepend=-1))
        count = np.diff(starts, append=label.size)
        centers = np.add.reduceat(ordered, starts) / count[:, None]
        away = np.linalg.norm(ordered - np.repeat(centers, count, axis=0), axis=1)
        return cls(ordered, starts, centers, np.maximum.reduceat(away, starts))

    def members(self, kept: NDArray[np.bool_]) -> FloatArray:
        """Points of some cubes."""
        return self.points[np.repeat(kept, np.diff(self.starts, append=len(self.points)))]


def _edges(surface: Surface) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Edges ``(e, 2)``, how many triangles each has, and the first and the last of them."""
    t = surface.triangles
    ends = np.sort(np.stack([t, np.roll(t, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    owner = np.repeat(np.arange(len(t)), 3)
    edges, which, count = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(which.ravel(), kind="stable")
    last = np.cumsum(count) - 1
    return edges, count, owner[order][last - count + 1], owner[order][last]


def _cut(surface: Surface) -> Surface:
    """Every triangle in four, again and again, until edges are short."""
    while True:
        ends, _, _, _ = _edges(surface)
        length = np.linalg.norm(surface.nodes[ends[:, 0]] - surface.nodes[ends[:, 1]], axis=1)
        if length.max() <= LONGEST_EDGE_M or surface.triangles.shape[0] > 20_000:
            return surface
        n, t = surface.nodes.shape[0], surface.triangles
        key = {(int(a), int(b)): n + i for i, (a, b) in enumerate(ends)}
        middle = np.array(
            [[key[(min(x, y), max(x, y))] for x, y in ((a, b), (b, c), (c, a))] for a, b, c in t.tolist()]
        )
        nodes = np.vstack([surface.nodes, surface.nodes[ends].mean(axis=1)])
        (a, b, c), (ab, bc, ca) = t.T, middle.T
        four = [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
        surface = Surface(nodes, np.concatenate([np.column_stack(f) for f in four]))
