"""Cases and observations in a few words, for the tests of every therapy."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from euthymia.case import Case, Event, fold
from euthymia.case.facts import (
    Adherence,
    Demographics,
    Diagnosis,
    Episode,
    EpisodeSeverity,
    Finding,
    ListReviewed,
    Sex,
    StoppedReason,
    SuicideScreen,
    TreatmentTrial,
    TrialKind,
    TrialOutcome,
)
from euthymia.therapies.contract import Observation

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
REVIEWED = tuple(
    ListReviewed(name)
    for name in (
        "implant", "cardiovascular", "neurological", "psychiatric", "substance", "reproductive", "allergy", "medical",
        "surgical", "family", "circumstance", "medication", "history",
    )
)  # fmt: skip
NO_RISK = dict.fromkeys(
    (
        "wish_to_be_dead", "nonspecific_thoughts", "thoughts_with_method", "intent_without_plan", "intent_with_plan",
        "behavior_lifetime", "behavior_past_3_months",
    ),
    False,
)  # fmt: skip


def failed(drug: str, dose_mg_day: float) -> TreatmentTrial:
    """An adequate trial of this episode that failed."""
    return TreatmentTrial(
        TrialKind.DRUG, drug, dose_mg_day, 8.0, adherence=Adherence.GOOD, outcome=TrialOutcome.NONE,
        stopped_reason=StoppedReason.INEFFICACY, current_episode=True,
    )  # fmt: skip


def case_known_since_yesterday(*facts: Any, now: datetime = NOW) -> Case:
    """Fold facts that became known a day before ``now``; whole events keep their own times."""
    when = now - timedelta(days=1)
    return fold("test", [f if isinstance(f, Event) else Event(f, when, when) for f in facts], as_of=now)


def depressed_case(
    *facts: Any,
    complete: bool = True,
    country: str = "US",
    born: date = date(1980, 1, 1),
    setting: str = "outpatient",
) -> Case:
    """A severe recurrent depression with an escort, capacity and no suicide risk; every list reviewed if complete."""
    basics: list[Any] = [
        Demographics(born, Sex.FEMALE, country),
        Diagnosis("F33.2", "recurrent depression, severe"),
        Episode(date(2026, 1, 1), EpisodeSeverity.SEVERE, False, False, False, setting=setting),
        Finding("escort_available", True),
        Finding("consent_capacity", True),
        SuicideScreen(False, False, None, None, None, False, False),
    ]
    return case_known_since_yesterday(*basics, *(REVIEWED if complete else ()), *facts)


def supervised_dose_case(basics: Iterable[Any], extra: Iterable[Any], now: datetime) -> Case:
    """Fold what was known a day before ``now``, then ``extra`` facts of the last hour."""
    before, later = now - timedelta(days=1), now - timedelta(hours=1)
    events = [Event(f, before, before, "test", "test") for f in basics]
    events += [f if isinstance(f, Event) else Event(f, later, later, "test", "test") for f in extra]
    return fold("test", events, as_of=now)


def implant_candidate_facts(setting: str = "") -> list[Any]:
    """The facts of a complete case that no rule about an implanted stimulator is against."""
    return [
        Demographics(date(1980, 1, 1), Sex.FEMALE, "US"),
        Diagnosis("F33.2"),
        Episode(date(2024, 1, 1), EpisodeSeverity.SEVERE, previous_episodes=3, setting=setting),
        SuicideScreen(**NO_RISK),
        *(
            Finding(code, True)
            for code in ("can_attend_device_follow_up", "can_attend_repeated", "consent_capacity",
                         "trial_or_compassionate_route", "escort_available")
        ),
        *(failed(*t) for t in (("sertraline", 200), ("venlafaxine", 225), ("nortriptyline", 100), ("mirtazapine", 45))),
        TreatmentTrial(TrialKind.ECT, "ECT", sessions=12, started_on=date(2025, 1, 1), ended_on=date(2025, 3, 1)),
        TreatmentTrial(TrialKind.TMS, "TMS", sessions=30, started_on=date(2025, 6, 1), ended_on=date(2025, 8, 1)),
        *REVIEWED,
    ]  # fmt: skip


def case_of(*facts: Any, days_ago: float = 30, now: datetime = NOW) -> Case:
    """Fold facts that were all learned on one day."""
    moment = now - timedelta(days=days_ago)
    return fold("test", [Event(f, moment, moment) for f in facts], as_of=now)


def plus(case: Case, fact: Any, day: date) -> Case:
    """The case with a fact of another day."""
    moment = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    return case.with_events(Event(fact, moment, max(moment, case.as_of)))


def see(kind: str, at_s: float, **values: Any) -> Observation:
    """Say an observation shortly."""
    return Observation(kind, at_s, values)
