"""Linear (P1) shape functions of a tetrahedron and the gradients of its barycentric coordinates."""

from __future__ import annotations

import numpy as np

from euthymia.engines.fields.mesh import FloatArray, IntArray

N_LOCAL = 4


def values(points: FloatArray) -> FloatArray:
    """Shape functions at barycentric ``points (q, 4)``: ``(q, 4)``."""
    return np.array(points, dtype=np.float64)


def slopes(points: FloatArray) -> FloatArray:
    """Derivatives with respect to the four barycentric coordinates: ``(q, 4 functions, 4 coordinates)``."""
    return np.broadcast_to(np.eye(4), (points.shape[0], 4, 4)).copy()


def barycentric_gradients(nodes: FloatArray, tets: IntArray) -> tuple[FloatArray, FloatArray]:
    """Gradients of the barycentric coordinates, 1/m, ``(e, 4, 3)``, and volumes, m³, ``(e,)``."""
    a = nodes[tets[:, 0]]
    u, v, w = nodes[tets[:, 1]] - a, nodes[tets[:, 2]] - a, nodes[tets[:, 3]] - a
    vw, wu, uv = np.cross(v, w), np.cross(w, u), np.cross(u, v)
    six_volumes = np.einsum("ij,ij->i", u, vw)
    gradients = np.empty((tets.shape[0], 4, 3))
    gradients[:, 1], gradients[:, 2], gradients[:, 3] = vw, wu, uv
    gradients[:, 1:] /= six_volumes[:, None, None]
    gradients[:, 0] = -gradients[:, 1:].sum(axis=1)
    return gradients, six_volumes / 6
