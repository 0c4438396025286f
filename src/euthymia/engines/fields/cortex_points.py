"""Where on the cortex a field is wanted at once: grey matter that touches CSF, thinned to a number."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.evaluate import Location
from euthymia.engines.fields.linear_maps import element_middles
from euthymia.engines.fields.mesh import TetMesh

COUNT = 20_484
"""As many as two fsaverage5 surfaces have nodes."""
LOWEST_SHARE = 0.3
"""The lowest share of that grey matter is left out: brainstem, cerebellum and the base of the brain."""
_GREY, _CSF = 2, 3


def cortical_points(mesh: TetMesh, count: int = COUNT, *, seed: int = 0) -> Location:
    """Middles of at most ``count`` elements of grey matter (tag 2) that share a node with CSF (3), drawn evenly.

    Raises
    ------
    InvalidInput
        When no element of grey matter touches CSF.
    """
    if count < 1:
        raise InvalidInput("count", count, "at least one point")
    wet = np.zeros(mesh.nodes.shape[0], dtype=bool)
    wet[mesh.tets[mesh.tissue == _CSF]] = True
    chosen = np.flatnonzero((mesh.tissue == _GREY) & wet[mesh.tets].any(axis=1))
    if not chosen.size:
        raise InvalidInput(
            "mesh", "without grey matter (tag 2) that touches CSF (tag 3)", "a segmented head", "Map your labels first."
        )
    heights = mesh.nodes[mesh.tets[chosen]].mean(axis=1)[:, 2]
    chosen = chosen[heights >= np.quantile(heights, LOWEST_SHARE)]
    if chosen.size > count:
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, count, replace=False))
    return element_middles(chosen)
