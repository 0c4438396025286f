"""Screening for neurofeedback: low risk, weak evidence; what every reader must be told stands in each form."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.model import Case
from euthymia.therapies.contract import Screening
from euthymia.therapies.form_screen import screen_by_tables
from euthymia.therapies.neurofeedback import tables
from euthymia.therapies.screening import combine


def screen(case: Case) -> Screening:
    """Screen every form of neurofeedback for ``case``."""
    return combine(tables.NAME, tables.TITLE, (screen_one(case, row.form, row.title) for row in tables.forms()))


def screen_one(case: Case, form: str, title: str) -> Screening:
    """Screen one form and add what must be told: an adjunct, no substitute, blinded trials missing."""
    found = screen_by_tables(case, tables.PACKAGE, therapy=tables.NAME, form=form, title=title)
    return replace(found, reasons=(*found.reasons, *tables.statements(form)))
