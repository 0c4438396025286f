"""A personal target from a map of connectivity with the subgenual cingulate: the most anticorrelated site in the mask.

The map must be in MNI space. The link of such targets to outcome is weak; the result carries that statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Reason
from euthymia.engines.fields.fmri_map import MASK_RADIUS_M, BoolArray, ConnectivityMap, search_mask
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.targets import Target, connectivity_statement, mni_points

SEED_RADIUS_M = 0.010
MIN_COVERAGE = 0.25
"""At least this share of the sphere around each candidate must hold data; a part of each lies outside the brain."""


@dataclass(frozen=True, slots=True, eq=False)
class FmriTarget:
    """The site, how firm it is, and what such a site is worth.

    Attributes
    ----------
    target
        In MNI space: the weighted center of the best cluster, or the peak voxel.
    peak, cluster : (3,)
        The most negative voxel, and the weighted center of the best cluster, m.
    peak_value
        Value of the map at the peak.
    cluster_volume_m3
        Size of the cluster.
    rivals
        Share of the best cluster's weight that the second best has (0 when there is only one): near 1 the choice
        between two places is close to a coin toss.
    masked_by_grey_matter
        Whether the search mask was cut to grey matter.
    effect
        What connectivity targets are worth.
    """

    target: Target
    peak: FloatArray
    cluster: FloatArray
    peak_value: float
    cluster_volume_m3: float
    rivals: float
    masked_by_grey_matter: bool
    effect: Reason

    @property
    def peak_to_cluster_m(self) -> float:
        """Distance of the peak from the center of the cluster, m; a large one speaks of noise."""
        return float(np.linalg.norm(self.peak - self.cluster))


def fmri_target(
    connectivity: ConnectivityMap,
    *,
    grey_matter: ArrayLike | None = None,
    radius: float = MASK_RADIUS_M,
    method: Literal["cluster", "peak"] = "cluster",
    strongest: float = 0.1,
) -> FmriTarget:
    """Find the most anticorrelated site of the left DLPFC in a map.

    Parameters
    ----------
    grey_matter : (i, j, k) bool, optional
        Grey matter on the grid of the map; without it the mask is not cut, and the result says so.
    radius
        Of the spheres of the search mask, m.
    method
        ``cluster``: center of the face-connected cluster with the largest summed anticorrelation, weighted by it;
        ``peak``: the most negative voxel.
    strongest
        Share of the mask's voxels, the most negative ones, that may form clusters (a choice of Euthymia, derived).

    Raises
    ------
    InvalidInput
        When a sphere of the mask holds hardly any data, nothing in the mask is negative, the seed region itself is
        negative (the sign of the map is turned), or the values are no correlations or z values.

    References
    ----------
    Fox et al. 2012, Biol Psychiatry 72:595, doi 10.1016/j.biopsych.2012.04.028 (seed, candidates);
    Cash et al. 2021 (clusters repeat better than single voxels).
    """
    from scipy import ndimage  # type: ignore[import-untyped]

    if not 0 < strongest <= 0.5:
        raise InvalidInput("strongest", strongest, "a share above 0 and up to 0.5")
    if method not in ("cluster", "peak"):
        raise InvalidInput("method", method, "cluster or peak")
    mask = search_mask(connectivity, radius)
    values = connectivity.values
    held = np.isfinite(values) & (values != 0)
    _check_coverage(connectivity, held, radius)
    _check_sign(connectivity, held)
    if grey_matter is not None:
        grey = np.asarray(grey_matter)
        if grey.shape != values.shape or grey.dtype != np.bool_:
            raise InvalidInput(
                "grey_matter", f"{grey.dtype} of shape {grey.shape}", f"booleans of shape {values.shape}"
            )
        mask = mask & grey
    mask = mask & held
    if not mask.any():
        raise InvalidInput("grey_matter", "without a voxel in the search mask", "grey matter in MNI space")
    if float(np.abs(values[mask]).max()) > 5:
        hint = "Give correlations or Fisher z values, not t values or percent."
        raise InvalidInput(
            "values", f"up to {np.abs(values[mask]).max():.3g}", "correlations or Fisher z, below 5", hint
        )
    inside = np.where(mask, values, np.inf)
    where = np.unravel_index(int(np.argmin(inside)), values.shape)
    if values[where] >= 0:
        raise InvalidInput(
            "values", f"nowhere negative in the search mask (lowest {values[where]:.3g})",
            "a map with anticorrelation in the left DLPFC",
            "Check that the seed is the subgenual cingulate and that global signal was handled; no target is offered.",
        )  # fmt: skip
    peak = connectivity.point(where)
    limit = min(0.0, float(np.quantile(values[mask], strongest)))
    labels, count = ndimage.label(mask & (values < 0) & (values <= limit))
    weights = np.asarray(ndimage.sum(-values, labels, range(1, count + 1)))
    best = int(np.argmax(weights)) + 1
    index = np.argwhere(labels == best)
    weight = -values[labels == best]
    center = connectivity.point((index * weight[:, None]).sum(axis=0) / weight.sum())
    others = np.delete(weights, best - 1)
    voxel = abs(float(np.linalg.det(connectivity.affine[:3, :3])))
    effect = connectivity_statement()
    note = "grey matter was not given: the site may lie outside it" if grey_matter is None else ""
    target = Target(
        "fmri", "Personal connectivity target", "cortex", center if method == "cluster" else peak, "mni", "fmri",
        effect.sources[0], note,
    )  # fmt: skip
    return FmriTarget(
        target, peak, center, float(values[where]), voxel * len(index),
        float(others.max() / weights[best - 1]) if others.size else 0.0, grey_matter is not None, effect,
    )  # fmt: skip


def _check_coverage(connectivity: ConnectivityMap, held: BoolArray, radius: float) -> None:
    """Every candidate of the mask must be covered; a map in another space or cut off misses one."""
    for row in mni_points():
        if not row.in_search_mask:
            continue
        sphere = connectivity.near(np.array([row.x_mm, row.y_mm, row.z_mm]) / 1000, radius)
        share = float(held[sphere].mean()) if sphere.any() else 0.0
        if share < MIN_COVERAGE:
            raise InvalidInput(
                "values", f"with data in {100 * share:.0f} % around {row.x_mm:g} {row.y_mm:g} {row.z_mm:g}",
                f"at least {100 * MIN_COVERAGE:.0f} % around each candidate ({row.title})",
                "The map is cut off there, or not in MNI space: normalize it to MNI152 first.",
            )  # fmt: skip


def _check_sign(connectivity: ConnectivityMap, held: BoolArray) -> None:
    seed = next(row for row in mni_points() if row.kind == "seed")
    region = connectivity.near(np.array([seed.x_mm, seed.y_mm, seed.z_mm]) / 1000, SEED_RADIUS_M) & held
    if not region.any():
        raise InvalidInput(
            "values", "without data at the subgenual seed (MNI 6 16 -10)",
            "a whole-brain map", "The sign of the map cannot be checked without its seed: give the unmasked map.",
        )  # fmt: skip
    mean = float(connectivity.values[region].mean())
    if mean <= 0:
        raise InvalidInput(
            "values", f"negative at its own seed (mean {mean:.3g} at MNI 6 16 -10)",
            "a map that is positive where the seed is",
            "The sign is turned, or this is no map of the subgenual seed: multiply it by -1 or make it again.",
        )  # fmt: skip
