"""Treatment history in one place: adequacy of trials, staging, resistance and the pseudo-resistance checklist."""

from __future__ import annotations

from euthymia.case.adequacy import (
    DEFAULT_RULE_SET,
    CountedTrial,
    HistoryCount,
    RuleSet,
    TrialAdequacy,
    adequacy,
    adequacy_all,
    history,
    history_all,
    require_rule_set,
    rule_sets,
)
from euthymia.case.case_staging import maudsley_of, mgh_s_of, stage_all, thase_rush_of
from euthymia.case.pseudo_resistance import ChecklistItem, ItemState, pseudo_resistance
from euthymia.case.resistance import Definition, ResistanceVerdict, definitions, resistant, resistant_by
from euthymia.case.staging import Staging, dm_trd, maudsley, mgh_s, thase_rush

__all__ = [
    "DEFAULT_RULE_SET",
    "ChecklistItem",
    "CountedTrial",
    "Definition",
    "HistoryCount",
    "ItemState",
    "ResistanceVerdict",
    "RuleSet",
    "Staging",
    "TrialAdequacy",
    "adequacy",
    "adequacy_all",
    "definitions",
    "dm_trd",
    "history",
    "history_all",
    "maudsley",
    "maudsley_of",
    "mgh_s",
    "mgh_s_of",
    "pseudo_resistance",
    "require_rule_set",
    "resistant",
    "resistant_by",
    "rule_sets",
    "stage_all",
    "thase_rush",
    "thase_rush_of",
]
