"""Superconvergent patch recovery: nodal fields from element fields, inside each tissue, never across a border."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.engines.fields.evaluate import Location
from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh

_WELL_POSED = 1e-4
"""A patch whose scaled moments have a smaller ratio of eigenvalues is averaged instead of fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class Recovery:
    """Linear map from element values to values at nodes, one for every tissue that meets there.

    Parameters
    ----------
    matrix : sparse (s, e)
        Weights; every row sums to one.
    node, tag : (s,)
        Node and tissue of each recovered value.
    sites : (e, 4)
        Recovered value that belongs to each corner of each element.
    """

    matrix: Any
    node: IntArray
    tag: IntArray
    sites: IntArray

    def at_nodes(self, field: FloatArray) -> FloatArray:
        """Recovered values ``(s, 3, k)`` of an element field ``(e, 3, k)``."""
        flat = self.matrix @ field.reshape(field.shape[0], -1)
        return np.asarray(flat.reshape(self.node.size, *field.shape[1:]))

    def at(self, field: FloatArray, where: Location) -> FloatArray:
        """Recovered field at points, ``(m, 3, k)``: linear between the corners of the element they are in."""
        corners = self.at_nodes(field)[self.sites[where.elements]]
        return np.asarray(np.einsum("mi,mick->mck", where.barycentric, corners, optimize=True))

    def in_elements(self, field: FloatArray) -> FloatArray:
        """Recovered field at the middle of each element, ``(e, 3, k)``."""
        return np.asarray(self.at_nodes(field)[self.sites].mean(axis=1))


def recover_within_tissues(mesh: TetMesh) -> Recovery:
    """Build the recovery of a mesh; it depends on the mesh only.

    Notes
    -----
    At each node, and for each tissue that meets there, a linear function is fitted by least squares, weighted by
    volume, to the values of the elements of that tissue around the node, taken at their middles. Where they are too few
    or too flat for a fit (at some nodes on borders), their volume average is taken. For elements of order 1, whose
    error it lowers by 15 to 40 %; the field of order 2 it would blur.

    References
    ----------
    Zienkiewicz and Zhu 1992, Int J Numer Methods Eng 33:1331, doi 10.1002/nme.1620330702.
    """
    from scipy import sparse  # type: ignore[import-untyped,unused-ignore]

    n_tags = int(mesh.tissue.max()) + 1
    keys, inverse = np.unique((mesh.tets * n_tags + mesh.tissue[:, None]).ravel(), return_inverse=True)
    node, tag = np.divmod(keys, n_tags)
    site, element = inverse.ravel(), np.repeat(np.arange(mesh.tets.shape[0]), 4)
    corners = mesh.nodes[mesh.tets]
    volume = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))[element]
    offset = corners.mean(axis=1)[element] - mesh.nodes[node[site]]
    total = np.bincount(site, volume)
    size = np.sqrt(np.bincount(site, volume * (offset**2).sum(axis=1)) / total)
    terms = np.column_stack([np.ones(site.size), offset / size[site, None]])
    moments = np.empty((keys.size, 4, 4))
    for i in range(4):
        for j in range(i, 4):
            moments[:, i, j] = np.bincount(site, volume * terms[:, i] * terms[:, j]) / total
            moments[:, j, i] = moments[:, i, j]
    eigenvalues = np.linalg.eigvalsh(moments)
    fitted = eigenvalues[:, 0] > _WELL_POSED * eigenvalues[:, 3]
    coefficients = np.zeros((keys.size, 4))
    coefficients[:, 0] = 1.0
    first = np.eye(4)[:1].repeat(int(fitted.sum()), axis=0)[..., None]
    coefficients[fitted] = np.linalg.solve(moments[fitted], first)[..., 0]
    weights = volume / total[site] * np.einsum("pi,pi->p", terms, coefficients[site])
    matrix = sparse.csr_matrix((weights, (site, element)), shape=(keys.size, mesh.tets.shape[0]))
    return Recovery(matrix, node, tag, site.reshape(-1, 4))
