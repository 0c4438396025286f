"""The fields of the laboratory part of ``plan.json``."""

from __future__ import annotations

from typing import Literal

from euthymia.plan.document_parts import Document, QuestionDoc, ReasonDoc


class LabChangeDoc(Document):
    """What a result changes; ``is_acted_on`` is false where the evidence gives it no weight."""

    code: str
    action: str
    strength: Literal["label", "guideline", "practice", "exposure_only", "investigational", "none"]
    effect: str
    patients: int | None
    reaches: list[str]
    is_acted_on: bool
    reason: ReasonDoc


class LabDoc(Document):
    """One laboratory value; ``value``, ``low`` and ``high`` are in ``unit``, ``reported`` is the value as it came."""

    analyte: str
    title: str
    value: float
    unit: str
    reported: str
    day: str
    age_days: int
    is_stale: bool
    state: Literal["low", "in_range", "high", "not_judged"]
    low: float | None
    high: float | None
    range_from: Literal["laboratory", "reader", "default", "none"]
    range_note: str
    range_reason: ReasonDoc | None
    critical: str
    time_note: str
    questions: list[QuestionDoc]
    changes: list[LabChangeDoc]


class NextTestDoc(Document):
    """A test to order, most useful first."""

    code: str
    title: str
    purpose: str
    due_in_days: float
    reason: ReasonDoc


class LaboratoryDoc(Document):
    """The laboratory part: values, what they change, what to order, and what is never used for a choice."""

    values: list[LabDoc]
    other_changes: list[LabChangeDoc]
    next_tests: list[NextTestDoc]
    never_used: list[ReasonDoc]
