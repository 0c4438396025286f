"""Was one treatment trial adequate, and did it fail? Answered under a named rule set, with the reasons.

Every answer is True, False or None. What is not recorded gives None and the question to ask, never True.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.case.concepts import Question
from euthymia.case.drugs import Drug, drug
from euthymia.case.facts import Adherence, StoppedReason, TreatmentTrial, TrialKind, TrialOutcome
from euthymia.case.rule_sets import DEFAULT_RULE_SET, KindRule, RuleSet, kind_rule, require_rule_set
from euthymia.case.three_valued import all_of, any_of
from euthymia.core.reason import EvidenceGrade, Reason

Role = Literal["failed_trial", "separate", "not_rated"]


@dataclass(frozen=True, slots=True)
class TrialAdequacy:
    """One trial under one rule set.

    Parameters
    ----------
    adequate
        Long enough, high enough and (where asked) taken as prescribed; None when something is not known.
    failed
        Whether it fell short of the rule set's response; None when not known or not decided by the rule set.
    counts_as_failure
        Whether it counts as a failed adequate trial (``role`` says in which tally).
    role
        ``failed_trial``, ``separate`` (augmentation, ECT … tallied apart) or ``not_rated``.
    reasons, missing
        Why, and what to ask to settle it.
    """

    trial: TreatmentTrial
    rule_set: str
    adequate: bool | None
    failed: bool | None
    counts_as_failure: bool | None
    role: Role
    reasons: tuple[Reason, ...]
    missing: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class _Check:
    """One condition: met, not met or not known."""

    met: bool | None
    reason: Reason
    question: Question | None = None


def adequacy(
    trial: TreatmentTrial, rule_set: str = DEFAULT_RULE_SET, *, stricter: RuleSet | None = None
) -> TrialAdequacy:
    """Judge one trial under a rule set.

    Parameters
    ----------
    trial
        The trial; unknown dose, weeks, adherence or outcome stay unknown in the answer.
    rule_set
        Code of ``case/data/adequacy_rules.csv``, e.g. ``"ATHF-SF"``, ``"MGH-ATRQ"``, ``"regulators"``.
    stricter
        The rule set with another improvement threshold (trial variants); used by ``case.resistance``.

    Raises
    ------
    InvalidInput
        When there is no such rule set.

    Notes
    -----
    An antidepressant recorded as an augmentation is the second half of a combination and is judged by the rule for
    drugs. A trial stopped for side effects before it was adequate is not a failure unless the rule set says so; one
    that was adequate and did not help is, whatever it was stopped for.

    Examples
    --------
    >>> from euthymia.case.facts import TreatmentTrial, TrialKind
    >>> adequacy(TreatmentTrial(TrialKind.DRUG, "citalopram", 20, 4.3), "MGH-ATRQ").adequate
    False
    """
    rules = stricter or require_rule_set(rule_set)
    agent = drug(trial.name) if trial.kind in (TrialKind.DRUG, TrialKind.AUGMENTATION) else None
    combination = trial.kind is TrialKind.AUGMENTATION and agent is not None and agent.is_antidepressant
    kind = TrialKind.DRUG if combination else trial.kind
    rule = kind_rule(rules.code, kind)
    if rule is None:
        why = f"{rules.code} has no rule in hand for a trial of the kind {kind.value}; {trial.name} is not rated by it."
        return _unrated(trial, rules, why)
    if kind is TrialKind.DRUG and agent is not None and not agent.is_antidepressant:
        return _unrated(trial, rules, f"{agent.name} is not an antidepressant; {rules.code} does not count it alone.")

    checks = [_time(trial, rules, rule), _dose(trial, rules, rule, agent), _adherence(trial, rules)]
    present = [check for check in checks if check is not None]
    outcome = _failure(trial, rules)
    adequate = all_of(check.met for check in present)
    counts = all_of((adequate, outcome.met))
    reasons = [check.reason for check in present]
    reasons.append(outcome.reason)
    if combination:
        reasons.append(
            _reason(f"{trial.name} was added as a second antidepressant: judged as a trial of its own.", rules)
        )
    if trial.stopped_reason is StoppedReason.INTOLERANCE and adequate is not True:
        word = "counts" if rules.intolerance_counts else "does not count"
        reasons.append(_reason(f"Stopped for side effects: under {rules.code} that {word} as a failure.", rules))
        counts = any_of((counts, True)) if rules.intolerance_counts else counts
    open_questions = [c.question for c in (*present, outcome) if c.met is None and c.question is not None]
    missing = tuple(open_questions) if counts is None or adequate is None else ()
    return TrialAdequacy(trial, rules.code, adequate, outcome.met, counts, rule.role, tuple(reasons), missing)


def _unrated(trial: TreatmentTrial, rules: RuleSet, why: str) -> TrialAdequacy:
    return TrialAdequacy(trial, rules.code, None, None, False, "not_rated", (_reason(why, rules),))


def _time(trial: TreatmentTrial, rules: RuleSet, rule: KindRule) -> _Check | None:
    """Whether it lasted long enough, in weeks at the dose or in sessions."""
    if rule.min_sessions is not None:
        need = f"at least {rule.min_sessions} sessions ({rules.code})"
        if trial.sessions is None:
            return _ask(trial, rule, "sessions", f"How many sessions of {trial.name} were given?", "sessions", need)
        met = trial.sessions >= rule.min_sessions
        return _Check(met, _reason(f"{trial.sessions} sessions; {need}.", rule, value=trial.sessions, unit="sessions"))
    if rule.min_weeks is None:
        return None
    need = f"{'more than' if rule.longer_than else 'at least'} {rule.min_weeks:g} weeks at the dose ({rules.code})"
    weeks = trial.weeks_at_dose
    if weeks is None:
        longest = _longest_weeks(trial)
        if longest is not None and not _long_enough(longest, rule):
            return _Check(False, _reason(f"{longest:.1f} weeks from start to end; {need}.", rule))
        question = f"For how many weeks was {trial.name} taken at that dose or above?"
        return _ask(trial, rule, "weeks", question, "weeks_at_dose", need)
    return _Check(_long_enough(weeks, rule), _reason(f"{weeks:g} weeks; {need}.", rule, value=weeks, unit="weeks"))


def _long_enough(weeks: float, rule: KindRule) -> bool:
    least = rule.min_weeks or 0.0
    return weeks > least if rule.longer_than else weeks >= least


def _longest_weeks(trial: TreatmentTrial) -> float | None:
    """The whole length of an ended trial: time at the dose cannot be longer than that."""
    if trial.started_on is None or trial.ended_on is None:
        return None
    return ((trial.ended_on - trial.started_on).days + 1) / 7


def _dose(trial: TreatmentTrial, rules: RuleSet, rule: KindRule, agent: Drug | None) -> _Check | None:
    """Whether the dose reached the minimum of the drug table."""
    if agent is None and trial.kind in (TrialKind.DRUG, TrialKind.AUGMENTATION):
        question = f"Which drug is {trial.name}? The drug table does not know it."
        return _ask(trial, rule, "drug", question, "name", "a drug of the drug table")
    if rule.dose_rule == "none" or agent is None:
        return None
    if rule.dose_rule == "min_augmentation":
        least, basis = agent.min_augmentation_mg_day, agent.augmentation_basis
    else:
        least, basis = agent.min_adequate_mg_day, agent.min_adequate_basis
    if trial.dose_mg_day is None:
        need = f"at least {least:g} mg a day" if least else "a known dose"
        return _ask(trial, rule, "dose", f"What daily dose of {trial.name} was reached?", "dose_mg_day", need)
    dose = f"{agent.name} {trial.dose_mg_day:g} mg a day"
    if least is None:
        if rule.dose_rule == "min_augmentation":
            return _Check(True, _reason(f"{dose}; no least dose is in the table, so the dose was not judged.", rule))
        question = f"Was {dose} an adequate dose? The drug table has no minimum for it."
        return _ask(trial, rule, "dose", question, "name", "a minimum adequate dose in the drug table")
    source = agent.min_adequate_source if rule.dose_rule == "min_adequate" else None
    reason = Reason(
        f"{dose}; at least {least:g} mg a day is asked ({basis}).",
        (source or agent.cite(),),
        value=trial.dose_mg_day,
        unit="mg/day",
        code=f"{rules.code}.dose",
    )
    return _Check(trial.dose_mg_day >= least, reason)


def _adherence(trial: TreatmentTrial, rules: RuleSet) -> _Check | None:
    """Whether it was taken as prescribed, where the rule set asks for that."""
    if not rules.adherence_required or trial.kind not in (TrialKind.DRUG, TrialKind.AUGMENTATION):
        return None
    if trial.adherence is Adherence.UNKNOWN:
        question = f"Was {trial.name} taken as prescribed?"
        return _ask(trial, rules, "adherence", question, "adherence", "taken as prescribed")
    met = trial.adherence is Adherence.GOOD
    return _Check(met, _reason(f"Adherence {trial.adherence.value}; {rules.code} asks for good adherence.", rules))


def _failure(trial: TreatmentTrial, rules: RuleSet) -> _Check:
    """Whether the trial failed by the basis of the rule set."""
    stopped = trial.stopped_reason
    if stopped is StoppedReason.LOSS_OF_EFFECT and rules.loss_of_effect != "unstated":
        failed = rules.loss_of_effect == "failure"
        return _Check(failed, _reason(f"It helped and then stopped helping; {rules.code} counts that.", rules))
    if rules.failure_basis == "next_treatment":
        return _left_for_another(trial, rules)
    rated = _rated(trial.outcome, rules)
    measured: bool | None = None
    threshold, change = rules.improvement_threshold_pct, trial.improvement_pct
    if threshold is not None and change is not None:
        measured = change <= threshold if rules.threshold_inclusive else change < threshold
        sign = "at most" if rules.threshold_inclusive else "less than"
        if rated is None or rated == measured:
            words = f"{change:g} % improvement; {rules.code} calls {sign} {threshold:g} % a failure."
            return _Check(measured, _reason(words, rules, value=change, unit="%"))
        question = (
            f"{trial.name}: the outcome says {trial.outcome.value}, the improvement {change:g} %. Which is right?"
        )
        return _ask(trial, rules, "outcome", question, "outcome", "an outcome that agrees with the improvement")
    if stopped is StoppedReason.LOSS_OF_EFFECT:
        question = f"{trial.name} helped and then stopped helping: is that a failure here?"
        return _ask(trial, rules, "loss_of_effect", question, "outcome", "a rule on lost response")
    if rated is None:
        question = f"What did {trial.name} achieve (remission, response, partial, none, worse; percent improvement)?"
        return _ask(trial, rules, "outcome", question, "outcome", f"an outcome that {rules.code} decides on")
    word = "a failure" if rated else "no failure"
    return _Check(rated, _reason(f"Outcome {trial.outcome.value}: {word} under {rules.code}.", rules))


def _rated(outcome: TrialOutcome, rules: RuleSet) -> bool | None:
    return True if outcome in rules.failed_outcomes else False if outcome in rules.achieved_outcomes else None


def _left_for_another(trial: TreatmentTrial, rules: RuleSet) -> _Check:
    """A register's view: the trial ended and another treatment was needed."""
    left = (StoppedReason.INEFFICACY, StoppedReason.INTOLERANCE)
    kept = (StoppedReason.ONGOING, StoppedReason.COMPLETED)
    words = f"Ended because of: {trial.stopped_reason.value.replace('_', ' ')}"
    if trial.stopped_reason in (*left, *kept):
        return _Check(trial.stopped_reason in left, _reason(f"{words}; {rules.code} looks at that alone.", rules))
    question = f"Why did {trial.name} end, and was another treatment started instead?"
    return _ask(trial, rules, "stopped_reason", question, "stopped_reason", "a reason for stopping")


def _ask(trial: TreatmentTrial, row: RuleSet | KindRule, code: str, question: str, field: str, need: str) -> _Check:
    """A condition that is not known, with the question that settles it."""
    asked = Question(f"history:{trial.name}:{code}", question, f"`{field}` of {trial.name} under `history:`")
    return _Check(None, _reason(f"{field.replace('_', ' ').capitalize()} not known; asked: {need}.", row), asked)


def _reason(statement: str, row: RuleSet | KindRule, *, value: float | None = None, unit: str = "") -> Reason:
    return Reason(statement, (row.cite(),), EvidenceGrade.RULE, value=value, unit=unit)
