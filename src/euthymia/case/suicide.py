"""Suicide safety: what the case holds that must be seen before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from euthymia.case.facts import ScaleRecord, SuicideScreen
from euthymia.case.model import Case
from euthymia.case.scales import AlertLevel, Triage, TriageLevel, score, triage
from euthymia.core.source import Source


@dataclass(frozen=True, slots=True)
class SafetySignal:
    """One thing that asks for action about suicide risk.

    ``level`` is ``high`` (now), ``moderate`` (same day) or ``low``.
    """

    level: str
    code: str
    statement: str
    day: date
    sources: tuple[Source, ...] = ()


_LEVELS = {
    AlertLevel.IMMEDIATE: "high",
    AlertLevel.SAME_DAY: "moderate",
    AlertLevel.ASK: "moderate",  # an unanswered safety item is settled the same day
    AlertLevel.REFERRAL: "low",
}


def triage_of(screen: SuicideScreen) -> Triage:
    """Triage the answers recorded in a screener."""
    return triage(
        screen.wish_to_be_dead,
        screen.nonspecific_thoughts,
        screen.thoughts_with_method,
        screen.intent_without_plan,
        screen.intent_with_plan,
        screen.behavior_lifetime,
        screen.behavior_past_3_months,
    )


def suicide_triage(case: Case) -> Triage | None:
    """Return the triage of the newest C-SSRS screener, or None when there is none."""
    event = case.last(SuicideScreen)
    return triage_of(event.fact) if event else None


def safety_signals(case: Case) -> tuple[SafetySignal, ...]:
    """Return every open signal, most urgent first: newest screener, newest scale items, alerts nobody closed.

    A later screener does not silence an alert: only a person who closes it with a reason does.
    """
    signals: list[SafetySignal] = []
    event = case.last(SuicideScreen)
    if event is not None:
        found = triage_of(event.fact)
        if found.level.rank >= TriageLevel.LOW.rank:
            words = f"C-SSRS screener of {event.day}: {found.level.value} risk. {found.action}"
            signals.append(SafetySignal(found.level.value, "cssrs", words, event.day, (found.source,)))
        if found.unanswered:
            words = f"C-SSRS screener of {event.day} has open questions: {', '.join(found.unanswered)}. Ask them today."
            signals.append(SafetySignal("moderate", "cssrs_unanswered", words, event.day, (found.source,)))
    newest: dict[str, tuple[date, ScaleRecord]] = {e.fact.scale: (e.day, e.fact) for e in case.of(ScaleRecord)}
    for day, record in newest.values():
        if record.answers is None:
            continue
        scored = score(record.scale, record.answers)
        screened_since = event is not None and event.day >= day
        for alert in scored.alerts:
            if screened_since:
                continue
            level = _LEVELS[alert.level]
            words = f"{record.scale} of {day}: {alert.statement}"
            signals.append(SafetySignal(level, f"{record.scale}:{alert.code}", words, day, (alert.source,)))
    for open_alert in case.open_alerts:
        words = f"Open safety alert: {open_alert.statement}"
        signals.append(SafetySignal(open_alert.level, open_alert.code, words, case.today))
    order = ("high", "moderate", "low")
    return tuple(sorted(signals, key=lambda s: order.index(s.level)))
