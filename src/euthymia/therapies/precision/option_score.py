"""The points of one option, each with the fact behind it: history, genes, rules, other medicines, labs, evidence."""

from __future__ import annotations

from euthymia.case import drugs
from euthymia.case.adequacy import adequacy
from euthymia.case.criteria import judge
from euthymia.case.facts import StoppedReason, TreatmentTrial, TrialKind, TrialOutcome
from euthymia.case.model import Case
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.contract import Screening
from euthymia.therapies.drug_history import tried
from euthymia.therapies.drug_tables import ingredient
from euthymia.therapies.precision.gene_context import GeneContext
from euthymia.therapies.precision.gene_effect import GeneEffect
from euthymia.therapies.precision.option_rows import Choice, Role, choice_rules
from euthymia.therapies.precision.ranking import Line, OptionScore, line, preference_weights

_ALREADY = "already_"  # rules that a drug of the same form is taken: the roles here say that themselves
_LIMITED_BY_ROLE = frozenset({"needs_antidepressant"})


def score_of(
    case: Case, choice: Choice, role: Role, effect: GeneEffect, screening: Screening, context: GeneContext
) -> tuple[OptionScore, tuple[Reason, ...]]:
    """Return the points of an option and the reasons of the facts behind them."""
    history, reasons = _history(case, choice, role)
    lines = [*history, *effect.lines, *_fit(screening), *_acts_on_others(case, choice, context)]
    labs, more = _labs(case, choice)
    lines += [*labs, _evidence(choice)]
    stated = case.preferences.weights if case.preferences else {}
    told = (*reasons, *more, *(r for r in screening.blocking if not r.code.startswith(_ALREADY)))
    return OptionScore(tuple(lines), preference_weights(stated)), told


def _history(case: Case, choice: Choice, role: Role) -> tuple[list[Line], tuple[Reason, ...]]:
    if role == "keep":
        return _keep(case, choice), ()
    found = tried(case, (choice.drug,), role)
    lines = [line(r.code, r.statement.rstrip(".")) for r in found.reasons]
    mine = drugs.drug(choice.drug)
    failed = [
        t
        for t in case.trials
        if t.kind is TrialKind.DRUG and (v := adequacy(t)).adequate is True and v.failed is not False
    ]
    used = {known.thase_rush_class for t in case.trials if (known := drugs.drug(t.name)) and known.is_antidepressant}
    if role == "switch" and mine is not None and mine.thase_rush_class:
        same = [t.name for t in failed if (k := drugs.drug(t.name)) and k.thase_rush_class == mine.thase_rush_class]
        others = [name for name in dict.fromkeys(same) if ingredient(name) != mine.ingredient]
        lines += [line("class_failed", f"{name} of the same class failed") for name in others]
        if used and mine.thase_rush_class not in used:
            lines.append(line("new_class", "its class was not tried before"))
    if role == "augment":
        partial = [t.name for t in case.trials if _helps_in_part(t)]
        lines += [line("partial_response", f"{name} helps in part") for name in partial[:1]]
    return lines, found.reasons


def _helps_in_part(trial: TreatmentTrial) -> bool:
    running = trial.stopped_reason is StoppedReason.ONGOING
    return trial.kind is TrialKind.DRUG and running and trial.outcome is TrialOutcome.PARTIAL


def _keep(case: Case, choice: Choice) -> list[Line]:
    found = _running_outcome(case, choice.drug)
    if found is None:
        return [line("adequacy_unknown", f"{choice.drug} is taken; no running trial of it is described")]
    outcome, adequate = found
    if outcome in (TrialOutcome.RESPONSE, TrialOutcome.REMISSION):
        return [line("helped_before", f"{choice.drug} helps ({outcome.value})")]
    if adequate is False:
        return [line("keep_not_adequate", f"the running trial of {choice.drug} is not adequate yet")]
    if outcome is TrialOutcome.PARTIAL:
        return [line("keep_partial", f"{choice.drug} helps in part")]
    if adequate is True and outcome is TrialOutcome.NONE:
        return [line("keep_failed", f"{choice.drug} failed an adequate trial")]
    return [line("adequacy_unknown", f"whether the trial of {choice.drug} is adequate is not known")]


def _running_outcome(case: Case, drug: str) -> tuple[TrialOutcome, bool | None] | None:
    """Return the outcome of the running trial of a drug and whether it is adequate yet, or None without one."""
    for trial in reversed(case.trials):
        same = trial.kind is TrialKind.DRUG and ingredient(trial.name) == ingredient(drug)
        if same and trial.stopped_reason is StoppedReason.ONGOING:
            return trial.outcome, adequacy(trial).adequate
    return None


def _fit(screening: Screening) -> list[Line]:
    said = {r.code: r.statement.rstrip(".") for r in screening.reasons}
    found = []
    for code, hit in (("relative", screening.relative), ("caution", screening.cautions)):
        for rule in hit:
            if not rule.startswith(_ALREADY) and rule not in _LIMITED_BY_ROLE:
                found.append(line(code, said.get(rule, rule)))
    return found


def _acts_on_others(case: Case, choice: Choice, context: GeneContext) -> list[Line]:
    """Medicines that go on and that guidelines clear by an enzyme which this drug inhibits or induces."""
    from euthymia.engines.genome.advice_match import row_groups
    from euthymia.engines.genome.phenoconversion_tables import Effect, modulated_enzymes, modulators_of

    acts = {
        enzyme: row.strength.replace("_", " ")
        for enzyme in modulated_enzymes()
        for row in modulators_of(enzyme, ingredient(choice.drug))
        if row.effect in (Effect.TO_PM, Effect.DOWN_ONE, Effect.UP_ONE)
        or (row.score_factor is not None and row.score_factor < 1)
    }
    found = []
    for medicine in case.medications:
        name = ingredient(medicine.name)
        known = drugs.drug(medicine.name)
        if name == ingredient(choice.drug) or (
            choice.role == "switch" and known is not None and known.is_antidepressant
        ):
            continue
        genes = {gene for rows in row_groups(name) for gene in rows[0].genes}
        for enzyme in sorted(genes & set(acts)):
            words = f"{choice.drug} ({acts[enzyme]} effect on {enzyme}) may change the level of {medicine.name}"
            found.append(line("acts_on_other", words))
    return found


def _labs(case: Case, choice: Choice) -> tuple[list[Line], list[Reason]]:
    lines, reasons = [], []
    for rule in choice_rules():
        if not rule.concerns(choice.drug):
            continue
        judgment = judge(case, rule.criterion)
        if judgment.truth:
            words = f"{rule.statement} ({'; '.join(judgment.evidence)})"
            lines.append(Line(rule.code, "labs", rule.points, words, rule.cite()))
            reasons.append(Reason(f"{words}.", (rule.cite(),), direction=Direction.AGAINST, code=rule.code))
    return lines, reasons


def _evidence(choice: Choice) -> Line:
    from euthymia.therapies.forecasting import evidence_on

    grade = evidence_on("pharmacotherapy", choice.rules_form).grade.value
    return line(f"evidence_{grade}", f"certainty of the evidence on benefit {grade.replace('_', ' ')}")
