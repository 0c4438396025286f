"""What ``euthymia fields head`` prints with ``--json``."""

from __future__ import annotations

from typing import Literal

from euthymia.plan.document_model import Document


class TissueItem(Document):
    """One tissue of a mesh: its volume in the labels and in the mesh."""

    tag: int
    labels_ml: float
    mesh_error_pct: float
    elements: int


class HeadDocument(Document):
    """``euthymia fields head --json``."""

    document: Literal["euthymia/fields-head"] = "euthymia/fields-head"
    schema_version: Literal["1.0"] = "1.0"
    name: str
    statement: str
    nodes: int
    elements: int
    edge_mean_mm: float
    edge_shortest_mm: float
    edge_longest_mm: float
    smallest_dihedral_deg: float
    largest_dihedral_deg: float
    worst_radius_ratio: float
    parts: int
    tissues: list[TissueItem]
    file: str
