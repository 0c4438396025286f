"""A smooth function at millions of nodes from its values at few: Chebyshev interpolation in cells off its sources.

The potential of a coil is smooth in the head. Computing it at every node of a quadratic mesh from thousands of sources
costs more than solving; most nodes lie so deep that they can share samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, IntArray

POINTS = 6
"""Chebyshev points along each edge of a cell."""
CLEAR = 2.5
"""A cell is used when no source is nearer to its middle than this many half edges: errors near 4.8**-6."""
LARGEST_M = 0.032
"""Edge of the cells that are tried first."""
_SMALLEST_M = 0.003
_WORTH_IT = 1.5
"""Nodes for each sample of a cell that make the samples pay."""

Real = NDArray[np.floating[Any]]
Smooth = Callable[[FloatArray], Real]
"""Values ``(m, ...)`` at points ``(m, 3)``."""


@dataclass(frozen=True, slots=True, eq=False)
class CellNodes:
    """Nodes, some of them in cells.

    Parameters
    ----------
    count : int
        Number of nodes.
    samples : (s, 3)
        Where the function has to be computed, m: Chebyshev points cell by cell, then the nodes outside the cells.
    cells : tuple of (c,) indices
        Nodes of each cell.
    weights : tuple of (c, 3, POINTS) float32
        Values of the one-dimensional Lagrange polynomials at the nodes.
    alone : (a,)
        Nodes outside the cells.
    """

    count: int
    samples: FloatArray
    cells: tuple[IntArray, ...]
    weights: tuple[NDArray[np.float32], ...]
    alone: IntArray

    def spread(self, values: Real) -> NDArray[np.float32]:
        """Values at all nodes, float32 ``(count, ...)``, of values at the samples ``(s, ...)``."""
        flat = values.reshape(self.samples.shape[0], -1).astype(np.float32, copy=False)
        result = np.empty((self.count, flat.shape[1]), dtype=np.float32)
        for number, (nodes, lines) in enumerate(zip(self.cells, self.weights, strict=True)):
            table = np.einsum("ni,nj,nk->nijk", lines[:, 0], lines[:, 1], lines[:, 2]).reshape(nodes.size, -1)
            result[nodes] = table @ flat[number * POINTS**3 : (number + 1) * POINTS**3]
        result[self.alone] = flat[len(self.cells) * POINTS**3 :]
        return result.reshape((self.count, *values.shape[1:]))

    def of(self, function: Smooth) -> NDArray[np.float32]:
        """Values of a function at all nodes."""
        return self.spread(function(self.samples))


def cell_nodes(nodes: FloatArray, sources: FloatArray) -> CellNodes:
    """Sort nodes ``(n, 3)`` into cells that are far from the sources ``(k, 3)``, and cells into eighths where not."""
    from scipy.spatial import KDTree  # type: ignore[import-untyped,unused-ignore]

    if nodes.ndim != 2 or nodes.shape[1] != 3 or not sources.size:
        raise InvalidInput("nodes, sources", (nodes.shape, sources.shape), "points (n, 3) and at least one source")
    tree, low = KDTree(sources), nodes.min(axis=0)
    angles = (2 * np.arange(POINTS) + 1) * np.pi / (2 * POINTS)
    line, scale = np.cos(angles), np.sin(angles) * (-1.0) ** np.arange(POINTS)
    corner = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    samples, cells, weights = [], [], []
    left, edge = np.arange(nodes.shape[0]), LARGEST_M
    while left.size and edge >= _SMALLEST_M:
        place = np.floor((nodes[left] - low) / edge).astype(np.int64)
        order = np.lexsort(place.T)
        left, place = left[order], place[order]
        starts = np.flatnonzero(np.r_[True, (np.diff(place, axis=0) != 0).any(axis=1)])
        counts = np.diff(np.r_[starts, left.size])
        middles = (place[starts] + 0.5) * edge + low
        good = (counts >= _WORTH_IT * POINTS**3) & (tree.query(middles)[0] >= CLEAR * edge / 2)
        for index in np.flatnonzero(good):
            own = left[starts[index] : starts[index] + counts[index]]
            cells.append(own)
            samples.append(middles[index] + corner * edge / 2)
            weights.append(_lagrange((nodes[own] - middles[index]) / (edge / 2), line, scale))
        left, edge = left[np.repeat(~good, counts)], edge / 2
    left = np.sort(left)
    points = np.concatenate([*samples, nodes[left]])
    return CellNodes(nodes.shape[0], points, tuple(cells), tuple(weights), left)


def _lagrange(at: FloatArray, line: FloatArray, scale: FloatArray) -> NDArray[np.float32]:
    """Lagrange polynomials of the Chebyshev points at ``(n, 3)``: ``(n, 3, POINTS)``, by the barycentric formula.

    References
    ----------
    Berrut and Trefethen 2004, SIAM Review 46:501, doi 10.1137/S0036144502417715.
    """
    gap = at[:, :, None] - line
    gap = np.where(np.abs(gap) < 1e-12, 1e-12, gap)
    share = scale / gap
    return np.asarray(share / share.sum(axis=2, keepdims=True), dtype=np.float32)
