"""Cases for the contract suite: one that is complete, one that knows nothing, one that forbids a lot."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from euthymia.case import Case, Event, fold
from euthymia.case.concepts import categories
from euthymia.case.facts import (
    Adherence,
    Demographics,
    Diagnosis,
    Episode,
    EpisodeSeverity,
    Finding,
    LabResult,
    ListReviewed,
    Medication,
    ScaleRecord,
    Sex,
    StoppedReason,
    SuicideScreen,
    TreatmentTrial,
    TrialKind,
    TrialOutcome,
    Vital,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def make_case(*facts: object, case_id: str = "contract") -> Case:
    """Fold facts that all became known yesterday."""
    return fold(case_id, [Event(f, NOW - timedelta(days=1), NOW) for f in facts], as_of=NOW, synthetic=True)  # type: ignore[arg-type]


def failed_trial(name: str, dose: float, year: int = 2026) -> TreatmentTrial:
    """An adequate trial that failed in the current episode."""
    return TreatmentTrial(
        TrialKind.DRUG, name, dose, 12, started_on=date(year, 1, 5), ended_on=date(year, 5, 1),
        adherence=Adherence.GOOD, outcome=TrialOutcome.NONE, stopped_reason=StoppedReason.INEFFICACY,
        current_episode=True,
    )  # fmt: skip


COMPLETE: tuple[object, ...] = (
    Demographics(date(1980, 5, 1), Sex.FEMALE, "US"),
    Diagnosis("F33.2"),
    Episode(
        date(2024, 6, 1), EpisodeSeverity.SEVERE, psychotic_features=False, catatonic_features=False,
        mixed_features=False, previous_episodes=2, setting="outpatient",
    ),
    failed_trial("sertraline", 150, 2025), failed_trial("venlafaxine XR", 225), failed_trial("mirtazapine", 45),
    failed_trial("nortriptyline", 125), failed_trial("escitalopram", 20, 2025),
    Medication("bupropion XL", 150),
    *(ListReviewed(category) for category in categories()),
    *(
        Finding(code, True)
        for code in (
            "escort_available", "monitored_setting_available", "can_attend_daily", "can_attend_repeated",
            "can_attend_device_follow_up", "consent_capacity", "support_person", "rems_enrolled",
            "legal_route_psychedelic", "trial_or_compassionate_route",
        )
    ),
    ScaleRecord("MADRS", total=33, rater="clinician"), ScaleRecord("YMRS", total=1, rater="clinician"),
    ScaleRecord("PHQ-9", (3, 3, 2, 2, 2, 2, 2, 1, 0)),
    SuicideScreen(False, False, behavior_lifetime=False),
    Vital("systolic_bp", 122), Vital("diastolic_bp", 78), Vital("heart_rate", 70), Vital("weight", 70),
    Vital("height", 170), Vital("qtc", 415),
    LabResult("tsh", 2.0, "mIU/L"), LabResult("crp", 0.8, "mg/L"),
)  # fmt: skip
