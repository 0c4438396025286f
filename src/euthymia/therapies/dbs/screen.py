"""Screening for DBS: investigational for depression everywhere, so at best "not outside a trial"."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.contract import Screening
from euthymia.therapies.dbs.tables import PACKAGE, forms
from euthymia.therapies.episode_counts import with_episode_counts
from euthymia.therapies.form_screen import label_of, screen_by_tables
from euthymia.therapies.screening import combine

TITLE = "Deep brain stimulation"
_EPISODES_IN_CONCEPT = {"recurrent_three_episodes": 3}  # the concept's own definition, not a threshold of ours


def screen(case: Case) -> Screening:
    """Screen every target; trial entry criteria are shown as label findings and decide nothing by themselves."""
    known = with_episode_counts(case, _EPISODES_IN_CONCEPT)
    label = label_of(PACKAGE)
    return combine(
        "dbs",
        TITLE,
        [
            screen_by_tables(known, PACKAGE, therapy="dbs", form=row.form, title=row.title, label=label)
            for row in forms()
        ],
    )
