"""May ECT be given: rules, legal standing and label criteria from tables."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.contract import Screening
from euthymia.therapies.ect.tables import PACKAGE, forms
from euthymia.therapies.form_screen import label_of, screen_by_tables
from euthymia.therapies.screening import combine

NAME, TITLE = "ect", "Electroconvulsive therapy (ECT)"


def screen(case: Case) -> Screening:
    """Screen the case for ECT.

    Notes
    -----
    By convention ECT has no absolute contraindication; what would be one elsewhere is a decision with the anesthetist.
    """
    label = label_of(PACKAGE)
    return combine(
        NAME,
        TITLE,
        [screen_by_tables(case, PACKAGE, therapy=NAME, form=row.form, title=row.title, label=label) for row in forms()],
    )
