"""May a drug option be given: rules, allergies, legal standing and label criteria."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.concepts import Question
from euthymia.case.facts import Allergy, ListReviewed
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.contract import Screening, Verdict
from euthymia.therapies.form_screen import label_of, screen_by_tables
from euthymia.therapies.pharmacotherapy.tables import PACKAGE, FormRow, forms, ingredient
from euthymia.therapies.screening import combine

NAME, TITLE = "pharmacotherapy", "Pharmacotherapy: next drug or augmentation"


def screen(case: Case) -> Screening:
    """Screen every drug option; an allergy to its drug forbids it, an unasked allergy leaves it unknown."""
    label = label_of(PACKAGE)
    screened = []
    for row in forms().values():
        found = screen_by_tables(case, PACKAGE, therapy=NAME, form=row.form, title=row.title, label=label)
        screened.append(_with_allergies(case, row, found))
    return combine(NAME, TITLE, screened)


def allergies(case: Case) -> tuple[str, ...]:
    """Return the substances of every recorded allergy."""
    return tuple(event.fact.substance for event in case.of(Allergy))


def allergic_to(case: Case, drug: str) -> str:
    """Return the recorded allergy that concerns ``drug``, or an empty string."""
    return next((a for a in allergies(case) if ingredient(a) == ingredient(drug)), "")


def _with_allergies(case: Case, row: FormRow, found: Screening) -> Screening:
    hit = [drug for drug in row.drugs if allergic_to(case, drug)]
    several_to_choose_from = row.strategy == "switch" and len(row.drugs) > 1
    if hit and not (several_to_choose_from and len(hit) < len(row.drugs)):
        words = f"Forbidden: an allergy to {', '.join(hit)} is recorded."
        reason = Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="allergy")
        return replace(found, verdict=Verdict.CONTRAINDICATED, reasons=(reason, *found.reasons))
    if hit or any(event.fact.category == "allergy" for event in case.of(ListReviewed)):
        return found
    question = Question("allergy", "Is the patient allergic to any medicine?", "`allergies:` and `reviewed: [allergy]`")
    words = f"Not known, forbidden if so: an allergy to {', '.join(row.drugs)}."
    reason = Reason(words, grade=EvidenceGrade.CASE, code="allergy")
    worse = max(found.verdict, Verdict.UNKNOWN, key=lambda v: v.rank)
    missing = found.missing if any(q.code == "allergy" for q in found.missing) else (question, *found.missing)
    return replace(found, verdict=worse, reasons=(*found.reasons, reason), missing=missing)
