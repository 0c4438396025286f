"""Coils that might be: random loops and pairs of loops over the scalp, which say what a basis has to be good at."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_sources import SegmentSource
from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface
from euthymia.engines.fields.surfaces import node_normals

RADII_M = (0.008, 0.065)
"""Radius of a loop, drawn evenly on a logarithmic scale: from a small animal coil to a wide circular one."""
TILTS_RAD = (-0.15, 0.80)
"""Angle of the wings of a pair towards the head: flat coils, and wings that embrace it."""
LEAN_RAD = 0.35
"""Largest lean of a single loop off the scalp."""
APART = (0.5, 1.3)
"""Distance of the middle of a wing from that of the pair, in radii."""
FARTHER_M = 0.006
"""Mean of the exponential distance beyond the least one."""
_PIECES = 36
_STEP_M = 0.002
_STEPS = 80


def prior_coils(
    scalp: Surface, near: IntArray, count: int, *, clear_m: float, seed: int = 0
) -> tuple[SegmentSource, ...]:
    """Random coils: loops, pairs with opposite currents side by side, in every direction, outside the head.

    Parameters
    ----------
    scalp
        Outer surface of the head.
    near : (c,)
        Nodes of the scalp that coils may be over.
    clear_m
        Least distance from the conductor to the nodes of the scalp.

    Notes
    -----
    Any current outside a head is a sum of loops, so these span what any coil can make; how often each shape is drawn
    only weighs the modes. No coil of the tables is among them.
    """
    if not (0 < clear_m < 0.05 and near.size and count > 0):
        raise InvalidInput("clear_m, near, count", (clear_m, near.size, count), "0 to 0.05 m, some nodes, at least 1")
    from scipy.spatial import KDTree  # type: ignore[import-untyped,unused-ignore]

    draw, normals, tree = np.random.default_rng(seed), node_normals(scalp), KDTree(scalp.nodes)
    coils = []
    for node in draw.choice(near, count):
        up = normals[node]
        rings = _rings(draw, up)
        lift = clear_m
        for _ in range(_STEPS):
            away, nearest = tree.query(np.concatenate(rings) + scalp.nodes[node] + lift * up)
            gap = np.concatenate(rings) + scalp.nodes[node] + lift * up - scalp.nodes[nearest]
            inside = np.einsum("ij,ij->i", gap, normals[nearest]) < 0
            if float(np.where(inside, -away, away).min()) >= clear_m:
                break
            lift += _STEP_M
        shift = scalp.nodes[node] + (lift + draw.exponential(FARTHER_M)) * up
        centers = np.concatenate([(ring[1:] + ring[:-1]) / 2 for ring in rings]) + shift
        coils.append(SegmentSource.whole_wires(centers, np.concatenate([np.diff(ring, axis=0) for ring in rings])))
    return tuple(coils)


def _rings(draw: np.random.Generator, up: FloatArray) -> list[FloatArray]:
    """Closed polygons ``(pieces + 1, 3)`` of one coil around the origin."""
    along = np.cross(up, draw.standard_normal(3))
    along /= np.linalg.norm(along)
    across = np.cross(up, along)
    radius = float(np.exp(draw.uniform(*np.log(RADII_M))))
    phase = 2 * np.pi * np.arange(_PIECES + 1) / _PIECES
    if draw.integers(3) == 0:
        lean = draw.uniform(0, LEAN_RAD)
        leaning = np.cos(lean) * across + np.sin(lean) * up
        return [radius * (np.cos(phase)[:, None] * along + np.sin(phase)[:, None] * leaning)]
    tilt, apart = draw.uniform(*TILTS_RAD), draw.uniform(*APART)
    rings = []
    for side in (1.0, -1.0):
        # The axis of the second wing is mirrored, so its current runs the other way round.
        wing = side * np.cos(tilt) * along - np.sin(tilt) * up
        rings.append(radius * (apart * wing + np.cos(phase)[:, None] * wing + np.sin(phase)[:, None] * across))
    return rings
