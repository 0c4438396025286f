"""Staging read from a case: what each method needs, taken from the episode and the treatment history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from euthymia.case.facts import TrialKind
from euthymia.case.model import Case
from euthymia.case.rule_sets import DEFAULT_RULE_SET
from euthymia.case.staging import Staging, dm_trd, maudsley, mgh_s, thase_rush
from euthymia.case.three_valued import any_of
from euthymia.case.trial_adequacy import adequacy
from euthymia.case.trial_count import HistoryCount, history
from euthymia.case.trial_scope import REVIEW_QUESTION, history_reviewed, in_current_episode
from euthymia.core.reason import EvidenceGrade, Reason

_MGH_RULE_SET = "MGH-ATRQ"
_QUESTIONS = {
    "duration": "When did the current episode begin?",
    "severity": "How severe is the episode, and are there psychotic features?",
    "failures": "Which antidepressants failed an adequate trial (drug, dose, weeks, adherence, outcome)?",
    "failed": "Which antidepressants failed an adequate trial (drug, dose, weeks, adherence, outcome)?",
    "augmentation": "Was augmentation (lithium, an antipsychotic, thyroid hormone …) used?",
    "ect": "Was ECT given in this episode, and did it help?",
}


def maudsley_of(case: Case, rule_set: str = DEFAULT_RULE_SET) -> Staging:
    """Return the Maudsley stage of a case, with failed trials counted under ``rule_set``."""
    episode, tally = case.episode, history(case, rule_set)
    staged = maudsley(
        duration_months=_months(episode.started_on, case.today) if episode else None,
        severity=episode.severity if episode else None,
        psychotic=episode.psychotic_features if episode else None,
        failed_antidepressants=_failed(tally),
        augmentation=_used(case, TrialKind.AUGMENTATION),
        ect=_used(case, TrialKind.ECT),
    )
    return _of_case(staged, tally)


def mgh_s_of(case: Case) -> Staging:
    """Return the MGH-S score of a case; its 6 weeks are those of MGH-ATRQ, whatever rule set is used elsewhere."""
    tally = history(case, _MGH_RULE_SET)
    augmenting = [r for r in tally.rows if r.trial.kind is TrialKind.AUGMENTATION and r.in_scope is not False]
    sure = {r.treatment for r in augmenting if r.in_scope}
    possible = sure | {r.treatment for r in augmenting}
    optimized = len({r.treatment for r in tally.rows if r.in_scope and r.trial.optimized})
    unlisted = not tally.reviewed and not augmenting
    staged = mgh_s(
        failed_antidepressants=_failed(tally),
        optimizations=optimized,
        augmentations=None if unlisted else (len(sure), len(possible)),
        ect=_ect_failed(case, bilateral_only=False),
    )
    return _of_case(staged, tally)


def thase_rush_of(case: Case, rule_set: str = DEFAULT_RULE_SET) -> Staging:
    """Return the Thase–Rush stage of a case, with failed trials counted under ``rule_set``."""
    tally = history(case, rule_set)
    staged = thase_rush(
        failed_classes=tally.classes_failed,
        possible_classes=tally.classes_possible,
        bilateral_ect_failed=_ect_failed(case, bilateral_only=True),
    )
    return _of_case(staged, tally)


def stage_all(case: Case, rule_set: str = DEFAULT_RULE_SET) -> tuple[Staging, ...]:
    """Return every staging of a case, in a fixed order; DM-TRD is there to say why it is not scored."""
    return maudsley_of(case, rule_set), mgh_s_of(case), thase_rush_of(case, rule_set), dm_trd()


def _of_case(staged: Staging, tally: HistoryCount) -> Staging:
    """Add which rule set counted, put the open items as questions, and say when the history may not be complete."""
    words = [_QUESTIONS.get(item, item) for item in staged.missing]
    details = [q.text for q in tally.missing] if {"failures", "failed"} & set(staged.missing) else []
    reasons = (*staged.reasons, tally.reasons[0])
    if not tally.reviewed:
        text = "The treatment history is not marked as complete: the stage is the least that the record supports."
        reasons = (*reasons, Reason(text, grade=EvidenceGrade.CASE))
        words = [*words, REVIEW_QUESTION.text]
    missing = tuple(dict.fromkeys((*words, *details)))
    return replace(staged, reasons=reasons, missing=missing, rule_set=tally.rule_set)


def _failed(tally: HistoryCount) -> tuple[int, int] | None:
    """Failed antidepressants as a range; not known when nothing is recorded and nobody reviewed the history."""
    if tally.antidepressants_high == 0 and not tally.reviewed:
        return None
    return tally.antidepressants_low, tally.antidepressants_high


def _used(case: Case, kind: TrialKind) -> bool | None:
    """Whether a kind of treatment was used in this episode."""
    started_on = case.episode.started_on if case.episode else None
    seen = any_of(in_current_episode(t, started_on) for t in case.trials if t.kind is kind)
    return None if seen is False and not history_reviewed(case) else seen


def _ect_failed(case: Case, *, bilateral_only: bool) -> bool | None:
    """Whether ECT (of the kind asked for) failed in this episode."""
    started_on = case.episode.started_on if case.episode else None
    answers: list[bool | None] = []
    for trial in case.trials:
        here = in_current_episode(trial, started_on)
        if trial.kind is not TrialKind.ECT or here is False or adequacy(trial).failed is False:
            continue
        bilateral = trial.laterality in ("bilateral", "bifrontal") if trial.laterality else None
        side = bilateral if bilateral_only else True
        known = here is True and side is True and adequacy(trial).failed is True
        answers.append(False if side is False else True if known else None)
    seen = any_of(answers)
    return None if seen is False and not history_reviewed(case) else seen


def _months(start: date, end: date) -> float:
    """Calendar months between two days; days beyond a whole month make it more than that number."""
    whole = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    extra = (end.day - start.day) % 31
    return max(whole + extra / 31, 0.01)
