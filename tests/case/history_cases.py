"""Small builders shared by the tests of history, staging and resistance."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from euthymia.case.events import Event
from euthymia.case.facts import (
    Adherence,
    Diagnosis,
    Episode,
    EpisodeSeverity,
    ListReviewed,
    StoppedReason,
    TreatmentTrial,
    TrialKind,
    TrialOutcome,
)
from euthymia.case.model import Case, fold

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def failed(name: str, dose_mg_day: float | None, weeks: float | None = 10, **changes: Any) -> TreatmentTrial:
    """Return a drug trial of the current episode that was taken well and did not help, unless changed."""
    values: dict[str, Any] = {
        "kind": TrialKind.DRUG,
        "adherence": Adherence.GOOD,
        "outcome": TrialOutcome.NONE,
        "stopped_reason": StoppedReason.INEFFICACY,
        "current_episode": True,
    } | changes
    return TreatmentTrial(name=name, dose_mg_day=dose_mg_day, weeks_at_dose=weeks, **values)


def event(fact: Any, day: datetime = NOW) -> Event[Any]:
    """Return an event recorded when it happened."""
    return Event(fact, day, day, "test", "test")


def case_of(
    *facts: Any,
    reviewed: tuple[str, ...] = ("history",),
    diagnosis: str = "F33.2",
    episode: Episode | None = None,
) -> Case:
    """Return a case of major depression with an episode of 30 months, the facts given and the lists reviewed."""
    episode = episode or Episode(date(2023, 12, 1), severity=EpisodeSeverity.SEVERE, psychotic_features=False)
    base: list[Any] = [episode, *(ListReviewed(category) for category in reviewed)]
    if diagnosis:
        base.append(Diagnosis(diagnosis))
    return fold("case-1", [event(f) for f in (*base, *facts)], as_of=NOW)


TWO_FAILURES = (failed("sertraline", 150), failed("venlafaxine XR", 225))
