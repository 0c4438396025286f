"""Functions one order above a finite element space, on edges and faces: what the space cannot see of the solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.engines.fields.basis_p2 import EDGES, number_edges
from euthymia.engines.fields.mesh import FloatArray, IntArray
from euthymia.engines.fields.space import Space

FACES = ((0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3))


@dataclass(frozen=True, slots=True, eq=False)
class Bubbles:
    """Numbers ``(e, b)``, signs ``(e, b)`` and count of the functions that the next order adds."""

    numbers: IntArray
    signs: FloatArray
    count: int


def number_bubbles(space: Space) -> Bubbles:
    """Order 1: one function per edge. Order 2: one per edge, odd along it, and one per face."""
    tets, n = space.mesh.tets, space.mesh.nodes.shape[0]
    if space.order == 1:
        edges, of_tet = number_edges(tets, n)
        return Bubbles(of_tet, np.ones(of_tet.shape), edges.shape[0])
    on_edges = space.dofs[:, 4:] - n
    corners = np.sort(np.stack([tets[:, list(face)] for face in FACES], axis=1), axis=2).reshape(-1, 3)
    order = np.lexsort(corners.T[::-1])
    new = np.ones(order.size, dtype=np.int64)
    new[1:] = (corners[order[1:]] != corners[order[:-1]]).any(axis=1)
    on_faces = np.empty(order.size, dtype=np.int64)
    on_faces[order] = np.cumsum(new) - 1
    signs = np.ones((tets.shape[0], 10))
    for k, (i, j) in enumerate(EDGES):
        signs[:, k] = np.where(tets[:, i] < tets[:, j], 1.0, -1.0)
    m = space.edges.shape[0]
    return Bubbles(np.hstack([on_edges, m + on_faces.reshape(-1, 4)]), signs, m + int(new.sum()))


def bubble_slopes(order: int, points: FloatArray) -> FloatArray:
    """Derivatives of the added functions with respect to barycentric coordinates, ``(q, b, 4)``."""
    result = np.zeros((points.shape[0], 6 if order == 1 else 10, 4))
    for k, (i, j) in enumerate(EDGES):
        a, b = points[:, i], points[:, j]
        if order == 1:
            result[:, k, i], result[:, k, j] = 4 * b, 4 * a
        else:
            result[:, k, i], result[:, k, j] = 2 * a * b - b * b, a * a - 2 * a * b
    if order == 2:
        for k, face in enumerate(FACES, start=6):
            for corner in face:
                first, second = (other for other in face if other != corner)
                result[:, k, corner] = points[:, first] * points[:, second]
    return result
