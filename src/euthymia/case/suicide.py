"""Suicide safety: what the case holds that must be seen before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from euthymia.case.facts import ScaleRecord, SuicideScreen
from euthymia.case.model import Case
from euthymia.case.scales import AlertLevel, Triage, TriageLevel, score, triage
from euthymia.case.scales import scale as scale_definition
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

    A later screener does not silence an alert: only a person who closes it with a reason does. A screener that leaves
    questions open does not silence an earlier one that found more.
    """
    signals: list[SafetySignal] = []
    event = case.last(SuicideScreen)
    if event is not None:
        found = triage_of(event.fact)
        signals += _not_answered_since(case, found)
        if found.level.rank >= TriageLevel.LOW.rank:
            words = f"C-SSRS screener of {event.day}: {found.level.value} risk. {found.action}"
            signals.append(SafetySignal(found.level.value, "cssrs", words, event.day, (found.source,)))
        if found.unanswered:
            words = f"C-SSRS screener of {event.day} has open questions: {', '.join(found.unanswered)}. Ask them today."
            signals.append(SafetySignal("moderate", "cssrs_unanswered", words, event.day, (found.source,)))
    # A total alone does not show the item, so it takes the place of no form that does.
    forms = [e for e in case.of(ScaleRecord) if e.fact.answers is not None]
    newest = {scale_definition(e.fact.scale).name: e for e in forms}
    for name, form in newest.items():
        if event is not None and event.happened_at >= form.happened_at:
            continue  # somebody has screened since
        for alert in score(name, form.fact.answers).alerts:
            words = f"{name} of {form.day}: {alert.statement}"
            signals.append(SafetySignal(_LEVELS[alert.level], f"{name}:{alert.code}", words, form.day, (alert.source,)))
    for open_alert in case.open_alerts:
        words = f"Open safety alert: {open_alert.statement}"
        signals.append(SafetySignal(open_alert.level, open_alert.code, words, case.today))
    order = ("high", "moderate", "low")
    return tuple(sorted(signals, key=lambda s: order.index(s.level)))


def _not_answered_since(case: Case, newest: Triage) -> list[SafetySignal]:
    """Signals of earlier screeners that found more, back to the last one whose questions were all answered."""
    signals: list[SafetySignal] = []
    highest, open_since = max(newest.level.rank, TriageLevel.INCOMPLETE.rank), not newest.is_complete
    for event in reversed(case.of(SuicideScreen)[:-1]):
        if not open_since:
            break
        found = triage_of(event.fact)
        if found.level.rank > highest:
            words = f"C-SSRS screener of {event.day}: {found.level.value} risk, and a later one left questions open. "
            words += found.action
            signals.append(SafetySignal(found.level.value, "cssrs_earlier", words, event.day, (found.source,)))
            highest = found.level.rank
        open_since = not found.is_complete
    return signals
