"""A T1 image as it is given, checked, and brought onto the 1 mm grid on which it is segmented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.label_volume import checked_affine
from euthymia.engines.fields.mesh import FloatArray

GRID_M = 0.001
THICKEST_VOXEL_M = 0.0025
"""Longest voxel edge taken: thicker slices hide the CSF between gyri and skull altogether."""
CLOSING_VOXELS = 5.0
MARGIN = 8
"""Voxels of background kept around the head, so that no closing meets the border."""
CUT_M2 = 2e-4
"""Area of head at the border of an image from which that side counts as cut (an ear touches it with less)."""
TISSUE_SHARE = 0.35
SPECK_M3 = 5e-6
"""Bright parts smaller than this are noise."""
HEAD_LITERS = (2.5, 9.0)
"""Volume that the visible part of a head may have, wide: a brain alone has 1 to 2 l, and wrong units are far off."""

Mask = NDArray[np.bool_]
Values = NDArray[np.float32]

WHOLE_HEAD = "a T1-weighted MRI of the whole head with scalp, before skull stripping"


@dataclass(frozen=True, slots=True, eq=False)
class T1Image:
    """Intensities ``(i, j, k) float32`` on an isotropic RAS-ordered grid, ``affine (4, 4)`` to metres, and the head.

    ``head (i, j, k)`` is filled: it has no holes. ``noise`` is the intensity (mean, standard deviation) around it;
    ``cut`` names the sides at which the head goes on beyond the image.
    """

    values: Values
    affine: FloatArray
    head: Mask
    noise: tuple[float, float]
    cut: tuple[str, ...]


def prepared_t1(values: object, affine: object) -> T1Image:
    """Check intensities and bring them onto the working grid.

    Parameters
    ----------
    values : (i, j, k)
        Intensities in any storage order and scale.
    affine : (4, 4)
        From voxel indices to RAS metres; may be oblique or mirrored (LPS storage).

    Raises
    ------
    InvalidInput
        For values that are not finite, thick slices, an image without a head, or without scalp.
    """
    given = np.asarray(values, dtype=np.float64)
    matrix = checked_affine("affine", affine)
    if given.ndim != 3 or min(given.shape) < 8:
        raise InvalidInput("t1", f"of shape {given.shape}", "one volume (i, j, k)")
    if not np.isfinite(given).all():
        bad = int((~np.isfinite(given)).sum())
        raise InvalidInput("t1", f"with {bad} values that are NaN or infinite", "finite intensities",
                           "Set them to 0 only if they lie outside the head; else export the image again.")  # fmt: skip
    sizes = np.linalg.norm(matrix[:3, :3], axis=0)
    if sizes.max() > THICKEST_VOXEL_M or sizes.min() < 1e-4:
        shown = " × ".join(f"{1000 * s:.3g}" for s in sizes)
        raise InvalidInput("t1", f"with voxels of {shown} mm", f"0.1 to {1000 * THICKEST_VOXEL_M:g} mm a side",
                           "Use a 3-D acquisition of about 1 mm.")  # fmt: skip
    if not given.max() > given.min():
        raise InvalidInput("t1", "the same everywhere", "an image of a head")
    ordered, placed = _ras_ordered(given, matrix)
    grid, placed = _isotropic(ordered, placed)
    head = head_mask(grid)
    liters = float(head.sum()) * GRID_M**3 * 1e3
    if not HEAD_LITERS[0] <= liters <= HEAD_LITERS[1]:
        _refuse_size(liters, given)
    low, high = _box(head)
    cut = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    placed = placed.copy()
    placed[:3, 3] += placed[:3, :3] @ low
    noise = _noise(grid, head)
    kept, mask = np.pad(grid[cut], MARGIN), np.pad(head[cut], MARGIN)
    placed[:3, 3] -= placed[:3, :3] @ np.full(3, MARGIN)
    return T1Image(kept.astype(np.float32), placed, mask, noise, _cut_sides(head))


def head_mask(values: NDArray[np.floating]) -> Mask:
    """Filled outline of the head: brighter than the noise around it, largest part, closed over 10 mm, holes filled.

    Orbits, sinuses, ear canals and the air of mouth and nose count as head; so do dark voxels of the skull.
    """
    from scipy.ndimage import binary_fill_holes, gaussian_filter  # type: ignore[import-untyped,unused-ignore]

    smooth = gaussian_filter(values.astype(np.float32), 0.7)
    # Scalp and brain may be apart: between them lies bone, as dark as air.
    found = _without_specks(smooth > _between_air_and_tissue(smooth), round(SPECK_M3 / GRID_M**3))
    # The cut through the neck opens every cavity to the outside: fill plane by plane as well.
    filled = binary_fill_holes(closed(found, CLOSING_VOXELS))
    for axis in range(3):
        planes = np.moveaxis(filled, axis, 0)
        for plane in planes:
            plane |= binary_fill_holes(plane)
    return largest_part(filled)


def grown(mask: Mask, voxels: float) -> Mask:
    """Voxels within a distance of a mask, in voxels; the grid is not left."""
    from scipy.ndimage import distance_transform_edt

    if not mask.any():
        return mask.copy()
    low, high = _box(mask)
    by = int(np.ceil(voxels))
    cut = tuple(slice(max(a - by, 0), b + by) for a, b in zip(low, high, strict=True))
    result = np.zeros_like(mask)
    result[cut] = distance_transform_edt(~mask[cut]) <= voxels
    return result


def closed(mask: Mask, voxels: float) -> Mask:
    """Mask grown and shrunk again by a distance: narrow gaps and folds are filled."""
    by = int(np.ceil(voxels)) + 1
    wide = grown(np.pad(mask, by), voxels)
    inner = tuple(slice(by, -by) for _ in range(3))
    return np.asarray(~grown(~wide, voxels)[inner])


def opened(mask: Mask, voxels: float) -> Mask:
    """Mask shrunk and grown again by a distance: thin bridges and specks are dropped."""
    return grown(~grown(~mask, voxels), voxels)


def largest_part(mask: Mask) -> Mask:
    """Largest face-connected part of a mask (empty when the mask is)."""
    from scipy.ndimage import label

    parts, count = label(mask)
    if count < 2:
        return mask
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(parts == int(sizes.argmax()))


def _without_specks(mask: Mask, least: int) -> Mask:
    from scipy.ndimage import label

    parts, _ = label(mask)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= least)[parts])


def _cut_sides(head: Mask) -> tuple[str, ...]:
    """Sides at which a good part of the border of the image is head."""
    names = (("left", "right"), ("back", "front"), ("neck", "crown"))
    found = []
    for axis, sides in enumerate(names):
        for name, index in zip(sides, (0, -1), strict=True):
            if int(np.take(head, index, axis=axis).sum()) * GRID_M**2 > CUT_M2:
                found.append(name)
    return tuple(found)


def _between_air_and_tissue(smooth: Values) -> float:
    """Threshold between the dark background and tissue, a third of bright tissue: where blurred skin ends.

    Bright tissue lies above Otsu's threshold, taken on the root of the intensities. That threshold itself falls between
    air and tissue in one image and between bone and brain in another.

    References
    ----------
    Otsu 1979, IEEE Trans Syst Man Cybern 9:62. doi 10.1109/TSMC.1979.4310076
    """
    lowest = float(np.quantile(smooth, 0.001))
    root = np.sqrt(np.clip(smooth - lowest, 0, None))
    counts, edges = np.histogram(root, bins=256, range=(0.0, float(np.quantile(root, 0.999))))
    middle = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts).astype(np.float64)
    moment = np.cumsum(counts * middle)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (moment / below - (moment[-1] - moment) / above) ** 2
    split = float(middle[int(np.nanargmax(between))])
    return lowest + TISSUE_SHARE * (float(np.median(root[root > split])) ** 2)


def _noise(values: NDArray[np.floating], head: Mask) -> tuple[float, float]:
    from scipy.ndimage import distance_transform_edt

    far = distance_transform_edt(~head[::2, ::2, ::2]) > 4
    around = values[::2, ::2, ::2][far]
    if around.size < 1000:
        around = np.zeros(1)
    return float(around.mean()), float(around.std())


def _ras_ordered(values: NDArray[np.float64], affine: FloatArray) -> tuple[NDArray[np.float64], FloatArray]:
    """Permute and flip the axes of the grid so that they run most nearly right, anterior and superior."""
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped,unused-ignore]

    share = np.abs(affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0))
    order = np.asarray(linear_sum_assignment(-share)[1])
    moved = np.transpose(values, order)
    placed = affine.copy()
    placed[:3, :3] = affine[:3, order]
    for axis in range(3):
        if placed[axis, axis] < 0:
            moved = np.flip(moved, axis)
            placed[:3, 3] += placed[:3, axis] * (moved.shape[axis] - 1)
            placed[:3, axis] *= -1
    return moved, placed


def _isotropic(values: NDArray[np.float64], affine: FloatArray) -> tuple[NDArray[np.float64], FloatArray]:
    """Resample to ``GRID_M`` along the axes of the grid; a sheared grid is refused."""
    from scipy.ndimage import affine_transform, gaussian_filter1d

    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    axes = affine[:3, :3] / sizes
    if np.abs(axes.T @ axes - np.eye(3)).max() > 0.01:
        raise InvalidInput("affine", "sheared", "axes at right angles", "Resample the image to a rectangular grid.")
    if np.allclose(sizes, GRID_M, rtol=0.02):
        return values, affine
    fine = values
    for axis, size in enumerate(sizes):
        if size < 0.7 * GRID_M:  # average what is coarsened
            fine = gaussian_filter1d(fine, 0.42 * GRID_M / size, axis=axis)
    shape = np.maximum(1, np.floor((np.array(values.shape) - 1) * sizes / GRID_M).astype(int) + 1)
    step = GRID_M / sizes
    found = affine_transform(fine, step, output_shape=tuple(shape), order=1, mode="nearest")
    placed = affine.copy()
    placed[:3, :3] = axes * GRID_M
    return found, placed


def _box(mask: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    spans = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    return np.array([s[0] for s in spans]), np.array([s[-1] + 1 for s in spans])


def _refuse_size(liters: float, given: NDArray[np.float64]) -> None:
    small = liters < HEAD_LITERS[0]
    hint = (
        "Is the skull stripped? Then give the image from before it. Else: is the image cut, or its unit wrong?"
        if small
        else "Is the unit of the header wrong, or the background bright?"
    )
    raise InvalidInput(
        "t1",
        f"with an object of {liters:.2f} l in it",
        f"{HEAD_LITERS[0]:g} to {HEAD_LITERS[1]:g} l: {WHOLE_HEAD}",
        hint,
    )
