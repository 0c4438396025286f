"""Tissues of a T1 image by expectation and maximization: Gaussians per tissue, spatial priors, a smooth bias field."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.segment_prior import TISSUES, Stack

GAUSSIANS = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 0: 1}
"""Intensities of one tissue that differ: CSF with and without grey matter in the voxel, marrow, fat, muscle."""
CSF_OF_GREY = (0.3, 0.55)
CSF_BELOW_GREY = 0.72
"""Start of CSF, and the most it may reach, as shares of the mean of grey matter. Free CSF drifts into grey matter:
on Colin27 both of its Gaussians ended at 0.69 of it and the sulci were over-called."""
AIR_LIMIT = 0.12
"""Most that the mean and the spread of air may reach, as a share of white matter: left free it takes soft tissue."""
LEAST_SPREAD = 0.02
"""Least standard deviation of a Gaussian, as a share of the mean of white matter."""
LEAST_CONTRAST = 1.04
"""White over grey matter below which the image is no T1-weighted one of an adult."""
BIAS_ORDER = 3
BIAS_LIMIT = (0.4, 2.5)
STEPS = 60
ENOUGH = 5e-5
SAMPLES = 400_000

Values = NDArray[np.float32]


_POWERS: list[tuple[int, int, int]] = [
    (a, b, c)
    for total in range(1, BIAS_ORDER + 1)
    for a in range(total, -1, -1)
    for b in range(total - a, -1, -1)
    for c in (total - a - b,)
]


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """What was learnt of an image.

    Parameters
    ----------
    owner, mean, spread, share : (g,)
        Row of ``TISSUES``, mean, standard deviation and share within its tissue of each Gaussian; the unit of the image
        after the bias is taken out.
    bias
        Polynomial of the bias field.
    steps
        Iterations run.
    change
        Relative change of the log likelihood in the last one.
    """

    owner: NDArray[np.int64]
    mean: FloatArray
    spread: FloatArray
    share: FloatArray
    bias: Bias
    steps: int
    change: float

    def tissue_mean(self, tag: int) -> float:
        """Mean intensity of a tissue over its Gaussians."""
        mine = self.owner == TISSUES.index(tag)
        return float(self.mean[mine] @ self.share[mine])

    def tissue_spread(self, tag: int) -> float:
        """Standard deviation of a tissue over its Gaussians."""
        mine = self.owner == TISSUES.index(tag)
        second = self.share[mine] @ (self.spread[mine] ** 2 + self.mean[mine] ** 2)
        return float(np.sqrt(max(second - self.tissue_mean(tag) ** 2, 0.0)))

    def likelihood(self, values: Values) -> Stack:
        """Density of intensities ``(n,)`` without bias under each tissue, ``(6, n)``."""
        found = np.zeros((len(TISSUES), values.size), dtype=np.float32)
        for owner, mean, spread, share in zip(self.owner, self.mean, self.spread, self.share, strict=True):
            found[owner] += np.float32(share) * _normal(values, mean, spread)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Bias:
    """Factor by which intensities are too high: a polynomial of position, held constant beyond its box.

    ``middle (3,)``, ``half (3,)``: box in which it was fitted, m; ``weights (t,)``.
    """

    middle: FloatArray
    half: FloatArray
    weights: FloatArray = field(default_factory=lambda: np.zeros(len(_POWERS)))

    def terms(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Polynomials ``(n, t)`` at points ``(n, 3)``, m."""
        at = np.clip((points - self.middle) / self.half, -1.1, 1.1).astype(np.float32)
        legendre = np.stack([np.ones_like(at), at, 1.5 * at**2 - 0.5, 2.5 * at**3 - 1.5 * at])
        return np.stack([legendre[a, :, 0] * legendre[b, :, 1] * legendre[c, :, 2] for a, b, c in _POWERS], axis=1)

    def at(self, points: NDArray[np.floating]) -> Values:
        """Factor at points ``(n, 3)``, m."""
        factor = 1.0 + self.terms(points) @ self.weights.astype(np.float32)
        return np.asarray(np.clip(factor, *BIAS_LIMIT), dtype=np.float32)


def fit_mixture(values: Values, prior: Stack, points: NDArray[np.floating], noise: tuple[float, float]) -> Mixture:
    """Learn intensities and bias from voxels of a head.

    Parameters
    ----------
    values : (n,)
        Intensities within the head.
    prior : (6, n)
        Probabilities of the tissues at these voxels.
    points : (n, 3)
        Their places, m.
    noise
        Mean and standard deviation of the intensity in the air around the head.

    Raises
    ------
    InvalidInput
        When white matter is not brighter than grey matter (no T1 contrast), or hardly any voxel is likely brain.
    NotConverged
        When an intensity stops being a number.

    References
    ----------
    Van Leemput, Maes, Vandermeulen, Suetens 1999, IEEE Trans Med Imaging 18:885. doi 10.1109/42.811268
    Ashburner, Friston 2005, NeuroImage 26:839. doi 10.1016/j.neuroimage.2005.02.018
    """
    if values.size > SAMPLES:
        # A stride prime to the rows of the grid takes voxels of all places alike, without chance.
        every = np.arange(0, values.size, max(1, values.size // SAMPLES) | 1)
        values, prior, points = values[every], prior[:, every], points[every]
    white, grey = _first_means(values, prior)
    owner = np.repeat(np.arange(len(TISSUES)), [GAUSSIANS[tag] for tag in TISSUES])
    mean, spread = _start(values, prior, white, grey, noise)
    share = np.concatenate([np.full(GAUSSIANS[tag], 1.0 / GAUSSIANS[tag]) for tag in TISSUES])
    brain = prior[:2].sum(axis=0) > 0.5
    low, high = points[brain].min(axis=0), points[brain].max(axis=0)
    bias = Bias((low + high) / 2, (high - low) / 2)
    terms = bias.terms(points)
    inside = prior[:3].sum(axis=0) > 0.5
    last, change, step = -np.inf, np.inf, 0
    factor = np.ones(values.size, dtype=np.float32)
    for step in range(1, STEPS + 1):
        clean = values / factor
        joint = np.empty((owner.size, values.size), dtype=np.float32)
        for g in range(owner.size):
            joint[g] = prior[owner[g]] * np.float32(share[g]) * _normal(clean, mean[g], spread[g])
        total = joint.sum(axis=0) + np.float32(1e-30)
        fit = float(np.log(total, dtype=np.float64).mean() - np.log(factor, dtype=np.float64).mean())
        joint /= total
        mass = joint.sum(axis=1, dtype=np.float64) + 1e-6
        mean = (joint @ clean).astype(np.float64) / mass
        mean = _ordered(owner, mean, mass)
        off = np.stack([(joint[g] @ (clean - np.float32(mean[g])) ** 2) for g in range(owner.size)])
        spread = np.sqrt(off.astype(np.float64) / mass)
        white_mean = float(mean[0])
        spread = np.maximum(spread, LEAST_SPREAD * white_mean)
        air = owner == TISSUES.index(0)
        spread[air] = np.minimum(spread[air], AIR_LIMIT * white_mean)
        share = mass / np.bincount(owner, weights=mass)[owner]
        if not (np.isfinite(mean).all() and np.isfinite(spread).all()):
            raise NotConverged("the intensities of the tissues could not be told apart: is it a T1 image of a head?")
        if step >= 4:
            bias = _refit(bias, terms, values, joint[:4], mean[:4], spread[:4], inside)
            factor = np.clip(1.0 + terms @ bias.weights.astype(np.float32), *BIAS_LIMIT).astype(np.float32)
        change, last = abs(fit - last) / max(abs(fit), 1e-12), fit
        if step > 10 and change < ENOUGH:
            break
    if mean[0] < LEAST_CONTRAST * mean[1]:
        _refuse_contrast(float(mean[0]), float(mean[1]))
    return Mixture(owner, mean, spread, share, bias, step, change)


def posterior(mixture: Mixture, values: Values, prior: Stack, points: NDArray[np.floating]) -> Stack:
    """Probability of each tissue ``(6, n)`` at voxels with these intensities, priors and places."""
    clean = values / mixture.bias.at(points)
    # Nothing outside of the Gaussians may decide alone: a floor keeps the prior where an intensity fits no tissue.
    found = (mixture.likelihood(clean) + np.float32(1e-6 / mixture.mean[0])) * prior
    found /= found.sum(axis=0)
    return found


def _refit(
    bias: Bias, terms: NDArray[np.float32], values: Values, joint: Stack, mean: FloatArray, spread: FloatArray,
    inside: NDArray[np.bool_],
) -> Bias:  # fmt: skip
    """Least squares of the bias over brain and CSF, each Gaussian weighted by its precision."""
    precision = (joint.T / spread**2).astype(np.float32)
    weight = precision.sum(axis=1) * inside
    expected = np.where(weight > 0, (precision @ mean.astype(np.float32)) / np.maximum(precision.sum(axis=1), 1e-20), 0)
    ratio = np.where(expected > 0, values / np.maximum(expected, 1e-6), 1.0) - 1.0
    w = weight * expected**2
    normal = (terms * w[:, None]).T @ terms
    normal = normal.astype(np.float64) + np.eye(terms.shape[1]) * 1e-3 * np.trace(normal) / terms.shape[1]
    return Bias(bias.middle, bias.half, np.linalg.solve(normal, (terms.T @ (w * ratio)).astype(np.float64)))


def _first_means(values: Values, prior: Stack) -> tuple[float, float]:
    """Medians where white and grey matter are likely."""
    found = []
    for row in (0, 1):
        likely = prior[row] > min(0.7, float(np.quantile(prior[row], 0.995)))
        if likely.sum() < 100:
            raise InvalidInput("t1", "with hardly any voxel where the template has brain", "an image of a whole head")
        found.append(float(np.median(values[likely])))
    if found[0] < LEAST_CONTRAST * found[1]:
        _refuse_contrast(found[0], found[1])
    return found[0], found[1]


def _start(
    values: Values, prior: Stack, white: float, grey: float, noise: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    mean = [white, grey, *(share * grey for share in CSF_OF_GREY)]
    for row, quantiles in ((3, (0.1, 0.35, 0.75)), (4, (0.15, 0.4, 0.65, 0.9))):
        likely = values[prior[row] > 0.6]
        mean.extend(np.quantile(likely if likely.size > 100 else values, quantiles))
    mean.append(noise[0] + LEAST_SPREAD * white)
    gap = max(white - grey, 3 * LEAST_SPREAD * white)
    spread = np.full(len(mean), gap / 2)
    spread[4:11] = gap
    spread[11:] = noise[1] + LEAST_SPREAD * white
    return np.array(mean), spread


def _ordered(owner: NDArray[np.int64], mean: FloatArray, mass: FloatArray) -> FloatArray:
    """CSF below grey below white matter and air dark, whatever the last step found."""
    kept = mean.copy()
    if kept[0] < kept[1]:
        kept[:2] = (kept[:2] @ mass[:2]) / mass[:2].sum()
    csf = owner == TISSUES.index(3)
    kept[csf] = np.minimum(kept[csf], CSF_BELOW_GREY * kept[1])
    air = owner == TISSUES.index(0)
    kept[air] = np.minimum(kept[air], AIR_LIMIT * kept[0])
    return kept


def _refuse_contrast(white: float, grey: float) -> None:
    raise InvalidInput(
        "t1", f"with white matter at {white / grey:.2f} of grey matter", f"at least {LEAST_CONTRAST:g} (T1 contrast)",
        "This looks like a T2, PD or FLAIR image, or one without contrast: give the T1-weighted one.",
    )  # fmt: skip


def _normal(values: Values, mean: float, spread: float) -> Values:
    scaled = (values - np.float32(mean)) * np.float32(1.0 / spread)
    return np.asarray(np.exp(np.float32(-0.5) * scaled * scaled) * np.float32(0.3989423 / spread), dtype=np.float32)
