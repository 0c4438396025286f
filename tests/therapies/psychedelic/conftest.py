"""A case in a few words, for the psychedelic tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from euthymia.case.events import Event
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
    Vital,
)
from euthymia.case.model import Case, fold

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LISTS = (
    "implant", "cardiovascular", "neurological", "psychiatric", "substance", "reproductive", "allergy", "medical",
    "surgical", "family", "circumstance", "medication", "history",
)  # fmt: skip
GIVEN = ("escort_available", "monitored_setting_available", "support_person", "legal_route_psychedelic")
CLEAR = SuicideScreen(False, False, None, None, None, False, None)


def failed(drug: str, dose_mg_day: float) -> TreatmentTrial:
    return TreatmentTrial(
        TrialKind.DRUG, drug, dose_mg_day, 8.0, adherence=Adherence.GOOD, outcome=TrialOutcome.NONE,
        stopped_reason=StoppedReason.INEFFICACY, current_episode=True,
    )  # fmt: skip


def build_case(
    *extra: Any, age: int = 45, country: str = "AU", complete: bool = True, weight_kg: float | None = 70.0
) -> Case:
    """A complete TRD case with nothing against it, plus ``extra`` facts."""
    facts: list[Any] = [
        Demographics(date(2026 - age, 1, 15), Sex.FEMALE, country),
        Diagnosis("F33.2"),
        Episode(date(2025, 6, 1), EpisodeSeverity.SEVERE, psychotic_features=False, setting="outpatient"),
    ]
    if complete:
        facts += [ListReviewed(name) for name in LISTS]
        facts += [Finding(c, True) for c in GIVEN]
        facts += [failed("sertraline", 150.0), failed("venlafaxine", 225.0), CLEAR, Vital("qtc", 410)]
        facts += [Vital("systolic_bp", 122), Vital("diastolic_bp", 78), Vital("bmi", 25)]
    if weight_kg is not None and complete:
        facts.append(Vital("weight", weight_kg))
    moment = NOW - timedelta(days=1)
    events = [Event(f, moment, moment, "test", "test") for f in facts]
    later = NOW - timedelta(hours=1)
    events += [f if isinstance(f, Event) else Event(f, later, later, "test", "test") for f in extra]
    return fold("case-p", events, as_of=NOW)


@pytest.fixture
def make_case() -> Callable[..., Case]:
    return build_case
