"""Spheres in layers as tetrahedral meshes, with nodes exactly on every interface: the standard test of a solver."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh, tet_volumes

MOST_LAYERS = 300
_EDGE_PER_STEP = 1.28
"""Mean edge over radial step of a ball whose layers are evenly spaced (measured from 8 to 60 layers)."""


def layered_sphere(radii_m: Sequence[float], tags: Sequence[int], edge_m: float) -> TetMesh:
    """Mesh concentric shells around the origin.

    Parameters
    ----------
    radii_m
        Outer radius of each layer, m, rising.
    tags
        Tissue tag of each layer, innermost first.
    edge_m
        Wanted mean edge length, m. A layer thinner than that gets one row of elements.

    Returns
    -------
    TetMesh
        ``20 n³`` elements for ``n`` rows; the nodes of row ``k`` lie on one sphere.

    Notes
    -----
    The twenty tetrahedra (centre and one face each) of an icosahedron are cut along planes parallel to their faces
    (Freudenthal); each row of nodes is then pushed out to its sphere. The same arguments give the same bytes.

    References
    ----------
    Bey 2000, Simplicial grid refinement: on Freudenthal's algorithm. Numer Math 85:1. doi 10.1007/s002110050475
    """
    bounds = _checked(radii_m, tags, edge_m)
    step = edge_m / _EDGE_PER_STEP
    rows = [max(1, round(width / step)) for width in np.diff(bounds)]
    if sum(rows) > MOST_LAYERS:
        raise InvalidInput("edge_m", edge_m, f"an edge that needs at most {MOST_LAYERS} rows of elements")
    parts = [np.linspace(bounds[i], bounds[i + 1], rows[i] + 1)[1:] for i in range(len(rows))]
    levels = np.concatenate(([0.0], *parts))
    nodes, tets, row = _icosahedral_ball(levels)
    tissue = np.repeat(np.asarray(tags, dtype=np.int64), rows)[row]
    return TetMesh(nodes, tets, tissue)


def on_spheres(nodes: FloatArray, radii_m: Sequence[float], *, tolerance: float = 1e-9) -> IntArray:
    """Index of the sphere on which each point lies, ``(n,)``; -1 for none. ``tolerance`` is relative to the radius."""
    distance = np.linalg.norm(nodes, axis=1)
    which = np.full(nodes.shape[0], -1, dtype=np.int64)
    for index, radius in enumerate(radii_m):
        which[np.abs(distance - radius) <= tolerance * radius] = index
    return which


def curved_midpoints(nodes: FloatArray, edges: IntArray, radii_m: Sequence[float]) -> FloatArray:
    """Midpoints of edges, m, ``(m, 3)``, pushed onto the sphere where both ends of an edge ``(m, 2)`` lie on one."""
    which = on_spheres(nodes, radii_m)
    middle = nodes[edges].mean(axis=1)
    first, second = which[edges[:, 0]], which[edges[:, 1]]
    curved = (first >= 0) & (first == second)
    radius = np.asarray(radii_m, dtype=np.float64)[first[curved]]
    middle[curved] *= (radius / np.linalg.norm(middle[curved], axis=1))[:, None]
    return np.asarray(middle)


def _checked(radii_m: Sequence[float], tags: Sequence[int], edge_m: float) -> FloatArray:
    radii = np.asarray(radii_m, dtype=np.float64)
    if radii.ndim != 1 or radii.size == 0 or not np.isfinite(radii).all() or (np.diff(radii, prepend=0.0) <= 0).any():
        raise InvalidInput("radii_m", list(radii_m), "positive radii in rising order, metres")
    if len(tags) != radii.size:
        raise InvalidInput("tags", list(tags), f"one tag for each of the {radii.size} radii")
    if not (np.isfinite(edge_m) and edge_m > 0):
        raise InvalidInput("edge_m", edge_m, "a positive length in metres")
    return np.concatenate(([0.0], radii))


def _icosahedral_ball(levels: FloatArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Nodes, oriented tets and row of each tet, for rows of nodes at the radii ``levels`` (the first is 0)."""
    n = levels.size - 1
    corners, faces = _icosahedron()
    points, cells = _freudenthal(n)
    # Weights of the three corners of the face; the weight of the centre is what is left to n.
    weights = np.column_stack((points[:, 0] - points[:, 1], points[:, 1] - points[:, 2], points[:, 2]))
    code = np.where(weights[None] > 0, faces[:, None, :] * (n + 1) + weights[None], -1) + 1
    code = np.sort(code.reshape(-1, 3), axis=1)
    base = 12 * (n + 1) + 1
    _, first, inverse = np.unique((code[:, 0] * base + code[:, 1]) * base + code[:, 2], True, True)
    direction = np.einsum("pc,fcx->fpx", weights.astype(np.float64), corners[faces]).reshape(-1, 3)[first]
    length = np.linalg.norm(direction, axis=1)
    radius = levels[np.tile(points[:, 0], 20)[first]]
    nodes = direction * (radius / np.where(length > 0, length, 1.0))[:, None]
    tets = inverse.reshape(20, -1)[:, cells].reshape(-1, 4).astype(np.int64)
    row = np.tile(points[cells].min(axis=1)[:, 0], 20)
    inverted = tet_volumes(nodes, tets) < 0
    tets[inverted] = tets[inverted][:, (0, 1, 3, 2)]
    return nodes, tets, row


def _freudenthal(n: int) -> tuple[IntArray, IntArray]:
    """Integer points with n >= x >= y >= z >= 0, and the n³ tetrahedra between them as indices."""
    axis = np.arange(n + 1)
    x, y, z = (g.ravel() for g in np.meshgrid(axis, axis, axis, indexing="ij"))
    inside = (x >= y) & (y >= z)
    number = np.full((n + 2, n + 2, n + 2), -1, dtype=np.int64)
    number[x[inside], y[inside], z[inside]] = np.arange(np.count_nonzero(inside))
    points = np.column_stack((x, y, z))[inside]
    cells = []
    for order in permutations(range(3)):
        path = np.zeros((4, 3), dtype=np.int64)
        for i, move in enumerate(order):
            path[i + 1 :, move] += 1
        corner = points[:, None, :] + path[None]
        cells.append(number[corner[..., 0], corner[..., 1], corner[..., 2]])
    tets = np.concatenate(cells)
    return points.astype(np.int64), tets[(tets >= 0).all(axis=1)]


def _icosahedron() -> tuple[FloatArray, IntArray]:
    """Unit corners ``(12, 3)`` and the twenty faces ``(20, 3)``, each in rising order of corners."""
    golden = (1.0 + 5.0**0.5) / 2.0
    flat = np.array([(0.0, s, t * golden) for s in (-1, 1) for t in (-1, 1)])
    corners = np.concatenate([np.roll(flat, shift, axis=1) for shift in range(3)])
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    near = np.linalg.norm(corners[:, None] - corners[None], axis=2) < 1.1
    faces = [
        (i, j, k) for i in range(12) for j in range(i + 1, 12) for k in range(j + 1, 12)
        if near[i, j] and near[j, k] and near[i, k]
    ]  # fmt: skip
    return corners, np.array(faces, dtype=np.int64)
