"""A placement that bears errors, as data: ``robust.json``."""

from __future__ import annotations

from typing import Literal

from euthymia.plan.document_model import Document, SourceDoc


class JudgedItem(Document):
    """A placement under all errors; the interval holds 90 % of the draws."""

    pose_mm: list[list[float]]
    offset_mm: list[float]
    handle_deg: float
    without_error_v_m: float
    expected_v_m: float
    interval_v_m: list[float]
    near_best: float


class ErrorItem(Document):
    """One cause of placement error as it was measured."""

    method: str
    title: str
    statistic: str
    shift_mm: float
    yaw_deg: float | None
    tilt_deg: float | None
    statement: str
    source: SourceDoc


class MapPoint(Document):
    """One place of the search with its best handle: offsets along the scalp (to the side, to the front), fields."""

    x_mm: float
    y_mm: float
    handle_deg: float
    without_error_v_m: float
    expected_v_m: float


class RobustDocument(Document):
    """``robust.json`` of ``euthymia fields optimize --robust``; beside it, ``field.json`` is that of the placement."""

    document: Literal["euthymia/fields-robust"] = "euthymia/fields-robust"
    schema_version: Literal["1.0"] = "1.0"
    head: str
    statement: str
    coil: str
    slope_a_us: float
    target: str
    target_mm: list[float]
    aim: Literal["expected", "low"]
    methods: list[ErrorItem]
    shift_sd_mm: float
    yaw_sd_deg: float
    tilt_sd_deg: float
    conductivities: list[str]
    robust: JudgedItem
    nominal: JudgedItem
    apart_mm: float
    turned_deg: float
    gain_expected: float
    gain_low: float
    draws: int
    seed: int
    notes: list[str]
    points: list[MapPoint]
    files: list[str]
