"""Surfaces of a head: between tissues, the scalp, normals, and the closest point on a surface with its normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface, TetMesh
from euthymia.engines.fields.topology import faces_of, without_unused_nodes

ENCLOSED_FIRST = (1, 2, 9, 3, 8, 7, 4, 6, 10, 11, 12, 5)
"""A face between two tissues belongs to the surface of the one that comes first here (the one that is enclosed)."""


@dataclass(frozen=True, slots=True, eq=False)
class ClosestPoints:
    """For each query: distance (m), closest point ``(q, 3)``, its triangle, and the outward unit normal there."""

    distance_m: FloatArray
    points: FloatArray
    triangles: IntArray
    normals: FloatArray


def interface_triangles(mesh: TetMesh) -> tuple[IntArray, IntArray]:
    """Every face between two tissues or to the outside, once: corners ``(t, 3)`` in the mesh's nodes, and tissue tag.

    Corners are counter-clockwise seen from outside the tissue whose tag is given (see ``ENCLOSED_FIRST``).
    """
    faces = faces_of(mesh.tets)
    rank = np.zeros(13, dtype=np.int64)
    rank[list(ENCLOSED_FIRST)] = np.arange(1, 13)
    first = mesh.tissue[faces.owners[:, 0]]
    second = np.where(faces.owners[:, 1] >= 0, mesh.tissue[faces.owners[:, 1]], 0)
    between = first != second
    first, second, corners = first[between], second[between], faces.corners[between]
    turn = (second > 0) & (rank[second] < rank[first])
    corners = np.where(turn[:, None], corners[:, ::-1], corners)
    return corners, np.where(turn, second, first)


def contact_areas(mesh: TetMesh) -> dict[tuple[int, int], float]:
    """Area, m², over which two tissues touch, by their tags (smaller first; 0 is the outside).

    Contact that anatomy does not have (2 or 3 with 5 or 0: a hole in the skull) shows where labels or cells are too
    coarse.
    """
    faces = faces_of(mesh.tets)
    first = mesh.tissue[faces.owners[:, 0]]
    second = np.where(faces.owners[:, 1] >= 0, mesh.tissue[faces.owners[:, 1]], 0)
    between = first != second
    low, high = np.minimum(first, second)[between], np.maximum(first, second)[between]
    area = np.linalg.norm(triangle_normals(Surface(mesh.nodes, faces.corners[between])), axis=1)
    pairs, index = np.unique(low * 100 + high, return_inverse=True)
    totals = np.bincount(index, weights=area)
    return {(int(pair) // 100, int(pair) % 100): float(total) for pair, total in zip(pairs, totals, strict=True)}


def tissue_surface(mesh: TetMesh, tags: tuple[int, ...]) -> Surface:
    """Closed boundary of the tetrahedra with one of ``tags``, seen counter-clockwise from outside them."""
    chosen = np.isin(mesh.tissue, tags)
    if not chosen.any():
        raise InvalidInput("tags", list(tags), f"tissues of this mesh: {np.unique(mesh.tissue).tolist()}")
    faces = faces_of(mesh.tets[chosen])
    used, triangles = without_unused_nodes(mesh.nodes.shape[0], faces.corners[faces.owners[:, 1] < 0])
    return Surface(mesh.nodes[used], triangles)


def scalp_surface(mesh: TetMesh) -> Surface:
    """Outermost closed surface of the head, without the walls of air cavities inside it."""
    from scipy.sparse import coo_array  # type: ignore[import-untyped,unused-ignore]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped,unused-ignore]

    skin = tissue_surface(mesh, tuple(np.unique(mesh.tissue).tolist()))
    t, n = skin.triangles, skin.nodes.shape[0]
    ends = np.concatenate((t[:, :2], t[:, 1:]))
    _, part = connected_components(
        coo_array((np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(n, n))
    )
    # The part with the largest enclosed volume is the outside; cavity walls enclose a negative one.
    corner = skin.nodes[t]
    volume = np.einsum("ij,ij->i", np.cross(corner[:, 0], corner[:, 1]), corner[:, 2]) / 6.0
    outer = np.bincount(part[t[:, 0]], weights=volume).argmax()
    used, triangles = without_unused_nodes(n, t[part[t[:, 0]] == outer])
    return Surface(skin.nodes[used], triangles)


def triangle_normals(surface: Surface) -> FloatArray:
    """Normal of each triangle, ``(t, 3)``; its length is the triangle's area, m²."""
    a, b, c = (surface.nodes[surface.triangles[:, i]] for i in range(3))
    return np.asarray(0.5 * np.cross(b - a, c - a))


def node_normals(surface: Surface) -> FloatArray:
    """Unit normal at each node, mean of its triangles weighted by area, ``(n, 3)``."""
    area = triangle_normals(surface)
    total = np.zeros_like(surface.nodes)
    for corner in range(3):
        np.add.at(total, surface.triangles[:, corner], area)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    if (length == 0).any():
        raise InvalidInput("surface", f"without a normal at node {int(np.argmin(length))}", "no folded or unused nodes")
    return np.asarray(total / length)


def closest_points(surface: Surface, queries: FloatArray, *, candidates: int = 12) -> ClosestPoints:
    """Closest point of a surface to each query.

    Parameters
    ----------
    surface
        Triangles of about equal size.
    queries : (q, 3)
        m.
    candidates
        Triangles around how many nearest nodes are looked at; enough unless triangles differ much in size.

    Notes
    -----
    The normal is that of the nodes, blended inside the triangle, so that it turns smoothly along the scalp.
    """
    from scipy.spatial import cKDTree  # type: ignore[import-untyped,unused-ignore]

    queries = np.atleast_2d(np.asarray(queries, dtype=np.float64))
    if queries.ndim != 2 or queries.shape[1] != 3 or not np.isfinite(queries).all():
        raise InvalidInput("queries", f"of shape {queries.shape}", "finite points (q, 3) in metres")
    centers = surface.nodes[surface.triangles].mean(axis=1)
    _, near = cKDTree(centers).query(queries, k=min(candidates, centers.shape[0]))
    near = near.reshape(queries.shape[0], -1)
    weights = _closest_weights(surface.nodes[surface.triangles[near]], queries[:, None, :])
    points = np.einsum("qkc,qkcx->qkx", weights, surface.nodes[surface.triangles[near]])
    distance = np.linalg.norm(points - queries[:, None, :], axis=2)
    best = distance.argmin(axis=1)
    rows = np.arange(queries.shape[0])
    triangle = near[rows, best]
    normals = np.einsum("qc,qcx->qx", weights[rows, best], node_normals(surface)[surface.triangles[triangle]])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return ClosestPoints(distance[rows, best], points[rows, best], triangle.astype(np.int64), normals)


def _closest_weights(corners: FloatArray, point: FloatArray) -> FloatArray:
    """Barycentric weights of the closest point of triangles ``(..., 3, 3)`` to points ``(..., 3)``."""
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, ac, ap = b - a, c - a, point - a
    d00, d01, d11 = _dot(ab, ab), _dot(ab, ac), _dot(ac, ac)
    d20, d21 = _dot(ap, ab), _dot(ap, ac)
    area = np.maximum(d00 * d11 - d01 * d01, 1e-300)
    v, w = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
    best = np.stack((1.0 - v - w, v, w), axis=-1)
    outside = (best < 0).any(axis=-1)
    closest = np.where(outside, np.inf, 0.0)
    for i, j in ((0, 1), (1, 2), (2, 0)):
        start, along = corners[..., i, :], corners[..., j, :] - corners[..., i, :]
        share = np.clip(_dot(point - start, along) / np.maximum(_dot(along, along), 1e-300), 0.0, 1.0)
        away = np.linalg.norm(point - start - share[..., None] * along, axis=-1)
        better = outside & (away < closest)
        on_edge = np.zeros_like(best)
        on_edge[..., i], on_edge[..., j] = 1.0 - share, share
        best = np.where(better[..., None], on_edge, best)
        closest = np.where(better, away, closest)
    return np.asarray(best)


def _dot(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.asarray((first * second).sum(axis=-1))
