"""Edges and faces of a tetrahedral mesh: who shares them, and which parts hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.engines.fields.mesh import IntArray

EDGE_CORNERS = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
"""Local corners of the six edges; edge k lies opposite to edge 5 - k."""

FACE_CORNERS = np.array([(1, 2, 3), (0, 3, 2), (0, 1, 3), (0, 2, 1)])
"""Local corners of the four faces, counter-clockwise seen from outside; face k lies opposite to corner k."""


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Unique edges of a mesh: ``pairs (m, 2)`` with the smaller index first, ``of_tet (e, 6)`` indices into them."""

    pairs: IntArray
    of_tet: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Unique faces of a mesh.

    ``corners (f, 3)`` node indices, counter-clockwise seen from outside the first owner; ``owners (f, 2)``
    tetrahedra on both sides, the second -1 where the mesh ends.
    """

    corners: IntArray
    owners: IntArray


def edges_of(tets: IntArray) -> Edges:
    """Number the edges of the tetrahedra ``(e, 4)``."""
    ends = np.sort(tets[:, EDGE_CORNERS], axis=2).reshape(-1, 2)
    base = np.int64(tets.max()) + 1
    keys, inverse = np.unique(ends[:, 0] * base + ends[:, 1], return_inverse=True)
    return Edges(np.column_stack(np.divmod(keys, base)), inverse.reshape(-1, 6).astype(np.int64))


def faces_of(tets: IntArray) -> Faces:
    """Find the faces of the tetrahedra ``(e, 4)`` and the one or two that own each."""
    corners = tets[:, FACE_CORNERS].reshape(-1, 3)
    order, first = _grouped(np.sort(corners, axis=1))
    counts = np.diff(np.append(first, order.size))
    owner = order // 4
    second = np.where(counts > 1, owner[np.minimum(first + 1, order.size - 1)], -1)
    return Faces(corners[order[first]], np.column_stack((owner[first], second)))


def face_components(tets: IntArray, labels: IntArray | None = None) -> tuple[int, IntArray]:
    """Parts that hang together by faces: their number and the part of each tetrahedron ``(e,)``.

    With ``labels (e,)``, faces between different labels do not join.
    """
    owners = faces_of(tets).owners
    return joined_parts(owners[owners[:, 1] >= 0], tets.shape[0], labels)


def joined_parts(neighbors: IntArray, count: int, labels: IntArray | None = None) -> tuple[int, IntArray]:
    """As ``face_components``, from the pairs ``(f, 2)`` of ``count`` tetrahedra that share a face."""
    from scipy.sparse import coo_array  # type: ignore[import-untyped,unused-ignore]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped,unused-ignore]

    joined = neighbors if labels is None else neighbors[labels[neighbors[:, 0]] == labels[neighbors[:, 1]]]
    entries = np.ones(joined.shape[0], dtype=np.int8)
    graph = coo_array((entries, (joined[:, 0], joined[:, 1])), shape=(count, count))
    parts, part = connected_components(graph, directed=False)
    return int(parts), part.astype(np.int64)


def without_unused_nodes(n_nodes: int, tets: IntArray) -> tuple[IntArray, IntArray]:
    """Return the sorted indices of the nodes that ``tets`` use, and the tets renumbered to them."""
    used = np.zeros(n_nodes, dtype=bool)
    used[tets.ravel()] = True
    new = np.cumsum(used) - 1
    return np.flatnonzero(used).astype(np.int64), new[tets].astype(np.int64)


def _grouped(rows: IntArray) -> tuple[IntArray, IntArray]:
    """Stable order that brings equal rows of three together, and where each group starts in it."""
    base = int(rows.max()) + 1
    if base**3 < 2**63:
        keys = (rows[:, 0] * base + rows[:, 1]) * base + rows[:, 2]
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        new = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        return order.astype(np.int64), new.astype(np.int64)
    order = np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))
    ranked = rows[order]
    new = np.flatnonzero(np.append(True, (ranked[1:] != ranked[:-1]).any(axis=1)))
    return order.astype(np.int64), new.astype(np.int64)
