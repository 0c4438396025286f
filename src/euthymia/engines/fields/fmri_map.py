"""A map of connectivity with the subgenual cingulate in MNI space, and the mask that is searched in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from euthymia.core.errors import InvalidInput, MissingExtra
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.targets import mni_points

MASK_RADIUS_M = 0.020

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ConnectivityMap:
    """Correlation (or Fisher z) of every voxel with the subgenual seed, in MNI space.

    Parameters
    ----------
    values : (i, j, k) float64
        Not a number where there is no data.
    affine : (4, 4)
        From voxel indices to MNI m, RAS.
    """

    values: FloatArray
    affine: FloatArray

    def __post_init__(self) -> None:
        values, affine = np.asarray(self.values, dtype=np.float64), np.asarray(self.affine, dtype=np.float64)
        if values.ndim != 3 or values.size == 0:
            raise InvalidInput("values", f"of shape {values.shape}", "one volume (i, j, k), not a time series")
        if affine.shape != (4, 4) or not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-18:
            raise InvalidInput("affine", affine.tolist(), "an invertible affine (4, 4) from voxels to meters")
        sizes = np.linalg.norm(affine[:3, :3], axis=0)
        if sizes.max() > 0.02 or sizes.min() < 1e-4:
            hint = "The affine of a NIfTI file is in millimeters: divide its first three rows by 1000."
            raise InvalidInput("affine", f"voxels of {sizes.tolist()} m", "voxels of 0.1 to 20 mm", hint)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "affine", affine)

    def near(self, center: ArrayLike, radius: float) -> BoolArray:
        """Voxels whose centers lie within ``radius`` of ``center`` (m), ``(i, j, k)``."""
        i, j, k = np.indices(self.values.shape)
        away: FloatArray = np.zeros(self.values.shape)
        for row, to in zip(self.affine[:3], np.asarray(center, dtype=np.float64), strict=True):
            away += (row[0] * i + row[1] * j + row[2] * k + row[3] - to) ** 2
        return np.asarray(away <= radius**2, dtype=np.bool_)

    def point(self, index: ArrayLike) -> FloatArray:
        """MNI position of a voxel index (fractions allowed), m, ``(3,)``."""
        return np.asarray(self.affine[:3, :3] @ np.asarray(index, dtype=np.float64) + self.affine[:3, 3])


def search_mask(connectivity: ConnectivityMap, radius: float = MASK_RADIUS_M) -> BoolArray:
    """The usual mask: spheres around the candidates of Fox 2012 (5 cm site, brain under F3, BA9, BA46), ``(i, j, k)``.

    Radii of 15 to 20 mm are in use.
    """
    if not 0.010 <= radius <= 0.025:
        raise InvalidInput("radius", radius, "0.010 to 0.025 m; 0.015 and 0.020 are in use", "Give meters.")
    centers = [(row.x_mm, row.y_mm, row.z_mm) for row in mni_points() if row.in_search_mask]
    return np.asarray(np.any([connectivity.near(np.array(c) / 1000, radius) for c in centers], axis=0), dtype=np.bool_)


def read_map(path: Path, grey_matter: Path | None = None) -> tuple[ConnectivityMap, BoolArray | None]:
    """Read a NIfTI map in MNI space, and grey matter on the same grid (above one half counts).

    Raises
    ------
    MissingExtra
        Without nibabel (extra ``fields``).
    InvalidInput
        For a file that cannot be read, a fourth dimension, or two grids that differ.
    """
    values, affine = _nifti("map", path)
    made = ConnectivityMap(values, affine)
    if grey_matter is None:
        return made, None
    grey, grid = _nifti("grey_matter", grey_matter)
    if grey.shape != values.shape or not np.allclose(grid, affine, atol=1e-6):
        raise InvalidInput("grey_matter", f"a grid of {grey.shape}", "the grid of the map", "Resample it to the map.")
    return made, np.asarray(grey > 0.5 * np.nanmax(grey))


def _nifti(name: str, path: Path) -> tuple[FloatArray, FloatArray]:
    try:
        import nibabel
    except ImportError:
        raise MissingExtra("nibabel", "fields") from None
    try:
        image: Any = nibabel.load(path)
        values = np.asarray(image.dataobj, dtype=np.float64)
    except (OSError, EOFError, ValueError, nibabel.filebasedimages.ImageFileError) as error:
        raise InvalidInput(name, str(path), "a NIfTI volume (.nii or .nii.gz)", str(error)) from None
    if values.ndim == 4 and values.shape[3] == 1:
        values = values[..., 0]
    affine = np.array(image.affine, dtype=np.float64)
    affine[:3] /= 1000
    return values, affine
