"""Screening for TMS: every form against the same metal, seizure and interaction rules, and its own legal status."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.contract import Screening
from euthymia.therapies.screening import combine, screen_form
from euthymia.therapies.tms import tables


def screen(case: Case) -> Screening:
    """Screen every form of TMS for ``case``."""
    return combine(tables.NAME, tables.TITLE, (screen_one(case, row.form, row.title) for row in tables.forms()))


def screen_one(case: Case, form: str, title: str) -> Screening:
    """Screen one form."""
    return screen_form(
        case,
        therapy=tables.NAME,
        form=form,
        title=title,
        rules=tables.rules(),
        legality=tables.legality(),
        label=tables.label(),
    )
