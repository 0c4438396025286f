"""Alerts are never lost: each is taken on by a named person, or goes further after a time and still blocks closing."""

from __future__ import annotations

from dataclasses import dataclass, field

from euthymia.core.errors import InvalidInput
from euthymia.live.settings import EscalationRow, escalation
from euthymia.therapies.contract import Action, ActionKind


@dataclass(slots=True)
class Alert:
    """One alert of a session; an alert without a level counts as high."""

    code: str
    level: str
    statement: str
    raised_at_s: float
    acknowledged_by: str = ""
    acknowledged_at_s: float | None = None
    escalated_at_s: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has taken it on."""
        return not self.acknowledged_by

    @property
    def rule(self) -> EscalationRow:
        """When it goes further, and to whom."""
        return escalation(self.level)

    @property
    def escalates_at_s(self) -> float:
        """When it goes further unless somebody takes it on."""
        return self.raised_at_s + self.rule.after_s


@dataclass(slots=True)
class AlertBook:
    """Every alert of one session, oldest first."""

    alerts: list[Alert] = field(default_factory=list)

    def note(self, action: Action, at_s: float) -> Alert | None:
        """Add the alert of an action; None when the action is none. A repeated alert is a new one."""
        if action.kind is not ActionKind.ALERT:
            return None
        alert = Alert(action.code, action.level or "high", action.text, at_s)
        self.alerts.append(alert)
        return alert

    @property
    def open(self) -> list[Alert]:
        """Alerts that nobody has taken on, oldest first."""
        return [alert for alert in self.alerts if alert.is_open]

    def acknowledge(self, code: str, by: str, at_s: float) -> list[Alert]:
        """Put a name behind every open alert with ``code``; give them.

        Raises
        ------
        InvalidInput
            When no open alert has this code, or the name is empty.
        """
        found = [alert for alert in self.open if alert.code == code]
        if not found:
            allowed = " | ".join(dict.fromkeys(a.code for a in self.open)) or "(no alert is open)"
            raise InvalidInput("acknowledge.code", code, allowed)
        if not by.strip():
            raise InvalidInput("acknowledge.by", by, "the name or role of the person who takes it on")
        for alert in found:
            alert.acknowledged_by, alert.acknowledged_at_s = by.strip(), at_s
        return found

    def escalate(self, at_s: float) -> list[Alert]:
        """Send further what has been open too long at ``at_s``; each alert goes once."""
        late = [a for a in self.open if a.escalated_at_s is None and a.escalates_at_s <= at_s]
        for alert in late:
            alert.escalated_at_s = at_s
        return late

    def next_escalation_s(self) -> float | None:
        """When the next open alert goes further, or None."""
        return min((a.escalates_at_s for a in self.open if a.escalated_at_s is None), default=None)

    def gates(self) -> list[str]:
        """Name each alert that forbids closing."""
        found = []
        for alert in self.open:
            further = "" if alert.escalated_at_s is None else f" (escalated to {alert.rule.to})"
            found.append(f"the alert `{alert.code}` is not acknowledged by a named person{further}")
        return list(dict.fromkeys(found))
