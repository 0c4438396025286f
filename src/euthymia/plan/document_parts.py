"""The parts that every document shares: sources, reasons, intervals and questions."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """Root of every document: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceDoc(Document):
    """A citation and the state of its check."""

    text: str
    doi: str
    url: str
    verification: Literal["read", "partial", "unverified"]
    as_of: str | None


class ReasonDoc(Document):
    """One statement with what it rests on; ``sources`` are indices into the document's ``sources``."""

    statement: str
    direction: Literal["for", "against", "neutral"]
    grade: str
    verification: Literal["read", "partial", "unverified"]
    sources: list[int]
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    code: str = ""


class IntervalDoc(Document):
    """A number with its 95 % interval (null ends: none published)."""

    value: float
    low: float | None
    high: float | None


class QuestionDoc(Document):
    """Something to ask, and where its answer goes in the case file."""

    code: str
    text: str
    supply: str
