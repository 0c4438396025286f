"""What placement error and unknown conductivities do to the field of each site, in its own target and in a goal.

Followed on elements of order 1 of the same mesh and used as factors of the accurate field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coil_sites import CoilSite
from euthymia.engines.fields.coil_sources import CoilSource
from euthymia.engines.fields.conductivity_slopes import conductivity_slopes
from euthymia.engines.fields.displaced import ERRORS, displaced_poses, fields_at
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.placement_grid import CoilFace, placement_grid
from euthymia.engines.fields.reciprocity import CurrentElements, auxiliary_elements, reciprocal_elements
from euthymia.engines.fields.robust import conductivity_uncertainty, log_spread
from euthymia.engines.fields.roi import Roi
from euthymia.engines.fields.solve import FieldSystem, solve
from euthymia.engines.fields.vector_potential import dA_dt

SiteSlopes = tuple[dict[int, float], dict[int, float]]
"""Slopes by tissue tag: in the own target, in the goal."""

_TOLERANCE = 1e-6
_TOGETHER = 8
"""Regions, or sites, that are solved at once."""


@dataclass(frozen=True, slots=True, eq=False)
class SiteSpread:
    """Factors on the field of one site, by draw.

    Parameters
    ----------
    own, goal : (n,)
        In the own target and in the goal: placement error and conductivities together.
    placement_own, placement_goal : (n,) or None
        Placement error alone; None when the scatter of the method is not known.
    """

    own: FloatArray
    goal: FloatArray
    placement_own: FloatArray | None
    placement_goal: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False)
class SpreadInput:
    """Coil (in its own frame), the room it keeps, and a pose for each site."""

    sources: tuple[CoilSource, ...]
    face: CoilFace
    gap_m: float
    poses: tuple[CoilPose, ...]


def site_spreads(
    system: FieldSystem, scalp: Surface, sites: Sequence[CoilSite], goal: Roi, coil: SpreadInput,
    *, slopes: Sequence[SiteSlopes] | None = None, n_draws: int = 300, seed: int,
) -> tuple[SiteSpread, ...]:  # fmt: skip
    """Draw placements and conductivities; the same draws for every site, so that sites can be compared.

    Parameters
    ----------
    system
        Of order 1.
    goal
        Region in which all sites are compared.
    slopes
        By conductivity, where the fields of order 1 were at hand (``slopes_of``); solved for when None.
    """
    if system.space.order != 1:
        raise InvalidInput("system", f"of order {system.space.order}", "order 1: prepare(mesh, order=1)")
    if n_draws < 20 or len(coil.poses) != len(sites):
        raise InvalidInput("n_draws, poses", (n_draws, len(coil.poses)), f"20 or more, and {len(sites)} poses")
    regions = [goal, *(site.roi for site in sites)]
    answers = _slopes(system, sites, goal, coil) if slopes is None else slopes
    known = {tag: row for tag, row in conductivity_uncertainty().items() if tag in answers[0][0]}
    draws = np.random.default_rng(seed).standard_normal((n_draws, ERRORS + len(known)))
    elements = _regional(system, regions, scalp)
    found = []
    for number, site in enumerate(sites):
        factors = []
        for by_tag in answers[number]:
            moved = [
                by_tag[tag] * log_spread(row.coefficient_of_variation) * draws[:, ERRORS + place]
                for place, (tag, row) in enumerate(sorted(known.items()))
            ]
            factors.append(np.exp(np.sum(moved, axis=0)) if moved else np.ones(n_draws))
        own, at_goal = factors
        if site.model is None:
            found.append(SiteSpread(own, at_goal, None, None))
            continue
        both = CurrentElements(elements.positions, elements.strengths[..., [0, number + 1]], np.full(2, 0.5))
        placed = _displaced(both, scalp, site, coil, coil.poses[number], draws)
        found.append(SiteSpread(own * placed[:, 1], at_goal * placed[:, 0], placed[:, 1], placed[:, 0]))
    return tuple(found)


def _regional(system: FieldSystem, regions: Sequence[Roi], scalp: Surface) -> CurrentElements:
    """A few current elements with one patch for each region; the first one is the goal."""
    parts = []
    for first in range(0, len(regions), _TOGETHER):
        some = regions[first : first + _TOGETHER]
        joined = np.unique(np.concatenate([roi.elements for roi in some]))
        patches = np.zeros((len(some), joined.size))
        for row, roi in enumerate(some):
            patches[row, np.searchsorted(joined, roi.elements)] = roi.weights @ roi.patches
        whole = Roi(joined, patches, np.full(len(some), 1 / len(some)), some[0].center)
        parts.append(reciprocal_elements(system, whole, tolerance=_TOLERANCE))
    strengths = np.concatenate([part.strengths for part in parts], axis=3)
    exact = CurrentElements(parts[0].positions, strengths, np.full(len(regions), 1 / len(regions)))
    middle = np.mean([roi.center for roi in regions], axis=0)
    return auxiliary_elements(exact, scalp, middle)


def slopes_of(system: FieldSystem, field_v_m: FloatArray, own: Sequence[Roi], goal: Roi) -> list[SiteSlopes]:
    """Slopes by conductivity of some sites, from their fields ``(e, 3, k)`` of order 1."""
    twice = np.concatenate([field_v_m, field_v_m], axis=2)
    both = conductivity_slopes(system, twice, [*own, *[goal] * len(own)], tolerance=_TOLERANCE)
    return list(zip(both[: len(own)], both[len(own) :], strict=True))


def _slopes(system: FieldSystem, sites: Sequence[CoilSite], goal: Roi, coil: SpreadInput) -> list[SiteSlopes]:
    """Slopes by conductivity of each site's field, in its own target and in the goal."""
    found: list[SiteSlopes] = []
    for first in range(0, len(sites), _TOGETHER):
        poses = coil.poses[first : first + _TOGETHER]
        own = [site.roi for site in sites[first : first + _TOGETHER]]

        def rates(points: FloatArray, poses: Sequence[CoilPose] = poses) -> FloatArray:
            return np.stack([sum_of_rates(coil.sources, pose, points) for pose in poses], axis=-1)

        field = solve(system, rates, tolerance=_TOLERANCE, error=False).field_v_m
        found += slopes_of(system, field, own, goal)
    return found


def sum_of_rates(
    sources: Sequence[CoilSource], pose: CoilPose, points: FloatArray, slope_a_s: float = 1e6
) -> FloatArray:
    """dA/dt of the parts of a coil at a pose, V/m, ``(n, 3)``."""
    total = np.zeros_like(points)
    for source in sources:
        total += dA_dt(source.moved(pose.matrix), points, slope_a_s)
    return total


def _displaced(
    elements: CurrentElements, scalp: Surface, site: CoilSite, coil: SpreadInput, pose: CoilPose, draws: FloatArray
) -> FloatArray:
    """Strength of each patch at displaced placements relative to the placement meant, ``(n, p)``."""
    assert site.model is not None
    grid = placement_grid(scalp, site.on_scalp, face=coil.face, gap_m=coil.gap_m, handle=pose.handle)
    every = np.vstack([np.zeros((1, draws.shape[1])), draws])
    poses = displaced_poses(grid, np.zeros(2), 0.0, site.model.error(), every)
    fields = np.zeros((len(every), elements.weights.size, 3))
    for source in coil.sources:
        fields += fields_at(elements, source, poses)
    strengths = np.linalg.norm(fields, axis=2)
    return np.asarray(strengths[1:] / strengths[0])
