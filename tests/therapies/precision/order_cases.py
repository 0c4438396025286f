"""Cases for the precision tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from euthymia.case import Case, Event, fold
from euthymia.case.facts import (
    Demographics,
    Diagnosis,
    Episode,
    EpisodeSeverity,
    Finding,
    ListReviewed,
    Sex,
    SuicideScreen,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
REVIEWED = (
    "implant", "cardiovascular", "neurological", "psychiatric", "substance", "reproductive", "allergy", "medical",
    "surgical", "family", "circumstance", "medication", "history",
)  # fmt: skip


def build_case(*facts: Any, complete: bool = True, country: str = "US", born: date = date(1980, 1, 1)) -> Case:
    basics: list[Any] = [
        Demographics(born, Sex.FEMALE, country),
        Diagnosis("F33.2", "recurrent depression, severe"),
        Episode(date(2026, 1, 1), EpisodeSeverity.SEVERE, False, False, False, setting="outpatient"),
        Finding("escort_available", True),
        Finding("consent_capacity", True),
        SuicideScreen(False, False, None, None, None, False, False),
    ]
    if complete:
        basics += [ListReviewed(c) for c in REVIEWED]
    when = NOW - timedelta(days=1)
    events = [f if isinstance(f, Event) else Event(f, when, when) for f in (*basics, *facts)]
    return fold("test", events, as_of=NOW)
