"""The template brought onto a T1 image: affine by mutual information, then a diffeomorphism by local correlation.

The extra ``imaging`` (dipy, BSD-3) does both. Only the vault with a rim of scalp takes part: face and neck of the
template are plain shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput, MissingExtra, NotConverged
from euthymia.engines.fields.label_volume import LabelVolume
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.segment_prior import like_t1
from euthymia.engines.fields.t1_image import T1Image, grown

DEPTH_M = 0.140
"""From the crown down: the part of a head that its position and size are first read from."""
RIM_VOXELS = 14.0
COARSE, FINE = 4, 2
"""Voxels per step of the two registrations."""
AFFINE_STEPS = (200, 100)
WARP_STEPS = (60, 40, 12)
LEAST_CORRELATION = 0.4
TO_MM, FROM_MM = np.diag((1e3, 1e3, 1e3, 1.0)), np.diag((1e-3, 1e-3, 1e-3, 1.0))
"""dipy scales the steps of its search for voxels of about one unit: it is given mm."""
SCALE_RANGE = (0.72, 1.4)
"""Stretch of the template along an axis that a head may need; an adult template is no prior for a small child."""
STEEPEST_DEG = 50.0
"""Tilt of the head beyond which up is likely not up."""

Say = Callable[[str], None]
Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """How the template lies on an image.

    Parameters
    ----------
    affine : (4, 4)
        From the image to the template, m.
    shift : (i, j, k, 3) float32
        What is added to the position in the template after the affine, m, on a coarse grid of the image.
    shift_affine : (4, 4)
        Indices of that grid to metres of the image.
    correlation
        Of the image with the drawn T1 of the template within the part compared, after the affine and at the end.
    """

    affine: FloatArray
    shift: Values
    shift_affine: FloatArray
    correlation: tuple[float, float]

    def to_template(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Places in the template ``(n, 3)`` of points ``(n, 3)`` of the image, both m."""
        from scipy.ndimage import map_coordinates  # type: ignore[import-untyped,unused-ignore]

        back = np.linalg.inv(self.shift_affine)
        index = (points @ back[:3, :3].T + back[:3, 3]).T
        found = np.asarray(points @ self.affine[:3, :3].T + self.affine[:3, 3], dtype=np.float32)
        for axis in range(3):
            found[:, axis] += map_coordinates(self.shift[..., axis], index, order=1, mode="nearest", prefilter=False)
        return found

    def jacobian_range(self) -> tuple[float, float]:
        """Least and largest local change of volume by the shift (1 %, 99 %); negative where it folds."""
        gradient = np.stack([np.stack([*np.gradient(self.shift[..., c])], axis=-1) for c in range(3)], axis=-2)
        step = np.linalg.inv(self.affine[:3, :3] @ self.shift_affine[:3, :3])
        local = np.linalg.det(np.eye(3) + gradient @ step)
        low, high = np.quantile(local, (0.01, 0.99))
        return float(low), float(high)


def register(image: T1Image, template: LabelVolume, say: Say = lambda words: None) -> Registration:
    """Find where each voxel of an image lies in the template.

    Parameters
    ----------
    image
        The T1, prepared.
    template
        Labels of the template head (1 mm, RAS, metres).
    say
        Told what is being done.

    Raises
    ------
    MissingExtra
        Without dipy.
    InvalidInput
        When the template had to be stretched beyond ``SCALE_RANGE`` or turned over.
    NotConverged
        When image and template do not resemble one another after all.

    References
    ----------
    Mattes, Haynor, Vesselle, Lewellen, Eubank 2003, IEEE Trans Med Imaging 22:120. doi 10.1109/TMI.2003.809072
    Avants, Epstein, Grossman, Gee 2008, Med Image Anal 12:26. doi 10.1016/j.media.2007.06.004
    """
    _dipy()
    start = first_guess(image, template)
    say("registering the template: affine …")
    affine = _affine(image, template, start)
    _check_affine(affine)
    say("registering the template: deformation …")
    return _deformed(image, template, affine)


def first_guess(image: T1Image, template: LabelVolume) -> FloatArray:
    """Affine from the crown, the middle and the width and length of the upper head, image to template, m."""
    own = _upper_box(image.head, image.affine)
    other = _upper_box(template.labels > 0, template.affine)
    scale = (other[1] - other[0]) / (own[1] - own[0])
    # Cut ears and noses make single sides unsure: one scale for all axes.
    size = float(np.clip(np.sqrt(scale[0] * scale[1]), 0.85, 1.18))
    matrix = np.diag((size, size, size, 1.0))
    middle = (own[0] + own[1]) / 2
    matrix[:3, 3] = (other[0] + other[1]) / 2 - size * middle
    matrix[2, 3] = other[1][2] - size * own[1][2]
    return matrix


def _upper_box(mask: NDArray[np.bool_], affine: FloatArray) -> tuple[FloatArray, FloatArray]:
    points = np.argwhere(mask[::2, ::2, ::2]) * 2.0 @ affine[:3, :3].T + affine[:3, 3]
    crown = np.quantile(points[:, 2], 0.9995)
    upper = points[points[:, 2] > crown - DEPTH_M]
    return np.quantile(upper, 0.002, axis=0), np.append(np.quantile(upper[:, :2], 0.998, axis=0), crown)


def _affine(image: T1Image, template: LabelVolume, start: FloatArray) -> FloatArray:
    from dipy.align.imaffine import AffineRegistration, MutualInformationMetric
    from dipy.align.transforms import (  # type: ignore[import-not-found,unused-ignore]
        AffineTransform3D,
        RigidScalingTransform3D,
    )

    static, static_affine, static_mask = _coarse(_scaled(image), image.affine, COARSE, _upper(image))
    drawn = like_t1(template)
    vault = grown(np.isin(template.labels, (1, 2, 3, 4)), RIM_VOXELS)
    moving, moving_affine, moving_mask = _coarse(drawn, template.affine, COARSE, vault)
    matrix = start
    for transform, steps in ((RigidScalingTransform3D(), AFFINE_STEPS[0]), (AffineTransform3D(), AFFINE_STEPS[1])):
        search = AffineRegistration(
            metric=MutualInformationMetric(nbins=32), level_iters=[steps], sigmas=[0.0], factors=[1], verbosity=0
        )
        found = search.optimize(
            static, moving, transform, None,
            static_grid2world=TO_MM @ static_affine, moving_grid2world=TO_MM @ moving_affine,
            starting_affine=TO_MM @ matrix @ FROM_MM,
            static_mask=static_mask.astype(np.int32), moving_mask=moving_mask.astype(np.int32),
        )  # fmt: skip
        matrix = FROM_MM @ found.affine @ TO_MM
    return np.asarray(matrix)


def _deformed(image: T1Image, template: LabelVolume, affine: FloatArray) -> Registration:
    from dipy.align.imwarp import SymmetricDiffeomorphicRegistration
    from dipy.align.metrics import CCMetric
    from scipy.ndimage import affine_transform, gaussian_filter

    to_index = np.linalg.inv(template.affine) @ affine @ image.affine
    window = grown(np.isin(template.labels, (1, 2, 3, 4)), RIM_VOXELS).astype(np.float32)
    drawn, seen = (
        affine_transform(v, to_index[:3, :3], to_index[:3, 3], output_shape=image.values.shape, order=1)
        for v in (like_t1(template), gaussian_filter(window, 3.0))
    )
    # Both images fade out at the same places, so that the fading itself draws nothing.
    static, grid, _ = _coarse(_scaled(image) * seen, image.affine, FINE, image.head)
    moving, _, _ = _coarse(drawn * seen, image.affine, FINE, image.head)
    part = _coarse(seen, image.affine, FINE, image.head)[0] > 0.5
    search = SymmetricDiffeomorphicRegistration(CCMetric(3, sigma_diff=2.0, radius=3), level_iters=list(WARP_STEPS))
    search.verbosity = 0
    mapping = search.optimize(static, moving)
    warped = mapping.transform(moving)
    quality = tuple(float(np.corrcoef(static[part], v[part])[0, 1]) for v in (moving, warped))
    if not quality[1] > LEAST_CORRELATION:
        raise NotConverged(
            f"the image and the template do not match (correlation {quality[1]:.2f} after registration). Is it a "
            "T1-weighted image of a whole head, and does its header say where up and left are?"
        )
    shift_voxels = np.asarray(mapping.get_forward_field(), dtype=np.float32)
    linear = (affine[:3, :3] @ grid[:3, :3]).astype(np.float32)
    return Registration(affine, shift_voxels @ linear.T, grid, (quality[0], quality[1]))


def _check_affine(affine: FloatArray) -> None:
    stretch = np.linalg.svd(affine[:3, :3], compute_uv=False)
    turned = float(np.degrees(np.arccos(np.clip((affine[2, 2]) / np.linalg.norm(affine[2, :3]), -1, 1))))
    fits = SCALE_RANGE[0] < stretch[-1] <= stretch[0] < SCALE_RANGE[1]
    if not fits or turned > STEEPEST_DEG or np.linalg.det(affine[:3, :3]) <= 0:
        raise InvalidInput(
            "t1", f"fitted only by a template stretched {stretch[-1]:.2f} to {stretch[0]:.2f} and tilted {turned:.0f}°",
            f"stretches of {SCALE_RANGE[0]:g} to {SCALE_RANGE[1]:g} and a tilt below {STEEPEST_DEG:g}°",
            "See in a viewer whether up is up and the whole head is in the image; it must be an adult's.",
        )  # fmt: skip


def _coarse(
    values: NDArray[Any], affine: FloatArray, step: int, mask: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], FloatArray, NDArray[np.bool_]]:
    """Every ``step``-th voxel after blurring, with its affine and mask."""
    from scipy.ndimage import gaussian_filter

    every = (slice(None, None, step),) * 3
    placed = np.array(affine)
    placed[:3, :3] *= step
    smooth = gaussian_filter(np.asarray(values, dtype=np.float32), 0.42 * step)[every]
    return np.ascontiguousarray(smooth, dtype=np.float64), placed, mask[every]


def _scaled(image: T1Image) -> Values:
    """Intensities with the brightest (fat, vessels) cut off, about 0 to 1."""
    top = float(np.quantile(image.values[image.head][::7], 0.98))
    return np.asarray(np.clip(image.values / top, 0.0, 1.0), dtype=np.float32)


def _upper(image: T1Image) -> NDArray[np.bool_]:
    """The head from its crown to 30 mm below the depth used for the first guess, with a rim of background."""
    heights = np.arange(image.head.shape[2]) * image.affine[2, 2]
    crown = heights[image.head.any(axis=(0, 1))].max()
    rim = grown(image.head, 6.0)
    return np.asarray(rim & (heights > crown - DEPTH_M - 0.03)[None, None])


def _dipy() -> None:
    try:
        import dipy.align  # noqa: F401
    except ImportError:
        raise MissingExtra("dipy", "imaging") from None
