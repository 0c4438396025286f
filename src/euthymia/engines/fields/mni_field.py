"""A field of MNI coordinates as a mapping of a head: with the affine that fits it best, for what lies outside of it."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.frames import CoordinateField, MniTransform, fit_landmarks

BRAIN_MM = ((-80, 80), (-115, 85), (-60, 90))
"""Box of MNI space around the brain, within which the affine is fitted."""
WORST_FIT_M = 0.020
SAMPLES = 20_000


def field_transform(field: CoordinateField, quality: str) -> MniTransform:
    """Mapping to MNI space by a field of coordinates, such as SimNIBS's Conform2MNI.

    Parameters
    ----------
    field
        MNI coordinates (m) of each voxel of the head.
    quality
        How it was made.

    Raises
    ------
    InvalidInput
        When the field does not reach the brain, or is so far from any affine that it cannot be such a field.
    """
    values = field.values.reshape(-1, 3)
    low, high = np.array(BRAIN_MM).T / 1000
    within = np.flatnonzero(((values > low) & (values < high)).all(axis=1))
    if within.size < 100:
        raise InvalidInput(
            "mni", f"with {within.size} voxels within the brain", "a field of MNI coordinates in mm",
            "Is it the field from the head to MNI space (SimNIBS: Conform2MNI), not the opposite?",
        )  # fmt: skip
    some = within[:: max(1, within.size // SAMPLES)]
    index = np.stack(np.unravel_index(some, field.values.shape[:3]), axis=1)
    points = index @ field.affine[:3, :3].T + field.affine[:3, 3]
    affine, left = fit_landmarks(points, values[some], "affine")
    if left > WORST_FIT_M:
        raise InvalidInput(
            "mni", f"{1000 * left:.0f} mm from the nearest affine", f"at most {1000 * WORST_FIT_M:g} mm (RMS)",
            "Is it a field of coordinates, not of displacements?",
        )  # fmt: skip
    return MniTransform(affine, field, quality=quality)
