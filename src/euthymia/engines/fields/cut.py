"""Cut a lattice of tetrahedra along the surfaces between tissues: nodes lie on them, elements never straddle them.

One tissue after the other, from the outside in, is cut off what is left. Nodes near a surface are moved onto it, edges
that still cross it get a node there. So surfaces come out smooth, and layers thinner than a cell are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.bisection import split_edges
from euthymia.engines.fields.label_volume import Indicators
from euthymia.engines.fields.mesh import FloatArray, IntArray, tet_volumes
from euthymia.engines.fields.quality import radius_ratios
from euthymia.engines.fields.topology import EDGE_CORNERS, faces_of, joined_parts, without_unused_nodes

OUTSIDE = 0
OUTER_FIRST = (OUTSIDE, 5, 10, 11, 12, 9, 6, 7, 8, 4, 3, 2, 1)
"""Order of the cuts: tissues are cut off from the outside in, so that each cut runs through what is left inside."""

NEAR = 0.3
"""A node nearer to the surface than this share of a crossing edge is moved onto it; the edge is not split."""
NEAR_BOTH = 0.15
"""The same for a node that lies on an earlier surface and stays there: more would pinch off thin layers."""
NEAR_STUCK = 0.06
"""The same for a node that cannot move: more would put it into a tissue in which it does not lie."""
WORST_RATIO, SMALLEST_SHARE = 0.05, 0.1
"""A move that makes an element thinner (radius ratio) or smaller (share of its volume) than this is not made."""
ROOT_STEPS = 7


@dataclass(frozen=True, slots=True, eq=False)
class CutMesh:
    """Elements with their tissue, the nodes between tissues ``surface (n,)``, and how many could not move there."""

    nodes: FloatArray
    tets: IntArray
    tissue: IntArray
    surface: NDArray[np.bool_]
    off: int


def cut_lattice(
    nodes: FloatArray, tets: IntArray, fields: Indicators, offsets: NDArray[np.float32], *, smallest_part_m3: float
) -> CutMesh:
    """Cut a lattice that is larger than the head.

    Parameters
    ----------
    nodes : (n, 3), tets : (e, 4)
        The lattice, m.
    fields
        Smoothed indicators of the tissues.
    offsets : (l + 1,)
        Added to the indicators, the outside last; the tissue of a place is the one with the largest sum.
    smallest_part_m3
        Holes of the outside in the head below this volume are filled.

    References
    ----------
    Labelle and Shewchuk 2007, ACM Trans Graph 26:57, doi 10.1145/1276377.1276448 (moving nodes, then cutting).
    Bronson, Levine and Whitaker 2014, IEEE Trans Vis Comput Graph 20:223, doi 10.1109/TVCG.2013.115 (many tissues).
    """
    work = _Cutting(nodes, tets, fields, offsets)
    present = [OUTSIDE, *(int(tag) for tag in fields.tags)]
    order = [tag for tag in OUTER_FIRST if tag in present]
    for turn, tag in enumerate(order[:-1]):
        work.cut_off(tag, order[turn + 1 :])
        if tag == OUTSIDE:
            work.drop_outside(smallest_part_m3)
    work.tissue[work.tissue < 0] = order[-1]
    return CutMesh(work.nodes, work.tets, work.tissue, work.surface, work.off)


class _Cutting:
    """The mesh while it is cut; elements that have no tissue yet have -1."""

    def __init__(self, nodes: FloatArray, tets: IntArray, fields: Indicators, offsets: NDArray[np.float32]) -> None:
        self.nodes, self.tets = nodes.copy(), tets
        self.tissue = np.full(tets.shape[0], -1, dtype=np.int64)
        self.surface = np.zeros(nodes.shape[0], dtype=bool)
        self.off = 0
        self._fields, self._offsets = fields, offsets
        self._row = {int(tag): row for row, tag in enumerate(fields.tags)} | {OUTSIDE: fields.tags.size}
        self._strength = self._strengths(self.nodes)

    def cut_off(self, tag: int, inner: list[int]) -> None:
        """Give ``tag`` to what is nearer to it than to the tissues ``inner``, among elements without a tissue."""
        value = self._difference(self._strength, tag, inner)
        pairs = self._crossing(value)
        first, second = pairs.T
        share = self._roots(tag, inner, pairs, value)
        length = np.linalg.norm(self.nodes[second] - self.nodes[first], axis=1)
        place = self.nodes[first] + share[:, None] * (self.nodes[second] - self.nodes[first])
        near = self._move_near(pairs, share, length, place)
        value = self._difference(self._strength, tag, inner)
        value[near] = 0.0
        left = value[first] * value[second] < 0
        added = self.nodes.shape[0] + np.arange(np.count_nonzero(left))
        self.tets, self.tissue = split_edges(self.tets, self.tissue, pairs[left], added, length[left])
        self.nodes = np.concatenate((self.nodes, place[left]))
        self._strength = np.concatenate((self._strength, self._strengths(place[left])), axis=1)
        self.surface = np.concatenate((self.surface, np.ones(added.size, dtype=bool)))
        self.surface[near] = True
        self._decide(tag, inner, np.concatenate((value, np.zeros(added.size))))

    def drop_outside(self, smallest_part_m3: float) -> None:
        """Take the outside away, but open again its small parts, that are holes in the head."""
        neighbors = faces_of(self.tets).owners
        neighbors = neighbors[neighbors[:, 1] >= 0]
        _, part = joined_parts(neighbors, self.tets.shape[0], self.tissue)
        volume = np.bincount(part, weights=tet_volumes(self.nodes, self.tets))[part]
        self.tissue[(self.tissue == OUTSIDE) & (volume < smallest_part_m3)] = -1
        kept = self.tissue != OUTSIDE
        used, self.tets = without_unused_nodes(self.nodes.shape[0], self.tets[kept])
        self.tissue = self.tissue[kept]
        self.nodes, self.surface, self._strength = self.nodes[used], self.surface[used], self._strength[:, used]

    def _strengths(self, points: FloatArray) -> NDArray[np.float32]:
        found = self._fields.sample(points)
        whole = np.concatenate((found, 1.0 - found.sum(axis=0, keepdims=True)))
        return np.asarray(whole + self._offsets[:, None], dtype=np.float32)

    def _difference(self, strength: NDArray[np.float32], tag: int, inner: list[int]) -> FloatArray:
        others = strength[[self._row[other] for other in inner]].max(axis=0)
        return np.asarray(strength[self._row[tag]] - others, dtype=np.float64)

    def _crossing(self, value: FloatArray) -> IntArray:
        """Edges of open elements whose ends lie on both sides, ``(c, 2)``, sorted."""
        positive = value > 0
        there = self.tets[self.tissue < 0]
        mixed = positive[there].any(axis=1) & ~positive[there].all(axis=1)
        ends = np.sort(there[mixed][:, EDGE_CORNERS], axis=2).reshape(-1, 2)
        ends = ends[value[ends[:, 0]] * value[ends[:, 1]] < 0]
        base = np.int64(self.nodes.shape[0])
        return np.column_stack(np.divmod(np.unique(ends[:, 0] * base + ends[:, 1]), base))

    def _roots(self, tag: int, inner: list[int], pairs: IntArray, value: FloatArray) -> FloatArray:
        """Where along each edge the surface lies, 0 to 1: false position, with a bisection every third step."""
        start, way = self.nodes[pairs[:, 0]], self.nodes[pairs[:, 1]] - self.nodes[pairs[:, 0]]
        low, high = np.zeros(len(pairs)), np.ones(len(pairs))
        at_low, at_high = value[pairs[:, 0]], value[pairs[:, 1]]
        for step in range(ROOT_STEPS):
            middle = (low + high) / 2 if step % 3 == 2 else low - at_low * (high - low) / (at_high - at_low)
            middle = np.clip(middle, low + 0.02 * (high - low), high - 0.02 * (high - low))
            there = self._difference(self._strengths(start + middle[:, None] * way), tag, inner)
            below = np.sign(there) == np.sign(at_low)
            low, at_low = np.where(below, middle, low), np.where(below, there, at_low)
            high, at_high = np.where(below, high, middle), np.where(below, at_high, there)
        # Where the surface is hit exactly, both ends may be zero: then any place between them is on it.
        gap = np.where(at_high == at_low, 1.0, at_high - at_low)
        return np.asarray(low - at_low * (high - low) / gap)

    def _move_near(self, pairs: IntArray, share: FloatArray, length: FloatArray, place: FloatArray) -> IntArray:
        """Move nodes that lie near the surface onto it, at the nearest crossing; return those that count as on it.

        A node that could not move does not count unless it is very near: its edges are split where they cross. To take
        it for a node of the surface would put it into a tissue in which it does not lie.
        """
        node = pairs.T.ravel()
        part = np.concatenate((share, 1.0 - share))
        distance = part * np.concatenate((length, length))
        close = np.flatnonzero(part < np.where(self.surface[node], NEAR_BOTH, NEAR))
        close = close[np.lexsort((close, distance[close], node[close]))]
        near, first = np.unique(node[close], return_index=True)
        goal = place[close[first] % len(pairs)]
        free = ~self.surface[near]  # a node on an earlier surface stays there
        moved = np.zeros(self.nodes.shape[0], dtype=bool)
        moved[near[free]] = True
        nodes = self.nodes.copy()
        nodes[near[free]] = goal[free]
        check = np.flatnonzero(moved[self.tets].any(axis=1))
        around = self.tets[check]
        least = np.minimum(WORST_RATIO, 0.999 * radius_ratios(self.nodes, around))
        smallest = SMALLEST_SHARE * tet_volumes(self.nodes, around)
        while True:
            sound = tet_volumes(nodes, around) > smallest
            bad = ~sound
            bad[sound] = radius_ratios(nodes, around[sound]) < least[sound]
            if not bad.any():
                break
            back = np.unique(around[bad])
            back = back[moved[back]]
            nodes[back], moved[back] = self.nodes[back], False
            self.off += back.size
        self.nodes = nodes
        self._strength[:, moved] = self._strengths(nodes[moved])
        return np.asarray(near[moved[near] | ~free | (part[close[first]] < NEAR_STUCK)])

    def _decide(self, tag: int, inner: list[int], value: FloatArray) -> None:
        opened = np.flatnonzero(self.tissue < 0)
        side = np.sign(value[self.tets[opened]]).sum(axis=1)
        flat = np.flatnonzero(side == 0)
        middles = self.nodes[self.tets[opened[flat]]].mean(axis=1)
        side[flat] = self._difference(self._strengths(middles), tag, inner)
        self.tissue[opened[side > 0]] = tag
