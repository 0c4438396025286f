"""Clean-up of labelled tetrahedra: small parts go to their surroundings, and the head stays in one part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.mesh import FloatArray, IntArray, tet_volumes
from euthymia.engines.fields.topology import faces_of, joined_parts


def cleaned_tissue(
    nodes: FloatArray, tets: IntArray, tissue: IntArray, smallest_part_m3: float
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Tissue of each element with specks given away, and which elements hang together with the head, ``(e,)`` each.

    ``smallest_part_m3``: parts of a tissue below this volume, cut off from the rest of it, are given to the tissue with
    which they share most faces; 0 keeps them.
    """
    volumes = tet_volumes(nodes, tets)
    owners = faces_of(tets).owners
    neighbors = owners[owners[:, 1] >= 0]
    if smallest_part_m3 > 0:
        tissue = _without_specks(neighbors, tissue, volumes, smallest_part_m3)
    _, part = joined_parts(neighbors, tets.shape[0])
    return tissue, np.asarray(part == np.bincount(part, weights=volumes).argmax())


def _without_specks(neighbors: IntArray, tissue: IntArray, volumes: FloatArray, smallest_m3: float) -> IntArray:
    count, part = joined_parts(neighbors, tissue.size, tissue)
    small = np.bincount(part, weights=volumes)[part] < smallest_m3
    pairs = np.concatenate((neighbors, neighbors[:, ::-1]))
    pairs = pairs[small[pairs[:, 0]] & ~small[pairs[:, 1]]]
    n_kinds = int(tissue.max()) + 1
    votes = np.bincount(part[pairs[:, 0]] * n_kinds + tissue[pairs[:, 1]], minlength=count * n_kinds)
    votes = votes.reshape(-1, n_kinds)
    winner = np.where(votes.sum(axis=1) > 0, votes.argmax(axis=1), -1)[part]
    return np.where(small & (winner >= 0), winner, tissue)
