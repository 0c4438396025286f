"""What of the truth gets into the record: completeness leaves things out, and never turns an answer around."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from euthymia.case.events import AnyEvent, Event
from euthymia.case.facts import (
    Adherence,
    Demographics,
    Episode,
    Fact,
    Finding,
    ListReviewed,
    Medication,
    ScaleRecord,
    Sex,
    Substance,
    SuicideScreen,
    TreatmentTrial,
    TrialOutcome,
)
from euthymia.case.synthetic.stream import Stream

AUTHOR = "synthetic generator"
SOURCE = "euthymia.case.synthetic"


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact that could be recorded.

    Parameters
    ----------
    fact
        The truth.
    moment
        When it was learned and recorded.
    since
        When it happened, when that is earlier.
    category
        List it belongs to: once the list is marked as reviewed, the entry is never left out.
    always
        Never left out.
    silent
        A 'no' that the reviewed list says anyway: written down only while the list is not marked as reviewed.
    """

    fact: Fact
    moment: datetime
    since: datetime | None = None
    category: str = ""
    always: bool = False
    silent: bool = False


def record(seed: int, entries: list[Entry], completeness: float) -> list[AnyEvent]:
    """Return the events of the entries that are recorded at ``completeness`` (0 to 1).

    Notes
    -----
    Every entry draws the same numbers whatever the completeness, and is kept when its number lies below it: what is
    known at a lower completeness is known at a higher one too, with the same or more detail. At 1 nothing is missing.
    """
    draw = Stream(seed, "recording")
    luck = [(draw.unit(), draw.unit(), draw.unit()) for _ in entries]
    reviewed = {
        e.fact.category for e, (keep, _, _) in zip(entries, luck, strict=True)
        if isinstance(e.fact, ListReviewed) and keep < completeness
    }  # fmt: skip
    events: list[AnyEvent] = []
    for entry, (keep, blur, which) in zip(entries, luck, strict=True):
        listed = entry.category in reviewed and not entry.silent
        if not (entry.always or listed or keep < completeness):
            continue
        if entry.silent and entry.category in reviewed and which < 0.9:
            continue
        fact = entry.fact if blur < completeness else _blurred(entry.fact, which)
        happened = min(entry.since or entry.moment, entry.moment)
        events.append(Event(fact, happened, entry.moment, AUTHOR, SOURCE))
    return events


def _blurred(fact: Fact, which: float) -> Fact:
    blur = _BLUR.get(type(fact))
    return blur(fact, which) if blur else fact


def _demographics(fact: Demographics, which: float) -> Demographics:
    return replace(fact, country="") if which < 0.6 else replace(fact, country="", sex=Sex.UNKNOWN)


def _episode(fact: Episode, which: float) -> Episode:
    if which < 0.4:
        return replace(fact, severity=None, previous_episodes=None, setting="")
    if which < 0.8:
        return replace(fact, psychotic_features=None, mixed_features=None, catatonic_features=None)
    return Episode(fact.started_on)


def _finding(fact: Finding, which: float) -> Finding:
    """Asked, but not settled."""
    return replace(fact, present=None) if which < 0.5 else fact


def _trial(fact: TreatmentTrial, which: float) -> TreatmentTrial:
    if which < 0.3:
        return replace(fact, dose_mg_day=None, adherence=Adherence.UNKNOWN)
    if which < 0.6:
        return replace(fact, weeks_at_dose=None, started_on=None, ended_on=None, sessions=None)
    if which < 0.8:
        return replace(fact, outcome=TrialOutcome.UNKNOWN, improvement_pct=None, current_episode=None)
    return TreatmentTrial(fact.kind, fact.name, stopped_reason=fact.stopped_reason, added_to=fact.added_to)


def _scale(fact: ScaleRecord, which: float) -> ScaleRecord:
    """Leave one item unanswered, or keep the total alone."""
    if not fact.answers:
        return fact
    if which < 0.5 or fact.scale not in ("PHQ-9", "MADRS", "GAD-7", "HAM-D17"):
        from euthymia.case.scales import score

        return ScaleRecord(fact.scale, total=score(fact.scale, fact.answers).total, rater=fact.rater)
    place = int((which - 0.5) * 2 * len(fact.answers))
    return replace(fact, answers=(*fact.answers[:place], None, *fact.answers[place + 1 :]))


def _screen(fact: SuicideScreen, which: float) -> SuicideScreen:
    if which < 0.4:
        return replace(fact, behavior_lifetime=None, behavior_past_3_months=None)
    if which < 0.7:
        return replace(fact, thoughts_with_method=None, intent_without_plan=None, intent_with_plan=None)
    return replace(fact, nonspecific_thoughts=None)


def _medication(fact: Medication, which: float) -> Medication:
    return replace(fact, dose_mg_day=None) if which < 0.6 else replace(fact, started_on=None)


def _substance(fact: Substance, which: float) -> Substance:
    return replace(fact, disorder="unknown") if which < 0.6 else replace(fact, use="unknown", disorder="unknown")


_BLUR: Mapping[type, Callable[[Any, float], Fact]] = {
    Demographics: _demographics,
    Episode: _episode,
    Finding: _finding,
    TreatmentTrial: _trial,
    ScaleRecord: _scale,
    SuicideScreen: _screen,
    Medication: _medication,
    Substance: _substance,
}
