"""Electric field from a potential: per element, at any points of the mesh, and its parts along and across a surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, IntArray
from euthymia.engines.fields.space import Space, geometry_of_points

_INSIDE = -1e-9
"""A point belongs to an element when no barycentric coordinate is below this."""
_CANDIDATES = (8, 64, 512)
_NEWTON_STEPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Location:
    """Element of each point ``(m,)`` and its barycentric coordinates there ``(m, 4)``."""

    elements: IntArray
    barycentric: FloatArray


def element_field(space: Space, potential: FloatArray, rates: FloatArray) -> FloatArray:
    """Field at the middle of each element, V/m, ``(e, 3, k)``; for order 1 it is the field of the whole element.

    Parameters
    ----------
    potential : (n, k)
        V.
    rates : (n, 3, k)
        dA/dt at the nodes of the space, V/m.
    """
    middle = np.full((1, 4), 0.25)
    weights = space.values(middle)[0]
    field = np.empty((space.dofs.shape[0], 3, potential.shape[1]))
    step = max(1, (1 << 22) // (space.dofs.shape[1] * potential.shape[1]))
    for first in range(0, field.shape[0], step):
        elements = np.arange(first, min(first + step, field.shape[0]))
        where = Location(elements, np.broadcast_to(middle, (elements.size, 4)))
        primary = np.einsum("i,eick->eck", weights, rates[space.dofs[elements]], optimize=True)
        field[elements] = -primary - gradient_at(space, potential, where)
    return field


def gradient_at(space: Space, potential: FloatArray, where: Location) -> FloatArray:
    """Gradient of a potential ``(n, k)`` at points inside elements, V/m, ``(m, 3, k)``."""
    gradients = space.gradients[where.elements]
    bent = np.flatnonzero(space.curved[where.elements])
    if bent.size:
        gradients = gradients.copy()
        gradients[bent] = geometry_of_points(space, where.elements[bent], where.barycentric[bent])
    slopes = space.slopes(where.barycentric)
    along = np.einsum("mia,mik->mak", slopes, potential[space.dofs[where.elements]], optimize=True)
    return np.asarray(np.einsum("mac,mak->mck", gradients, along, optimize=True))


def locate(space: Space, points: Any, *, tissue: tuple[int, ...] | None = None) -> Location:
    """Find the element of each point.

    The nearest element middles are tried first, then wider circles of them. In elements with curved edges the
    coordinates are those of the curved map.

    Parameters
    ----------
    points : (m, 3)
        m, RAS.
    tissue
        Search elements with these tags only, e.g. ``(2,)`` for points on the border of grey matter.

    Raises
    ------
    InvalidInput
        When points lie in no element (with their count and the first).
    """
    wanted = np.ascontiguousarray(points, dtype=np.float64)
    found = nearest_elements(space, wanted, tissue=tissue)
    left = np.flatnonzero(found.barycentric.min(axis=1) < _INSIDE)
    if left.size:
        raise InvalidInput(
            "points",
            f"outside the mesh{'' if tissue is None else f' of tissue {tissue}'} at {left.size} of {wanted.shape[0]}, "
            f"first {left[0]}: {wanted[left[0]].tolist()} m",
            "points inside the mesh",
            "Check that they are in metres and in the space of the mesh, and move surface points a little inward.",
        )
    return Location(found.elements, _curved_coordinates(space, wanted, found.elements, found.barycentric))


def nearest_elements(space: Space, points: Any, *, tissue: tuple[int, ...] | None = None) -> Location:
    """Element of each point ``(m, 3)``, with straight edges; of a point in no element the one it is least outside of.

    Coordinates below 0 tell that a point lies outside.
    """
    from scipy.spatial import KDTree  # type: ignore[import-untyped,unused-ignore]

    wanted = np.ascontiguousarray(points, dtype=np.float64)
    if wanted.ndim != 2 or wanted.shape[1] != 3 or not np.isfinite(wanted).all():
        raise InvalidInput("points", f"of shape {wanted.shape}", "finite positions (m, 3) in metres")
    mesh = space.mesh
    allowed = np.arange(mesh.tets.shape[0]) if tissue is None else np.flatnonzero(np.isin(mesh.tissue, tissue))
    if not allowed.size:
        raise InvalidInput("tissue", tissue, f"tags of the mesh: {np.unique(mesh.tissue).tolist()}")
    tree = KDTree(mesh.nodes[mesh.tets[allowed]].mean(axis=1))
    elements = np.zeros(wanted.shape[0], dtype=np.int64)
    barycentric = np.zeros((wanted.shape[0], 4))
    left = np.arange(wanted.shape[0])
    for candidates in _CANDIDATES:
        count = min(candidates, allowed.size)
        for part in np.array_split(left, max(1, left.size * count // (1 << 20))):
            near = allowed[np.asarray(tree.query(wanted[part], k=count)[1]).reshape(part.size, count)]
            inside = _barycentric(space, near, wanted[part])
            chosen = np.arange(part.size), inside.min(axis=2).argmax(axis=1)
            elements[part], barycentric[part] = near[chosen], inside[chosen]
        left = left[barycentric[left].min(axis=1) < _INSIDE]
        if not left.size or count == allowed.size:
            break
    return Location(elements, barycentric)


def normal_and_tangential(field: FloatArray, normals: Any) -> tuple[FloatArray, FloatArray]:
    """Component along the unit normals (signed) and length of the rest, V/m, ``(m, k)`` each.

    Parameters
    ----------
    field : (m, 3, k)
        V/m.
    normals : (m, 3)
        Need not have unit length; not zero.
    """
    given = np.asarray(normals, dtype=np.float64)
    length = np.linalg.norm(given, axis=-1) if given.ndim == 2 else np.zeros(1)
    if given.shape != field.shape[:2] or not np.isfinite(given).all() or (length == 0).any():
        raise InvalidInput("normals", f"of shape {given.shape}", f"finite vectors {field.shape[:2]}, none of them zero")
    unit = given / length[:, None]
    normal = np.einsum("mc,mck->mk", unit, field)
    rest = field - unit[:, :, None] * normal[:, None]
    return np.asarray(normal), np.asarray(np.linalg.norm(rest, axis=1))


def _barycentric(space: Space, near: IntArray, points: FloatArray) -> FloatArray:
    """Barycentric coordinates ``(m, c, 4)`` of each point in each of its candidate elements ``(m, c)``."""
    corner = space.mesh.nodes[space.mesh.tets[near, 0]]
    others = np.einsum("mcax,mcx->mca", space.gradients[near][:, :, 1:], points[:, None] - corner, optimize=True)
    return np.concatenate([1 - others.sum(axis=2, keepdims=True), others], axis=2)


def _curved_coordinates(space: Space, points: FloatArray, elements: IntArray, barycentric: FloatArray) -> FloatArray:
    """Newton steps from the straight to the curved map, for points in elements with curved edges."""
    bent = np.flatnonzero(space.curved[elements])
    if not bent.size:
        return barycentric
    of_points = space.points[space.dofs[elements[bent]]]
    guess = barycentric[bent]
    for _ in range(_NEWTON_STEPS):
        off = points[bent] - np.einsum("mi,mic->mc", space.values(guess), of_points)
        guess = guess + np.einsum("mac,mc->ma", geometry_of_points(space, elements[bent], guess), off)
    barycentric[bent] = guess
    return barycentric
