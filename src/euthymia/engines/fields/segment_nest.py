"""From tissue probabilities to a head whose shells lie inside one another, so that it can be meshed and solved on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import NotConverged
from euthymia.engines.fields.segment_prior import TISSUES, Stack
from euthymia.engines.fields.t1_image import Mask, closed, grown, largest_part, opened

LEAST_CSF_VOXELS = 1.0
LEAST_SKULL_VOXELS = 2.0
LEAST_SCALP_VOXELS = 2.0
SKULL_CLOSING_VOXELS = 4.0
SKULL_REACH_VOXELS = 30.0
"""Bone farther than this from the cavity of the skull (jaw, neck) is counted as soft tissue."""
SMALLEST_CAVITY = 60
"""Voxels of air that make a cavity; fewer are noise in dark bone."""


def nested(shares: Stack, head: Mask) -> NDArray[np.uint8]:
    """Tissue tags of a head.

    Parameters
    ----------
    shares : (6, i, j, k)
        Probabilities in the order of ``TISSUES``; 1 mm voxels.
    head : (i, j, k)
        Filled outline of the head.

    Returns
    -------
    (i, j, k) uint8
        Brain within at least one voxel of CSF, within at least two of bone, within soft tissue; cavities hold 0.

    Raises
    ------
    NotConverged
        When no brain is found.
    """
    tags = np.array(TISSUES, dtype=np.uint8)[shares.argmax(axis=0)]
    tags[~head] = 0
    brain = _brain(tags)
    cavity = _skull_cavity(tags, brain) & head
    brain &= cavity
    white = shares[0] > shares[1]
    skull = _skull(tags, cavity, head)
    air = _cavities(tags, head & ~grown(cavity, LEAST_SKULL_VOXELS) & ~grown(~head, LEAST_SCALP_VOXELS))
    found = np.zeros(tags.shape, dtype=np.uint8)
    found[head | skull | cavity] = 5
    found[skull] = 4
    found[air] = 0
    found[cavity] = 3
    found[brain] = np.where(white, 1, 2)[brain]
    return found


def _brain(tags: NDArray[np.uint8]) -> Mask:
    """White and grey matter in one piece: muscle, dura and vessels that touch it in thin bridges are cut off."""
    matter = (tags == 1) | (tags == 2)
    core = largest_part(opened(matter, 2.0))
    if core.sum() < 1000:
        raise NotConverged("no brain was found: is it a T1-weighted image of a whole head?")
    brain = matter & grown(core, 2.5)
    return largest_part(brain)


def _skull_cavity(tags: NDArray[np.uint8], brain: Mask) -> Mask:
    from scipy.ndimage import binary_fill_holes  # type: ignore[import-untyped,unused-ignore]

    near = closed(brain, 8.0)
    fluid = (tags == 3) & grown(near, 8.0)
    cavity = largest_part(opened(brain | near | fluid, 2.0)) | grown(brain, LEAST_CSF_VOXELS)
    return np.asarray(binary_fill_holes(closed(cavity, 3.0)))


def _skull(tags: NDArray[np.uint8], cavity: Mask, head: Mask) -> Mask:
    shell = grown(cavity, LEAST_SKULL_VOXELS)
    # Bone right under the surface of the head is skin that is dark at its rim.
    bone = (tags == 4) & grown(cavity, SKULL_REACH_VOXELS) & ~grown(~head, LEAST_SCALP_VOXELS)
    skull = closed(bone | shell, SKULL_CLOSING_VOXELS) & (head | shell) & ~grown(~head, LEAST_SCALP_VOXELS)
    return (largest_part(skull | shell) & ~cavity) | (shell & ~cavity)


def _cavities(tags: NDArray[np.uint8], where: Mask) -> Mask:
    from scipy.ndimage import label

    parts, count = label(opened((tags == 0) & where, 1.0))
    if not count:
        return np.zeros(tags.shape, dtype=bool)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= SMALLEST_CAVITY)[parts])
