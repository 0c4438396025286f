"""Tissues and fields of a mesh on a regular grid of points: volumes to write, planes to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.evaluate import Location
from euthymia.engines.fields.label_volume import LabelVolume, checked_affine
from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh
from euthymia.engines.fields.solve import FieldResult, field_in
from euthymia.engines.fields.space import Space

FINEST_M, COARSEST_M = 0.0005, 0.01
_CANDIDATES = 1 << 20
_INSIDE = -1e-9
"""A point belongs to an element when no barycentric coordinate is below this."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Points ``affine @ (i, j, k, 1)``, m, RAS, for whole indices below ``shape``.

    A plane is a grid of one layer; its third axis is the direction across it, of any length.
    """

    affine: FloatArray
    shape: tuple[int, int, int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "affine", checked_affine("affine", self.affine))
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise InvalidInput("shape", self.shape, "three numbers of points, 1 or more each")

    def points(self, index: IntArray) -> FloatArray:
        """Positions ``(m, 3)``, m, of flat indices ``(m,)`` (the last axis runs fastest)."""
        at = np.stack(np.unravel_index(index, self.shape), axis=1)
        return np.asarray(at @ self.affine[:3, :3].T + self.affine[:3, 3])


def grid_over(mesh: TetMesh, step_m: float) -> Grid:
    """Grid along the axes that holds a mesh with one empty layer around it.

    Its points lie at whole multiples of ``step_m``, so that two meshes in one space give points in the same places.

    Raises
    ------
    InvalidInput
        For a step outside 0.5 to 10 mm.
    """
    if not FINEST_M <= step_m <= COARSEST_M:
        raise InvalidInput("step_m", step_m, f"{FINEST_M:g} to {COARSEST_M:g} m", "Did you mean millimetres?")
    low = np.floor(mesh.nodes.min(axis=0) / step_m).astype(np.int64) - 1
    high = np.ceil(mesh.nodes.max(axis=0) / step_m).astype(np.int64) + 1
    affine = np.diag([step_m, step_m, step_m, 1.0])
    affine[:3, 3] = low * step_m
    i, j, k = (int(n) for n in high - low + 1)
    return Grid(affine, (i, j, k))


def elements_on(mesh: TetMesh, grid: Grid) -> IntArray:
    """Element that holds each point of a grid ``(i, j, k)``, -1 outside the mesh; on a shared face the first one.

    Notes
    -----
    Each tetrahedron looks at the few points of the grid inside its box. Elements are taken with straight edges.
    """
    back = np.linalg.inv(grid.affine)
    at = mesh.nodes @ back[:3, :3].T + back[:3, 3]
    found = np.full(int(np.prod(grid.shape)), -1, dtype=np.int64)
    touched, low, span = _boxes(at, mesh.tets, grid.shape)
    counts = span.prod(axis=1)
    ends = np.cumsum(counts)
    first = 0
    while first < touched.size:
        stop = max(first + 1, int(np.searchsorted(ends, ends[first] - counts[first] + _CANDIDATES, side="right")))
        some = touched[first:stop]
        _fill(found, grid, at[mesh.tets[some]], low[first:stop], span[first:stop], some)
        first = stop
    return found.reshape(grid.shape)


def labels_on(mesh: TetMesh, grid: Grid, elements: IntArray) -> LabelVolume:
    """Tissue at each point of a grid, 0 outside the head; ``elements`` as :func:`elements_on` gives them."""
    tags = np.where(elements >= 0, mesh.tissue[elements], 0).astype(np.uint8)
    return LabelVolume(tags, grid.affine)


def field_on(result: FieldResult, grid: Grid, elements: IntArray, *, column: int = 0) -> NDArray[np.float32]:
    """Electric field at each point of a grid, V/m, RAS, ``(i, j, k, 3)``; 0 outside the head.

    The field of the finite elements at that very point, not the mean of an element.
    """
    space = result.system.space
    flat = elements.ravel()
    inside = np.flatnonzero(flat >= 0)
    field = np.zeros((flat.size, 3), dtype=np.float32)
    step = max(1, (1 << 18) // result.potential_v.shape[1])
    for first in range(0, inside.size, step):
        some = inside[first : first + step]
        where = _located(space, flat[some], grid.points(some))
        field[some] = field_in(result, where)[:, :, column]
    return field.reshape(*elements.shape, 3)


def _located(space: Space, elements: IntArray, points: FloatArray) -> Location:
    away = points - space.mesh.nodes[space.mesh.tets[elements, 0]]
    others = np.einsum("max,mx->ma", space.gradients[elements][:, 1:], away)
    return Location(elements, np.concatenate([1 - others.sum(axis=1, keepdims=True), others], axis=1))


def _boxes(at: FloatArray, tets: IntArray, shape: tuple[int, int, int]) -> tuple[IntArray, IntArray, IntArray]:
    """Elements with a point of the grid in their box, the lowest index of each box and its number of points."""
    left = np.arange(tets.shape[0])
    low, high = (np.empty((tets.shape[0], 3), dtype=np.int64) for _ in range(2))
    for axis in np.argsort(shape, kind="stable"):  # the thinnest axis first: a plane meets few elements
        corner = at[:, axis][tets[left]].T
        low[left, axis] = np.maximum(np.ceil(np.minimum.reduce(corner) - 1e-9), 0)
        high[left, axis] = np.minimum(np.floor(np.maximum.reduce(corner) + 1e-9), shape[axis] - 1)
        left = left[low[left, axis] <= high[left, axis]]
    return left, low[left], high[left] - low[left] + 1


def _fill(found: IntArray, grid: Grid, corners: FloatArray, low: IntArray, span: IntArray, names: IntArray) -> None:
    """Write the names of elements at the points they hold that no earlier element has taken."""
    counts = span.prod(axis=1)
    owner = np.repeat(np.arange(names.size), counts)
    within = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)
    rest, k = np.divmod(within, span[owner, 2])
    i, j = np.divmod(rest, span[owner, 1])
    at = low[owner] + np.stack([i, j, k], axis=1)
    inverse = np.linalg.inv(np.swapaxes(corners[:, 1:] - corners[:, :1], 1, 2))
    others = np.einsum("mab,mb->ma", inverse[owner], at - corners[owner, 0])
    x, y, z = others.T
    inside = np.flatnonzero((x >= _INSIDE) & (y >= _INSIDE) & (z >= _INSIDE) & (x + y + z <= 1 - _INSIDE))[::-1]
    flat = np.ravel_multi_index((at[inside, 0], at[inside, 1], at[inside, 2]), grid.shape)
    free = found[flat] < 0
    found[flat[free]] = names[owner[inside[free]]]  # of equal indices the last one stays: the first element
