"""Cases and observations for the TMS tests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from euthymia.case.facts import (
    Demographics,
    Diagnosis,
    Episode,
    EpisodeSeverity,
    Finding,
    Medication,
    Sex,
    SuicideScreen,
)
from euthymia.case.model import Case

from tests.therapies.therapy_cases import NOW, REVIEWED, case_known_since_yesterday, see

DAY_CHECK = {
    "new_metal_or_device": False, "neurological_event": False, "short_sleep": False, "alcohol_or_drugs": False,
    "sedative_cut": False, "ketamine_or_psychedelic_today": False, "excess_caffeine": False,
    "medication_change": False, "possibly_pregnant": False,
}  # fmt: skip
NO_RISK = {"wish_to_be_dead": False, "nonspecific_thoughts": False, "behavior_lifetime": False}


def tms_case(*facts: Any, complete: bool = True, country: str = "US", now: datetime = NOW) -> Case:
    """A patient who is eligible for TMS unless a fact says otherwise."""
    basics: list[Any] = []
    if complete:
        basics = [
            Demographics(date(1980, 1, 1), Sex.FEMALE, country),
            Diagnosis("F33.2", "recurrent depression, severe"),
            Episode(date(2026, 1, 1), EpisodeSeverity.SEVERE, False, False, False, setting="outpatient"),
            Finding("can_attend_daily", True),
            SuicideScreen(False, False, None, None, None, False, False),
            Medication("sertraline", 100.0),
            *REVIEWED,
        ]
    return case_known_since_yesterday(*basics, *facts, now=now)


def prepare(session: Any, *, threshold: bool = True, adjusted: float | None = None) -> None:
    """Walk the checks that come before the first train."""
    session.start()
    session.feed(see("day_check", 0, **DAY_CHECK))
    session.feed(see("mood_check", 10, new_or_worse_suicidal_thoughts=False))
    session.feed(see("ear_protection", 20, patient=True, operator=True))
    if threshold:
        values: dict[str, Any] = {"value_pct_mso": 50, "method": "emg"}
        if adjusted is not None:
            values["adjusted_pct_mso"] = adjusted
        session.feed(see("motor_threshold", 30, **values))
    session.feed(see("position", 40, confirmed=True))
