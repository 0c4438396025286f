"""What ``euthymia tms beam-f3`` and ``euthymia tms targets`` print with ``--json``."""

from __future__ import annotations

from typing import Literal

from euthymia.plan.document_model import Document, SourceDoc


class BeamSite(Document):
    """One site of Beam F3 by one formula."""

    variant: str
    title: str
    usable: bool
    x_cm: float
    y_cm: float
    note: str
    source: SourceDoc


class BeamDocument(Document):
    """``euthymia tms beam-f3 --json``."""

    document: Literal["euthymia/tms-beam-f3"] = "euthymia/tms-beam-f3"
    schema_version: Literal["1.0"] = "1.0"
    side: Literal["left", "right"]
    tragus_cm: float
    nasion_inion_cm: float
    circumference_cm: float
    used: BeamSite
    others: list[BeamSite]
    farthest_apart_cm: float
    steps: list[str]
    errors: list[str]
    files: list[str]


class TargetItem(Document):
    """One target."""

    number: int
    code: str
    title: str
    kind: Literal["cortex", "scalp", "seed"]
    space: Literal["mni", "head"]
    x_mm: float
    y_mm: float
    z_mm: float
    depth_mm: float | None
    off_cortex_mm: float | None
    note: str
    source: SourceDoc | None


class PairItem(Document):
    """Distance of two targets: as points of the same kind, and as sites of a coil on the scalp."""

    one: int
    other: int
    distance_mm: float | None
    on_scalp_mm: float | None


class FmriItem(Document):
    """How firm a personal connectivity target is."""

    peak_mm: list[float]
    cluster_mm: list[float]
    peak_value: float
    cluster_ml: float
    peak_to_cluster_mm: float
    rivals: float
    masked_by_grey_matter: bool


class TargetsDocument(Document):
    """``euthymia tms targets --json``."""

    document: Literal["euthymia/tms-targets"] = "euthymia/tms-targets"
    schema_version: Literal["1.0"] = "1.0"
    assumption: str
    targets: list[TargetItem]
    pairs: list[PairItem]
    fmri: FmriItem | None
    connectivity_effect: str
    errors: list[str]
    files: list[str]
