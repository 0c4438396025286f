"""Limits as rows of a table: what a dose, a reading or an interval may be, in words, as a reason, and enforced."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow(SourcedRow):
    """One limit: what is allowed (a range, or a short list of values), and why."""

    code: str
    unit: str
    low: float | None = None
    high: float | None = None
    allowed: tuple[float, ...] = ()
    statement: str

    def permits(self, value: float) -> bool:
        """Whether ``value`` (in the row's unit) is inside the limit."""
        if self.allowed and not any(abs(value - a) < 1e-9 for a in self.allowed):
            return False
        return (self.low is None or value >= self.low - 1e-9) and (self.high is None or value <= self.high + 1e-9)

    def enforce(self, argument: str, value: float, hint: str = "") -> None:
        """Raise :class:`SafetyLimit` when ``value`` is outside."""
        if not self.permits(value):
            raise SafetyLimit(argument, value, f"{self.words()} ({self.statement}; {self.source})", hint)

    def words(self) -> str:
        """The limit in words, with its unit."""
        if self.allowed:
            return f"{' | '.join(f'{a:g}' for a in self.allowed)} {self.unit}"
        low = "" if self.low is None else f"{self.low:g}"
        high = "" if self.high is None else f"{self.high:g}"
        if low and high:
            return f"{low} to {high} {self.unit}"
        return f"{low} {self.unit} or more" if low else f"{high} {self.unit} or less"

    def reason(self, statement: str = "", direction: Direction = Direction.NEUTRAL) -> Reason:
        """The limit as a reason."""
        words = statement or f"{self.statement[0].upper()}{self.statement[1:]}."
        return Reason(words, (self.cite(),), EvidenceGrade.RULE, direction, code=self.code)

    @property
    def bound(self) -> float:
        """The single number of a one-sided limit."""
        value = self.low if self.low is not None else self.high
        if value is None:
            raise InvalidInput("limit", self.code, "a row with a low or a high value")
        return value
