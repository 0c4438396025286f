"""May ECT be given: rules, legal standing and label criteria from tables."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Screening
from euthymia.therapies.ect.tables import PACKAGE, forms
from euthymia.therapies.screening import LabelRow, LegalRow, Rule, combine, screen_form

NAME, TITLE = "ect", "Electroconvulsive therapy (ECT)"


def screen(case: Case) -> Screening:
    """Screen the case for ECT.

    Notes
    -----
    By convention ECT has no absolute contraindication; what would be one elsewhere is a decision with the anesthetist.
    """
    rules = load_table(PACKAGE, "rules.csv", Rule, key="code")
    legality = load_table(PACKAGE, "legality.csv", LegalRow)
    label = load_table(PACKAGE, "label.csv", LabelRow, key="code")
    return combine(
        NAME,
        TITLE,
        [
            screen_form(case, therapy=NAME, form=row.form, title=row.title, rules=rules, legality=legality, label=label)
            for row in forms()
        ],
    )
