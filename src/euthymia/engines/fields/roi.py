"""Region of interest: which elements count, and their shares in its mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh, tet_volumes

GREY_MATTER = (2,)
RADIUS_M = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Roi:
    """A region.

    Parameters
    ----------
    elements : (q,)
        Its elements.
    patches : (p, q)
        Share of each element in the mean of each patch; rows sum to one.
    weights : (p,)
        Share of each patch in the region; they sum to one.
    center : (3,)
        m.
    """

    elements: IntArray
    patches: FloatArray
    weights: FloatArray
    center: FloatArray


def roi_sphere(
    mesh: TetMesh,
    center: Any,
    radius_m: float = RADIUS_M,
    *,
    tissue: tuple[int, ...] = GREY_MATTER,
    n_patches: int = 1,
) -> Roi:
    """Elements of a tissue whose middle lies in a ball.

    Parameters
    ----------
    center : (3,)
        m, RAS.
    n_patches
        The strength of the mean vector is the default. Several patches give the mean of the strengths of their mean
        vectors, which comes nearer to the mean of the strength where the field turns inside the region; each patch
        costs three more solutions.

    Raises
    ------
    InvalidInput
        When the ball holds no such element (with the distance to the nearest one).
    """
    at = np.asarray(center, dtype=np.float64)
    if at.shape != (3,) or not np.isfinite(at).all():
        raise InvalidInput("center", at.tolist(), "a finite point (3,) in metres")
    if not (np.isfinite(radius_m) and 0 < radius_m < 0.1):
        raise InvalidInput("radius_m", radius_m, "a positive length below 0.1 m", "Did you mean millimetres?")
    if n_patches < 1:
        raise InvalidInput("n_patches", n_patches, "1 or more")
    middles = mesh.nodes[mesh.tets].mean(axis=1)
    distance = np.linalg.norm(middles - at, axis=1)
    allowed = np.isin(mesh.tissue, tissue)
    inside = np.flatnonzero(allowed & (distance <= radius_m))
    if not inside.size:
        nearest = float(distance[allowed].min()) if allowed.any() else np.inf
        raise InvalidInput(
            "center",
            f"{at.tolist()}, with no element of tissue {tissue} within {radius_m:g} m",
            "a point in or at that tissue",
            f"The nearest such element lies {nearest * 1e3:.1f} mm away: move the target there, or widen the radius.",
        )
    volumes = tet_volumes(mesh.nodes, mesh.tets)[inside]
    groups = _clusters(middles[inside], min(n_patches, inside.size))
    patches = np.zeros((int(groups.max()) + 1, inside.size))
    patches[groups, np.arange(inside.size)] = volumes
    shares = patches.sum(axis=1)
    return Roi(inside.astype(np.int64), patches / shares[:, None], shares / shares.sum(), at)


def _clusters(points: FloatArray, count: int) -> IntArray:
    """Groups of near points: farthest-point seeds, each point to its nearest seed; numbered without gaps."""
    seeds = [int(np.linalg.norm(points - points.mean(axis=0), axis=1).argmin())]
    nearest = np.linalg.norm(points - points[seeds[0]], axis=1)
    while len(seeds) < count:
        seeds.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.linalg.norm(points - points[seeds[-1]], axis=1))
    own = np.linalg.norm(points[:, None] - points[seeds], axis=2).argmin(axis=1)
    return np.asarray(np.unique(own, return_inverse=True)[1].reshape(-1), dtype=np.int64)
