"""How many adequate trials failed: distinct drugs once, each part of a combination, augmentation apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from euthymia.case.concepts import Question
from euthymia.case.drugs import drug
from euthymia.case.facts import StoppedReason, TreatmentTrial, TrialKind
from euthymia.case.model import Case
from euthymia.case.rule_sets import DEFAULT_RULE_SET, RuleSet, require_rule_set
from euthymia.case.three_valued import all_of
from euthymia.case.trial_adequacy import TrialAdequacy, adequacy
from euthymia.case.trial_scope import (
    CaseOrTrials,
    episode_question,
    episode_start,
    history_reviewed,
    in_current_episode,
    trials_of,
)
from euthymia.core.reason import EvidenceGrade, Reason


@dataclass(frozen=True, slots=True)
class CountedTrial:
    """One trial in a count: its rating, whether it is of the episode counted, and whether it counts."""

    trial: TreatmentTrial
    rating: TrialAdequacy
    in_scope: bool | None
    counts: bool | None
    treatment: str  # what is counted once: the ingredient, or the kind of treatment


@dataclass(frozen=True, slots=True)
class HistoryCount:
    """The count under one rule set; every number is of distinct treatments.

    Parameters
    ----------
    failed
        Failed adequate trials, or None while that is not certain.
    failed_low, failed_high
        For certain; and if every unknown turned out to be a failure.
    antidepressants_low, antidepressants_high
        The same for antidepressant drugs alone (without what a rule set counts besides).
    adequate
        Treatments with an adequate trial for certain.
    augmentation
        Augmenting agents whose adequate trial failed for certain.
    augmentation_used
        Augmenting agents used at all.
    distinct_drugs
        Antidepressant ingredients tried.
    classes_failed, classes_possible
        Antidepressant class of each drug in ``antidepressants_low``, and of the further ones that are not certain.
    intolerances
        Drugs stopped for side effects.
    reviewed
        Whether the whole history was gone through; if not, trials may exist that nobody wrote down.
    """

    rule_set: str
    failed: int | None
    failed_low: int
    failed_high: int
    antidepressants_low: int
    antidepressants_high: int
    adequate: int
    augmentation: int
    augmentation_used: int
    distinct_drugs: int
    classes_failed: tuple[str, ...]
    classes_possible: tuple[str, ...]
    intolerances: int
    reviewed: bool
    rows: tuple[CountedTrial, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[Question, ...]


def history(
    case_or_trials: CaseOrTrials,
    rule_set: str = DEFAULT_RULE_SET,
    *,
    current_episode_only: bool = True,
    stricter: RuleSet | None = None,
) -> HistoryCount:
    """Count failed adequate trials under a rule set.

    Parameters
    ----------
    case_or_trials
        A case (dates then help to tell the episode), or trials.
    rule_set
        Code of ``case/data/adequacy_rules.csv``.
    current_episode_only
        Leave out trials of earlier episodes; a trial of which that is not known raises ``failed_high`` only.
    stricter
        See :func:`euthymia.case.trial_adequacy.adequacy`.
    """
    rules = stricter or require_rule_set(rule_set)
    case_or_trials = case_or_trials if isinstance(case_or_trials, Case) else tuple(case_or_trials)
    started_on = episode_start(case_or_trials)
    rows = []
    for trial in trials_of(case_or_trials):
        rating = adequacy(trial, rules.code, stricter=stricter)
        in_scope = in_current_episode(trial, started_on) if current_episode_only else True
        counts = all_of((in_scope, rating.counts_as_failure))
        rows.append(CountedTrial(trial, rating, in_scope, counts, _treatment(trial)))
    inside = [row for row in rows if row.in_scope is not False]
    tallied = [row for row in inside if row.rating.role == "failed_trial"]
    drugs_only = [row for row in tallied if _is_antidepressant(row)]
    low, high = _distinct(tallied)
    drugs_low, drugs_high = _distinct(drugs_only)
    certain = [row for row in inside if row.in_scope]
    augmenting = [row for row in certain if row.trial.kind is TrialKind.AUGMENTATION]
    reasons = (_summary(rules, len(low), len(high)), *_notes(rows))
    return HistoryCount(
        rule_set=rules.code,
        failed=len(low) if len(low) == len(high) else None,
        failed_low=len(low),
        failed_high=len(high),
        antidepressants_low=len(drugs_low),
        antidepressants_high=len(drugs_high),
        adequate=len({row.treatment for row in certain if row.rating.adequate}),
        augmentation=len({row.treatment for row in augmenting if row.counts}),
        augmentation_used=len({row.treatment for row in augmenting}),
        distinct_drugs=len({row.treatment for row in certain if _is_antidepressant(row)}),
        classes_failed=_classes(drugs_low),
        classes_possible=_classes(drugs_high - drugs_low),
        intolerances=len({r.treatment for r in certain if r.trial.stopped_reason is StoppedReason.INTOLERANCE}),
        reviewed=history_reviewed(case_or_trials),
        rows=tuple(rows),
        reasons=reasons,
        missing=_missing(inside),
    )


def _treatment(trial: TreatmentTrial) -> str:
    """What counts once: the ingredient of a drug, the name of an unknown one, the kind of any other treatment."""
    if trial.kind in (TrialKind.DRUG, TrialKind.AUGMENTATION):
        found = drug(trial.name)
        return found.ingredient if found else " ".join(trial.name.casefold().split())
    return trial.kind.value


def _is_antidepressant(row: CountedTrial) -> bool:
    """Whether the trial was of an antidepressant drug; an unknown drug given as one is taken for one."""
    found = drug(row.trial.name)
    if row.trial.kind is TrialKind.DRUG:
        return found is None or found.is_antidepressant
    return row.trial.kind is TrialKind.AUGMENTATION and found is not None and found.is_antidepressant


def _distinct(rows: Iterable[CountedTrial]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the treatments that failed for certain, and those that may have."""
    listed = list(rows)
    low = frozenset(row.treatment for row in listed if row.counts)
    return low, low | frozenset(row.treatment for row in listed if row.counts is None)


def _classes(ingredients: frozenset[str]) -> tuple[str, ...]:
    """Return the antidepressant class of each ingredient; an unknown drug has the class ``unknown``."""
    found = [drug(name) for name in sorted(ingredients)]
    return tuple(d.thase_rush_class if d and d.thase_rush_class else "unknown" for d in found)


def _summary(rules: RuleSet, low: int, high: int) -> Reason:
    span = f"{low}" if low == high else f"{low} for certain, up to {high} if every unknown was a failure"
    return Reason(
        f"Failed adequate trials by {rules.code}: {span}. A drug counts once, however often it was tried.",
        (rules.cite(),),
        EvidenceGrade.RULE,
        value=low,
        low=low,
        high=high,
        unit="count",
        code=f"history.{rules.code}",
    )


def _notes(rows: Iterable[CountedTrial]) -> tuple[Reason, ...]:
    """Say what was left out and why."""
    notes = []
    for row in rows:
        if row.in_scope is False:
            text = f"{row.trial.name} was tried before the current episode and is not counted."
            notes.append(Reason(text, grade=EvidenceGrade.CASE))
        elif row.trial.stopped_reason is StoppedReason.INTOLERANCE and row.counts is not True:
            text = f"{row.trial.name} was stopped for side effects: an intolerance, not a failure."
            notes.append(Reason(text, grade=EvidenceGrade.CASE))
    return tuple(notes)


def _missing(rows: Iterable[CountedTrial]) -> tuple[Question, ...]:
    """Return each open question once; trials that cannot count any more raise none."""
    questions: dict[str, Question] = {}
    for row in rows:
        if row.counts is not None:
            continue
        if row.in_scope is None:
            question = episode_question(row.trial)
            questions.setdefault(question.code, question)
        for question in row.rating.missing:
            questions.setdefault(question.code, question)
    return tuple(questions.values())
