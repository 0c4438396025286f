"""Results that are in: what changes in the plan and how strongly, what is critical, what is due again.

A test has no symptom course of its own, so outcomes are left to the therapy that the result changes.
"""

from __future__ import annotations

from datetime import timedelta

from euthymia.case.concepts import Question
from euthymia.case.critical_values import critical_row
from euthymia.case.labs import normalized
from euthymia.case.model import Case
from euthymia.case.suicide import safety_signals
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Source
from euthymia.therapies.contract import Advice, Decision, Prescription
from euthymia.therapies.precision.drug_option import DrugOption
from euthymia.therapies.precision.gene_reasons import gene_reasons
from euthymia.therapies.precision.in_hand import in_hand, repeat_days
from euthymia.therapies.precision.markers import marker_reasons
from euthymia.therapies.precision.option_follow import follow_option
from euthymia.therapies.precision.prescription import TestOrder


def follow(case: Case, prescription: Prescription) -> Advice:
    """Advise on what the results change; ``adjust`` only where a row of more than investigational strength holds."""
    if isinstance(prescription, DrugOption):
        return follow_option(case, prescription)
    if not isinstance(prescription, TestOrder):
        raise InvalidInput("prescription", type(prescription).__name__, "a TestOrder or a DrugOption")
    reasons = [_signal(s.statement, s.sources, s.code) for s in safety_signals(case)]
    urgent = any(s.level == "high" for s in safety_signals(case))
    danger = _critical(case)
    reasons += danger
    held = {row.code: result for row in prescription.rows if (result := in_hand(case, row)) is not None}
    waiting = [row for row in prescription.rows if row.code not in held]
    changes = [found for row in prescription.rows for found in marker_reasons(case, row.code)]
    reasons += [reason for _, reason in changes]
    told = gene_reasons(case) if prescription.form == "pgx_guided" else ()
    reasons += told
    strong = [row for row, _ in changes if row.is_acted_on]
    genes = any(reason.direction is Direction.AGAINST for reason in told)
    if urgent or danger:
        decision = Decision.URGENT
    elif not held:
        decision = Decision.CONTINUE if _ordered(case, prescription) else Decision.START
    elif strong or genes:
        decision = Decision.ADJUST
    elif waiting:
        decision = Decision.CONTINUE
    else:
        decision = Decision.MAINTAIN
        if not changes:
            words = "The results that are in change nothing in the plan."
            reasons.append(Reason(words, grade=EvidenceGrade.CASE, code="nothing_to_change"))
    if not held:
        word = "ordered, no result is in yet" if decision is Decision.CONTINUE else "not ordered and no result is in"
        words = f"{prescription.title}: {word}."
        reasons.append(Reason(words, grade=EvidenceGrade.CASE, code="no_result"))
    elif waiting and decision is Decision.CONTINUE:
        words = f"{len(held)} results are in, {len(waiting)} are still out; nothing in them changes the plan so far."
        reasons.append(Reason(words, grade=EvidenceGrade.CASE, code="results_out"))
    missing = tuple(Question(f"{r.kind}:{r.code}", f"Is the result of {r.title} in?", "`labs:`") for r in waiting)
    would = ("a repeated value back in range",) if changes else ("an abnormal result", "a new medicine")
    return Advice("precision", decision, tuple(reasons), _review(case, prescription, decision), missing, would)


def _review(case: Case, rx: TestOrder, decision: Decision) -> float:
    """Days until the next look: now when urgent, at the result, or when the first result is due again."""
    if decision is Decision.URGENT:
        return 1.0
    due = [row.repeat_days for test in rx.rows for row, _ in marker_reasons(case, test.code)]
    for row in rx.rows:
        result = in_hand(case, row)
        holds = repeat_days(case, row)
        if result is not None and holds is not None:
            due.append(max(1.0, float((result.day + timedelta(days=holds) - case.today).days)))
    if decision in (Decision.START, Decision.CONTINUE) or not due:
        due.append(max(1.0, rx.result_days))
    return min(due)


def _ordered(case: Case, rx: TestOrder) -> bool:
    return any(c.therapy == "precision" and c.form == rx.form for c in case.courses)


def _critical(case: Case) -> list[Reason]:
    found = []
    for reading in normalized(case):
        row = critical_row(reading.analyte, reading.value, reading.unit)
        if row is not None:
            words = f"Critical value on {reading.day}: {reading.analyte} {reading.reported}."
            found.append(Reason(words, (row.cite(),), direction=Direction.AGAINST, code=f"critical_{row.analyte}"))
    return found


def _signal(words: str, sources: tuple[Source, ...], code: str) -> Reason:
    grade = EvidenceGrade.RULE if sources else EvidenceGrade.CASE
    return Reason(words, sources, grade, Direction.AGAINST, code=code)
