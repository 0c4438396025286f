"""Give each tetrahedron of a lattice a tissue, so that every tissue keeps its volume and the head stays in one part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.label_volume import Indicators
from euthymia.engines.fields.mesh import FloatArray, IntArray, tet_volumes
from euthymia.engines.fields.topology import faces_of, joined_parts

MOST_TURNS = 40
GAIN = 0.15
"""Indicator offset per unit of log volume ratio in one turn."""
CLOSE_ENOUGH = 0.002


class TetLabeler:
    """Labels of the tetrahedra of one lattice; what does not depend on the wanted volumes is worked out once.

    Parameters
    ----------
    nodes : (n, 3), tets : (e, 4)
        The lattice, larger than the head on all sides.
    fields
        Smoothed indicators of the tissues.
    smallest_part_m3
        Parts of a tissue (or of the outside) below this volume, cut off from the rest of it, are given to their
        surroundings; 0 keeps them.
    """

    def __init__(self, nodes: FloatArray, tets: IntArray, fields: Indicators, *, smallest_part_m3: float) -> None:
        self._tags = fields.tags
        self._volumes = tet_volumes(nodes, tets)
        owners = faces_of(tets).owners
        self._neighbors = owners[owners[:, 1] >= 0]
        self._smallest_part_m3 = smallest_part_m3
        self._strength = _strengths(nodes, tets, fields)

    def labels(self, target_m3: FloatArray) -> tuple[IntArray, NDArray[np.float32]]:
        """Tags ``(e,)`` with 0 outside, and the offsets of the indicators (outside last) that give the volumes.

        ``target_m3 (l,)``: wanted volume of each tissue, in the order of the tags of the indicators.
        """
        tissue, offsets = self._equal_volumes(target_m3)
        if self._smallest_part_m3 > 0:
            tissue = self._without_specks(tissue)
        return self._largest_part(tissue), offsets

    def _equal_volumes(self, target_m3: FloatArray) -> tuple[IntArray, NDArray[np.float32]]:
        offsets = np.zeros(self._tags.size + 1, dtype=np.float32)
        best, best_offsets, smallest = np.zeros(self._volumes.size, dtype=np.int64), offsets.copy(), np.inf
        for _ in range(MOST_TURNS):
            kind = np.argmax(self._strength + offsets[:, None], axis=0)
            ratio = np.bincount(kind, weights=self._volumes, minlength=offsets.size)[:-1] / target_m3
            error = float(np.abs(ratio - 1.0).max())
            if error < smallest:
                best, best_offsets, smallest = kind, offsets.copy(), error
            if error < CLOSE_ENOUGH:
                break
            offsets[:-1] -= GAIN * np.log(np.clip(ratio, 0.2, 5.0)).astype(np.float32)
        return np.append(self._tags, 0)[best], best_offsets

    def _without_specks(self, tissue: IntArray) -> IntArray:
        """Give every small separate part to the tissue that shares most faces with it."""
        count, part = joined_parts(self._neighbors, tissue.size, tissue)
        small = np.bincount(part, weights=self._volumes)[part] < self._smallest_part_m3
        pairs = np.concatenate((self._neighbors, self._neighbors[:, ::-1]))
        pairs = pairs[small[pairs[:, 0]] & ~small[pairs[:, 1]]]
        n_kinds = int(tissue.max()) + 1
        votes = np.bincount(part[pairs[:, 0]] * n_kinds + tissue[pairs[:, 1]], minlength=count * n_kinds)
        votes = votes.reshape(-1, n_kinds)
        winner = np.where(votes.sum(axis=1) > 0, votes.argmax(axis=1), -1)[part]
        return np.where(small & (winner >= 0), winner, tissue)

    def _largest_part(self, tissue: IntArray) -> IntArray:
        """Set to outside what is not joined by faces to the largest part of the head."""
        if not tissue.any():
            return tissue
        _, part = joined_parts(self._neighbors, tissue.size, (tissue > 0).astype(np.int64))
        size = np.bincount(part, weights=np.where(tissue > 0, self._volumes, 0.0))
        return np.where(part == size.argmax(), tissue, 0)


def _strengths(nodes: FloatArray, tets: IntArray, fields: Indicators) -> NDArray[np.float32]:
    """Indicator of each tissue and the outside (last) in each element: mean of center and corners, ``(l + 1, e)``."""
    at_node = fields.sample(nodes)
    strength = np.empty((fields.tags.size + 1, tets.shape[0]), dtype=np.float32)
    strength[:-1] = fields.sample(nodes[tets].mean(axis=1))
    for corner in range(4):
        strength[:-1] += 0.25 * at_node[:, tets[:, corner]]
    strength[:-1] *= 0.5
    strength[-1] = 1.0 - strength[:-1].sum(axis=0)
    return strength
