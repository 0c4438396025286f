"""The room between the casing of a coil and the scalp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.engines.fields.casing_parts import (
    SAMPLE_STEP_M,
    Body,
    Clusters,
    body_of,
    connected_parts,
    is_closed,
    on_sharp_edges,
    sampled,
    thinned,
)
from euthymia.engines.fields.coil_model import CoilModel
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coil_sources import DipoleSource, SegmentSource
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.signed_distance import NEAR_M, SignedDistance

SAMPLE_SLACK_M = 1e-4
"""Taken off the room that is found, for rounded faces that meet between the points."""

HALF_THICK_M = 0.012
"""No corner of the scalp inside a casing is farther than this from every point of the casing."""

ASSUMED_FACE_M = 0.05
"""Radius of the flat face that stands for a coil of which only the field is known."""


@dataclass(frozen=True, slots=True, eq=False)
class CasingShape:
    """Casing of a coil for collision tests, in the frame of the coil.

    Parameters
    ----------
    points : (n, 3) float64
        Points of its surface (or of its conductor when no casing is known), m: on faces, and close together along sharp
        edges.
    bodies
        Closed parts, for points of the head that stick into a flat face; empty when no casing is known.
    is_known
        False when the file of the coil has no casing: then only the conductor and the face are kept out of the head; of
        a sampled field, a flat face of ``ASSUMED_FACE_M``.
    surfaces
        The parts of the casing; empty when it is not known.
    tree, clusters
        Search tree of ``points``, and the points by cubes.
    """

    points: FloatArray
    bodies: tuple[Body, ...]
    is_known: bool
    surfaces: tuple[Surface, ...]
    tree: Any
    clusters: Clusters

    @property
    def low(self) -> FloatArray:
        """Smallest coordinates, m, ``(3,)``."""
        return np.asarray(self.points.min(axis=0))

    @property
    def high(self) -> FloatArray:
        """Largest coordinates, m, ``(3,)``."""
        return np.asarray(self.points.max(axis=0))


def casing_shape(model: CoilModel, settings: tuple[float, ...] | None = None) -> CasingShape:
    """Casing of a coil, sampled; from the conductor and the plane of the face when the coil has no casing."""
    from scipy.spatial import cKDTree  # type: ignore[import-untyped,unused-ignore]

    surfaces = [part for surface in model.casings(settings) for part in connected_parts(surface)]
    if surfaces:
        faces = thinned(np.concatenate([sampled(s, SAMPLE_STEP_M) for s in surfaces]))
        edges = np.concatenate([on_sharp_edges(s) for s in surfaces])
        bodies = tuple(body_of(s, f"casing of {model.name}") for s in surfaces if is_closed(s))
        both = np.concatenate([faces, edges])
        return CasingShape(both, bodies, True, tuple(surfaces), cKDTree(both), Clusters.of(both))
    parts = []
    for _, source in model.sources(settings):
        if isinstance(source, DipoleSource):
            parts.append(source.positions)
        elif isinstance(source, SegmentSource):
            parts += [source.centers, source.centers + source.vectors / 2, source.centers - source.vectors / 2]
    if not parts:
        around = np.linspace(-ASSUMED_FACE_M, ASSUMED_FACE_M, 51)
        face = np.stack(np.meshgrid(around, around, (-0.001, 0.0)), axis=-1).reshape(-1, 3)
        parts = [face[np.hypot(face[:, 0], face[:, 1]) <= ASSUMED_FACE_M]]
    points = np.concatenate(parts)
    if (points[:, 2] <= 0).all():
        points = np.vstack([points, points * (1.0, 1.0, 0.0)])
    kept = thinned(points)
    return CasingShape(kept, (), False, (), cKDTree(kept), Clusters.of(kept))


def room(shape: CasingShape, pose: CoilPose, scalp: SignedDistance) -> float:
    """Smallest distance between casing and scalp, m; negative when they intersect.

    Points of the casing against the triangles of the scalp, and corners of the scalp against the closed parts of the
    casing; :data:`SAMPLE_SLACK_M` is taken off for what lies between the points.
    """
    turn, center = pose.matrix[:3, :3], pose.matrix[:3, 3]
    smallest = scalp.smallest(_candidates(shape.clusters, turn, center, scalp) @ turn.T + center)
    if shape.bodies:
        local = (scalp.nodes - center) @ turn
        reach = max(smallest, 0.0) + 1e-6
        near = local[((local > shape.low - reach) & (local < shape.high + reach)).all(axis=1)]
        near = near[shape.tree.query(near)[0] < reach + HALF_THICK_M] if near.size else near
        if near.size:
            smallest = min(smallest, *(body.smallest(near) for body in shape.bodies))
    return smallest - SAMPLE_SLACK_M


def _candidates(clusters: Clusters, turn: FloatArray, center: FloatArray, scalp: SignedDistance) -> FloatArray:
    """Points of the casing among which the nearest to the scalp is, and the deepest inside."""
    middles = clusters.centers @ turn.T + center
    far, index = scalp.tree.query(middles)
    ahead = np.einsum("ij,ij->i", middles - scalp.centroids[index], scalp.normals[index, 0])
    kept = np.zeros(len(middles), dtype=np.bool_)
    kept[np.argsort(far)[:2]] = kept[np.argsort(ahead)[:3]] = True
    first = scalp.smallest(clusters.members(kept) @ turn.T + center)
    return clusters.members(kept | (far - clusters.radii - scalp.reach < max(first, NEAR_M)))
