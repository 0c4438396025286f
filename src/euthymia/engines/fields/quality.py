"""Quality of a tetrahedral mesh: angles, radius ratios, volumes per tissue, parts joined by faces, worst elements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh, tet_volumes
from euthymia.engines.fields.topology import EDGE_CORNERS, face_components


@dataclass(frozen=True, slots=True)
class MeshQuality:
    """What is known of a mesh's shape.

    ``smallest/largest_dihedral_deg``: extremes over all six angles of all elements; ``dihedral_percentiles_deg`` at
    1, 50 and 99 %. ``radius_ratio_*``: three times inscribed over circumscribed radius, 1 for a regular tetrahedron.
    ``volume_m3`` and ``tets_by_tissue``: pairs (tag, value) in rising order of tags. ``components``: parts joined by
    faces, 1 for a sound head. ``worst``: the elements of smallest radius ratio, worst first. Lengths in metres.
    """

    nodes: int
    tets: int
    edge_mean_m: float
    edge_shortest_m: float
    edge_longest_m: float
    smallest_dihedral_deg: float
    largest_dihedral_deg: float
    dihedral_percentiles_deg: tuple[float, float, float]
    radius_ratio_worst: float
    radius_ratio_percent1: float
    radius_ratio_mean: float
    volume_m3: tuple[tuple[int, float], ...]
    tets_by_tissue: tuple[tuple[int, int], ...]
    components: int
    worst: tuple[int, ...]


def quality(mesh: TetMesh, *, worst: int = 10) -> MeshQuality:
    """Measure a mesh.

    Parameters
    ----------
    mesh
        The mesh; inverted elements were refused when it was made.
    worst
        How many of the worst elements to name.

    References
    ----------
    Shewchuk 2002, What is a good linear finite element? (measures of element shape).
    """
    lengths = edge_lengths(mesh.nodes, mesh.tets)
    angles = dihedral_angles(mesh.nodes, mesh.tets)
    ratio = radius_ratios(mesh.nodes, mesh.tets)
    volumes = tet_volumes(mesh.nodes, mesh.tets)
    tags, index = np.unique(mesh.tissue, return_inverse=True)
    low, middle, high = np.degrees(np.percentile(angles, (1.0, 50.0, 99.0)))
    order = np.argsort(ratio, kind="stable")[:worst]
    return MeshQuality(
        nodes=mesh.nodes.shape[0],
        tets=mesh.tets.shape[0],
        edge_mean_m=float(lengths.mean()),
        edge_shortest_m=float(lengths.min()),
        edge_longest_m=float(lengths.max()),
        smallest_dihedral_deg=float(np.degrees(angles.min())),
        largest_dihedral_deg=float(np.degrees(angles.max())),
        dihedral_percentiles_deg=(float(low), float(middle), float(high)),
        radius_ratio_worst=float(ratio.min()),
        radius_ratio_percent1=float(np.percentile(ratio, 1.0)),
        radius_ratio_mean=float(ratio.mean()),
        volume_m3=tuple(zip(tags.tolist(), np.bincount(index, weights=volumes).tolist(), strict=True)),
        tets_by_tissue=tuple(zip(tags.tolist(), np.bincount(index).tolist(), strict=True)),
        components=face_components(mesh.tets)[0],
        worst=tuple(order.tolist()),
    )


def edge_lengths(nodes: FloatArray, tets: IntArray) -> FloatArray:
    """Length of the six edges of each tetrahedron, m, ``(e, 6)``."""
    ends = nodes[tets[:, EDGE_CORNERS]]
    return np.asarray(np.linalg.norm(ends[:, :, 1] - ends[:, :, 0], axis=2))


def dihedral_angles(nodes: FloatArray, tets: IntArray) -> FloatArray:
    """Angle between the two faces at each edge, rad, ``(e, 6)``, in the order of ``EDGE_CORNERS``."""
    normals = _unit_face_normals(nodes, tets)
    # Edge (i, j) lies in the two faces opposite to the other corners: those of edge 5 - k.
    first, second = normals[:, EDGE_CORNERS[::-1, 0]], normals[:, EDGE_CORNERS[::-1, 1]]
    cosine = -np.einsum("ekx,ekx->ek", first, second)
    return np.asarray(np.arccos(np.clip(cosine, -1.0, 1.0)))


def radius_ratios(nodes: FloatArray, tets: IntArray) -> FloatArray:
    """Three times the inscribed over the circumscribed radius of each tetrahedron, ``(e,)``; 1 when regular."""
    a = nodes[tets[:, 0]]
    b, c, d = (nodes[tets[:, i]] - a for i in (1, 2, 3))
    bc, cd, db = np.cross(b, c), np.cross(c, d), np.cross(d, b)
    six_volumes = np.einsum("ij,ij->i", bc, d)
    areas = 0.5 * sum(np.linalg.norm(x, axis=1) for x in (bc, cd, db, np.cross(c - b, d - b)))
    square = [np.einsum("ij,ij->i", x, x)[:, None] for x in (b, c, d)]
    centre = np.linalg.norm(square[0] * cd + square[1] * db + square[2] * bc, axis=1)
    # r = 3 V / area and R = centre / (12 V)
    return np.asarray(3.0 * (0.5 * six_volumes / areas) * (2.0 * six_volumes / centre))


def _unit_face_normals(nodes: FloatArray, tets: IntArray) -> FloatArray:
    a, b, c, d = (nodes[tets[:, i]] for i in range(4))
    normals = np.stack(
        (np.cross(c - b, d - b), np.cross(d - a, c - a), np.cross(b - a, d - a), np.cross(c - a, b - a)), axis=1
    )
    return np.asarray(normals / np.linalg.norm(normals, axis=2, keepdims=True))
