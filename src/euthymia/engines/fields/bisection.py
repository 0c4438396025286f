"""Split the elements of a tetrahedral mesh around new nodes on its edges, so that it stays conforming."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.mesh import FloatArray, IntArray
from euthymia.engines.fields.topology import EDGE_CORNERS


def split_edges(
    tets: IntArray, labels: IntArray, pairs: IntArray, new: IntArray, lengths: FloatArray
) -> tuple[IntArray, IntArray]:
    """Split all elements that have one of the edges ``pairs`` at the new node on it.

    Parameters
    ----------
    tets : (e, 4), labels : (e,)
        Elements and what their parts inherit.
    pairs : (c, 2)
        Edges to split, the smaller node first.
    new : (c,)
        Index of the node on each.
    lengths : (c,)
        Of the whole edges; longer ones are split first, for better shapes.

    Returns
    -------
    tets : (e', 4), labels : (e',)
        Untouched elements first. Orientation is kept.

    Notes
    -----
    Every element is bisected at one edge after another in one order that holds for the whole mesh. How a face is split
    then depends on its own edges only, so that the two elements it belongs to agree.
    """
    if not pairs.size:
        return tets, labels
    rank = np.empty(len(pairs), dtype=np.int64)
    rank[np.lexsort((np.arange(len(pairs)), -lengths))] = np.arange(len(pairs))
    base = np.int64(max(int(tets.max()), int(new.max()))) + 1
    keys = pairs[:, 0] * base + pairs[:, 1]
    order = np.argsort(keys)
    keys, rank, new = keys[order], rank[order], new[order]
    at_end = np.zeros(base, dtype=bool)
    at_end[pairs] = True
    touched = at_end[tets].sum(axis=1) > 1
    done: list[tuple[IntArray, IntArray]] = [(tets[~touched], labels[~touched])]
    some, own = tets[touched], labels[touched]
    while some.size:
        which = _first_edge(some, keys, rank, base)
        whole = which[:, 1] < 0
        done.append((some[whole], own[whole]))
        some, own, which = some[~whole], own[~whole], which[~whole]
        rows = np.arange(len(some))
        ends, middle = EDGE_CORNERS[which[:, 0]], new[which[:, 1]]
        one, two = some.copy(), some.copy()
        one[rows, ends[:, 0]], two[rows, ends[:, 1]] = middle, middle
        some, own = np.concatenate((one, two)), np.concatenate((own, own))
    return np.concatenate([t for t, _ in done]), np.concatenate([k for _, k in done])


def _first_edge(tets: IntArray, keys: IntArray, rank: IntArray, base: np.int64) -> IntArray:
    """Local edge and index in ``keys`` of the first edge to split of each element; index -1 where there is none."""
    ends = np.sort(tets[:, EDGE_CORNERS], axis=2)
    wanted = (ends[..., 0] * base + ends[..., 1]).ravel()
    found = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    hit: NDArray[np.bool_] = keys[found] == wanted
    turn = np.where(hit, rank[found], np.iinfo(np.int64).max).reshape(-1, 6)
    local = turn.argmin(axis=1)
    rows = np.arange(len(tets))
    index = np.where(hit, found, -1).reshape(-1, 6)[rows, local]
    return np.column_stack((local, index)).astype(np.int64)
