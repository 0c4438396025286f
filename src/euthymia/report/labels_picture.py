"""Slices of an image with the borders of its tissues drawn on, and the same slices painted by tissue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.segment import Segmentation

ZOOM = 3
BORDERS = (
    ("scalp", (1, 2, 3, 4, 5), (64, 190, 90)),
    ("outer skull", (1, 2, 3, 4), (255, 150, 40)),
    ("inner skull", (1, 2, 3), (70, 190, 255)),
    ("grey matter", (1, 2), (255, 70, 90)),
    ("white matter", (1,), (250, 230, 60)),
)
"""Name, tags inside and color; later ones lie over earlier ones."""
LETTERS = {"sagittal": ("P", "A"), "coronal": ("L", "R"), "axial": ("L", "R")}

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class LabelSlice:
    """One slice: plane, place (mm of the image), letters of its sides, and two pictures ``(h, w, 4)``."""

    plane: str
    place: str
    letters: tuple[str, str]
    plain: Pixels
    drawn: Pixels


def label_slices(found: Segmentation) -> tuple[LabelSlice, ...]:
    """Sagittal (a little beside the middle), coronal and axial slice through the brain; left is left."""
    tags = found.labels.labels
    inside = np.argwhere(np.isin(tags, (1, 2))[::2, ::2, ::2]) * 2
    low, high = inside.min(axis=0), inside.max(axis=0)
    at = np.rint(low + np.array((0.35, 0.55, 0.6)) * (high - low)).astype(int)
    top = float(np.quantile(found.image.values[np.isin(tags, (1, 2))][::11], 0.995)) * 1.15
    result = []
    for axis, plane in enumerate(("sagittal", "coronal", "axial")):
        cut = tuple(int(at[axis]) if a == axis else slice(None) for a in range(3))
        gray = _upright(found.image.values[cut])
        labels = _upright(tags[cut])
        level = np.rint(255 * np.clip(gray / top, 0, 1)).astype(np.uint8)
        middle = found.labels.affine @ np.append(at, 1.0)
        place = f"{'xyz'[axis]} = {1000 * middle[axis]:.0f} mm"
        result.append(LabelSlice(plane, place, LETTERS[plane], _gray(level), _bordered(level, labels)))
    return tuple(result)


def _upright(plane: NDArray[Any]) -> NDArray[Any]:
    """Rows from top to bottom, columns from left to right."""
    return np.flip(plane.T, axis=0)


def _gray(level: Pixels) -> Pixels:
    large = np.kron(level, np.ones((ZOOM, ZOOM), dtype=np.uint8))
    return np.stack([large, large, large, np.full_like(large, 255)], axis=-1)


def _bordered(level: Pixels, labels: NDArray[Any]) -> Pixels:
    picture = _gray(level)
    large = np.kron(labels, np.ones((ZOOM, ZOOM), dtype=np.uint8))
    for _, tags, color in BORDERS:
        mask = np.isin(large, tags)
        edge = np.zeros_like(mask)
        edge[1:] |= mask[1:] != mask[:-1]
        edge[:, 1:] |= mask[:, 1:] != mask[:, :-1]
        picture[edge, :3] = color
    return picture
