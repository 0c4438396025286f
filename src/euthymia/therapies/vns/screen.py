"""Screening for VNS: indication, label and coverage criteria, surgery, airway and heart."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.contract import Screening
from euthymia.therapies.episode_counts import with_episode_counts
from euthymia.therapies.form_screen import label_of, screen_by_tables
from euthymia.therapies.screening import combine
from euthymia.therapies.vns.tables import PACKAGE, forms

TITLE = "Vagus nerve stimulation"
_EPISODES_IN_CONCEPT = {"recurrent_four_episodes": 4}  # the concept's own definition, not a threshold of ours


def screen(case: Case) -> Screening:
    """Screen VNS; label and coverage criteria are shown as findings, the indication is a rule too."""
    known = with_episode_counts(case, _EPISODES_IN_CONCEPT)
    label = label_of(PACKAGE)
    return combine(
        "vns",
        TITLE,
        [
            screen_by_tables(known, PACKAGE, therapy="vns", form=row.form, title=row.title, label=label)
            for row in forms()
        ],
    )
