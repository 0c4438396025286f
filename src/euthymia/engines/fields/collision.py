"""Signed distance to a closed surface, and the room between the casing of a coil and the scalp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_model import CoilModel
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coil_sources import DipoleSource, SegmentSource
from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface
from euthymia.engines.fields.point_triangle import nearest_on_triangles

SAMPLE_STEP_M = 3.5e-3
"""Step between the points of a casing that are tested."""

SAMPLE_SLACK_M = 2e-4
"""Taken off the room that is found: a bump of 20 mm radius between points 5 mm apart reaches in by 0.16 mm."""

CANDIDATES = 12


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

    def nearest(self, points: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
        """Signed distance ``(n,)``, nearest point on the surface ``(n, 3)`` and its triangle ``(n,)``."""
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
            unsure = (gap > far[:, -1] - self.reach) & (count < total)
            left, count = left[unsure], min(4 * count, total)
        return signed, foot, which

    def smallest(self, points: FloatArray) -> float:
        """The smallest signed distance among points of one connected body that is not wholly inside, m."""
        far, index = self.tree.query(points)
        behind = np.einsum("ij,ij->i", points - self.centroids[index], self.normals[index, 0]) < 0
        order = np.argsort(far)
        first = float(self(points[order[:64]]).min())
        kept = points[behind | (far - self.reach < first)]
        return min(first, float(self(kept).min())) if kept.size else first


@dataclass(frozen=True, slots=True, eq=False)
class ConvexBody:
    """Convex closed part: the outward planes of its faces. The largest plane distance never exceeds the true one."""

    normals: FloatArray
    offsets: FloatArray

    def __call__(self, points: FloatArray) -> FloatArray:
        """Signed distance of each point (a lower bound outside the edges, exact depth inside), m, ``(n,)``."""
        return np.asarray((points @ self.normals.T - self.offsets).max(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class CasingShape:
    """Casing of a coil for collision tests, in the frame of the coil.

    Parameters
    ----------
    points : (n, 3) float64
        Points of its surface (or of its conductor when no casing is known), m.
    bodies
        Closed parts, for points of the head that stick into a flat face; empty when no casing is known.
    is_known
        False when the file of the coil has no casing: then only the conductor and the face are kept out of the head.
    """

    points: FloatArray
    bodies: tuple[ConvexBody | SignedDistance, ...]
    is_known: bool


def casing_shape(model: CoilModel, settings: tuple[float, ...] | None = None) -> CasingShape:
    """Casing of a coil, sampled; from the conductor and the plane of the face when the coil has no casing."""
    surfaces = [part for surface in model.casings(settings) for part in _components(surface)]
    if surfaces:
        points = np.concatenate([_sampled(s) for s in surfaces])
        bodies = tuple(_body(s, f"casing of {model.name}") for s in surfaces if _is_closed(s))
        return CasingShape(_thinned(points), bodies, True)
    parts = []
    for _, source in model.sources(settings):
        if isinstance(source, DipoleSource):
            parts.append(source.positions)
        elif isinstance(source, SegmentSource):
            parts.append(source.centers)
    if not parts:
        raise InvalidInput(
            "coil", model.name, "a coil with a casing, dipoles or wires", "A sampled field has no shape."
        )
    points = np.concatenate(parts)
    if (points[:, 2] <= 0).all():
        points = np.vstack([points, points * (1.0, 1.0, 0.0)])
    return CasingShape(_thinned(points), (), False)


def room(shape: CasingShape, pose: CoilPose, scalp: SignedDistance) -> float:
    """Smallest distance between casing and scalp, m; negative when they intersect.

    Points of the casing against the triangles of the scalp, and corners of the scalp against the closed parts of the
    casing; :data:`SAMPLE_SLACK_M` is taken off for what lies between the points.
    """
    turn, center = pose.matrix[:3, :3], pose.matrix[:3, 3]
    smallest = scalp.smallest(shape.points @ turn.T + center)
    local = (scalp.nodes - center) @ turn
    low, high = shape.points.min(axis=0) - 0.002, shape.points.max(axis=0) + 0.002
    near = local[((local > low) & (local < high)).all(axis=1)]
    if near.size and shape.bodies:
        smallest = min(smallest, *(float(body(near).min()) for body in shape.bodies))
    return smallest - SAMPLE_SLACK_M


def _body(surface: Surface, name: str) -> ConvexBody | SignedDistance:
    corners = surface.nodes[surface.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    planes = np.unique(np.round(across / np.linalg.norm(across, axis=1, keepdims=True), 9), axis=0)
    offsets = (surface.nodes @ planes.T).max(axis=0)
    own = np.einsum("tcx,px->tcp", corners, planes).max(axis=1)
    touching = (own > offsets - 1e-7).any(axis=1)
    depth = (corners.mean(axis=1) @ planes.T - offsets).max(axis=1)
    if touching.all() and (depth > -1e-7).all():
        return ConvexBody(planes, offsets)
    return SignedDistance.of(surface, name=name)


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


def _is_closed(surface: Surface) -> bool:
    ends = np.sort(np.stack([surface.triangles, np.roll(surface.triangles, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    return bool((np.unique(ends, axis=0, return_counts=True)[1] % 2 == 0).all())


def _components(surface: Surface) -> list[Surface]:
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


def _sampled(surface: Surface) -> FloatArray:
    corners = surface.nodes[surface.triangles]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    cuts = np.ceil(2 * longest / SAMPLE_STEP_M).astype(int)
    found = []
    for cut in np.unique(cuts):
        i, j = np.meshgrid(np.arange(cut + 1), np.arange(cut + 1), indexing="ij")
        inside = i + j <= cut
        shares = np.stack([i[inside], j[inside], cut - i[inside] - j[inside]], axis=1) / cut
        found.append(np.einsum("ks,tsx->tkx", shares, corners[cuts == cut]).reshape(-1, 3))
    return np.concatenate(found)


def _thinned(points: FloatArray) -> FloatArray:
    """One point for each cube of the sample step, the outermost along z first, so that faces stay."""
    ordered = points[np.argsort(-points[:, 2], kind="stable")]
    cells: NDArray[np.int64] = np.floor(ordered / SAMPLE_STEP_M).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    return np.ascontiguousarray(ordered[np.sort(first)])
