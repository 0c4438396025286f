"""Tetrahedral meshes with a tissue tag per element, and triangle surfaces; checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TISSUE_TAGS = range(1, 13)
"""SimNIBS volume tags: 1 white matter, 2 grey matter, 3 CSF, 4 bone, 5 scalp, 6 eyes, 7 compact and 8 spongy bone,
9 blood, 10 muscle, 11 cartilage, 12 fat."""

FLAT_RATIO = 1e-9
"""A tetrahedron with less than this share of its longest edge cubed as volume counts as flat."""


@dataclass(frozen=True, slots=True, eq=False)
class TetMesh:
    """Tetrahedral mesh of a head (or a part of one).

    Parameters
    ----------
    nodes : (n, 3) float64
        Node positions, m, RAS.
    tets : (e, 4) int64
        Node indices; positively oriented: ``(b - a) x (c - a) . (d - a) > 0``.
    tissue : (e,) int64
        SimNIBS volume tags, 1 to 12.

    Raises
    ------
    InvalidInput
        For a wrong shape, a value that is not finite, an index out of range, an unknown tag, or inverted or flat
        tetrahedra (with their count and the first index).
    """

    nodes: FloatArray
    tets: IntArray
    tissue: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", _points("nodes", self.nodes))
        object.__setattr__(self, "tets", _indices("tets", self.tets, 4, self.nodes.shape[0]))
        object.__setattr__(self, "tissue", _tags(self.tissue, self.tets.shape[0]))
        volumes, longest = tet_volumes(self.nodes, self.tets), _longest_edges(self.nodes, self.tets)
        bad = np.flatnonzero(volumes <= FLAT_RATIO * longest**3)
        if bad.size:
            inverted = int(np.count_nonzero(volumes < 0))
            raise InvalidInput(
                "tets",
                f"{bad.size} inverted or flat tetrahedra ({inverted} inverted); the first is element {bad[0]}",
                "positively oriented tetrahedra with a volume",
                "Swap two nodes of an inverted element, or mesh again; a flat one has to be removed or remeshed.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Triangle surface.

    Parameters
    ----------
    nodes : (n, 3) float64
        Node positions, m, RAS.
    triangles : (t, 3) int64
        Node indices; counter-clockwise seen from outside where the surface is closed.
    """

    nodes: FloatArray
    triangles: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", _points("nodes", self.nodes))
        object.__setattr__(self, "triangles", _indices("triangles", self.triangles, 3, self.nodes.shape[0]))


def tet_volumes(nodes: FloatArray, tets: IntArray) -> FloatArray:
    """Signed volume of each tetrahedron, m³, ``(e,)``."""
    a = nodes[tets[:, 0]]
    b, c, d = nodes[tets[:, 1]] - a, nodes[tets[:, 2]] - a, nodes[tets[:, 3]] - a
    return np.asarray(np.einsum("ij,ij->i", np.cross(b, c), d) / 6.0)


def inverted(nodes: FloatArray, tets: IntArray) -> NDArray[np.bool_]:
    """Which tetrahedra have the wrong orientation, ``(e,)``; flat ones, whose sign is rounding, do not count."""
    found = tet_volumes(nodes, tets) < 0
    suspects = tets[found]
    found[found] = tet_volumes(nodes, suspects) < -FLAT_RATIO * _longest_edges(nodes, suspects) ** 3
    return np.asarray(found)


def _longest_edges(nodes: FloatArray, tets: IntArray) -> FloatArray:
    pairs = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
    lengths = [np.linalg.norm(nodes[tets[:, i]] - nodes[tets[:, j]], axis=1) for i, j in pairs]
    return np.asarray(np.max(lengths, axis=0))


def _points(name: str, values: Any) -> FloatArray:
    points = np.ascontiguousarray(values, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3 or points.shape[0] == 0:
        raise InvalidInput(name, f"of shape {points.shape}", "an array (n, 3) of positions in metres")
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if bad.size:
        raise InvalidInput(name, f"not finite at {bad.size} points, first {bad[0]}", "finite positions in metres")
    return points


def _indices(name: str, values: Any, width: int, n_nodes: int) -> IntArray:
    given = np.asarray(values)
    if given.ndim != 2 or given.shape[1] != width or given.shape[0] == 0:
        raise InvalidInput(name, f"of shape {given.shape}", f"an array (count, {width}) of node indices")
    if not np.issubdtype(given.dtype, np.integer):
        raise InvalidInput(name, f"of type {given.dtype}", "integers")
    bad = np.flatnonzero(((given < 0) | (given >= n_nodes)).any(axis=1))
    if bad.size:
        raise InvalidInput(
            name,
            f"out of range in {bad.size} elements, first {bad[0]}: {given[bad[0]].tolist()}",
            f"node indices 0 to {n_nodes - 1}",
            "Gmsh counts nodes from 1: subtract 1.",
        )
    return np.ascontiguousarray(given, dtype=np.int64)


def _tags(values: Any, n_tets: int) -> IntArray:
    given = np.asarray(values)
    if given.shape != (n_tets,):
        raise InvalidInput("tissue", f"of shape {given.shape}", f"one tag per tetrahedron, ({n_tets},)")
    if not np.issubdtype(given.dtype, np.integer):
        raise InvalidInput("tissue", f"of type {given.dtype}", "integers")
    unknown = np.setdiff1d(given, TISSUE_TAGS)
    if unknown.size:
        raise InvalidInput(
            "tissue",
            f"holding the tags {unknown[:10].tolist()}",
            "SimNIBS volume tags 1 to 12",
            "Map the labels of your segmentation to these tags, and leave air and background out of the mesh.",
        )
    return np.ascontiguousarray(given, dtype=np.int64)
