"""What of an option was tried already: adequately or not, with what result."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.adequacy import adequacy
from euthymia.case.facts import StoppedReason, TreatmentTrial, TrialKind, TrialOutcome
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.drug_tables import Strategy, ingredient


@dataclass(frozen=True, slots=True)
class Tried:
    """Standing of one option in the treatment history: ``rank`` 0 = promising … 4 = already failed."""

    rank: int
    reasons: tuple[Reason, ...]


def tried(case: Case, drugs: tuple[str, ...], strategy: Strategy) -> Tried:
    """Return what the history says about ``drugs`` used in ``strategy`` (all drugs of a combination together)."""
    found = [_of_drug(case, drug, strategy) for drug in drugs]
    rank = min(f.rank for f in found) if strategy == "combine" else max(f.rank for f in found)
    return Tried(rank, tuple(r for f in found for r in f.reasons))


def _of_drug(case: Case, drug: str, strategy: Strategy) -> Tried:
    kinds = (TrialKind.AUGMENTATION,) if strategy == "augment" else (TrialKind.DRUG, TrialKind.AUGMENTATION)
    trials = [t for t in case.trials if t.kind in kinds and ingredient(t.name) == ingredient(drug)]
    if not trials:
        words = f"{drug} was not tried in this way before."
        return Tried(1, (_fact(words, Direction.FOR, "not_tried"),))
    judged = [_judge(trial) for trial in trials]
    return Tried(max(rank for rank, _ in judged), tuple(reason for _, reason in judged))


def _judge(trial: TreatmentTrial) -> tuple[int, Reason]:
    if trial.stopped_reason is StoppedReason.INTOLERANCE:
        words = f"{trial.name} was not tolerated before."
        return 4, _fact(words, Direction.AGAINST, "not_tolerated")
    if trial.outcome in (TrialOutcome.RESPONSE, TrialOutcome.REMISSION):
        return 0, _fact(f"{trial.name} helped before ({trial.outcome.value}).", Direction.FOR, "helped_before")
    verdict = adequacy(trial)
    if verdict.adequate is True and verdict.failed is not False:
        words = f"{trial.name}: an adequate trial ({verdict.rule_set}) did not help enough."
        return 4, _fact(words, Direction.AGAINST, "failed_adequately")
    if verdict.adequate is False:
        words = f"{trial.name} was tried, but not adequately ({verdict.rule_set}): it is not used up."
        return 2, _fact(words, Direction.NEUTRAL, "tried_inadequately")
    words = f"{trial.name} was tried; whether adequately is not known ({verdict.rule_set})."
    return 3, _fact(words, Direction.NEUTRAL, "adequacy_unknown")


def _fact(words: str, direction: Direction, code: str) -> Reason:
    return Reason(words, grade=EvidenceGrade.CASE, direction=direction, code=code)
