"""Sites of a coil compared on one head, as data: ``sites.json``."""

from __future__ import annotations

from typing import Literal

from euthymia.plan.document_model import Document, SourceDoc


class ScatterItem(Document):
    """How far the method of a site scatters, and what is left of the field in the goal: median and low end."""

    method: str
    title: str
    shift_mm: float
    statistic: str
    statement: str
    goal_median: float
    goal_low: float
    own_median: float
    own_low: float
    source: SourceDoc


class SiteItem(Document):
    """One site; intervals hold 90 % of the draws of placement (where its scatter is known) and conductivities."""

    number: int
    code: str
    title: str
    kind: Literal["cortex", "scalp"]
    found_by: str
    on_scalp_mm: list[float]
    own_mm: list[float]
    pose_mm: list[list[float]]
    goal_v_m: float
    goal_interval_v_m: list[float]
    goal_share: float
    own_v_m: float
    own_interval_v_m: list[float]
    peak_v_m: float
    half_area_cm2: float
    half_volume_ml: float
    reach_mm: float
    scalp_to_cortex_mm: float
    scalp_to_own_mm: float
    coil_to_own_mm: float
    from_goal_site_mm: float
    scatter: ScatterItem | None
    warnings: list[str]
    note: str
    source: SourceDoc | None


class SitesDocument(Document):
    """``sites.json``, and what ``euthymia fields compare --json`` prints; sorted by the field in the goal."""

    document: Literal["euthymia/fields-compare"] = "euthymia/fields-compare"
    schema_version: Literal["1.0"] = "1.0"
    head: str
    statement: str
    assumption: str
    coil: str
    slope_a_us: float
    goal: str
    goal_code: str
    goal_mm: list[float]
    notes: list[str]
    nodes: int
    elements: int
    order: int
    unknowns: int
    estimated_grey_error: float | None
    draws: int
    seed: int
    conductivities: list[str]
    connectivity_effect: str
    sites: list[SiteItem]
    files: list[str]
