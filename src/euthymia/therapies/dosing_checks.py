"""What every supervised dose shares: the checklist, the C-SSRS, scales, hard rules and closing vital signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from euthymia.case.facts import ScaleRecord, SuicideScreen, Vital
from euthymia.case.scales import ScaleScore, Triage, TriageLevel, score
from euthymia.core.errors import InvalidInput
from euthymia.therapies.contract import Action, ActionKind, Observation, Screening
from euthymia.therapies.form_screen import rules_of
from euthymia.therapies.screening import Level
from euthymia.therapies.watched import Readings

_ANSWERS = tuple(f.name for f in fields(SuicideScreen))


def require_known_items(seen: Observation, required: tuple[str, ...]) -> None:
    """Refuse a checklist with an item that is not on it."""
    unknown = sorted(set(seen.values) - set(required))
    if unknown:
        raise InvalidInput("checklist", ", ".join(unknown), " | ".join(required))


def missing_items(given: Mapping[str, bool]) -> list[Action]:
    """Refuse the dose for each item of the checklist that is missing."""
    return [
        Action(ActionKind.REFUSE, f"no_{n}", f"{n.replace('_', ' ').capitalize()} is missing: no dose.")
        for n, ok in given.items()
        if not ok
    ]


def suicide_screen_of(seen: Observation) -> SuicideScreen:
    """Read the C-SSRS answers (absent or None = unanswered)."""
    unknown = sorted(set(seen.values) - set(_ANSWERS))
    if unknown:
        raise InvalidInput("suicide_screen", ", ".join(unknown), " | ".join(_ANSWERS))
    for name, value in seen.values.items():
        if value is not None and not isinstance(value, bool):
            raise InvalidInput(f"suicide_screen.{name}", value, "true, false, or absent when unanswered")
    return SuicideScreen(**{name: seen.values.get(name) for name in _ANSWERS})


def triage_alert(triage: Triage) -> tuple[str, str, str] | None:
    """Return level, code and words of the alert that a C-SSRS asks for, or None when it asks for none."""
    if triage.level in (TriageLevel.HIGH, TriageLevel.MODERATE):
        return triage.level.value, "cssrs", f"C-SSRS {triage.level.value}. {triage.action}"
    if not triage.is_complete:
        return "moderate", "cssrs_unanswered", f"C-SSRS questions open: {', '.join(triage.unanswered)}. Ask them now."
    return None


def triage_told(triage: Triage) -> Action:
    """Return what is said of a C-SSRS that asks for no alert."""
    return Action(ActionKind.INFORM, "cssrs", f"C-SSRS {triage.level.value}: {triage.action}")


def scale_of(seen: Observation, name: str) -> tuple[ScaleRecord, ScaleScore]:
    """Return a scale as it goes into the record, and its score."""
    answers, total = seen.values.get("answers"), seen.values.get("total")
    scored = score(name, answers, total=total)
    return ScaleRecord(scored.scale, None if answers is None else tuple(answers), total), scored


def hard_rules_met(package: str, screening: Screening) -> list[str]:
    """Return the statements of the absolute rules that are true for the case."""
    hard = {rule.code for rule in rules_of(package) if rule.level is Level.ABSOLUTE}
    return [reason.statement for reason in screening.blocking if reason.code in hard]


def closing_pressure(readings: Readings) -> list[Vital]:
    """Return the last blood pressure as vital signs for the log."""
    last = readings.pressure()
    if last is None:
        return []
    return [Vital("systolic_bp", last.systolic), Vital("diastolic_bp", last.diastolic)]
