"""Tissue labels on a grid of voxels, and their smoothed indicators that can be read at any point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import TISSUE_TAGS, FloatArray

LabelArray = NDArray[np.uint8]
SMOOTHING_VOXELS = 0.7
"""Standard deviation of the Gaussian that turns labels into indicators; enough to hide the steps of the voxels."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelVolume:
    """Segmented head.

    Parameters
    ----------
    labels : (i, j, k) uint8
        SimNIBS volume tags, 0 for air and background.
    affine : (4, 4) float64
        From voxel indices (voxel centers are whole numbers) to RAS metres.
    """

    labels: LabelArray
    affine: FloatArray

    def __post_init__(self) -> None:
        labels = np.asarray(self.labels)
        if labels.ndim != 3 or labels.size == 0:
            raise InvalidInput("labels", f"of shape {labels.shape}", "a volume (i, j, k)")
        if not np.issubdtype(labels.dtype, np.integer):
            raise InvalidInput("labels", f"of type {labels.dtype}", "whole numbers", "Round only if they are labels.")
        lowest, highest = int(labels.min()), int(labels.max())
        if lowest < 0 or highest > TISSUE_TAGS[-1]:
            raise InvalidInput(
                "labels", f"from {lowest} to {highest}", "0 (background) and the SimNIBS tags 1 to 12",
                "Name the scheme of your segmentation when you read it, or map its labels to these tags.",
            )  # fmt: skip
        if highest == 0:
            raise InvalidInput("labels", "0 everywhere", "at least one voxel of tissue")
        object.__setattr__(self, "labels", np.ascontiguousarray(labels, dtype=np.uint8))
        object.__setattr__(self, "affine", checked_affine("affine", self.affine))

    def voxel_volume_m3(self) -> float:
        """Volume of one voxel, m³."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))

    def voxel_sizes_m(self) -> FloatArray:
        """Edge of a voxel along each axis of the grid, m, ``(3,)``."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    def volumes_m3(self) -> dict[int, float]:
        """Volume of each tissue that occurs, m³, by tag."""
        counts = np.bincount(self.labels.ravel(), minlength=TISSUE_TAGS[-1] + 1)
        return {tag: float(counts[tag]) * self.voxel_volume_m3() for tag in TISSUE_TAGS if counts[tag]}

    def indices_of(self, points: FloatArray) -> FloatArray:
        """Positions ``(n, 3)`` in m as (fractional) voxel indices ``(n, 3)``."""
        back = np.linalg.inv(self.affine)
        return np.asarray(points @ back[:3, :3].T + back[:3, 3])

    def at(self, points: FloatArray, mask: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
        """Label (or value of ``mask``, of the same grid) of the voxel that holds each point; 0 outside the grid."""
        index = np.rint(self.indices_of(points)).astype(np.int64)
        within = ((index >= 0) & (index < self.labels.shape)).all(axis=1)
        found = np.zeros(points.shape[0], dtype=np.uint8)
        found[within] = (self.labels if mask is None else mask)[tuple(index[within].T)]
        return found

    def near(self, tags: Sequence[int] | None, distance_m: float) -> NDArray[np.bool_]:
        """Voxels within a box of half-width ``distance_m`` of a voxel with one of ``tags`` (None: of any tissue)."""
        from scipy.ndimage import maximum_filter  # type: ignore[import-untyped,unused-ignore]

        hit = self.labels > 0 if tags is None else np.isin(self.labels, tags)
        size = 2 * np.ceil(distance_m / self.voxel_sizes_m()).astype(int) + 1
        return np.asarray(maximum_filter(hit.astype(np.uint8), size=tuple(size), mode="constant") > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Indicators:
    """Smoothed indicator of each tissue: about 1 inside it, 1/2 on its surface, 0 outside.

    ``tags (l,)``; ``fields (l + 1, i, j, k) float32``, the last one that of the outside; ``to_index (4, 4)`` from RAS
    metres to indices of the fields.
    """

    tags: NDArray[np.int64]
    fields: NDArray[np.float32]
    to_index: FloatArray

    def sample(self, points: FloatArray) -> NDArray[np.float32]:
        """Indicators at points ``(n, 3)``, trilinear, ``(l, n)``; 0 beyond the grid."""
        from scipy.ndimage import map_coordinates  # type: ignore[import-untyped,unused-ignore]

        index = (points @ self.to_index[:3, :3].T + self.to_index[:3, 3]).T
        found = np.empty((self.tags.size, points.shape[0]), dtype=np.float32)
        for row, field in zip(found, self.fields[:-1], strict=True):
            map_coordinates(field, index, output=row, order=1, mode="constant", cval=0.0, prefilter=False)
        return found

    def with_slope(self, points: FloatArray, which: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
        """Indicator number ``which (n,)`` at each point ``(n, 3)`` and its gradient, per m, ``(n, 3)``; trilinear."""
        size = np.array(self.fields.shape[1:])
        index = np.clip(points @ self.to_index[:3, :3].T + self.to_index[:3, 3], 0.0, size - 1.001)
        low = index.astype(np.int64)
        x, y, z = (index - low).T
        stride = np.array((size[1] * size[2], size[2], 1))
        start = which * int(size.prod()) + low @ stride
        flat = self.fields.reshape(-1)
        v = [[[flat[start + i * stride[0] + j * stride[1] + k] for k in (0, 1)] for j in (0, 1)] for i in (0, 1)]
        along_z = [[v[i][j][0] * (1 - z) + v[i][j][1] * z for j in (0, 1)] for i in (0, 1)]
        along_yz = [along_z[i][0] * (1 - y) + along_z[i][1] * y for i in (0, 1)]
        slope_z = [[v[i][j][1] - v[i][j][0] for j in (0, 1)] for i in (0, 1)]
        slope = np.column_stack(
            (
                along_yz[1] - along_yz[0],
                (along_z[0][1] - along_z[0][0]) * (1 - x) + (along_z[1][1] - along_z[1][0]) * x,
                (slope_z[0][0] * (1 - y) + slope_z[0][1] * y) * (1 - x)
                + (slope_z[1][0] * (1 - y) + slope_z[1][1] * y) * x,
            )
        )
        return along_yz[0] * (1 - x) + along_yz[1] * x, slope @ self.to_index[:3, :3]


def indicators(volume: LabelVolume, *, smoothing_voxels: float = SMOOTHING_VOXELS) -> Indicators:
    """Blur the indicator of every tissue of a volume.

    Parameters
    ----------
    volume
        The labels. Beyond the grid there is background.
    smoothing_voxels
        Standard deviation of the Gaussian, in voxels.
    """
    from scipy.ndimage import gaussian_filter  # type: ignore[import-untyped,unused-ignore]

    if not (np.isfinite(smoothing_voxels) and 0 < smoothing_voxels <= 5):
        raise InvalidInput("smoothing_voxels", smoothing_voxels, "above 0, at most 5 voxels")
    margin = int(np.ceil(3 * smoothing_voxels)) + 1
    filled = np.argwhere(_any_along(volume.labels))
    low, high = filled.min(axis=0), filled.max(axis=0) + 1
    cropped = volume.labels[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    padded = np.pad(cropped, margin)
    tags = np.array(sorted(volume.volumes_m3()), dtype=np.int64)
    fields = np.empty((tags.size + 1, *padded.shape), dtype=np.float32)
    for field, tag in zip(fields[:-1], tags, strict=True):
        gaussian_filter(
            (padded == tag).astype(np.float32), smoothing_voxels, output=field, mode="constant", truncate=3.0
        )
    np.subtract(1.0, fields[:-1].sum(axis=0), out=fields[-1])
    to_index = np.asarray(np.linalg.inv(volume.affine), dtype=np.float64)
    to_index[:3, 3] += margin - low
    return Indicators(tags, fields, to_index)


def checked_affine(name: str, affine: object) -> FloatArray:
    """Return a 4 × 4 affine as float64, or refuse it: not finite, not invertible, or with a wrong last row."""
    matrix = np.array(affine, dtype=np.float64)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
        raise InvalidInput(name, f"of shape {matrix.shape}", "a finite (4, 4) matrix")
    if not np.allclose(matrix[3], (0, 0, 0, 1)):
        raise InvalidInput(name, f"ending in {matrix[3].tolist()}", "a last row of 0 0 0 1", "Was it transposed?")
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if lengths.min() == 0 or abs(np.linalg.det(matrix[:3, :3] / np.maximum(lengths, 1e-300))) < 1e-6:
        raise InvalidInput(name, "not invertible", "an affine whose three axes are independent")
    return matrix


def _any_along(labels: LabelArray) -> NDArray[np.bool_]:
    """Filled voxels, thinned to the planes that bound them (cheap for argwhere)."""
    hit = labels > 0
    edges = [np.flatnonzero(hit.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    thin = np.zeros(labels.shape, dtype=bool)
    thin[edges[0][0], edges[1][0], edges[2][0]] = thin[edges[0][-1], edges[1][-1], edges[2][-1]] = True
    return thin
