"""Cases and observations for the neurofeedback tests."""

from __future__ import annotations

from datetime import date
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

from tests.therapies.therapy_cases import REVIEWED, case_known_since_yesterday, see

DAY_CHECK = {
    "seizure_or_faint": False, "mania_signs": False, "psychosis_signs": False, "dissociation": False,
    "scalp_wound": False, "brain_treatment_24h": False, "benzodiazepine_24h": False, "short_sleep": False,
    "excess_caffeine": False, "medication_change": False,
}  # fmt: skip
NO_SIDE_EFFECTS = {
    "fatigue": 0, "headache": 0, "irritability": 0, "anxiety": 0, "sleep_change": 0, "feeling_spacey": 0,
}  # fmt: skip


def neurofeedback_case(*facts: Any, complete: bool = True, country: str = "US") -> Case:
    """A patient with nothing against neurofeedback unless a fact says otherwise."""
    basics: list[Any] = []
    if complete:
        basics = [
            Demographics(date(1980, 1, 1), Sex.FEMALE, country),
            Diagnosis("F33.1", "recurrent depression, moderate"),
            Episode(date(2026, 1, 1), EpisodeSeverity.MODERATE, False, False, False, setting="outpatient"),
            Finding("can_attend_repeated", True),
            SuicideScreen(False, False, None, None, None, False, False),
            Medication("sertraline", 100.0),
            *REVIEWED,
        ]
    return case_known_since_yesterday(*basics, *facts)


def prepare(session: Any, sites: dict[str, float], **day: bool) -> None:
    """Walk the checks, electrodes and baselines that come before the first block."""
    session.start()
    session.feed(see("day_check", 0, **(DAY_CHECK | day)))
    session.feed(see("mood_check", 10, new_or_worse_suicidal_thoughts=False))
    session.feed(see("electrodes", 60, type="wet", kohm=sites))
    session.feed(see("baseline", 200, eyes="open", seconds=120, clean_s=100, feature=0.0))
    session.feed(see("baseline", 400, eyes="closed", seconds=120, clean_s=100))
