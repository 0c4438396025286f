"""May a drug be given: the screening rules of its form, its label criteria, and recorded allergies."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.concepts import Question
from euthymia.case.facts import Allergy, ListReviewed
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.contract import Screening, Verdict
from euthymia.therapies.drug_tables import ingredient


def allergies(case: Case) -> tuple[str, ...]:
    """Return the substances of every recorded allergy."""
    return tuple(event.fact.substance for event in case.of(Allergy))


def allergic_to(case: Case, drug: str) -> str:
    """Return the recorded allergy that concerns ``drug``, or an empty string."""
    return next((a for a in allergies(case) if ingredient(a) == ingredient(drug)), "")


def with_allergies(case: Case, drugs: tuple[str, ...], found: Screening, *, one_is_enough: bool) -> Screening:
    """Return a screening with the allergies to its drugs: a recorded one forbids, an unasked one leaves it unknown.

    ``one_is_enough`` where any one of ``drugs`` would do, so that an allergy to another of them does not forbid.
    """
    hit = [drug for drug in drugs if allergic_to(case, drug)]
    if hit and not (one_is_enough and len(hit) < len(drugs)):
        words = f"Forbidden: an allergy to {', '.join(hit)} is recorded."
        reason = Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="allergy")
        return replace(found, verdict=Verdict.CONTRAINDICATED, reasons=(reason, *found.reasons))
    if hit or any(event.fact.category == "allergy" for event in case.of(ListReviewed)):
        return found
    question = Question("allergy", "Is the patient allergic to any medicine?", "`allergies:` and `reviewed: [allergy]`")
    words = f"Not known, forbidden if so: an allergy to {', '.join(drugs)}."
    reason = Reason(words, grade=EvidenceGrade.CASE, code="allergy")
    worse = max(found.verdict, Verdict.UNKNOWN, key=lambda v: v.rank)
    missing = found.missing if any(q.code == "allergy" for q in found.missing) else (question, *found.missing)
    return replace(found, verdict=worse, reasons=(*found.reasons, reason), missing=missing)
