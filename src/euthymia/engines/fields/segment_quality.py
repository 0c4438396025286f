"""How far a segmentation can be trusted: measures of the labels and of the way to them, against stated ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.segment import Segmentation
from euthymia.engines.fields.segment_prior import TISSUES
from euthymia.engines.fields.t1_image import GRID_M, Mask

VAULT_M = 0.020
"""Height above the origin of MNI space from which thicknesses are taken: the part under coils."""
SURE = 0.6
PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeRow(SourcedRow):
    """Range of a measure in which nothing is unusual, and what to look at beyond it."""

    measure: str
    title: str
    low: float | None = None
    high: float | None = None
    shown_in: str
    advice: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure beside its range."""

    row: RangeRow
    value: float

    @property
    def usual(self) -> bool:
        """Whether it lies within its range; a number that could not be had does not."""
        low, high = self.row.low, self.row.high
        return bool(
            np.isfinite(self.value) and (low is None or self.value >= low) and (high is None or self.value <= high)
        )


@dataclass(frozen=True, slots=True)
class TissueQuality:
    """Volume of a tissue, its intensity, and its overlap (Dice) with what the template had led to expect."""

    tag: int
    volume_ml: float
    mean: float
    spread: float
    expected_overlap: float


@dataclass(frozen=True, slots=True)
class SegmentationQuality:
    """Quality report.

    Parameters
    ----------
    verdict
        ``plausible`` when every measure is usual; it never says that the labels are right.
    measures, tissues
        What it rests on.
    thickness_mm
        Percentiles (5, 25, 50, 75, 95) of CSF, skull and scalp over the vault.
    bias_range
        Least and largest factor of the bias field over the brain.
    cut
        Sides at which the head goes on beyond the image: no coil can be placed there.
    """

    verdict: Literal["plausible", "doubtful"]
    measures: tuple[Measure, ...]
    tissues: tuple[TissueQuality, ...]
    thickness_mm: dict[str, tuple[float, ...]]
    bias_range: tuple[float, float]
    cut: tuple[str, ...]

    @property
    def unusual(self) -> tuple[Measure, ...]:
        """Measures beyond their range."""
        return tuple(m for m in self.measures if not m.usual)


def segmentation_ranges() -> tuple[RangeRow, ...]:
    """Ranges, in the order in which they are shown."""
    return load_table("euthymia.engines.fields", "segmentation_ranges.csv", RangeRow, key="measure")


def quality_of(found: Segmentation) -> SegmentationQuality:
    """Measure a segmentation."""
    labels = found.labels
    tags = labels.labels
    ml = {tag: 1e6 * volume for tag, volume in labels.volumes_m3().items()}
    expected = np.array(TISSUES, dtype=np.uint8)[found.prior.argmax(axis=0)]
    brain, brain_expected = np.isin(tags, (1, 2)), np.isin(expected, (1, 2))
    cavity = np.isin(tags, (1, 2, 3))
    thickness = thicknesses(tags, _vault(found))
    bias = _bias_over(found, brain)
    mixture = found.mixture
    white, grey = mixture.tissue_mean(1), mixture.tissue_mean(2)
    values = {
        "white_ml": ml.get(1, 0.0),
        "grey_ml": ml.get(2, 0.0),
        "csf_ml": ml.get(3, 0.0),
        "cavity_ml": sum(ml.get(tag, 0.0) for tag in (1, 2, 3)),
        "bone_ml": ml.get(4, 0.0),
        "grey_over_white": ml.get(2, 0.0) / ml[1] if ml.get(1) else np.nan,
        "csf_mm": thickness["csf"][2],
        "skull_mm": thickness["skull"][2],
        "scalp_mm": thickness["scalp"][2],
        "contrast": (white - grey) / (0.5 * (mixture.tissue_spread(1) + mixture.tissue_spread(2))),
        "csf_of_grey": mixture.tissue_mean(3) / grey,
        "bias_ratio": bias[1] / bias[0],
        "correlation": found.registration.correlation[1],
        "folding": found.registration.jacobian_range()[0],
        "prior_overlap": dice(brain, brain_expected),
        "unsure": float((found.shares.max(axis=0)[cavity] < SURE).mean()) if cavity.any() else np.nan,
        "leaks": float(leaks(tags)),
    }
    measures = tuple(Measure(row, values[row.measure]) for row in segmentation_ranges())
    tissues = tuple(
        TissueQuality(tag, ml[tag], mixture.tissue_mean(tag), mixture.tissue_spread(tag), overlap)
        for tag in (1, 2, 3, 4, 5)
        if tag in ml
        for overlap in (dice(tags == tag, expected == tag),)
    )
    verdict: Literal["plausible", "doubtful"] = "plausible" if all(m.usual for m in measures) else "doubtful"
    return SegmentationQuality(verdict, measures, tissues, thickness, bias, found.image.cut)


def dice(one: Mask, other: Mask) -> float:
    """Overlap of two masks: 1 when equal, 0 when apart; NaN when both are empty.

    References
    ----------
    Dice 1945, Ecology 26:297. doi 10.2307/1932409
    """
    both = int(one.sum()) + int(other.sum())
    return 2.0 * int((one & other).sum()) / both if both else float("nan")


def leaks(tags: NDArray[np.uint8]) -> int:
    """Faces between voxels of brain or CSF on one side and scalp, cavities or the outside on the other."""
    inside, outside = np.isin(tags, (1, 2, 3)), np.isin(tags, (0, 5))
    count = 0
    for axis in range(3):
        a, b = [slice(None)] * 3, [slice(None)] * 3
        a[axis], b[axis] = slice(1, None), slice(None, -1)
        one, other = tuple(a), tuple(b)
        count += int((inside[one] & outside[other]).sum() + (outside[one] & inside[other]).sum())
    return count


def thicknesses(tags: NDArray[np.uint8], vault: Mask) -> dict[str, tuple[float, ...]]:
    """Percentiles, mm, of CSF, skull and scalp: from each voxel at their outer surface to the layer below."""
    found = {}
    layers = (("csf", (1, 2), (1, 2, 3)), ("skull", (1, 2, 3), (1, 2, 3, 4)), ("scalp", (1, 2, 3, 4), (1, 2, 3, 4, 5)))
    for name, below, upto in layers:
        found[name] = _distances(np.isin(tags, below), np.isin(tags, upto), vault)
    return found


def _distances(below: Mask, upto: Mask, vault: Mask) -> tuple[float, ...]:
    from scipy.ndimage import binary_erosion, binary_fill_holes, distance_transform_edt  # type: ignore[import-untyped,unused-ignore]

    filled = binary_fill_holes(upto)
    rim = filled & ~binary_erosion(filled) & vault
    if not rim.any() or not below.any():
        return (float("nan"),) * len(PERCENTILES)
    gap = distance_transform_edt(~below)[rim] * GRID_M * 1e3
    return tuple(float(v) for v in np.percentile(gap, PERCENTILES))


def _vault(found: Segmentation) -> Mask:
    """Voxels above ``VAULT_M`` of MNI space, by the affine part of the registration."""
    matrix = found.registration.affine @ found.labels.affine
    height = matrix[2, 3] + sum(
        matrix[2, axis] * np.arange(size).reshape([-1 if a == axis else 1 for a in range(3)])
        for axis, size in enumerate(found.labels.labels.shape)
    )
    return np.asarray(height > VAULT_M)


def _bias_over(found: Segmentation, brain: Mask) -> tuple[float, float]:
    index = np.argwhere(brain)[::50].astype(np.float64)
    factor = found.mixture.bias.at(index @ found.labels.affine[:3, :3].T + found.labels.affine[:3, 3])
    low, high = np.percentile(factor, (1, 99)) if factor.size else (np.nan, np.nan)
    return float(low), float(high)
