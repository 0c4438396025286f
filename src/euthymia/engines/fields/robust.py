"""Best placement under placement error and uncertain conductivities, with an interval for the field it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coil_sources import CoilSource
from euthymia.engines.fields.displaced import ERRORS, displaced_poses, fields_at
from euthymia.engines.fields.mesh import FloatArray, IntArray
from euthymia.engines.fields.optimize import Search, SearchMap, matched_coil, scan, score
from euthymia.engines.fields.placement_grid import PlacementGrid
from euthymia.engines.fields.reciprocity import CurrentElements

Aim = Literal["low", "expected"]

NEAR_BEST = 0.9
"""A field with this share of the best is near it."""

_SAME_PLACE_M, _SAME_TURN_RAD = 0.0025, float(np.deg2rad(8.0))
_RAYLEIGH = float(np.sqrt(np.pi / 2))
_RAYLEIGH_MEDIAN = float(np.sqrt(2 * np.log(2)))
_HALF_NORMAL = float(np.sqrt(2 / np.pi))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductivityUncertainty(SourcedRow):
    """Spread of the conductivity of one tissue."""

    tag: int
    tissue: str
    coefficient_of_variation: float


def conductivity_uncertainty() -> dict[int, ConductivityUncertainty]:
    """Packaged spreads by tag; tissues without a row have none that was found."""
    rows = load_table("euthymia.engines.fields", "conductivity_uncertainty.csv", ConductivityUncertainty, key="tag")
    return {row.tag: row for row in rows}


@dataclass(frozen=True, slots=True)
class PlacementError:
    """Normal errors of a placement: standard deviations of each shift on the scalp (m), of yaw and each tilt (rad)."""

    shift_m: float
    yaw_rad: float
    tilt_rad: float

    def __post_init__(self) -> None:
        values = (self.shift_m, self.yaw_rad, self.tilt_rad)
        if not np.isfinite(values).all() or min(values) < 0:
            raise InvalidInput("shift_m, yaw_rad, tilt_rad", values, "finite standard deviations of 0 or more")

    @classmethod
    def from_means(cls, distance_m: float, yaw_deg: float, tilt_deg: float) -> PlacementError:
        """From the mean distance (a normal error in two directions) and mean absolute angles, as studies give them."""
        return cls(distance_m / _RAYLEIGH, np.deg2rad(yaw_deg) / _HALF_NORMAL, np.deg2rad(tilt_deg) / _HALF_NORMAL)

    def with_more(self, other: PlacementError) -> PlacementError:
        """Both errors one after the other: variances add."""
        pairs = zip(
            (self.shift_m, self.yaw_rad, self.tilt_rad), (other.shift_m, other.yaw_rad, other.tilt_rad), strict=True
        )
        return PlacementError(*(float(np.hypot(one, two)) for one, two in pairs))

    @classmethod
    def from_medians(cls, distance_m: float, yaw_deg: float, tilt_deg: float) -> PlacementError:
        """From the median distance, with mean absolute angles."""
        return cls.from_means(distance_m / _RAYLEIGH_MEDIAN * _RAYLEIGH, yaw_deg, tilt_deg)


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """Response of the region when one tissue conducts more: its spread (of the logarithm), and log slope of the score.

    Parameters
    ----------
    tag
        Tissue.
    spread
        Standard deviation of the logarithm of its conductivity.
    slopes : (c, a)
        Change of the logarithm of the score per change of the logarithm of the conductivity, by placement.
    """

    tag: int
    spread: float
    slopes: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class JudgedPlacement:
    """A placement under all errors, sampled with tilts, lifts and conductivities.

    Parameters
    ----------
    pose : CoilPose
    place, turn
        Its indices in the map.
    score_v_m
        Without any error.
    expected_v_m
        Mean.
    interval_v_m : (3,)
        Low quantile, median and high quantile.
    near_best
        Share of the draws with at least ``NEAR_BEST`` of the field that the best placement of the map would make
        without placement error and with the same conductivities.
    """

    pose: CoilPose
    place: int
    turn: int
    score_v_m: float
    expected_v_m: float
    interval_v_m: FloatArray
    near_best: float


@dataclass(frozen=True, slots=True, eq=False)
class RobustOptimum:
    """The placement that bears errors best, beside the one that is best without errors.

    Parameters
    ----------
    chosen, nominal : JudgedPlacement
        The same draws for both.
    aim
        What was made largest: ``"low"``, the low quantile, or ``"expected"``, the mean.
    quantile : float
        The low quantile; 0.05 makes 90 % intervals.
    expected_v_m, low_v_m : (c, a)
        Mean, and about the low quantile, over the whole map, without tilts.
    n_samples, seed
        Of the intervals.
    """

    chosen: JudgedPlacement
    nominal: JudgedPlacement
    aim: Aim
    quantile: float
    expected_v_m: FloatArray
    low_v_m: FloatArray
    n_samples: int
    seed: int


def log_spread(coefficient_of_variation: float) -> float:
    """Standard deviation of the logarithm of a lognormal variable."""
    if not 0 <= coefficient_of_variation < 5:
        raise InvalidInput("coefficient_of_variation", coefficient_of_variation, "0 to 5")
    return float(np.sqrt(np.log1p(coefficient_of_variation**2)))


def sensitivities(
    base: SearchMap,
    changed: Mapping[int, tuple[float, CurrentElements]],
    spreads: Mapping[int, float],
    source: CoilSource,
    grid: PlacementGrid,
    search: Search,
    slope_a_s: float = 1.0,
) -> tuple[Sensitivity, ...]:
    """Log slopes of the score by tissue, from one extra reciprocal solution of each.

    Parameters
    ----------
    changed
        By tag: factor on its conductivity, and the auxiliary elements of the head with that change.
    spreads
        By tag: coefficient of variation.
    """
    found = []
    for tag, (factor, auxiliary) in sorted(changed.items()):
        if factor <= 0 or factor == 1 or tag not in spreads:
            raise InvalidInput(
                "changed", f"factor {factor} for tag {tag}", "a positive factor other than 1, and a spread"
            )
        other = scan(auxiliary, matched_coil(source, auxiliary, grid, search), grid, search, slope_a_s)
        ratio = np.maximum(other.score_v_m, 1e-30) / np.maximum(base.score_v_m, 1e-30)
        found.append(Sensitivity(tag, log_spread(spreads[tag]), np.log(ratio) / np.log(factor)))
    return tuple(found)


def robust_optimum(
    base: SearchMap,
    auxiliary: CurrentElements,
    source: CoilSource,
    grid: PlacementGrid,
    search: Search,
    error: PlacementError,
    tissues: tuple[Sensitivity, ...] = (),
    *,
    slope_a_s: float = 1.0,
    aim: Aim = "low",
    quantile: float = 0.1,
    n_samples: int = 200,
    n_finalists: int = 5,
    seed: int,
) -> RobustOptimum:
    """Placement whose low quantile (or mean) of the score is best.

    Notes
    -----
    Over the whole grid the expected score under shifts and yaw is a Gaussian smoothing of the map, and conductivities
    widen it: finalists are the placements with the best mean, or mean less spread. For them, and for the nominal best,
    errors of shift, yaw, tilt and conductivity are drawn together (the same draws for all), each lifted clear of the
    scalp, and the draws decide. Placement error at the rim of the grid is cut off: search wider than the error.
    Conductivities are lognormal with the nominal value as their median, and each acts on the logarithm of the score in
    proportion (first order). Errors of the mesh and of the segmentation are not in the interval.
    """
    if not 0 < quantile < 0.5 or n_samples < 20 or n_finalists < 1:
        raise InvalidInput("quantile, n_samples", (quantile, n_samples), "0 to 0.5, and 20 or more")
    if aim not in ("low", "expected"):
        raise InvalidInput("aim", aim, "low or expected")
    mean, square = _smoothed(base, base.score_v_m, error), _smoothed(base, base.score_v_m**2, error)
    variance = np.maximum(square - mean**2, 0.0)
    for tissue in tissues:
        variance = variance + (mean * tissue.slopes * tissue.spread) ** 2
    low = mean + NormalDist().inv_cdf(quantile) * np.sqrt(variance)
    order = np.argsort(low if aim == "low" else mean, axis=None)[::-1]
    finalists = [int(base.score_v_m.argmax()), *_apart(base, order, n_finalists)]
    draws = np.random.default_rng(seed).standard_normal((n_samples, ERRORS + len(tissues)))
    judged = [
        _judged(base, index, auxiliary, source, grid, search, error, tissues, draws, slope_a_s, quantile)
        for index in finalists
    ]
    worth = [one.interval_v_m[0] if aim == "low" else one.expected_v_m for one in judged]
    return RobustOptimum(judged[int(np.argmax(worth))], judged[0], aim, quantile, mean, low, n_samples, seed)


def _judged(
    base: SearchMap, index: int, auxiliary: CurrentElements, source: CoilSource, grid: PlacementGrid, search: Search,
    error: PlacementError, tissues: tuple[Sensitivity, ...], draws: FloatArray, slope_a_s: float, quantile: float,
) -> JudgedPlacement:  # fmt: skip
    place, turn = (int(i) for i in np.unravel_index(index, base.score_v_m.shape))
    angle = float(base.angles_rad[turn])
    poses = displaced_poses(grid, base.offsets_m[place], angle, error, draws)
    values = score(auxiliary, fields_at(auxiliary, source, poses, slope_a_s), search)
    best = np.unravel_index(int(base.score_v_m.argmax()), base.score_v_m.shape)
    reference = np.full(len(draws), float(base.score_v_m.max()))
    for number, tissue in enumerate(tissues):
        drawn = tissue.spread * draws[:, ERRORS + number]
        values = values * np.exp(tissue.slopes[place, turn] * drawn)
        reference *= np.exp(tissue.slopes[best] * drawn)
    return JudgedPlacement(
        base.pose(place, turn), place, turn, float(base.score_v_m[place, turn]),
        float(values.mean()), np.asarray(np.quantile(values, [quantile, 0.5, 1 - quantile])),
        float((values >= NEAR_BEST * reference).mean()),
    )  # fmt: skip


def _smoothed(base: SearchMap, values: FloatArray, error: PlacementError) -> FloatArray:
    """Gaussian mean over the neighbors of each placement that the grid holds."""
    gap = base.offsets_m[:, None] - base.offsets_m
    near = _gauss(np.einsum("ijk,ijk->ij", gap, gap), error.shift_m)
    near /= near.sum(axis=1, keepdims=True)
    turn = base.angles_rad[:, None] - base.angles_rad
    span = _span(base)
    turn = turn - span * np.round(turn / span)
    around = _gauss(turn**2, error.yaw_rad)
    around /= around.sum(axis=1, keepdims=True)
    return np.asarray(near @ values @ around.T)


def _span(base: SearchMap) -> float:
    """Turn after which the angles of a map begin again."""
    angles = base.angles_rad
    return float(angles.size * (angles[1] - angles[0])) if angles.size > 1 else 2 * np.pi


def _gauss(squared: FloatArray, spread: float) -> FloatArray:
    if spread == 0:
        return np.asarray((squared == 0).astype(np.float64))
    return np.asarray(np.exp(-squared / (2 * spread**2)))


def _apart(base: SearchMap, order: IntArray, count: int) -> list[int]:
    """The first ``count`` of an order that are not neighbors of one another."""
    kept: list[int] = []
    span = _span(base)
    for index in order:
        place, turn = divmod(int(index), base.angles_rad.size)
        for other in kept:
            q, t = divmod(other, base.angles_rad.size)
            far = np.linalg.norm(base.offsets_m[place] - base.offsets_m[q])
            turned_by = abs(base.angles_rad[turn] - base.angles_rad[t])
            if far < _SAME_PLACE_M and min(turned_by, abs(span - turned_by)) < _SAME_TURN_RAD:
                break
        else:
            kept.append(int(index))
        if len(kept) == count:
            break
    return kept
