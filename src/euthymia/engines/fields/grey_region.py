"""Grey matter around a wanted point: used where it lies in grey matter, refused or moved where it does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.mesh import FloatArray, Surface, TetMesh
from euthymia.engines.fields.roi import RADIUS_M, Roi, roi_sphere
from euthymia.engines.fields.surfaces import closest_points, tissue_surface

GREY = 2
OFF_GREY_M = 0.003
"""A point farther than this from grey matter is not in it."""
INWARD_M = 0.0015
"""A point that is moved goes this far below the surface of the grey matter."""


@dataclass(frozen=True, slots=True, eq=False)
class GreyRegion:
    """Region of interest and how far its center was moved from the point that was asked for, m."""

    roi: Roi
    moved_m: float

    @property
    def words(self) -> str:
        """What has to be said of the move; empty without one."""
        if not self.moved_m:
            return ""
        place = _mm(self.roi.center)
        return (
            f"The target lay {1000 * self.moved_m:.1f} mm outside the grey matter of this head and was moved to "
            f"{place} mm."
        )


def grey_region(
    mesh: TetMesh,
    point: FloatArray,
    *,
    title: str,
    head: str,
    nearest: bool = False,
    radius_m: float = RADIUS_M,
    surface: Surface | None = None,
) -> GreyRegion:
    """Grey matter within ``radius_m`` of a point ``(3,)``, m.

    Parameters
    ----------
    title, head
        Names of the point and of the head, for errors.
    surface
        Surface of the grey matter, when there are many points; made when None.
    nearest
        Move a point outside grey matter to the nearest grey matter; without it such a point is refused.

    Raises
    ------
    InvalidInput
        For a head without grey matter, or a point more than 3 mm outside it; the nearest grey matter is named.
    """
    if not (mesh.tissue == GREY).any():
        raise InvalidInput("--head", head, "a mesh with grey matter (tag 2)", "Map your labels to SimNIBS tags.")
    found = closest_points(surface or tissue_surface(mesh, (GREY,)), point[None], candidates=200)
    off = 0.0 if in_tissue(mesh, point, GREY) else float(found.distance_m[0])
    if off <= OFF_GREY_M:
        return GreyRegion(roi_sphere(mesh, point, radius_m), 0.0)
    inward = found.points[0] - INWARD_M * found.normals[0]
    if not nearest:
        place = _mm(inward)
        raise InvalidInput(
            "--target", f"{title}, {off * 1000:.1f} mm outside grey matter",
            f"a point within {OFF_GREY_M * 1000:g} mm of it",
            f"The nearest grey matter lies at {place} mm: aim there (--target={place}), or say --nearest.",
        )  # fmt: skip
    return GreyRegion(roi_sphere(mesh, inward, radius_m), off)


def grey_under(mesh: TetMesh, pose: CoilPose, *, argument: str) -> Roi:
    """Grey matter around its element that the axis of a coil meets first.

    Parameters
    ----------
    argument
        Name under which the pose was given, for the error.

    Raises
    ------
    InvalidInput
        When the mesh has no grey matter, or the axis passes it by.
    """
    middles = mesh.nodes[mesh.tets[mesh.tissue == GREY]].mean(axis=1)
    if not middles.size:
        raise InvalidInput("--head", None, "a mesh with grey matter (tag 2)", "Map your labels to SimNIBS tags.")
    along = (middles - pose.center) @ pose.into_head
    aside = np.linalg.norm(middles - pose.center - along[:, None] * pose.into_head, axis=1)
    near = np.flatnonzero((aside < RADIUS_M) & (along > 0))
    if not near.size:
        raise InvalidInput(
            argument, "a coil whose axis meets no grey matter", "a place over the brain", "Give --target as well."
        )
    return roi_sphere(mesh, middles[near[int(along[near].argmin())]], RADIUS_M)


def in_tissue(mesh: TetMesh, point: FloatArray, tag: int) -> bool:
    """Whether a tetrahedron of a tissue holds the point."""
    corners = mesh.nodes[mesh.tets[mesh.tissue == tag]]
    near = (corners.min(axis=1) <= point).all(axis=1) & (corners.max(axis=1) >= point).all(axis=1)
    first = corners[near, :1]
    if not first.size:
        return False
    edges = np.swapaxes(corners[near, 1:] - first, 1, 2)
    share = np.linalg.solve(edges, (point - first[:, 0])[..., None])[..., 0]
    return bool(((share >= -1e-9).all(axis=1) & (share.sum(axis=1) <= 1 + 1e-9)).any())


def _mm(point: FloatArray) -> str:
    return ",".join(f"{v * 1000:.1f}" for v in point)
