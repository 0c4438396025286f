"""Solving the field of a prescription: the coil at each of its sites and at the motor site, all in one block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from euthymia.engines.fields.coil_model import CoilModel
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.collision import CasingShape, casing_shape
from euthymia.engines.fields.error_estimate import ErrorEstimate
from euthymia.engines.fields.grey_region import GREY
from euthymia.engines.fields.mesh import FloatArray, IntArray, tet_volumes
from euthymia.engines.fields.outside import require_outside
from euthymia.engines.fields.roi import Roi, roi_sphere
from euthymia.engines.fields.scalp_placement import ScalpPlacement, place
from euthymia.engines.fields.solve import FieldResult, FieldSystem, prepare, solve
from euthymia.engines.fields.vector_potential import total_dA_dt
from euthymia.therapies.tms.field_head import FieldSite, TmsHead

PEAK_SHARE = 0.999
"""The peak is the strength that this share of the grey matter, by volume, stays below."""
SLOPE_A_S = 1e6
"""Every field is solved for 1 A/µs; the rest is a factor."""
GAP_M = 0.004
"""From the casing to the scalp (hair)."""
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class SolvedSite:
    """The coil at one site and its field for 1 A/µs.

    ``mean_v_m``: volume mean of the strength in the region of the site; ``peak_v_m``: strength that 99.9 % of the grey
    matter stays below; ``peak_roi``: grey matter around where that is; ``error``: estimated error in the region.
    """

    site: FieldSite
    placement: ScalpPlacement
    result: FieldResult
    mean_v_m: float
    peak_v_m: float
    peak_roi: Roi
    peak_mean_v_m: float
    error: float | None

    @property
    def pose(self) -> CoilPose:
        """Where the coil is."""
        return self.placement.pose


def solve_sites(
    head: TmsHead,
    coil: CoilModel,
    sites: Sequence[FieldSite],
    *,
    order: int = 2,
    gap_m: float = GAP_M,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[SolvedSite, ...]:
    """Place the coil at every site and solve.

    Parameters
    ----------
    order
        Of the finite elements: 2, or 1 with less memory.
    gap_m
        Distance that the casing keeps from the scalp, m.
    say
        Called with a line of progress.

    Raises
    ------
    InvalidInput
        For a mesh or a coil that cannot be used; the message names what is wrong.
    """
    shape = casing_shape(coil)
    placements = [_placed(head, shape, site, gap_m) for site in sites]
    say(f"preparing {head.mesh.tets.shape[0]} elements of order {order} …")
    system = prepare(head.mesh, order=order)
    say(f"solving {len(sites)} placements on {system.space.n} unknowns …")
    result = solve(system, placed_source(coil, [p.pose for p in placements]), tolerance=TOLERANCE)
    volumes = tet_volumes(head.mesh.nodes, head.mesh.tets)
    return tuple(
        _measured(system, site, placement, one_source(result, k), volumes)
        for k, (site, placement) in enumerate(zip(sites, placements, strict=True))
    )


def _placed(head: TmsHead, shape: CasingShape, site: FieldSite, gap_m: float) -> ScalpPlacement:
    """Place the coil by the rule of the site, or take its pose as it is; refused in the head."""
    if site.pose is None:
        return place(head.scalp, shape, site.on_scalp, site.handle, distance_m=gap_m)
    words = "leave it out: the coil is then placed"
    left = require_outside(shape, site.pose, head.scalp.distance, argument="--matrix", otherwise=words)
    gap = float(head.scalp.distance.nearest(site.pose.center[None])[0][0])
    return ScalpPlacement(site.pose, site.on_scalp, gap, left, (0.0, 0.0), shape.is_known)


def placed_source(coil: CoilModel, poses: Sequence[CoilPose]) -> Callable[[FloatArray], FloatArray]:
    """Primary field of a coil at several poses for 1 A/µs, as the solver takes it."""
    excited = [coil.excitations(pose, [SLOPE_A_S] * len(coil.drives)) for pose in poses]
    return lambda points: np.stack([total_dA_dt(one, points) for one in excited], axis=2)


def one_source(result: FieldResult, k: int) -> FieldResult:
    """Return one column of the result of a block."""
    error = result.error
    own = None
    if error is not None:
        by_tissue = {tag: values[k : k + 1] for tag, values in error.by_tissue.items()}
        own = ErrorEstimate(error.relative[k : k + 1], by_tissue, error.element_v_m[:, k : k + 1])
    column = slice(k, k + 1)
    return FieldResult(
        result.system, result.potential_v[:, column], result.rates_v_m[:, :, column], result.field_v_m[:, :, column],
        own, result.steps[column], result.residuals[column],
    )  # fmt: skip


def at_slope(result: FieldResult, slope_a_s: float) -> FieldResult:
    """Return the field for another slope of the current, A/s: everything but relative errors grows in proportion."""
    factor, error = slope_a_s / SLOPE_A_S, result.error
    grown = None if error is None else replace(error, element_v_m=factor * error.element_v_m)
    return replace(
        result, potential_v=factor * result.potential_v, rates_v_m=factor * result.rates_v_m,
        field_v_m=factor * result.field_v_m, error=grown,
    )  # fmt: skip


def peak_of(strength: FloatArray, tissue: IntArray, volumes: FloatArray) -> tuple[float, int]:
    """Strength that 99.9 % of the grey matter (by volume) stays below, and the element that has it."""
    grey = np.flatnonzero(tissue == GREY)
    order = grey[np.argsort(strength[grey], kind="stable")]
    share = np.cumsum(volumes[order]) / volumes[order].sum()
    element = int(order[min(int(np.searchsorted(share, PEAK_SHARE)), order.size - 1)])
    return float(strength[element]), element


def _measured(
    system: FieldSystem, site: FieldSite, placement: ScalpPlacement, result: FieldResult, volumes: FloatArray
) -> SolvedSite:
    mesh = system.space.mesh
    strength = np.linalg.norm(result.field_v_m[:, :, 0], axis=1)

    def mean(roi: Roi) -> float:
        return float(np.average(strength[roi.elements], weights=volumes[roi.elements]))

    peak, element = peak_of(strength, mesh.tissue, volumes)
    around = roi_sphere(mesh, mesh.nodes[mesh.tets[element]].mean(axis=0))
    inside, error = site.roi.elements, None
    if result.error is not None:
        missed = result.error.element_v_m[inside, 0]
        error = float(np.sqrt((volumes[inside] @ missed**2) / (volumes[inside] @ strength[inside] ** 2)))
    return SolvedSite(site, placement, result, mean(site.roi), peak, around, mean(around), error)
