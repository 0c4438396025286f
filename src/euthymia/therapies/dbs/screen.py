"""Screening for DBS: investigational for depression everywhere, so at best "not outside a trial"."""

from __future__ import annotations

from euthymia.case.events import Event
from euthymia.case.facts import Finding
from euthymia.case.model import Case
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Screening
from euthymia.therapies.dbs.tables import PACKAGE, forms
from euthymia.therapies.screening import LabelRow, LegalRow, Rule, combine, screen_form

TITLE = "Deep brain stimulation"
_EPISODES_IN_CONCEPT = {"recurrent_three_episodes": 3}  # the concept's own definition, not a threshold of ours


def screen(case: Case) -> Screening:
    """Screen every target; trial entry criteria are shown as label findings and decide nothing by themselves."""
    known = with_episode_counts(case)
    rules = load_table(PACKAGE, "rules.csv", Rule, key="code")
    legality = load_table(PACKAGE, "legality.csv", LegalRow)
    label = load_table(PACKAGE, "label.csv", LabelRow, key="code")
    return combine(
        "dbs",
        TITLE,
        [
            screen_form(
                known, therapy="dbs", form=row.form, title=row.title, rules=rules, legality=legality, label=label
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
