"""What the template head says of each place before the image is read: probabilities, and a T1 drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.label_volume import LabelVolume, checked_affine
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.template import template_head

TISSUES = (1, 2, 3, 4, 5, 0)
"""Tags in the order of every probability array here: white, grey, CSF, bone, scalp, air."""
LIKE_T1 = {1: 1.0, 2: 0.78, 3: 0.3, 4: 0.2, 5: 0.9, 0: 0.0}
"""Intensity of each tissue relative to white matter, drawn for the registration only (local correlation: the order
counts, not the size)."""
NARROW_VOXELS, WIDE_VOXELS = 1.5, 5.0
"""Two blurs, equal parts: what the registration leaves over, and folds that differ from person to person."""
FOLDED_SHARE, FOLDED_CSF = 0.2, 0.6
"""Part of grey matter given back to its neighbors, and how much of it to CSF: the template is an average, in which the
sulci and thin white blades of a person are lost. On Colin27 grey matter was called 15 % larger without it."""
SHELL_VOXELS = 2.0
FLOOR = 1e-4
CAVITY_SHARE = 0.15
"""Prior of air within bone and soft tissue below the vault: sinuses, ear cells, mouth. The template has none."""

Stack = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TissuePrior:
    """Probabilities ``(6, i, j, k) float32`` in the order of ``TISSUES`` and ``affine (4, 4)`` to metres."""

    shares: Stack
    affine: FloatArray

    def at(self, places: NDArray[np.float32]) -> Stack:
        """Probabilities ``(6, n)`` at places ``(n, 3)`` of the template, m; air outside of its grid."""
        from scipy.ndimage import map_coordinates  # type: ignore[import-untyped,unused-ignore]

        back = np.linalg.inv(self.affine)
        index = (places @ back[:3, :3].T.astype(np.float32) + back[:3, 3].astype(np.float32)).T
        found = np.empty((len(TISSUES), places.shape[0]), dtype=np.float32)
        for row, share in zip(found, self.shares, strict=True):
            map_coordinates(share, index, output=row, order=1, mode="nearest", prefilter=False)
        return found


@cache
def template_prior() -> TissuePrior:
    """Prior made from the packaged template head."""
    return prior_of(template_head().labels)


def prior_of(labels: LabelVolume) -> TissuePrior:
    """Prior from the labels of one head (1 mm): blurred, cavities allowed below the vault, no place certain."""
    from scipy.ndimage import gaussian_filter

    tags = labels.labels
    shares = np.empty((len(TISSUES), *tags.shape), dtype=np.float32)
    for share, tag in zip(shares, TISSUES, strict=True):
        mask = (tags == tag).astype(np.float32)
        if tag in (1, 2, 3):
            share[...] = 0.5 * (gaussian_filter(mask, NARROW_VOXELS) + gaussian_filter(mask, WIDE_VOXELS))
        else:
            gaussian_filter(mask, SHELL_VOXELS, output=share, mode="nearest")
    inside = gaussian_filter(np.isin(tags, (1, 2, 3)).astype(np.float32), NARROW_VOXELS)
    # Folds move, the cavity of the skull does not: its tissues together follow its own, narrow blur. Else the shells,
    # whose sum is not spread by the wide blur, would win at the inner skull (measured: CSF 1 mm too thin).
    shares[:3] *= inside / np.maximum(shares[:3].sum(axis=0), 1e-6)
    shares[3:] *= (1 - inside) / np.maximum(shares[3:].sum(axis=0), 1e-6)
    folded = FOLDED_SHARE * shares[1]
    shares[:3] += np.stack([(1 - FOLDED_CSF) * folded, -folded, FOLDED_CSF * folded])
    heights = _heights(labels)
    low = (1 - inside) * (heights < 0.0)
    front = (1 - inside) * (heights < 0.04)
    front[:, : _index_of_y(labels, 0.045)] = 0
    for row in (3, 4):
        taken = CAVITY_SHARE * shares[row] * np.maximum(low, front)
        shares[row] -= taken
        shares[5] += taken
    shares += FLOOR
    shares /= shares.sum(axis=0)
    return TissuePrior(shares, labels.affine)


def prior_of_maps(shares: NDArray[np.floating], affine: object) -> TissuePrior:
    """Prior from tissue maps in MNI space, such as SPM's ``TPM.nii``, in place of that of the template.

    Parameters
    ----------
    shares : (i, j, k, 6)
        Probabilities of grey matter, white matter, CSF, bone, soft tissue and air, in this order (that of SPM).
    affine : (4, 4)
        From voxel indices to RAS metres.

    Raises
    ------
    InvalidInput
        For another number of maps, or values that are not probabilities.
    """
    given = np.asarray(shares)
    if given.ndim != 4 or given.shape[3] != len(TISSUES):
        raise InvalidInput(
            "maps", f"of shape {given.shape}", "six maps (i, j, k, 6): grey, white, CSF, bone, soft tissue, air"
        )
    if not np.isfinite(given).all() or given.min() < -0.01 or given.max() > 1.01:
        raise InvalidInput("maps", f"from {np.nanmin(given):g} to {np.nanmax(given):g}", "probabilities, 0 to 1")
    total = given.sum(axis=3)
    if np.abs(np.quantile(total, (0.01, 0.99)) - 1).max() > 0.05:
        raise InvalidInput("maps", "with sums that differ from 1", "probabilities that sum to 1 in each voxel")
    ordered = np.moveaxis(given, 3, 0)[[1, 0, 2, 3, 4, 5]].astype(np.float32) + np.float32(FLOOR)
    return TissuePrior(ordered / ordered.sum(axis=0), checked_affine("affine", affine))


def like_t1(labels: LabelVolume) -> NDArray[np.float32]:
    """Intensities ``(i, j, k)`` of a T1 image drawn from labels, white matter 1."""
    from scipy.ndimage import gaussian_filter

    table = np.zeros(256, dtype=np.float32)
    for tag, value in LIKE_T1.items():
        table[tag] = value
    return np.asarray(gaussian_filter(table[labels.labels], 0.6))


def _heights(labels: LabelVolume) -> FloatArray:
    """Height above the origin of MNI space of every plane of the (upright) template, m, ``(1, 1, k)``."""
    count = labels.labels.shape[2]
    return np.asarray(labels.affine[2, 3] + labels.affine[2, 2] * np.arange(count))[None, None]


def _index_of_y(labels: LabelVolume, y: float) -> int:
    return round((y - float(labels.affine[1, 3])) / float(labels.affine[1, 1]))
