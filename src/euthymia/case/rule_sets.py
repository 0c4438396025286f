"""Rule sets of trial adequacy, as table rows: how long, how much, what is a failure, which kinds of treatment count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.case.facts import TrialKind, TrialOutcome
from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table

DEFAULT_RULE_SET = "ATHF-SF"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet(SourcedRow):
    """What one rule set calls a failed adequate trial, for all kinds of treatment alike.

    Parameters
    ----------
    failure_basis
        ``outcome``: the clinician's rating; ``improvement``: the percentage where it is known, else the rating;
        ``next_treatment``: that the trial was left for another.
    improvement_threshold_pct, threshold_inclusive
        Below (or at) this improvement a trial has failed.
    failed_outcomes, achieved_outcomes
        Ratings that are a failure, and those that are not; a rating in neither list is not decided by the rule set.
    loss_of_effect
        How a response that was later lost is counted.
    intolerance_counts
        Whether a trial stopped for side effects counts as failed though it was too short.
    adherence_required
        Whether the trial must have been taken as prescribed.
    """

    code: str
    label: str
    failure_basis: Literal["outcome", "improvement", "next_treatment"]
    failed_outcomes: tuple[TrialOutcome, ...]
    achieved_outcomes: tuple[TrialOutcome, ...]
    loss_of_effect: Literal["failure", "not_failure", "unstated"]
    intolerance_counts: bool
    adherence_required: bool
    improvement_threshold_pct: float | None = None
    threshold_inclusive: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        if set(self.failed_outcomes) & set(self.achieved_outcomes):
            raise ValueError(f"{self.code}: an outcome cannot be both a failure and none")
        if (self.failure_basis == "improvement") != (self.improvement_threshold_pct is not None):
            raise ValueError(f"{self.code}: an improvement threshold goes with the basis `improvement`")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule(SourcedRow):
    """What one rule set asks of one kind of treatment.

    Parameters
    ----------
    role
        ``failed_trial``: adds to the number of failed trials; ``separate``: rated, but counted on its own.
    min_weeks, longer_than
        Least weeks at the least dose; ``longer_than`` means more than that, not at least.
    min_sessions
        Least number of sessions, for treatments given in sessions.
    dose_rule
        Which minimum of the drug table applies.
    """

    rule_set: str
    kind: TrialKind
    role: Literal["failed_trial", "separate"]
    dose_rule: Literal["min_adequate", "min_augmentation", "none"]
    min_weeks: float | None = None
    longer_than: bool = False
    min_sessions: int | None = None
    note: str = ""


def rule_sets() -> tuple[RuleSet, ...]:
    """Return every rule set, in the order of the table."""
    return load_table("euthymia.case", "adequacy_rules.csv", RuleSet, key="code")


def require_rule_set(code: str) -> RuleSet:
    """Return the rule set called ``code``; raise :class:`InvalidInput` listing the names when there is none."""
    for row in rule_sets():
        if row.code == code:
            return row
    raise InvalidInput("rule_set", code, " | ".join(row.code for row in rule_sets()))


def kind_rule(code: str, kind: TrialKind) -> KindRule | None:
    """Return what rule set ``code`` asks of ``kind``; None when it does not rate that kind."""
    rows = load_table("euthymia.case", "adequacy_kinds.csv", KindRule)
    return next((row for row in rows if row.rule_set == code and row.kind is kind), None)
