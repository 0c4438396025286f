"""What earlier visits left in the log: the last output and the last day on which it rose."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.events import Event
from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case


@dataclass(frozen=True, slots=True)
class Earlier:
    """Output at the end of the last visit, the highest ever left running, and days since the last rise."""

    output_ma: float
    highest_ma: float
    days_since_rise: float | None


def visits(case: Case) -> tuple[Event[SessionDelivered], ...]:
    """Return the VNS visits, oldest first."""
    return tuple(e for e in case.of(SessionDelivered) if e.fact.therapy == "vns")


def earlier(case: Case) -> Earlier | None:
    """Return what the log says of earlier visits, or None when there was none with a setting."""
    found = [e for e in visits(case) if "output_ma" in e.fact.summary]
    if not found:
        return None
    rises = [e for e in found if e.fact.summary.get("raised") is True]
    outputs = [_number(e.fact.summary["output_ma"]) for e in found]
    days = float((case.today - rises[-1].day).days) if rises else None
    return Earlier(outputs[-1], max(outputs), days)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0
