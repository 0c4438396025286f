"""A case in a few words, for the psychedelic tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from euthymia.case.facts import (
    Demographics,
    Diagnosis,
    Episode,
    EpisodeSeverity,
    Finding,
    Sex,
    SuicideScreen,
    Vital,
)
from euthymia.case.model import Case

from tests.therapies.therapy_cases import REVIEWED, failed, supervised_dose_case

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
GIVEN = ("escort_available", "monitored_setting_available", "support_person", "legal_route_psychedelic")
CLEAR = SuicideScreen(False, False, None, None, None, False, None)


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
        facts += REVIEWED
        facts += [Finding(c, True) for c in GIVEN]
        facts += [failed("sertraline", 150.0), failed("venlafaxine", 225.0), CLEAR, Vital("qtc", 410)]
        facts += [Vital("systolic_bp", 122), Vital("diastolic_bp", 78), Vital("bmi", 25)]
    if weight_kg is not None and complete:
        facts.append(Vital("weight", weight_kg))
    return supervised_dose_case(facts, extra, NOW)


@pytest.fixture
def make_case() -> Callable[..., Case]:
    return build_case
