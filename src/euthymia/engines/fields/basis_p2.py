"""Quadratic (P2) shape functions of a tetrahedron: four corners, then the midpoints of its six edges."""

from __future__ import annotations

import numpy as np

from euthymia.engines.fields.mesh import FloatArray, IntArray

N_LOCAL = 10
EDGES = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
"""Corners of local edge ``k``; its midpoint is local node ``4 + k``."""

LOCAL_NODES = np.vstack([np.eye(4), [(np.eye(4)[i] + np.eye(4)[j]) / 2 for i, j in EDGES]])
"""Barycentric coordinates of the ten local nodes."""


def values(points: FloatArray) -> FloatArray:
    """Shape functions at barycentric ``points (q, 4)``: ``(q, 10)``."""
    corners = points * (2 * points - 1)
    middles = np.stack([4 * points[:, i] * points[:, j] for i, j in EDGES], axis=1)
    return np.hstack([corners, middles])


def slopes(points: FloatArray) -> FloatArray:
    """Derivatives with respect to the four barycentric coordinates: ``(q, 10 functions, 4 coordinates)``."""
    result = np.zeros((points.shape[0], N_LOCAL, 4))
    for i in range(4):
        result[:, i, i] = 4 * points[:, i] - 1
    for k, (i, j) in enumerate(EDGES, start=4):
        result[:, k, i], result[:, k, j] = 4 * points[:, j], 4 * points[:, i]
    return result


def number_edges(tets: IntArray, n_nodes: int) -> tuple[IntArray, IntArray]:
    """Edges of a mesh ``(m, 2)``, lower node first, and the edge of each local edge ``(e, 6)``."""
    ends = np.sort(np.stack([tets[:, list(pair)] for pair in EDGES], axis=1), axis=2)
    keys = ends[..., 0] * n_nodes + ends[..., 1]
    unique, inverse = np.unique(keys.ravel(), return_inverse=True)
    return np.stack(np.divmod(unique, n_nodes), axis=1), inverse.reshape(-1, 6)
