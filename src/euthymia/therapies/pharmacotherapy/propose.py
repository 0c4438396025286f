"""Drug options, best first: not yet tried adequately, fitting the history, and safe beside what is taken."""

from __future__ import annotations

from euthymia.case import drugs
from euthymia.case.adequacy import adequacy
from euthymia.case.criteria import judge
from euthymia.case.facts import StoppedReason, TrialKind, TrialOutcome
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.drug_history import Tried, tried
from euthymia.therapies.drug_screen import allergic_to, allergies
from euthymia.therapies.pharmacotherapy.prescription import DrugDose, DrugPrescription, forbidden, washout
from euthymia.therapies.pharmacotherapy.screen import screen
from euthymia.therapies.pharmacotherapy.tables import (
    FormRow,
    ProtocolRow,
    dose_caps,
    forms,
    ingredient,
    monitoring,
    protocols,
    strategies,
)
from euthymia.therapies.screening import open_forms


def propose(case: Case) -> list[DrugPrescription]:
    """Return one prescription for each open option, best first.

    An option whose drug is being taken now is left out (optimize it instead), as is one that the constructor refuses
    beside the medicines that would go on.
    """
    screening = screen(case)
    verdicts = {s.form: s.verdict.rank for s in screening.forms}
    offers: list[tuple[tuple[int, int, int, int], DrugPrescription]] = []
    for form in open_forms(screening):
        row = forms()[form]
        made = _best_protocol(case, row)
        if made is None:
            continue
        prescription, history = made
        fits = sum(code in _FITTING for code in (r.code for r in prescription.reasons))
        offers.append(((history.rank // 3, verdicts[form], -fits, row.standing), prescription))
    offers.sort(key=lambda offer: offer[0])
    return [prescription for _, prescription in offers]


_FITTING = frozenset({"optimum", "class_change", "lqd", "psychotic", "partial_response", "helped_before"})


def _best_protocol(case: Case, row: FormRow) -> tuple[DrugPrescription, Tried] | None:
    """Return the prescription of the form's drug that history speaks for most, or None."""
    made = []
    for order, protocol in enumerate(protocols(row.form)):
        names = tuple(n for n in (protocol.drug, protocol.partner) if n)
        if _taken_now(case, names) or any(allergic_to(case, n) for n in names):
            continue
        history = tried(case, names, row.strategy)
        prescription = _write(case, row, protocol, history)
        if prescription is not None:
            made.append((history.rank, order, prescription, history))
    if not made:
        return None
    _, _, prescription, history = min(made, key=lambda m: m[:2])
    return prescription, history


def _taken_now(case: Case, names: tuple[str, ...]) -> bool:
    now = {ingredient(m.name) for m in case.medications}
    return all(ingredient(n) in now for n in names)


def _write(case: Case, row: FormRow, protocol: ProtocolRow, history: Tried) -> DrugPrescription | None:
    new = tuple(n for n in (protocol.drug, protocol.partner) if n)
    taken = tuple(m.name for m in case.medications)
    ends = row.strategy != "augment"
    carried = {ingredient(n) for n in new}  # a drug taken already goes on in its new dose
    stopped = tuple(
        n
        for n in taken
        if ends and (known := drugs.drug(n)) and known.is_antidepressant and ingredient(n) not in carried
    )
    kept = tuple(n for n in taken if n not in stopped and ingredient(n) not in carried)
    if any(forbidden(n, k) for n in new for k in kept):  # also an unknown medicine beside an MAOI
        return None
    doses, told = _doses(case, protocol)
    days, because = washout(new, stopped)
    reasons = [_protocol_reason(protocol), *history.reasons, *told, *_fitting(case, row)]
    if because:
        words = f"Wait {days:g} days after the last dose: {because}."
        reasons.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="washout"))
    words = f"It takes {protocol.trial_weeks:g} weeks at the dose before it can be judged, with visits every two weeks."
    reasons.append(Reason(words, (protocol.cite(),), direction=Direction.AGAINST, code="slow"))
    reasons += _running_trial(case)
    return DrugPrescription(
        protocol.protocol, row.form, protocol.title, row.strategy, doses, protocol.titration, protocol.trial_weeks,
        kept, stopped, days, allergies(case), monitoring(row.form), tuple(reasons),
    )  # fmt: skip


def _doses(case: Case, row: ProtocolRow) -> tuple[tuple[DrugDose, ...], list[Reason]]:
    """Doses with the caps that hold for this case, and the words for them."""
    told: list[Reason] = []
    top = row.us_max_mg_day if row.us_max_mg_day and case.country in ("US", "") else row.max_mg_day
    parts = [(row.drug, row.start_mg_day, row.target_mg_day, top)]
    if row.partner:
        assert row.partner_start_mg_day and row.partner_target_mg_day and row.partner_max_mg_day
        parts.append((row.partner, row.partner_start_mg_day, row.partner_target_mg_day, row.partner_max_mg_day))
    doses = []
    for drug, start, target, most in parts:
        for cap in dose_caps():
            if cap.ingredient != ingredient(drug):
                continue
            judgment = judge(case, cap.criterion)
            if judgment.truth:
                most = min(most, cap.cap_mg_day)
                words = f"{cap.statement.rstrip('.')} ({'; '.join(judgment.evidence)})."
                told.append(Reason(words, (cap.cite(),), direction=Direction.AGAINST, code=cap.code))
            elif judgment.truth is None:
                words = f"Not known for this patient: {cap.statement.rstrip('.')}."
                told.append(Reason(words, (cap.cite(),), code=f"{cap.code}_unknown"))
        target = min(target, most)
        start = min(start, target)
        doses.append(DrugDose(drug, start, target, most, min(row.step_mg, most), row.step_days))
    return tuple(doses), told


def _protocol_reason(row: ProtocolRow) -> Reason:
    words = f"{row.title}: {row.titration.rstrip('.')}."
    return Reason(words, (row.cite(),), direction=Direction.FOR, code=row.protocol)


def _fitting(case: Case, row: FormRow) -> list[Reason]:
    """What in the history speaks for this strategy or form."""
    found = []
    for rule in strategies():
        if rule.favors not in (row.form, row.strategy):
            continue
        if rule.code == "class_change" and not _new_class(case, row):
            continue
        judgment = judge(case, rule.criterion)
        if judgment.truth is rule.holds:
            found.append(rule.reason("; ".join(judgment.evidence)))
    partial = [
        t.name
        for t in case.trials
        if t.stopped_reason is StoppedReason.ONGOING and t.outcome is TrialOutcome.PARTIAL and t.kind is TrialKind.DRUG
    ]
    if row.strategy == "augment" and partial:
        words = f"{partial[0]} helps in part: adding to it keeps that gain."
        found.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.FOR, code="partial_response"))
    return found


def _new_class(case: Case, row: FormRow) -> bool:
    """Whether the option's drug is of an antidepressant class that no trial of the history used."""
    used = {known.thase_rush_class for t in case.trials if (known := drugs.drug(t.name)) and known.is_antidepressant}
    mine = {known.thase_rush_class for name in row.drugs if (known := drugs.drug(name))}
    return bool(used) and not mine & used


def _running_trial(case: Case) -> list[Reason]:
    """An antidepressant that runs but was not adequate yet comes first."""
    found = []
    for trial in case.trials:
        if trial.kind is TrialKind.DRUG and trial.stopped_reason is StoppedReason.ONGOING:
            verdict = adequacy(trial)
            if verdict.adequate is False:
                words = (
                    f"The running trial of {trial.name} is not adequate yet ({verdict.rule_set}): optimize it first."
                )
                found.append(
                    Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="optimize_first")
                )
    return found
