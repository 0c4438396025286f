"""The linear maps around a solve as sparse matrices: nodal dA/dt to right-hand side, solution to field at points.

They cost some memory and are built once per head; then a block of right-hand sides is one sparse product, and the
transposed maps give the reciprocal problem of the very same discretization.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.evaluate import Location
from euthymia.engines.fields.mesh import FloatArray, IntArray
from euthymia.engines.fields.quadrature import tetrahedron_rule
from euthymia.engines.fields.space import Space, geometry_at
from euthymia.engines.fields.threads import RowMatrix, by_rows

_CURVED_DEGREE = 5
_ENTRIES = 1 << 23


@dataclass(frozen=True, slots=True, eq=False)
class FieldMap:
    """Field at ``m`` points: ``-(primary @ rates) - slope @ potential``, rows ordered point by point, x y z.

    Parameters
    ----------
    slope : sparse (3 m, n)
        Gradient of the potential at the points.
    primary : sparse (m, n)
        Interpolation of nodal values.
    """

    slope: Any
    primary: Any

    def field(self, potential: FloatArray, rates: NDArray[np.floating[Any]]) -> FloatArray:
        """Field, V/m, ``(m, 3, k)``, of potentials ``(n, k)`` and dA/dt at the nodes ``(n, 3, k)``."""
        points, columns = self.primary.shape[0], potential.shape[1]
        interpolated = self.primary @ rates.reshape(rates.shape[0], -1)
        return np.asarray(-interpolated.reshape(points, 3, columns) - (self.slope @ potential).reshape(points, 3, -1))


def load_matrix(space: Space, sigma: FloatArray, *, single: bool = False) -> Any:
    """Right-hand side of dA/dt at the nodes, SciPy CSR ``(n, 3 n)``; the same integrals as ``load_from_nodes``.

    In single precision it takes two thirds of the memory; its columns then sum to zero to 1e-7 only.
    """
    from scipy import sparse  # type: ignore[import-untyped,unused-ignore]

    local = space.dofs.shape[1]
    rule = tetrahedron_rule(_CURVED_DEGREE if space.curved.any() else max(1, 2 * space.order - 1))
    shapes, slopes = space.values(rule.points), space.slopes(rule.points)
    straight = np.einsum("q,qia,qm->aim", rule.weights, slopes, shapes)
    total: Any = None
    count, step = space.dofs.shape[0], max(1, _ENTRIES // (3 * local * local))
    for first in range(0, count, step):
        elements = np.arange(first, min(first + step, count))
        scaled = _flux(space.gradients[elements], sigma[elements]) * space.volumes[elements, None, None]
        entries = -np.einsum("eac,aim->eimc", scaled, straight, optimize=True)
        bent = np.flatnonzero(space.curved[elements])
        if bent.size:
            gradients, factors = geometry_at(space, elements[bent], rule.points)
            steep = np.stack([_flux(gradients[:, q], sigma[elements[bent]]) for q in range(len(rule.weights))], axis=1)
            steep *= (factors * rule.weights)[..., None, None]
            entries[bent] = -np.einsum("eqac,qia,qm->eimc", steep, slopes, shapes, optimize=True)
        dofs = space.dofs[elements].astype(np.int32)
        rows = np.broadcast_to(dofs[:, :, None, None], entries.shape)
        columns = np.broadcast_to(3 * dofs[:, None, :, None] + np.arange(3, dtype=np.int32), entries.shape)
        if single:
            entries = entries.astype(np.float32)
        part = sparse.csr_matrix((entries.ravel(), (rows.ravel(), columns.ravel())), shape=(space.n, 3 * space.n))
        total = part if total is None else total + part
    return total


def field_map(space: Space, where: Location) -> FieldMap:
    """Map to the field at points inside elements."""
    from scipy import sparse

    gradients = space.gradients[where.elements]
    bent = np.flatnonzero(space.curved[where.elements])
    if bent.size:
        gradients = gradients.copy()
        for index in bent:
            at = slice(index, index + 1)
            gradients[index] = geometry_at(space, where.elements[at], where.barycentric[at])[0][0, 0]
    dofs, points = space.dofs[where.elements], where.elements.size
    steep = np.einsum("mia,mac->mci", space.slopes(where.barycentric), gradients, optimize=True)
    rows = np.broadcast_to(np.arange(3 * points).reshape(points, 3, 1), steep.shape)
    columns = np.broadcast_to(dofs[:, None, :], steep.shape)
    slope = sparse.csr_matrix((steep.ravel(), (rows.ravel(), columns.ravel())), shape=(3 * points, space.n))
    weights = space.values(where.barycentric)
    own = np.repeat(np.arange(points), dofs.shape[1])
    primary = sparse.csr_matrix((weights.ravel(), (own, dofs.ravel())), shape=(points, space.n))
    return FieldMap(slope, primary)


def threaded(matrix: Any) -> RowMatrix:
    """The matrix cut for products on several cores."""
    return by_rows(matrix)


def element_middles(elements: IntArray) -> Location:
    """Middle of each element."""
    return Location(elements, np.full((elements.size, 4), 0.25))


def _flux(gradients: FloatArray, sigma: FloatArray) -> FloatArray:
    """Conductivity times the gradients ``(e, 4, 3)``."""
    if sigma.ndim == 1:
        return np.asarray(gradients * sigma[:, None, None])
    return np.asarray(np.einsum("edc,eac->ead", sigma, gradients))
