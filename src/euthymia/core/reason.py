"""The atom of every explanation: one statement, its value, its source and its grade."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source, Verification, weakest


class EvidenceGrade(StrEnum):
    """Certainty in the words of GRADE, plus two that GRADE has no word for."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very_low"
    RULE = "rule"  # a label, law, protocol or definition: certainty is not a matter of trials
    CASE = "case"  # a fact of this patient


class Direction(StrEnum):
    """Which way a reason points for the option it is attached to."""

    FOR = "for"
    AGAINST = "against"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Reason:
    """One statement with what it rests on.

    Parameters
    ----------
    statement
        A full sentence in plain words.
    sources
        What it rests on; empty only when ``grade`` is ``case``.
    grade
        Certainty of evidence, or ``rule``/``case``.
    direction
        For, against, or neutral.
    value, low, high, unit
        The number in the statement with its interval, when it has one.
    code
        Stable machine-readable identifier of the rule or figure behind it.
    """

    statement: str
    sources: tuple[Source, ...] = ()
    grade: EvidenceGrade = EvidenceGrade.RULE
    direction: Direction = Direction.NEUTRAL
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    code: str = ""

    def __post_init__(self) -> None:
        if not self.statement.strip():
            raise InvalidInput("statement", self.statement, "a non-empty sentence")
        if not self.sources and self.grade is not EvidenceGrade.CASE:
            raise InvalidInput("sources", self.sources, "at least one Source unless grade is 'case'")
        for name, number in (("value", self.value), ("low", self.low), ("high", self.high)):
            if number is not None and not math.isfinite(number):
                raise InvalidInput(name, number, "a finite number or None")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InvalidInput("low", self.low, f"at most high ({self.high})")

    @property
    def verification(self) -> Verification:
        """The weakest state among its sources; a fact of the case counts as read."""
        return Verification.READ if self.grade is EvidenceGrade.CASE and not self.sources else weakest(self.sources)
