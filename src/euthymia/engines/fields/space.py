"""Finite element spaces on a tetrahedral mesh: numbering, node positions, and elements with curved edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields import basis_p1, basis_p2
from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Continuous functions that are polynomials of ``order`` 1 or 2 in every element.

    Parameters
    ----------
    dofs : (e, 4) or (e, 10)
        Unknowns of each element: corners, then edge midpoints.
    points : (n, 3)
        Position of each unknown, m; the corners come first, in the order of the mesh.
    edges : (m, 2)
        Corners of each edge (order 2; empty for order 1); its midpoint is unknown ``n_nodes + k``.
    curved : (e,) bool
        Elements that have a midpoint off the middle of its straight edge.
    gradients : (e, 4, 3), volumes : (e,)
        Of the straight elements.
    """

    mesh: TetMesh
    order: int
    dofs: IntArray
    points: FloatArray
    edges: IntArray
    curved: NDArray[np.bool_]
    gradients: FloatArray
    volumes: FloatArray

    @property
    def n(self) -> int:
        """Number of unknowns."""
        return int(self.points.shape[0])

    def values(self, barycentric: FloatArray) -> FloatArray:
        """Shape functions at barycentric points, ``(q, local)``."""
        return basis_p1.values(barycentric) if self.order == 1 else basis_p2.values(barycentric)

    def slopes(self, barycentric: FloatArray) -> FloatArray:
        """Derivatives of the shape functions with respect to barycentric coordinates, ``(q, local, 4)``."""
        return basis_p1.slopes(barycentric) if self.order == 1 else basis_p2.slopes(barycentric)


def make_space(mesh: TetMesh, order: int = 2, *, midpoints: Any = None) -> Space:
    """Number the unknowns of ``order`` 1 or 2.

    Parameters
    ----------
    midpoints : (m, 3), optional
        Positions of the edge midpoints, m, in the order of :func:`~euthymia.engines.fields.basis_p2.number_edges`, for
        curved (isoparametric) elements; for spheres see ``sphere_mesh.curved_midpoints``. Straight when left out.

    Raises
    ------
    InvalidInput
        For another order, midpoints with order 1, or midpoints so far off that an element folds over.
    """
    if order not in (1, 2):
        raise InvalidInput("order", order, "1 (linear) or 2 (quadratic)")
    gradients, volumes = basis_p1.barycentric_gradients(mesh.nodes, mesh.tets)
    straight = np.zeros(mesh.tets.shape[0], dtype=np.bool_)
    if order == 1:
        if midpoints is not None:
            raise InvalidInput("midpoints", "given", "None for order 1", "Curved edges need order=2.")
        none = np.empty((0, 2), dtype=np.int64)
        return Space(mesh, 1, mesh.tets, mesh.nodes, none, straight, gradients, volumes)
    edges, of_tet = basis_p2.number_edges(mesh.tets, mesh.nodes.shape[0])
    middles = mesh.nodes[edges].mean(axis=1)
    curved = straight
    if midpoints is not None:
        given = np.asarray(midpoints, dtype=np.float64)
        if given.shape != middles.shape or not np.isfinite(given).all():
            raise InvalidInput(
                "midpoints", f"of shape {given.shape}", f"finite positions {middles.shape}, one per edge"
            )
        lengths = np.linalg.norm(np.diff(mesh.nodes[edges], axis=1)[:, 0], axis=1)
        curved = (np.linalg.norm(given - middles, axis=1) > 1e-9 * lengths)[of_tet].any(axis=1)
        middles = given
    dofs = np.hstack([mesh.tets, mesh.nodes.shape[0] + of_tet])
    space = Space(mesh, 2, dofs, np.vstack([mesh.nodes, middles]), edges, curved, gradients, volumes)
    _refuse_folded(space)
    return space


def geometry_at(space: Space, elements: IntArray, barycentric: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gradients of the barycentric coordinates ``(c, q, 4, 3)`` and volume factors ``(c, q)`` of curved elements.

    The volume factor times the weight of a rule (which sums to one) gives the measure at that point, m³.
    """
    slopes = basis_p2.slopes(barycentric)
    # dx/dlambda_j - dx/dlambda_0, columns of the Jacobian of the map from (lambda_1, lambda_2, lambda_3)
    per_coordinate = np.einsum("qia,eic->eqac", slopes, space.points[space.dofs[elements]], optimize=True)
    jacobian = (per_coordinate[:, :, 1:] - per_coordinate[:, :, :1]).swapaxes(2, 3)
    inverse = np.linalg.inv(jacobian)
    gradients = np.concatenate([-inverse.sum(axis=2, keepdims=True), inverse], axis=2)
    return gradients, np.asarray(np.linalg.det(jacobian) / 6)


def geometry_of_points(space: Space, elements: IntArray, barycentric: FloatArray) -> FloatArray:
    """Gradients of the barycentric coordinates ``(m, 4, 3)`` of curved elements, at one point ``(m, 4)`` in each."""
    slopes = basis_p2.slopes(barycentric)
    per_coordinate = np.einsum("mia,mic->mac", slopes, space.points[space.dofs[elements]], optimize=True)
    inverse = np.linalg.inv((per_coordinate[:, 1:] - per_coordinate[:, :1]).swapaxes(1, 2))
    return np.concatenate([-inverse.sum(axis=1, keepdims=True), inverse], axis=1)


def _refuse_folded(space: Space) -> None:
    elements = np.flatnonzero(space.curved)
    if not elements.size:
        return
    _, factors = geometry_at(space, elements, basis_p2.LOCAL_NODES)
    folded = elements[(factors <= 0).any(axis=1)]
    if folded.size:
        raise InvalidInput(
            "midpoints",
            f"folding {folded.size} elements, first {folded[0]}",
            "midpoints near the middle of their edges",
            "Use straight edges there, or a finer mesh at the curved surface.",
        )
