"""Move the nodes between tissues onto the surface between them, without spoiling any tetrahedron."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.label_volume import Indicators
from euthymia.engines.fields.mesh import FloatArray, IntArray, tet_volumes
from euthymia.engines.fields.quality import radius_ratios
from euthymia.engines.fields.topology import EDGE_CORNERS

STEPS = 4
LONGEST_STEP, LONGEST_WAY = 0.25, 0.4
"""Of the shortest edge at the node, for one Newton step and for all of them."""
RETRIES = 8
SMALLEST_SHARE, SMALLEST_RATIO = 0.12, 0.22
"""A tetrahedron with less of its volume before, or a smaller radius ratio, sends its nodes back."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapped:
    """Moved nodes, how many lie between tissues, and how many of them fell more than a tenth short of their place."""

    nodes: FloatArray
    between: int
    stepped_back: int


def snap(
    nodes: FloatArray, tets: IntArray, tissue: IntArray, fields: Indicators, offsets: NDArray[np.float32]
) -> Snapped:
    """Move every node that touches two tissues (or the outside) to where their indicators are equal.

    Parameters
    ----------
    nodes : (n, 3), tets : (e, 4), tissue : (e,)
        Labelled tetrahedra, including those outside with tag 0, so that the outer surface is snapped like any other.
    fields
        Smoothed indicators of the tissues; the outside is what is left to 1.
    offsets : (l + 1,)
        Added to the indicators (outside last): those by which the elements were labelled.

    Notes
    -----
    Newton's method along the gradient of the difference of the two indicators that are largest at the node, among the
    tissues that meet there. Where an element becomes too thin, its nodes go back part of the way.
    """
    first, second, between = _rivals(nodes, tets, tissue, fields, offsets)
    reach = _shortest_edge_at(nodes, tets, between)
    start = nodes[between]
    place = start.copy()
    for _ in range(STEPS):
        value, slope = fields.with_slope(place, first)
        other, other_slope = fields.with_slope(place, second)
        value, slope = value - other + (offsets[first] - offsets[second]), slope - other_slope
        step = -slope * (value / np.maximum(np.einsum("ij,ij->i", slope, slope), 1e-12))[:, None]
        place = start + _limited(place + _limited(step, LONGEST_STEP * reach) - start, LONGEST_WAY * reach)
    moved, stepped_back = _step_back(nodes, tets, between, place - start)
    return Snapped(moved, between.size, stepped_back)


def _rivals(
    nodes: FloatArray, tets: IntArray, tissue: IntArray, fields: Indicators, offsets: NDArray[np.float32]
) -> tuple[IntArray, IntArray, IntArray]:
    """For nodes between tissues: positions (in the tags, outside last) of the two strongest there, and the nodes."""
    n_kinds = fields.tags.size + 1
    kind = np.where(tissue > 0, np.searchsorted(fields.tags, tissue), n_kinds - 1)
    present = np.zeros((nodes.shape[0], n_kinds), dtype=bool)
    for corner in range(4):
        present[tets[:, corner], kind] = True
    between = np.flatnonzero(present.sum(axis=1) > 1)
    strength = np.where(present[between], _with_outside(fields.sample(nodes[between])).T + offsets, -np.inf)
    order = np.argsort(-strength, axis=1, kind="stable")
    return order[:, 0], order[:, 1], between


def _with_outside(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate((values, 1.0 - values.sum(axis=0, keepdims=True)))


def _limited(moves: FloatArray, longest: FloatArray) -> FloatArray:
    length = np.linalg.norm(moves, axis=1)
    return np.asarray(moves * np.minimum(1.0, longest / np.maximum(length, 1e-300))[:, None])


def _shortest_edge_at(nodes: FloatArray, tets: IntArray, between: IntArray) -> FloatArray:
    touched = np.zeros(nodes.shape[0], dtype=bool)
    touched[between] = True
    around = tets[touched[tets].any(axis=1)]
    shortest = np.full(nodes.shape[0], np.inf)
    for first, second in EDGE_CORNERS:
        length = np.linalg.norm(nodes[around[:, first]] - nodes[around[:, second]], axis=1)
        np.minimum.at(shortest, around[:, first], length)
        np.minimum.at(shortest, around[:, second], length)
    return np.asarray(shortest[between])


def _step_back(nodes: FloatArray, tets: IntArray, between: IntArray, moves: FloatArray) -> tuple[FloatArray, int]:
    """Apply the moves as far as no element is spoiled; the nodes, and how many fell short of their place."""
    touched = np.zeros(nodes.shape[0], dtype=bool)
    touched[between] = True
    guard = _Guard(nodes, tets[touched[tets].any(axis=1)])
    move_of = np.zeros_like(nodes)
    move_of[between] = moves
    goal, placed = nodes + move_of, nodes + move_of
    check = np.arange(guard.tets.shape[0])
    for turn in range(40):
        bad = guard.spoiled(placed, check)
        if bad.size == 0:
            break
        back = np.unique(guard.tets[bad])
        back = back[touched[back]]
        placed[back] = nodes[back] + (placed[back] - nodes[back]) * (0.6 if turn < 12 else 0.0)
        check = guard.around(back)
    # Many went back for the sake of a neighbor: let them try again, a quarter of the nodes at a time.
    for turn in range(RETRIES):
        short = np.linalg.norm(goal - placed, axis=1) > 1e-3 * np.linalg.norm(move_of, axis=1)
        tried = np.flatnonzero(touched & short & (np.arange(nodes.shape[0]) % 4 == turn % 4))
        ahead = placed.copy()
        ahead[tried] += 0.5 * (goal[tried] - placed[tried])
        moved = np.zeros(nodes.shape[0], dtype=bool)
        moved[tried] = True
        check = guard.around(tried)
        while (bad := guard.spoiled(ahead, check)).size:
            back = np.unique(guard.tets[bad])
            back = back[moved[back]]
            ahead[back], moved[back] = placed[back], False
            check = guard.around(back)
        placed = ahead
    short = np.linalg.norm(goal - placed, axis=1) > 0.1 * np.linalg.norm(move_of, axis=1)
    return placed, int(np.count_nonzero(short & touched))


class _Guard:
    """Knows the elements that moves can spoil, and their shape before."""

    def __init__(self, nodes: FloatArray, tets: IntArray) -> None:
        self.tets, self._n = tets, nodes.shape[0]
        self._volume = SMALLEST_SHARE * tet_volumes(nodes, tets)
        self._ratio = np.minimum(SMALLEST_RATIO, 0.999 * radius_ratios(nodes, tets))

    def around(self, moved: IntArray) -> IntArray:
        """Elements that have one of these nodes."""
        hit = np.zeros(self._n, dtype=bool)
        hit[moved] = True
        return np.flatnonzero(hit[self.tets].any(axis=1)).astype(np.int64)

    def spoiled(self, nodes: FloatArray, check: IntArray) -> IntArray:
        """Which of the elements ``check`` are too flat or too thin with their nodes there."""
        flat = tet_volumes(nodes, self.tets[check]) < self._volume[check]
        sound = check[~flat]
        thin = radius_ratios(nodes, self.tets[sound]) < self._ratio[sound]
        return np.concatenate((check[flat], sound[thin]))
