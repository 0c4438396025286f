"""Local refinement of a tetrahedral mesh that stays conforming: eight children where asked, transitions around them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.mesh import FloatArray, IntArray, tet_volumes
from euthymia.engines.fields.topology import EDGE_CORNERS, edges_of

Template = tuple[tuple[int, int, int, int], ...]
ALL_EDGES = 63
_DIAGONALS = ((4, 9), (5, 8), (6, 7))
"""Opposite midpoints inside a tetrahedron; midpoint of edge k has the local number 4 + k."""


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """A refined mesh: nodes (the old ones first), tets, the parent of each tet, and where it is a transition."""

    nodes: FloatArray
    tets: IntArray
    parent: IntArray
    transition: NDArray[np.bool_]


def refine(nodes: FloatArray, tets: IntArray, marked: NDArray[np.bool_]) -> Refined:
    """Split the marked tetrahedra into eight and their neighbors into as many as it takes to stay conforming.

    Parameters
    ----------
    nodes : (n, 3), tets : (e, 4)
        A conforming mesh.
    marked : (e,)
        Tetrahedra to split into eight.

    Notes
    -----
    A neighbor may have one split edge (two children), two opposite ones (four) or the three of one face (four); with
    any other set of split edges it is completed to one of these or split into eight itself. In a body-centered cubic
    lattice the eight children are the lattice of half the size. Transitions should not be refined again.

    References
    ----------
    Molino, Bridson, Teran, Fedkiw 2003, A crystalline, red green strategy for meshing highly deformable objects with
    tetrahedra. 12th International Meshing Roundtable.
    """
    edges = edges_of(tets)
    pattern = _closed_patterns(edges.of_tet, edges.pairs.shape[0], marked)
    split = np.zeros(edges.pairs.shape[0], dtype=bool)
    split[edges.of_tet[_bits(pattern)]] = True
    middle = np.full(edges.pairs.shape[0], -1, dtype=np.int64)
    middle[split] = nodes.shape[0] + np.arange(np.count_nonzero(split))
    new_nodes = np.concatenate((nodes, nodes[edges.pairs[split]].mean(axis=1)))
    local = np.concatenate((tets, middle[edges.of_tet]), axis=1)
    kind = np.where(pattern == ALL_EDGES, 64 + _shortest_diagonal(new_nodes, local, pattern), pattern)
    pieces, parents = [], []
    for value in np.unique(kind):
        of_kind = np.flatnonzero(kind == value)
        children = np.array(_template(int(value)), dtype=np.int64)
        pieces.append(local[of_kind][:, children].reshape(-1, 4))
        parents.append(np.repeat(of_kind, children.shape[0]))
    children_tets, parent = np.concatenate(pieces), np.concatenate(parents)
    order = np.argsort(parent, kind="stable")
    children_tets, parent = children_tets[order], parent[order].astype(np.int64)
    inverted = tet_volumes(new_nodes, children_tets) < 0
    children_tets[inverted] = children_tets[inverted][:, (0, 1, 3, 2)]
    between = (pattern > 0) & (pattern < ALL_EDGES)
    return Refined(new_nodes, children_tets, parent, between[parent])


def _bits(pattern: IntArray) -> NDArray[np.bool_]:
    return (pattern[:, None] >> np.arange(6)) & 1 > 0


def _closed_patterns(of_tet: IntArray, n_edges: int, marked: NDArray[np.bool_]) -> IntArray:
    """Which edges of each tet are split, as bits, once every tet has one of the known patterns."""
    complete = _completions()
    pattern = np.where(marked, ALL_EDGES, 0).astype(np.int64)
    while True:
        split = np.zeros(n_edges, dtype=bool)
        split[of_tet[_bits(pattern)]] = True
        grown = complete[split[of_tet] @ (1 << np.arange(6))]
        if np.array_equal(grown, pattern):
            return pattern
        pattern = grown


@cache
def _completions() -> IntArray:
    """Smallest known pattern that holds each of the 64 sets of split edges."""
    known = sorted(_transitions(), key=lambda bits: bits.bit_count())
    smallest = [next((k for k in known if k & bits == bits), ALL_EDGES) for bits in range(64)]
    return np.array([0, *smallest[1:]], dtype=np.int64)


@cache
def _transitions() -> dict[int, Template]:
    """Children of each transition pattern, as local numbers (corners 0 to 3, midpoint of edge k is 4 + k)."""
    known: dict[int, Template] = {}
    middle = {frozenset(pair): 4 + k for k, pair in enumerate(EDGE_CORNERS.tolist())}
    for k in range(6):
        known[1 << k] = tuple(_bisected((0, 1, 2, 3), k))
    for k in range(3):
        halves = _bisected((0, 1, 2, 3), k)
        known[1 << k | 1 << (5 - k)] = tuple(quarter for half in halves for quarter in _bisected(half, 5 - k))
    for apex in range(4):
        i, j, k = (c for c in range(4) if c != apex)
        ij, jk, ik = middle[frozenset((i, j))], middle[frozenset((j, k))], middle[frozenset((i, k))]
        moves = ({j: ij, k: ik}, {i: ij, k: jk}, {i: ik, j: jk}, {i: jk, j: ik, k: ij})
        bits = sum(1 << (m - 4) for m in (ij, jk, ik))
        known[bits] = tuple((m.get(0, 0), m.get(1, 1), m.get(2, 2), m.get(3, 3)) for m in moves)
    return known


def _bisected(corners: tuple[int, int, int, int], edge: int) -> list[tuple[int, int, int, int]]:
    """Both halves of a tet (local numbers) cut at the middle of an edge; each end moves to the midpoint in turn."""
    ends = EDGE_CORNERS[edge].tolist()
    first, second = ([4 + edge if c == end else c for c in corners] for end in ends)
    return [(first[0], first[1], first[2], first[3]), (second[0], second[1], second[2], second[3])]


@cache
def _template(kind: int) -> Template:
    """Children for a pattern of split edges, or for eight children about diagonal ``kind - 64``."""
    if kind == 0:
        return ((0, 1, 2, 3),)
    if kind < 64:
        return _transitions()[kind]
    at_corners = [[c, *(4 + k for k, pair in enumerate(EDGE_CORNERS.tolist()) if c in pair)] for c in range(4)]
    start, end = _DIAGONALS[kind - 64]
    (a, c), (b, d) = (pair for pair in _DIAGONALS if pair != (start, end))
    around = [[start, end, *side] for side in ((a, b), (b, c), (c, d), (d, a))]
    return tuple((t[0], t[1], t[2], t[3]) for t in at_corners + around)


def _shortest_diagonal(nodes: FloatArray, local: IntArray, pattern: IntArray) -> IntArray:
    """Which of the three inner diagonals is shortest, for tets that are split into eight; 0 elsewhere."""
    best = np.zeros(pattern.size, dtype=np.int64)
    red = np.flatnonzero(pattern == ALL_EDGES)
    if red.size:
        ends = nodes[local[red][:, np.array(_DIAGONALS)]]
        lengths = np.linalg.norm(ends[:, :, 1] - ends[:, :, 0], axis=2)
        # Rounded, so that equal lengths do not depend on the last bit.
        best[red] = np.argmin(np.round(lengths / lengths.max(), 9), axis=1)
    return best
