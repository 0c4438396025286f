"""The program's own settings for running a session, as rows with their source; clinical limits are the therapies'."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table

_PACKAGE = "euthymia.live"
_LEVELS = ("high", "moderate", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow(SourcedRow):
    """One setting."""

    code: str
    unit: str
    value: float
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRow(SourcedRow):
    """When an alert of one level that nobody took on goes further, and to whom."""

    level: str
    after_s: float
    to: str
    statement: str


@cache
def setting(code: str) -> float:
    """Return the value of the setting ``code``."""
    table: tuple[SettingRow, ...] = load_table(_PACKAGE, "settings.csv", SettingRow, key="code")
    rows = {row.code: row.value for row in table}
    if code not in rows:
        raise InvalidInput("setting", code, " | ".join(rows))
    return rows[code]


@cache
def escalation(level: str) -> EscalationRow:
    """Return the escalation of alerts of ``level``; an alert without a known level counts as high."""
    table: tuple[EscalationRow, ...] = load_table(_PACKAGE, "escalation.csv", EscalationRow, key="level")
    rows = {row.level: row for row in table}
    return rows[level if level in _LEVELS else "high"]
