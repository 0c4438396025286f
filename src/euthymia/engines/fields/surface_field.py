"""The field on a surface that somebody else made: FreeSurfer's or a GIFTI file's, on the side of grey matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.evaluate import Location, nearest_elements, normal_and_tangential
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.solve import FieldResult, field_in
from euthymia.engines.fields.surfaces import closest_points, node_normals, tissue_surface

GREY = 2
REACH_M = 0.003
"""A node farther than this from grey matter gets no field."""
LEAST_SHARE = 0.5
"""With fewer of its nodes at grey matter a surface is taken to lie in another space."""


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceField:
    """Field at the nodes of a surface; 0 where there is no grey matter within reach.

    ``strength_v_m``, ``outward_v_m`` ``(n,)``: length, and component along the normal that leaves the surface.
    ``is_grey`` ``(n,)``: nodes with a value. ``moved_m`` ``(n,)``: how far a node was from the place of its value.
    """

    surface: Surface
    strength_v_m: FloatArray
    outward_v_m: FloatArray
    is_grey: NDArray[np.bool_]
    moved_m: FloatArray


def midway(first: Surface, second: Surface) -> Surface:
    """Surface halfway between two with the same triangles, such as white and pial: the middle of the grey matter."""
    if first.nodes.shape != second.nodes.shape or not np.array_equal(first.triangles, second.triangles):
        raise InvalidInput(
            "surfaces", f"of {first.nodes.shape[0]} and {second.nodes.shape[0]} nodes, or of other triangles",
            "the white and the pial surface of one hemisphere", "Give files of the same subject and hemisphere.",
        )  # fmt: skip
    return Surface((first.nodes + second.nodes) / 2, first.triangles)


def field_on_surface(result: FieldResult, surface: Surface, *, column: int = 0) -> SurfaceField:
    """Field of the grey matter at the nodes of a surface in the space of the head.

    Parameters
    ----------
    surface
        Best in the middle of the grey matter (see :func:`midway`). A node in no element of grey matter takes the field
        at the nearest point of it, up to 3 mm away.

    Raises
    ------
    InvalidInput
        When more than half of the nodes lie farther from grey matter: the surface is in another space.
    """
    mesh = result.system.space.mesh
    if not (mesh.tissue == GREY).any():
        raise InvalidInput("result", "on a mesh without grey matter", "a mesh with tag 2")
    where = nearest_elements(result.system.space, surface.nodes, tissue=(GREY,))
    moved = np.zeros(surface.nodes.shape[0])
    off = np.flatnonzero(where.barycentric.min(axis=1) < -1e-6)
    elements, barycentric = where.elements.copy(), where.barycentric.copy()
    if off.size:
        near = closest_points(tissue_surface(mesh, (GREY,)), surface.nodes[off], candidates=32)
        there = nearest_elements(result.system.space, near.points, tissue=(GREY,))
        elements[off], barycentric[off] = there.elements, there.barycentric
        moved[off] = near.distance_m
    is_grey = moved <= REACH_M
    if is_grey.mean() < LEAST_SHARE:
        raise InvalidInput(
            "surface", f"{100 * (1 - is_grey.mean()):.0f} % of the nodes lie more than {1000 * REACH_M:g} mm from grey "
            "matter", "a surface of the cortex in the space of the head, in mm (scanner RAS)",
            "Use the surfaces of the scan that the head was made from.",
        )  # fmt: skip
    barycentric = np.clip(barycentric, 0, None)
    barycentric /= barycentric.sum(axis=1, keepdims=True)
    field = np.where(is_grey[:, None], field_in(result, Location(elements, barycentric))[:, :, column], 0.0)
    outward, _ = normal_and_tangential(field[:, :, None], _outward(surface))
    return SurfaceField(surface, np.linalg.norm(field, axis=1), outward[:, 0], is_grey, np.where(is_grey, moved, 0.0))


def _outward(surface: Surface) -> FloatArray:
    """Normals at the nodes that leave the surface, also when the file turns its triangles the other way round."""
    corner = surface.nodes[surface.triangles] - surface.nodes.mean(axis=0)
    volume = np.einsum("tx,tx->", np.cross(corner[:, 0], corner[:, 1]), corner[:, 2])
    return node_normals(surface) * (1.0 if volume >= 0 else -1.0)
