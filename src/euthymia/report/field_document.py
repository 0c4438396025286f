"""A computed field as data: ``field.json``."""

from __future__ import annotations

from typing import Literal

import numpy as np

from euthymia.plan.document_model import Document
from euthymia.report.field_measures import FieldMeasures, PlacedField, TissueField


class TissueFieldDoc(Document):
    """The field in one tissue: mean, the strength that 99.9 % of its volume stays below, and the highest."""

    tag: int
    tissue: str
    volume_ml: float
    mean_v_m: float
    peak_v_m: float
    highest_v_m: float


class SurfaceFileDoc(Document):
    """The field on a surface that was given; nodes farther than 3 mm from grey matter have no value (0)."""

    file: str
    given: str
    nodes: int
    without_value: int
    moved_most_mm: float
    peak_v_m: float
    outward_v_m: float
    inward_v_m: float


class FieldDoc(Document):
    """``field.json``, and what ``euthymia fields solve --json`` prints; strengths are for ``slope_a_us``."""

    document: Literal["euthymia/field"] = "euthymia/field"
    schema_version: Literal["1.0"] = "1.0"
    head: str
    statement: str
    notes: list[str]
    nodes: int
    elements: int
    order: int
    unknowns: int
    coil: str
    coil_origin: str
    slope_a_us: float
    pose_mm: list[list[float]]
    target: str
    target_mm: list[float]
    region_elements: int
    peak_v_m: float
    highest_v_m: float
    outward_v_m: float
    inward_v_m: float
    target_v_m: float
    target_v_m_per_a_us: float
    half_volume_ml: float
    half_area_cm2: float
    reach_mm: float
    target_depth_mm: float
    coil_to_target_mm: float
    estimated_error: float | None
    estimated_grey_error: float | None
    iterations: int
    residual: float
    tissues: list[TissueFieldDoc]
    space: Literal["MNI", "own"]
    grid_mm: float | None
    surfaces: list[SurfaceFileDoc]
    files: list[str]


def field_document(
    placed: PlacedField,
    found: FieldMeasures,
    files: tuple[str, ...] = (),
    *,
    grid_m: float | None = None,
    surfaces: tuple[SurfaceFileDoc, ...] = (),
) -> FieldDoc:
    """Field, pose, mesh and measures in one document (mm, ml, cm², V/m, A/µs)."""
    space = placed.result.system.space
    return FieldDoc(
        head=placed.head_name,
        statement=placed.statement,
        notes=list(placed.notes),
        nodes=placed.mesh.nodes.shape[0],
        elements=placed.mesh.tets.shape[0],
        order=space.order,
        unknowns=space.n,
        coil=placed.coil.name,
        coil_origin=placed.coil.origin,
        slope_a_us=placed.slope_a_s / 1e6,
        pose_mm=[[round(float(v), 6) for v in row] for row in placed.pose.in_mm()],
        target=placed.target_title,
        target_mm=[round(1000 * float(v), 3) for v in placed.roi.center],
        region_elements=int(np.size(placed.roi.elements)),
        peak_v_m=found.peak_v_m,
        highest_v_m=found.highest_v_m,
        outward_v_m=found.outward_v_m,
        inward_v_m=found.inward_v_m,
        target_v_m=found.target_v_m,
        target_v_m_per_a_us=found.target_v_m / (placed.slope_a_s / 1e6),
        half_volume_ml=1e6 * found.half_volume_m3,
        half_area_cm2=1e4 * found.half_area_m2,
        reach_mm=1000 * found.reach_m,
        target_depth_mm=1000 * found.target_depth_m,
        coil_to_target_mm=1000 * found.coil_to_target_m,
        estimated_error=found.error,
        estimated_grey_error=found.grey_error,
        iterations=int(placed.result.steps[0]),
        residual=float(placed.result.residuals[0]),
        tissues=[_tissue(item) for item in found.tissues],
        space="MNI" if placed.is_mni else "own",
        grid_mm=None if grid_m is None else 1000 * grid_m,
        surfaces=list(surfaces),
        files=list(files),
    )


def _tissue(item: TissueField) -> TissueFieldDoc:
    return TissueFieldDoc(
        tag=item.tag,
        tissue=item.tissue,
        volume_ml=1e6 * item.volume_m3,
        mean_v_m=item.mean_v_m,
        peak_v_m=item.peak_v_m,
        highest_v_m=item.highest_v_m,
    )
