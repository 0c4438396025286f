"""Body-centered cubic lattice of tetrahedra: the regular mesh from which a head is cut."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.mesh import FloatArray, IntArray, tet_volumes
from euthymia.engines.fields.topology import without_unused_nodes


def bcc_lattice(
    low_m: FloatArray,
    high_m: FloatArray,
    cell_m: float,
    wanted: Callable[[FloatArray], NDArray[np.bool_]],
) -> tuple[FloatArray, IntArray]:
    """Tetrahedra of a body-centered cubic lattice that covers a box.

    Parameters
    ----------
    low_m, high_m : (3,)
        Corners of the box, m.
    cell_m
        Side of a cubic cell, m; edges are one side or sqrt(3)/2 of it.
    wanted
        Given the centers of cells ``(c, 3)``, which of them to fill. Tetrahedra span two neighboring cells; they
        are made where both are wanted.

    Returns
    -------
    nodes : (n, 3) float64
        m; cell corners and cell centers.
    tets : (e, 4) int64
        Positively oriented. Each joins the centers of two neighboring cells and an edge of the face between them.

    References
    ----------
    Molino, Bridson, Teran, Fedkiw 2003, A crystalline, red green strategy for meshing highly deformable objects with
    tetrahedra. 12th International Meshing Roundtable.
    """
    size = np.ceil((np.asarray(high_m) - low_m) / cell_m - 1e-9).astype(np.int64)
    size = np.maximum(size, 1)
    axes = [low_m[i] + cell_m * (np.arange(size[i]) + 0.5) for i in range(3)]
    centers = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    inside = np.asarray(wanted(centers)).reshape(tuple(size))
    corner_axes = [low_m[i] + cell_m * np.arange(size[i] + 1) for i in range(3)]
    corners = np.stack(np.meshgrid(*corner_axes, indexing="ij"), axis=-1).reshape(-1, 3)
    corner_at = np.arange(corners.shape[0]).reshape(tuple(size + 1))
    center_at = np.arange(centers.shape[0]).reshape(tuple(size)) + corners.shape[0]
    tets = np.concatenate([_across_faces(axis, inside, center_at, corner_at) for axis in range(3)])
    nodes = np.concatenate((corners, centers))
    used, tets = without_unused_nodes(nodes.shape[0], tets)
    nodes = nodes[used]
    inverted = tet_volumes(nodes, tets) < 0
    tets[inverted] = tets[inverted][:, (0, 1, 3, 2)]
    return nodes, tets


def _across_faces(axis: int, inside: NDArray[np.bool_], center_at: IntArray, corner_at: IntArray) -> IntArray:
    """The four tetrahedra around each line between the centers of two wanted neighbor cells along ``axis``."""
    below = [slice(None)] * 3
    above = [slice(None)] * 3
    below[axis], above[axis] = slice(None, -1), slice(1, None)
    pair = np.argwhere(inside[tuple(below)] & inside[tuple(above)])
    step = np.eye(3, dtype=np.int64)
    first = center_at[tuple(pair.T)]
    second = center_at[tuple((pair + step[axis]).T)]
    u, v = step[(axis + 1) % 3], step[(axis + 2) % 3]
    base = pair + step[axis]
    ring = [corner_at[tuple((base + move).T)] for move in (0 * u, u, u + v, v)]
    around = [np.column_stack((first, second, ring[i], ring[(i + 1) % 4])) for i in range(4)]
    return np.concatenate(around).astype(np.int64)
