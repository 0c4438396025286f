"""Screening for TMS: every form against the same metal, seizure and interaction rules, and its own legal status."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.contract import Screening
from euthymia.therapies.form_screen import label_of, screen_by_tables
from euthymia.therapies.screening import combine
from euthymia.therapies.tms import tables


def screen(case: Case) -> Screening:
    """Screen every form of TMS for ``case``."""
    return combine(tables.NAME, tables.TITLE, (screen_one(case, row.form, row.title) for row in tables.forms()))


def screen_one(case: Case, form: str, title: str) -> Screening:
    """Screen one form."""
    label = label_of(tables.PACKAGE)
    return screen_by_tables(case, tables.PACKAGE, therapy=tables.NAME, form=form, title=title, label=label)
