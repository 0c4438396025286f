"""Cases for the tests of VNS: a complete one that nothing forbids, and how to change it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from euthymia.case.events import Event
from euthymia.case.facts import (
    Adherence,
    CourseStarted,
    Demographics,
    Diagnosis,
    Episode,
    EpisodeSeverity,
    Finding,
    ListReviewed,
    ScaleRecord,
    Sex,
    StoppedReason,
    SuicideScreen,
    TreatmentTrial,
    TrialKind,
    TrialOutcome,
)
from euthymia.case.model import Case, fold

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LISTS = (
    "implant", "cardiovascular", "neurological", "psychiatric", "substance", "reproductive", "allergy", "medical",
    "surgical", "family", "circumstance", "medication", "history",
)  # fmt: skip
NO_RISK = dict.fromkeys(
    (
        "wish_to_be_dead", "nonspecific_thoughts", "thoughts_with_method", "intent_without_plan", "intent_with_plan",
        "behavior_lifetime", "behavior_past_3_months",
    ),
    False,
)  # fmt: skip


def failed(drug: str, dose_mg: float) -> TreatmentTrial:
    """Return an adequate failed trial of this episode."""
    return TreatmentTrial(
        TrialKind.DRUG, drug, dose_mg, 8, adherence=Adherence.GOOD, outcome=TrialOutcome.NONE,
        stopped_reason=StoppedReason.INEFFICACY, current_episode=True,
    )  # fmt: skip


def complete_facts() -> list[Any]:
    """Return the facts of a complete case that no rule of VNS is against."""
    return [
        Demographics(date(1980, 1, 1), Sex.FEMALE, "US"),
        Diagnosis("F33.2"),
        Episode(date(2024, 1, 1), EpisodeSeverity.SEVERE, previous_episodes=3, setting="outpatient"),
        SuicideScreen(**NO_RISK),
        *(
            Finding(code, True)
            for code in ("can_attend_device_follow_up", "can_attend_repeated", "consent_capacity",
                         "trial_or_compassionate_route", "escort_available")
        ),
        *(failed(*t) for t in (("sertraline", 200), ("venlafaxine", 225), ("nortriptyline", 100), ("mirtazapine", 45))),
        TreatmentTrial(TrialKind.ECT, "ECT", sessions=12, started_on=date(2025, 1, 1), ended_on=date(2025, 3, 1)),
        TreatmentTrial(TrialKind.TMS, "TMS", sessions=30, started_on=date(2025, 6, 1), ended_on=date(2025, 8, 1)),
        *(ListReviewed(name) for name in LISTS),
    ]  # fmt: skip


def case_of(*facts: Any, days_ago: float = 30, now: datetime = NOW) -> Case:
    """Return a case of these facts, all learned on one day."""
    moment = now - timedelta(days=days_ago)
    return fold("vns-test", [Event(f, moment, moment) for f in facts], as_of=now)


def complete(*more: Any) -> Case:
    """Return the complete case with more facts, learned a day later."""
    later = NOW - timedelta(days=29)
    return case_of(*complete_facts()).with_events(*(Event(f, later, later) for f in more))


def without(*kinds: type) -> Case:
    """Return the complete case without every fact of some kinds."""
    return case_of(*(f for f in complete_facts() if not isinstance(f, kinds)))


def plus(case: Case, fact: Any, day: date) -> Case:
    """Return the case with a fact of another day."""
    moment = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    return case.with_events(Event(fact, moment, max(moment, case.as_of)))


def course(case: Case, *, days: int, scores: dict[int, float]) -> Case:
    """Return the case with VNS begun ``days`` ago and MADRS totals by day of the course (0 = baseline)."""
    start = (NOW - timedelta(days=days)).date()
    case = plus(case, CourseStarted("vns", "vns", "vns_d21_high", start), start)
    for day, total in scores.items():
        case = plus(case, ScaleRecord("MADRS", total=total), start + timedelta(days=day))
    return case
