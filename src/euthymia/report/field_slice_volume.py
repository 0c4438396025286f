"""Tissues and strength of a field as one small volume, from which the page draws slices anywhere."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.grid import elements_on, grid_over
from euthymia.engines.fields.nifti import tissue_names
from euthymia.report.field_measures import BRAIN, PlacedField
from euthymia.report.field_slices import RING_MM, TISSUE_COLORS, WHITE_SHADE, DrawnCut

FINEST_M = 0.0015
MOST_VOXELS = 3_500_000
"""The step grows until a head has no more voxels, so that the page stays below 4 MB."""


def slice_scene(placed: PlacedField, views: tuple[DrawnCut, ...], scale_v_m: float) -> dict[str, Any]:
    """What the script needs (mm): volume, planes, colors, the target and the strongest place of the grey matter.

    ``labels``: runs of equal tags along the last axis, a byte with the tag in its upper half and the length in the
    lower one, or 0 there and the length in two more bytes. ``strength``: a byte for each voxel of brain, in order, in
    254 steps up to the scale; 255 is above it.
    """
    step = FINEST_M
    while True:
        grid = grid_over(placed.mesh, step)
        if np.prod(grid.shape) <= MOST_VOXELS:
            break
        step *= 1.1
    elements = elements_on(placed.mesh, grid).ravel()
    tags = np.where(elements >= 0, placed.mesh.tissue[elements], 0).astype(np.uint8)
    strength = placed.strength_v_m[elements[np.isin(tags, BRAIN)]]
    steps = np.where(strength > scale_v_m, 255, np.rint(254 * strength / scale_v_m))
    grey = np.flatnonzero(placed.mesh.tissue == 2)
    best = grey[int(placed.strength_v_m[grey].argmax())]
    return {
        "shape": list(grid.shape), "step": 1000 * step, "low": (1000 * grid.affine[:3, 3]).tolist(),
        "labels": _text(runs(tags)), "strength": _text(steps.astype(np.uint8)), "scale": scale_v_m,
        "tissues": {str(tag): list(color) for tag, color in TISSUE_COLORS.items()}, "shade": WHITE_SHADE,
        "ring": RING_MM,
        "names": [[tag, name] for tag, name in tissue_names().items()],
        "target": (1000 * placed.roi.center).tolist(),
        "strongest": (1000 * placed.mesh.nodes[placed.mesh.tets[best]].mean(axis=0)).tolist(),
        "views": [
            {
                "name": v.cut.name, "right": v.cut.right.tolist(), "down": v.cut.down.tolist(),
                "across": v.cut.across.tolist(), "corner": (1000 * v.cut.corner).tolist(),
                "size": [1000 * v.cut.width_m, 1000 * v.cut.height_m],
            }
            for v in views
        ],
    }  # fmt: skip


def runs(tags: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Encode tags as runs; see :func:`slice_scene`."""
    first = np.concatenate([[0], np.flatnonzero(np.diff(tags)) + 1])
    lengths = np.diff(np.concatenate([first, [tags.size]]))
    coded = bytearray()
    for tag, length in zip(tags[first].tolist(), lengths.tolist(), strict=True):
        left = length
        while left > 15:
            part = min(left, 65535)
            coded += bytes((tag << 4, part & 255, part >> 8))
            left -= part
        if left:
            coded.append(tag << 4 | left)
    return np.frombuffer(bytes(coded), dtype=np.uint8)


def _text(values: NDArray[np.uint8]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()
