"""What earlier visits left in the log: the last recorded settings and the last day on which they were changed."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.events import Event
from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case


@dataclass(frozen=True, slots=True)
class Earlier:
    """Settings at the end of the last visit with stimulation on, and days since the last change (None = never)."""

    contacts: dict[str, str]
    amplitudes: dict[str, float]
    unit: str
    days_since_change: float | None
    changes: int


def visits(case: Case, form: str) -> tuple[Event[SessionDelivered], ...]:
    """Return the programming visits of a form, oldest first."""
    return tuple(e for e in case.of(SessionDelivered) if e.fact.therapy == "dbs" and e.fact.form == form)


def earlier(case: Case, form: str) -> Earlier | None:
    """Return what the log says of earlier visits, or None when there was none with stimulation."""
    with_settings = [e for e in visits(case, form) if "left_amplitude" in e.fact.summary]
    if not with_settings:
        return None
    last = with_settings[-1].fact.summary
    changed = [e for e in with_settings if e.fact.summary.get("changed") is True]
    return Earlier(
        contacts={side: str(last.get(f"{side}_contacts", "")) for side in ("left", "right")},
        amplitudes={side: _number(last.get(f"{side}_amplitude")) for side in ("left", "right")},
        unit=str(last.get("amplitude_unit", "")),
        days_since_change=float((case.today - changed[-1].day).days) if changed else None,
        changes=len(changed),
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0
