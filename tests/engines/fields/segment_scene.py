"""Scenes for the segmentation: nested balls, a drawn T1 of a head whose labels are known, hand-made parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.label_volume import LabelVolume
from euthymia.engines.fields.registration import Registration
from euthymia.engines.fields.segment import Segmentation
from euthymia.engines.fields.segment_em import Bias, Mixture
from euthymia.engines.fields.segment_prior import TISSUES
from euthymia.engines.fields.t1_image import T1Image

MEANS = {0: 1.0, 1: 110.0, 2: 82.0, 3: 32.0, 4: 18.0, 5: 95.0}
SPREADS = {0: 1.0, 1: 4.0, 2: 6.0, 3: 6.0, 4: 7.0, 5: 20.0}
SHELLS = ((40, 5), (34, 4), (28, 3), (25, 2), (18, 1))


def ball_tags(size: int = 88) -> NDArray[np.uint8]:
    """Balls in one another, radii 18, 25, 28, 34 and 40 voxels from white matter to scalp."""
    at = np.indices((size,) * 3) - (size - 1) / 2
    distance = np.sqrt((at**2).sum(axis=0))
    tags = np.zeros((size,) * 3, dtype=np.uint8)
    for radius, tag in SHELLS:
        tags[distance <= radius] = tag
    return tags


def shares_of(tags: NDArray[np.uint8], sure: float = 0.94) -> NDArray[np.float32]:
    """Probabilities ``(6, i, j, k)`` that favor given tags."""
    rest = (1 - sure) / (len(TISSUES) - 1)
    return np.stack([np.where(tags == tag, sure, rest) for tag in TISSUES]).astype(np.float32)


def small_registration(size: int = 88, correlation: float = 0.9) -> Registration:
    """A registration that moves everything by (1, 0, 2) mm, on a grid of 4 mm around the origin."""
    grid = np.diag((0.004, 0.004, 0.004, 1.0))
    grid[:3, 3] = -(size - 1) / 2 * 1e-3
    shift = np.zeros((size // 4 + 1,) * 3 + (3,), dtype=np.float32)
    shift[...] = (0.001, 0.0, 0.002)
    return Registration(np.eye(4), shift, grid, (0.6, correlation))


def ball_segmentation(correlation: float = 0.9) -> Segmentation:
    """The balls as a finished segmentation; 1 mm voxels, middle at the origin of MNI space."""
    tags = ball_tags()
    affine = np.diag((1e-3, 1e-3, 1e-3, 1.0))
    affine[:3, 3] = -(tags.shape[0] - 1) / 2 * 1e-3
    values = np.array([MEANS[tag] for tag in range(6)], dtype=np.float32)[tags]
    mixture = Mixture(
        np.arange(6), np.array([MEANS[t] for t in TISSUES]), np.array([SPREADS[t] for t in TISSUES]), np.ones(6),
        Bias(np.zeros(3), np.full(3, 0.05)), 20, 1e-5,
    )  # fmt: skip
    image = T1Image(values, affine, tags > 0, (1.0, 1.0), ("neck",))
    shares = shares_of(tags)
    return Segmentation(LabelVolume(tags, affine), image, mixture, small_registration(), shares, shares)


def drawn(tags: NDArray[np.uint8], seed: int, noise: float = 0.03) -> NDArray[np.float32]:
    """Intensities of tags with the variation of each tissue and Rician noise (share of white matter)."""
    random = np.random.default_rng(seed)
    values = np.array([MEANS[t] for t in range(6)], dtype=np.float32)[tags]
    values = values + np.array([SPREADS[t] for t in range(6)], dtype=np.float32)[tags] * random.standard_normal(
        tags.shape
    )
    level = noise * MEANS[1]
    real = np.maximum(values, 0) + level * random.standard_normal(tags.shape)
    return np.hypot(real, level * random.standard_normal(tags.shape)).astype(np.float32)


def bias_at(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """A smooth bias of 0.75 to 1.3 over a head around the origin, m."""
    x, y, z = (points / 0.09).T
    return np.asarray(1 + 0.15 * z + 0.1 * x * y - 0.08 * y**2)
