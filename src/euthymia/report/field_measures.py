"""What is said of one computed field: its peak, what reaches the target, how wide and how deep it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.engines.fields.coil_model import CoilModel
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.evaluate import normal_and_tangential
from euthymia.engines.fields.mesh import FloatArray, Surface, TetMesh, tet_volumes
from euthymia.engines.fields.nifti import tissue_names
from euthymia.engines.fields.roi import Roi
from euthymia.engines.fields.solve import FieldResult
from euthymia.engines.fields.surfaces import closest_points, node_normals, triangle_normals
from euthymia.engines.fields.topology import faces_of, without_unused_nodes

PEAK_SHARE = 0.999
"""The peak is the strength that 99.9 % of the grey matter stays below: the maximum itself is one element's."""

BRAIN = (1, 2)
GREY = 2


@dataclass(frozen=True, slots=True, eq=False)
class PlacedField:
    """A coil at a pose on a head, and its field.

    ``slope_a_s``: slope of the current; ``notes``: what has to be said beside the numbers; ``scalp``: outer surface;
    ``is_mni``: whether the coordinates of the head are MNI's.
    """

    head_name: str
    statement: str
    scalp: Surface
    coil: CoilModel
    pose: CoilPose
    slope_a_s: float
    target_title: str
    roi: Roi
    result: FieldResult
    notes: tuple[str, ...] = ()
    is_mni: bool = False

    @property
    def mesh(self) -> TetMesh:
        """The head."""
        return self.result.system.space.mesh

    @property
    def strength_v_m(self) -> FloatArray:
        """Strength at the middle of each element, V/m, ``(e,)``."""
        return np.asarray(np.linalg.norm(self.result.field_v_m[:, :, 0], axis=1))


@dataclass(frozen=True, slots=True)
class TissueField:
    """Field in one tissue: its volume, the mean, the strength that 99.9 % of it stays below, and the highest."""

    tag: int
    tissue: str
    volume_m3: float
    mean_v_m: float
    peak_v_m: float
    highest_v_m: float


@dataclass(frozen=True, slots=True)
class FieldMeasures:
    """Numbers of a field.

    ``peak_v_m``, ``highest_v_m``: 99.9th percentile and maximum over grey matter. ``outward_v_m``, ``inward_v_m``: the
    component along the normal that leaves and that enters the brain's surface, which 99.9 % of its area stays below.
    ``target_v_m``: volume mean in the region. ``half_volume_m3``: grey matter with at least half of the peak;
    ``half_area_m2``: the same of the brain's surface. ``reach_m``: how far below the scalp brain with at least half of
    the peak is found. ``target_depth_m``: target below the scalp. ``coil_to_target_m``. ``error``, ``grey_error``:
    estimated relative error of the finite elements in the head and in grey matter. ``tissues``: the field in each
    tissue of the mesh.
    """

    peak_v_m: float
    highest_v_m: float
    outward_v_m: float
    inward_v_m: float
    target_v_m: float
    half_volume_m3: float
    half_area_m2: float
    reach_m: float
    target_depth_m: float
    coil_to_target_m: float
    error: float | None
    grey_error: float | None
    tissues: tuple[TissueField, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PaintedCortex:
    """Surface of the brain with, at each node, the strength and the outward component of the field just inside, V/m."""

    surface: Surface
    strength_v_m: FloatArray
    outward_v_m: FloatArray


def painted_cortex(placed: PlacedField) -> PaintedCortex:
    """Field at the nodes of the brain's surface, on the side of grey matter where grey matter is.

    Notes
    -----
    The mean, by volume, of the elements at a node, each taken at its middle: the field about a quarter of an element
    below the surface. At the corners themselves a single thin element can be far off.
    """
    mesh = placed.mesh
    brain = np.flatnonzero(np.isin(mesh.tissue, BRAIN))
    faces = faces_of(mesh.tets[brain])
    used, triangles = without_unused_nodes(mesh.nodes.shape[0], faces.corners[faces.owners[:, 1] < 0])
    row = np.full(mesh.nodes.shape[0], -1, dtype=np.int64)
    row[used] = np.arange(mesh.nodes[used].shape[0])
    at = row[mesh.tets[brain]]
    element, corner = np.nonzero(at >= 0)
    node, element = at[element, corner], brain[element]
    field = placed.result.field_v_m[element]
    weight = tet_volumes(mesh.nodes, mesh.tets)[element] * np.where(mesh.tissue[element] == GREY, 1.0, 1e-9)
    count = int(node.max()) + 1
    total = np.bincount(node, weight, count)
    mean = np.stack([np.bincount(node, weight * field[:, axis, 0], count) / total for axis in range(3)], axis=1)
    surface = Surface(mesh.nodes[used], triangles)
    outward, _ = normal_and_tangential(mean[:, :, None], node_normals(surface))
    return PaintedCortex(surface, np.linalg.norm(mean, axis=1), outward[:, 0])


def measures(placed: PlacedField, cortex: PaintedCortex) -> FieldMeasures:
    """Measure a field; definitions are those of :class:`FieldMeasures`."""
    mesh, strength, roi = placed.mesh, placed.strength_v_m, placed.roi
    volume = tet_volumes(mesh.nodes, mesh.tets)
    grey = np.flatnonzero(mesh.tissue == GREY)
    peak = highest_share(strength[grey], volume[grey])
    areas = np.linalg.norm(triangle_normals(cortex.surface), axis=1)
    painted = cortex.strength_v_m[cortex.surface.triangles].mean(axis=1)
    share = node_areas(cortex.surface)
    strong = np.flatnonzero(np.isin(mesh.tissue, BRAIN) & (strength >= peak / 2))
    below = closest_points(placed.scalp, np.vstack([roi.center[None], mesh.nodes[mesh.tets[strong]].mean(axis=1)]))
    weights = volume[roi.elements]
    estimate = placed.result.error
    return FieldMeasures(
        peak_v_m=peak,
        highest_v_m=float(strength[grey].max()),
        outward_v_m=max(highest_share(cortex.outward_v_m, share), 0.0),
        inward_v_m=max(highest_share(-cortex.outward_v_m, share), 0.0),
        target_v_m=float(weights @ strength[roi.elements] / weights.sum()),
        half_volume_m3=float(volume[grey][strength[grey] >= peak / 2].sum()),
        half_area_m2=float(areas[painted >= peak / 2].sum()),
        reach_m=float(below.distance_m[1:].max(initial=0.0)),
        target_depth_m=float(below.distance_m[0]),
        coil_to_target_m=float(np.linalg.norm(placed.pose.center - roi.center)),
        error=None if estimate is None else float(estimate.relative[0]),
        grey_error=None if estimate is None else float(estimate.by_tissue[GREY][0]),
        tissues=_by_tissue(mesh, strength, volume),
    )


def _by_tissue(mesh: TetMesh, strength: FloatArray, volume: FloatArray) -> tuple[TissueField, ...]:
    names = tissue_names()
    found = []
    for tag in np.unique(mesh.tissue).tolist():
        here = mesh.tissue == tag
        size = float(volume[here].sum())
        mean = float(strength[here] @ volume[here]) / size
        peak = highest_share(strength[here], volume[here])
        found.append(TissueField(tag, names[tag], size, mean, peak, float(strength[here].max())))
    return tuple(found)


def node_areas(surface: Surface) -> FloatArray:
    """A third of the area of the triangles at each node, m², ``(n,)``."""
    area = np.linalg.norm(triangle_normals(surface), axis=1)
    total = np.bincount(surface.triangles.ravel(), np.repeat(area / 3, 3), surface.nodes.shape[0])
    return np.asarray(total, dtype=np.float64)


def highest_share(values: FloatArray, sizes: FloatArray) -> float:
    """The value that 99.9 % of the size (volume, area) stays below."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(sizes[order]) / sizes.sum()
    return float(values[order[min(int(np.searchsorted(share, PEAK_SHARE)), order.size - 1)]])
