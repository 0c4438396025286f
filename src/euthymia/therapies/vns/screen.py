"""Screening for VNS: indication, label and coverage criteria, surgery, airway and heart."""

from __future__ import annotations

from euthymia.case.events import Event
from euthymia.case.facts import Finding
from euthymia.case.model import Case
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Screening
from euthymia.therapies.screening import LabelRow, LegalRow, Rule, combine, screen_form
from euthymia.therapies.vns.tables import PACKAGE, forms

TITLE = "Vagus nerve stimulation"
_EPISODES_IN_CONCEPT = {"recurrent_four_episodes": 4}  # the concept's own definition, not a threshold of ours


def screen(case: Case) -> Screening:
    """Screen VNS; label and coverage criteria are shown as findings, the indication is a rule too."""
    known = with_episode_counts(case)
    rules = load_table(PACKAGE, "rules.csv", Rule, key="code")
    legality = load_table(PACKAGE, "legality.csv", LegalRow)
    label = load_table(PACKAGE, "label.csv", LabelRow, key="code")
    return combine(
        "vns",
        TITLE,
        [
            screen_form(
                known, therapy="vns", form=row.form, title=row.title, rules=rules, legality=legality, label=label
            )
            for row in forms()
        ],
    )


def with_episode_counts(case: Case) -> Case:
    """Return the case with concepts about the number of episodes answered from the episode itself, where it says so."""
    episode = case.episode
    if episode is None or episode.previous_episodes is None:
        return case
    told = {event.fact.code for event in case.of(Finding)}
    lifetime = episode.previous_episodes + 1
    derived = [
        Event(
            Finding(code, lifetime >= count, f"{lifetime} episodes in life, the present one counted"),
            case.as_of, case.as_of, author="euthymia", source="derived from the episode",
        )
        for code, count in _EPISODES_IN_CONCEPT.items()
        if code not in told
    ]  # fmt: skip
    return case.with_events(*derived, as_of=case.as_of) if derived else case
