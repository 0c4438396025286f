"""Adequacy of treatment trials under every rule set, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from euthymia.case.facts import TreatmentTrial
from euthymia.case.model import Case
from euthymia.case.rule_sets import DEFAULT_RULE_SET, RuleSet, require_rule_set, rule_sets
from euthymia.case.trial_adequacy import TrialAdequacy, adequacy
from euthymia.case.trial_count import CountedTrial, HistoryCount, history
from euthymia.case.trial_scope import CaseOrTrials, trials_of

__all__ = [
    "DEFAULT_RULE_SET",
    "CountedTrial",
    "HistoryCount",
    "RuleSet",
    "TrialAdequacy",
    "adequacy",
    "adequacy_all",
    "history",
    "history_all",
    "require_rule_set",
    "rule_sets",
]


def adequacy_all(case_or_trials: CaseOrTrials) -> tuple[tuple[TreatmentTrial, Mapping[str, TrialAdequacy]], ...]:
    """Return each trial with its rating by every rule set (code → rating)."""
    return tuple((t, {row.code: adequacy(t, row.code) for row in rule_sets()}) for t in trials_of(case_or_trials))


def history_all(case_or_trials: CaseOrTrials, *, current_episode_only: bool = True) -> Mapping[str, HistoryCount]:
    """Return the count of failed adequate trials by every rule set (code → count)."""
    listed = case_or_trials if isinstance(case_or_trials, Case) else tuple(case_or_trials)
    return {row.code: history(listed, row.code, current_episode_only=current_episode_only) for row in rule_sets()}
