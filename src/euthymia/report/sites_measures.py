"""From solved sites to the rows of their comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coil_sites import CoilSite
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.site_spread import SiteSpread
from euthymia.report.field_measures import FieldMeasures
from euthymia.report.genome_document import source_doc
from euthymia.report.sites_document import ScatterItem, SiteItem

ENDS = (0.05, 0.95)
"""Ends of the intervals: 90 % of the draws lie between."""


@dataclass(frozen=True, slots=True, eq=False)
class SolvedSite:
    """A site with its pose, the measures of its field, and the mean strength in the goal, V/m."""

    site: CoilSite
    pose: CoilPose
    measures: FieldMeasures
    goal_v_m: float


def site_items(solved: Sequence[SolvedSite], spreads: Sequence[SiteSpread], goal_site: FloatArray) -> list[SiteItem]:
    """Rows, strongest field in the goal first, numbered from 1.

    Parameters
    ----------
    spreads
        Of the sites, in the same order.
    goal_site : (3,)
        Scalp point over the goal, m.
    """
    order = sorted(range(len(solved)), key=lambda i: -solved[i].goal_v_m)
    best = solved[order[0]].goal_v_m
    return [_item(number, solved[i], spreads[i], goal_site, best) for number, i in enumerate(order, start=1)]


def _item(number: int, one: SolvedSite, spread: SiteSpread, goal_site: FloatArray, best: float) -> SiteItem:
    site, found = one.site, one.measures
    target = site.target
    return SiteItem(
        number=number,
        code=target.code,
        title=target.title,
        kind="scalp" if target.kind == "scalp" else "cortex",
        found_by=target.method,
        on_scalp_mm=_mm(site.on_scalp),
        own_mm=_mm(site.roi.center),
        pose_mm=[[round(float(v), 4) for v in row] for row in one.pose.in_mm()],
        goal_v_m=one.goal_v_m,
        goal_interval_v_m=_ends(one.goal_v_m * spread.goal),
        goal_share=one.goal_v_m / best,
        own_v_m=found.target_v_m,
        own_interval_v_m=_ends(found.target_v_m * spread.own),
        peak_v_m=found.peak_v_m,
        half_area_cm2=1e4 * found.half_area_m2,
        half_volume_ml=1e6 * found.half_volume_m3,
        reach_mm=1000 * found.reach_m,
        scalp_to_cortex_mm=1000 * site.cortex_m,
        scalp_to_own_mm=1000 * site.depth_m,
        coil_to_own_mm=1000 * found.coil_to_target_m,
        from_goal_site_mm=1000 * float(np.linalg.norm(site.on_scalp - goal_site)),
        scatter=_scatter(site, spread),
        warnings=list(site.warnings),
        note=target.note,
        source=None if target.source is None else source_doc(target.source),
    )


def _scatter(site: CoilSite, spread: SiteSpread) -> ScatterItem | None:
    if site.model is None or spread.placement_goal is None or spread.placement_own is None:
        return None
    row = site.model
    return ScatterItem(
        method=row.method,
        title=row.title,
        shift_mm=row.shift_mm,
        statistic=row.statistic,
        statement=row.statement,
        goal_median=float(np.median(spread.placement_goal)),
        goal_low=float(np.quantile(spread.placement_goal, ENDS[0])),
        own_median=float(np.median(spread.placement_own)),
        own_low=float(np.quantile(spread.placement_own, ENDS[0])),
        source=source_doc(row.cite()),
    )


def _ends(values: FloatArray) -> list[float]:
    return [float(v) for v in np.quantile(values, ENDS)]


def _mm(point: FloatArray) -> list[float]:
    return [round(1000 * float(v), 2) + 0.0 for v in point]
