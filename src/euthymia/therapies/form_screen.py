"""Screening one form from the three tables that a therapy keeps in its ``data`` folder."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Screening
from euthymia.therapies.screening import LabelRow, LegalRow, Rule, screen_form


def rules_of(package: str) -> tuple[Rule, ...]:
    """Return every screening rule of the therapy in ``package``."""
    return load_table(package, "rules.csv", Rule, key="code")


def legality_of(package: str) -> tuple[LegalRow, ...]:
    """Return the legal standing of the therapy's forms by country and day."""
    return load_table(package, "legality.csv", LegalRow)


def label_of(package: str) -> tuple[LabelRow, ...]:
    """Return the label, clearance, coverage and payer criteria of the therapy's forms."""
    return load_table(package, "label.csv", LabelRow, key="code")


def screen_by_tables(
    case: Case, package: str, *, therapy: str, form: str, title: str, label: tuple[LabelRow, ...] = ()
) -> Screening:
    """Screen one form by the rules and the legal standing in ``package``, and by ``label`` where there is one."""
    return screen_form(
        case, therapy=therapy, form=form, title=title, rules=rules_of(package), legality=legality_of(package),
        label=label,
    )  # fmt: skip
