"""Is this treatment-resistant depression? Answered under each named definition, with what is counted and why.

Definitions differ in the number, the rule set, the episode and the threshold; they are rows of a table and are never
merged into one answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from euthymia.case.concepts import Question, answer
from euthymia.case.facts import EpisodeSeverity, TrialOutcome
from euthymia.case.model import Case
from euthymia.case.rule_sets import RuleSet, require_rule_set
from euthymia.case.three_valued import all_of, any_of
from euthymia.case.trial_count import HistoryCount, history
from euthymia.case.trial_scope import REVIEW_QUESTION
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition(SourcedRow):
    """One definition of resistance.

    Parameters
    ----------
    is_trd
        False for entry criteria of trials that are not of treatment-resistant depression.
    min_failed, max_failed
        Failed adequate trials asked for; ``max_failed`` is the upper end of a trial's entry range.
    min_intolerances
        So many drugs stopped for side effects are accepted instead.
    min_classes
        Antidepressant classes the failures must span.
    severities
        Severities of the current episode that are covered; empty = any.
    improvement_threshold_pct, threshold_inclusive
        The definition's own threshold of failure in place of the rule set's.
    not_checked
        What the definition asks besides and Euthymia does not check.
    """

    code: str
    label: str
    is_trd: bool
    rule_set: str
    min_failed: int
    current_episode_only: bool
    max_failed: int | None = None
    min_intolerances: int | None = None
    min_classes: int | None = None
    severities: tuple[EpisodeSeverity, ...] = ()
    improvement_threshold_pct: float | None = None
    threshold_inclusive: bool = False
    not_checked: str = ""


@dataclass(frozen=True, slots=True)
class ResistanceVerdict:
    """Whether a case meets one definition.

    Parameters
    ----------
    code, label, rule_set
        The definition and the rule set it counts with.
    is_trd
        Whether meeting it means treatment-resistant depression.
    resistant
        True, False, or None while something decides it that is not known.
    count
        The failed trials counted.
    reasons, missing
        Why, and what to ask.
    """

    code: str
    label: str
    rule_set: str
    is_trd: bool
    resistant: bool | None
    count: HistoryCount
    reasons: tuple[Reason, ...]
    missing: tuple[Question, ...]


def definitions() -> tuple[Definition, ...]:
    """Return every definition, regulators first, then rule sets, then trials."""
    return load_table("euthymia.case", "resistance_definitions.csv", Definition, key="code")


def resistant(case: Case) -> tuple[ResistanceVerdict, ...]:
    """Return the verdict of every definition on ``case``."""
    return tuple(_verdict(case, row) for row in definitions())


def resistant_by(case: Case, code: str) -> ResistanceVerdict:
    """Return the verdict of the definition ``code``, e.g. ``"FDA"``, ``"EU-esketamine"``, ``"RECOVER"``."""
    for row in definitions():
        if row.code == code:
            return _verdict(case, row)
    raise InvalidInput("definition", code, " | ".join(row.code for row in definitions()))


@dataclass(frozen=True, slots=True)
class _Condition:
    """One condition of a definition."""

    met: bool | None
    reason: Reason
    questions: tuple[Question, ...] = ()


def _verdict(case: Case, row: Definition) -> ResistanceVerdict:
    tally = history(case, row.rule_set, current_episode_only=row.current_episode_only, stricter=_stricter(row))
    failures = _failures(tally, row)
    conditions = [_major_depression(case, row), failures]
    if row.min_classes is not None:
        conditions.append(_classes(tally, row, row.min_classes))
    if row.severities:
        conditions.append(_severity(case, row))
    met = all_of(condition.met for condition in conditions)
    reasons = [tally.reasons[0], *(condition.reason for condition in conditions)]
    if row.not_checked:
        reasons.append(Reason(f"Not checked here: {row.not_checked}.", (row.cite(),)))
    questions = [q for c in conditions if c.met is None for q in c.questions] if met is None else []
    missing = tuple({q.code: q for q in questions}.values())
    return ResistanceVerdict(row.code, row.label, row.rule_set, row.is_trd, met, tally, tuple(reasons), missing)


def _stricter(row: Definition) -> RuleSet | None:
    """Return the rule set with the definition's own threshold; a partial response is then left open."""
    if row.improvement_threshold_pct is None:
        return None
    base = require_rule_set(row.rule_set)
    return replace(
        base,
        improvement_threshold_pct=row.improvement_threshold_pct,
        threshold_inclusive=row.threshold_inclusive,
        failed_outcomes=tuple(o for o in base.failed_outcomes if o is not TrialOutcome.PARTIAL),
    )


def _major_depression(case: Case, row: Definition) -> _Condition:
    """The definitions speak of unipolar major depression."""
    bipolar = answer(case, "bipolar_disorder")
    if bipolar.present:
        text = f"The definition is of unipolar major depression: {bipolar.evidence}."
        return _Condition(False, Reason(text, (row.cite(),)))
    codes = [d.code for d in case.diagnoses if d.code.startswith(("F32", "F33"))]
    if codes:
        return _Condition(True, Reason(f"Major depression is recorded ({', '.join(codes)}).", grade=EvidenceGrade.CASE))
    question = Question(
        "diagnosis", "Is the diagnosis major depressive disorder (ICD-10 F32 or F33)?", "`diagnoses: [{code: F33.2}]`"
    )
    text = "No diagnosis of major depression (F32, F33) is recorded."
    return _Condition(None, Reason(text, grade=EvidenceGrade.CASE), (question,))


def _failures(tally: HistoryCount, row: Definition) -> _Condition:
    """Enough failures (or intolerances), and not more than a trial's entry range allows."""
    enough = _at_least(row.min_failed, tally.failed_low, tally.failed_high, tally.reviewed)
    asked = f"at least {row.min_failed}"
    if row.max_failed is not None:
        # An unreviewed history may hide further failures: then the upper end is not certain.
        more = _at_least(row.max_failed + 1, tally.failed_low, tally.failed_high, tally.reviewed)
        enough = all_of((enough, None if more is None else not more))
        asked = f"{row.min_failed} to {row.max_failed}"
    if row.min_intolerances is not None:
        tolerated = _at_least(row.min_intolerances, tally.intolerances, tally.intolerances, tally.reviewed)
        enough = any_of((enough, tolerated))
        asked += f", or {row.min_intolerances} intolerances"
    found = f"{tally.failed_low}" if tally.failed is not None else f"{tally.failed_low} to {tally.failed_high}"
    text = f"{row.code} asks for {asked} failed adequate trials ({row.rule_set}); found {found}."
    if row.min_intolerances is not None:
        text = f"{text} Stopped for side effects: {tally.intolerances}."
    questions = tally.missing if tally.failed is None else ()
    if not tally.reviewed:
        questions = (*questions, REVIEW_QUESTION)
    reason = Reason(text, (row.cite(),), value=tally.failed_low, low=tally.failed_low, high=tally.failed_high)
    return _Condition(enough, reason, questions)


def _at_least(needed: int, low: int, high: int, complete: bool) -> bool | None:
    """Whether a count between ``low`` and ``high`` reaches ``needed``; an incomplete list cannot say no."""
    return True if low >= needed else False if high < needed and complete else None


def _classes(tally: HistoryCount, row: Definition, needed: int) -> _Condition:
    sure, possible = set(tally.classes_failed), {*tally.classes_failed, *tally.classes_possible}
    met = _at_least(needed, len(sure), len(possible), tally.reviewed)
    named = ", ".join(sorted(sure)) or "none"
    text = f"Failures must span at least {needed} classes; certain: {named}."
    return _Condition(met, Reason(text, (row.cite(),)), (*tally.missing, REVIEW_QUESTION))


def _severity(case: Case, row: Definition) -> _Condition:
    severity = case.episode.severity if case.episode else None
    words = " or ".join(s.value for s in row.severities)
    if severity is None:
        question = Question("episode.severity", "How severe is the current episode?", "`episode: {severity: …}`")
        return _Condition(None, Reason(f"Covers {words} episodes; severity is not known.", (row.cite(),)), (question,))
    text = f"Covers {words} episodes; this one is {severity.value}."
    return _Condition(severity in row.severities, Reason(text, (row.cite(),)))
