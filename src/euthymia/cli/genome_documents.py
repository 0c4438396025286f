"""What ``euthymia genome … --json`` prints, as pydantic models from which the JSON Schemas are made."""

from __future__ import annotations

from typing import Any, Literal

from euthymia.plan.document_model import Document, SourceDoc


class GenomeCallsDocument(Document):
    """``euthymia genome call --json``: one record a sample, with everything that the result types hold."""

    document: Literal["euthymia/genome-calls"] = "euthymia/genome-calls"
    schema_version: Literal["1.0"] = "1.0"
    samples: list[dict[str, Any]]


class AdviceRow(Document):
    """What one guideline says about one drug."""

    drug: str
    guideline: Literal["CPIC", "DPWG", "FDA"]
    population: str
    basis: str
    leads: bool
    certain: bool
    actions: list[str]
    states: list[str]
    dose_factor: float | None
    max_dose_mg: float | None
    strength: str
    agents: list[str]
    differs_from: list[str]
    verification: Literal["read", "partial", "unverified"]
    reasons: list[str]
    sources: list[SourceDoc]


class GenomeAdviceDocument(Document):
    """``euthymia genome advise --json``."""

    document: Literal["euthymia/genome-advice"] = "euthymia/genome-advice"
    schema_version: Literal["1.0"] = "1.0"
    sample: str
    build: str
    medications: list[str]
    calls: list[dict[str, str]]
    advice: list[AdviceRow]
    limits: list[str]
