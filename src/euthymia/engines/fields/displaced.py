"""Placements scattered around a wanted one, each clear of the scalp, and the mean fields they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from euthymia.engines.fields.coil_sources import CoilSource, DipoleSource
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.placement_grid import PlacementGrid
from euthymia.engines.fields.reciprocity import CurrentElements

if TYPE_CHECKING:
    from euthymia.engines.fields.robust import PlacementError

ERRORS = 5
"""Drawn for each placement: two shifts along the scalp, yaw, two tilts."""

_AT_ONCE = 1 << 15


def displaced_poses(
    grid: PlacementGrid, offset_m: FloatArray, angle_rad: float, error: PlacementError, draws: FloatArray
) -> FloatArray:
    """Poses around a placement of the grid, ``(n, 4, 4)``.

    Parameters
    ----------
    offset_m : (2,), angle_rad
        The wanted placement.
    draws : (n, 5 or more)
        Standard normal: shifts, yaw, tilts.
    """
    offsets = offset_m + error.shift_m * draws[:, :2]
    return grid.poses(offsets, angle_rad + error.yaw_rad * draws[:, 2], error.tilt_rad * draws[:, 3:ERRORS])


def fields_at(elements: CurrentElements, source: CoilSource, poses: FloatArray, slope_a_s: float = 1.0) -> FloatArray:
    """Mean field of each patch for each pose, V/m, ``(n, p, 3)``; dipoles go side by side, other coils one by one."""
    if not isinstance(source, DipoleSource):
        return np.array([elements.field(source.moved(pose), slope_a_s) for pose in poses])
    parts = []
    step = max(1, _AT_ONCE // source.n_elements)
    for first in range(0, len(poses), step):
        some = poses[first : first + step]
        positions = np.einsum("cij,dj->cdi", some[:, :3, :3], source.positions) + some[:, None, :3, 3]
        moments = np.einsum("cij,dj->cdi", some[:, :3, :3], source.moments_per_ampere) * slope_a_s
        parts.append(elements.field_of_dipoles(positions, moments))
    return np.concatenate(parts)
