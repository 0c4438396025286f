"""Screening of psilocybin and MDMA: legal status by country and date, rules, interactions, entry criteria."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from euthymia.case.concepts import Question
from euthymia.case.model import Case
from euthymia.core.reason import Reason
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Legality, Screening
from euthymia.therapies.form_screen import screen_by_tables
from euthymia.therapies.psychedelic.tables import PACKAGE, THERAPY_NAME, form_title, forms
from euthymia.therapies.screening import LabelRow, combine


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedLabelRow(LabelRow):
    """An entry or program criterion that counts from a day on."""

    from_date: date


def label(case: Case) -> tuple[LabelRow, ...]:
    """Return the criteria in force on the case's day."""
    rows: tuple[DatedLabelRow, ...] = load_table(PACKAGE, "label.csv", DatedLabelRow, key="code")
    return tuple(row for row in rows if row.from_date <= case.today)


def screen_one(case: Case, form: str) -> Screening:
    """Screen one form."""
    title = form_title(form)
    found = screen_by_tables(case, PACKAGE, therapy=THERAPY_NAME, form=form, title=title, label=label(case))
    law = legal_reason(found)
    asked = found.missing
    if found.legality is Legality.UNKNOWN and case.country:
        words = f"What does the regulator of {case.country} allow for {title}?"
        asked = (Question(f"legality_{form}", words, "a row in legality.csv, from the regulator"), *asked)
    return replace(found, reasons=(law, *(r for r in found.reasons if r is not law)), missing=asked)


def legal_reason(screening: Screening) -> Reason:
    """Return the reason on the law of one form; it stands before every other."""
    return next(r for r in screening.reasons if r.code.startswith("legality_") or "egal status" in r.statement)


def screen(case: Case) -> Screening:
    """Screen both forms; the therapy's verdict is its better form's."""
    return combine(THERAPY_NAME, "Psilocybin and MDMA", [screen_one(case, row.form) for row in forms()])
