"""A drug course under way: outcome, whether the trial is adequate yet, and the tests that are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Advice, Decision, Prescription
from euthymia.therapies.drug_tests import tests_due
from euthymia.therapies.following import FollowRule, follow_course
from euthymia.therapies.pharmacotherapy.prescription import DrugPrescription
from euthymia.therapies.pharmacotherapy.tables import PACKAGE


def follow(case: Case, prescription: Prescription) -> Advice:
    """Advise on the course from the case only.

    A course that failed below its target dose is not an adequate trial yet: the advice is to adjust, not to give up.
    """
    if not isinstance(prescription, DrugPrescription):
        raise InvalidInput("prescription", type(prescription).__name__, "a DrugPrescription")
    advice = follow_course(
        case,
        therapy="pharmacotherapy",
        title=prescription.title,
        form=prescription.form,
        rules=load_table(PACKAGE, "follow.csv", FollowRule),
    )
    if advice.decision is Decision.START:
        return advice
    low = _below_target(case, prescription)
    if advice.decision is Decision.REPLAN and low:
        advice = replace(advice, decision=Decision.ADJUST, reasons=(*advice.reasons, *low))
    due = tests_due(case, prescription.tests)
    return replace(advice, missing=(*advice.missing, *due))


def _below_target(case: Case, rx: DrugPrescription) -> list[Reason]:
    visits = [e for e in case.of(SessionDelivered) if e.fact.therapy == "pharmacotherapy" and e.fact.form == rx.form]
    if not visits:
        return []
    doses = visits[-1].fact.summary.get("doses_mg_day")
    if not isinstance(doses, Mapping):
        return []
    found = []
    for plan in rx.doses:
        now = float(doses.get(plan.drug, 0.0))
        if now < plan.target_mg_day:
            words = (
                f"{plan.drug} is at {now:g} mg a day, below its target of {plan.target_mg_day:g} mg: not an adequate "
                "trial yet."
            )
            found.append(
                Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="below_target", value=now)
            )
    return found
