"""Safety alerts that answers raise: item on suicide endorsed, unanswered, or not seen because only a total came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from euthymia.case.scales.definition import PACKAGE, ScaleDefinition
from euthymia.core.source import Source, Verification
from euthymia.core.tables import SourcedRow, load_table

UNANSWERED_RULE = Source("Euthymia design rule: an unanswered safety item is an alert", "", Verification.UNVERIFIED)


class AlertLevel(StrEnum):
    """How fast somebody has to act."""

    ASK = "ask"  # the safety question has no answer: ask it
    REFERRAL = "referral"
    SAME_DAY = "same_day"
    IMMEDIATE = "immediate"

    @property
    def rank(self) -> int:
        """Order from the least (0) to the most urgent (3)."""
        return list(AlertLevel).index(self)


@dataclass(frozen=True, slots=True)
class Alert:
    """One safety alert; it is never dropped, only acknowledged or escalated by the layers above."""

    level: AlertLevel
    code: str
    statement: str
    source: Source

    def __str__(self) -> str:
        return f"[{self.level.value.replace('_', ' ')}] {self.statement}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow(SourcedRow):
    """Row of ``alerts.csv``."""

    scale: str
    item: str
    at_or_above: int
    level: AlertLevel
    code: str
    statement: str


def item_alerts(definition: ScaleDefinition, answers: Sequence[int | None]) -> tuple[Alert, ...]:
    """Return the alerts that item answers raise: endorsed at or above the threshold, or left open."""
    by_code = dict(zip((item.code for item in definition.items), answers, strict=True))
    raised: list[Alert] = []
    for row in load_table(PACKAGE, "alerts.csv", AlertRow):
        answer = by_code.get(row.item) if row.scale == definition.name else None
        if answer is not None and answer >= row.at_or_above:
            label = definition.item(row.item).label
            statement = f"{definition.name} item {row.item} ({label}) answered {answer}: {row.statement}."
            raised.append(Alert(row.level, row.code, statement, row.cite()))
    code = definition.safety_item
    if code and by_code.get(code) is None:
        label = definition.item(code).label
        statement = f"Safety item unanswered: {definition.name} item {code} ({label}). Ask it now."
        raised.append(Alert(AlertLevel.ASK, "safety_item_unanswered", statement, UNANSWERED_RULE))
    return tuple(raised)


def total_only_alerts(definition: ScaleDefinition) -> tuple[Alert, ...]:
    """Return the alert that a total hides the answer to the scale's safety item."""
    if not definition.safety_item:
        return ()
    statement = (
        f"Safety item not seen: a {definition.name} total does not show item {definition.safety_item}. "
        "Ask about suicidal thoughts now."
    )
    return (Alert(AlertLevel.ASK, "safety_item_not_seen", statement, UNANSWERED_RULE),)
