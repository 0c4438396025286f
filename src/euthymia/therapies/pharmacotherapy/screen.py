"""May a drug option be given: rules, allergies, legal standing and label criteria."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.therapies.contract import Screening
from euthymia.therapies.drug_screen import with_allergies
from euthymia.therapies.form_screen import label_of, screen_by_tables
from euthymia.therapies.pharmacotherapy.tables import PACKAGE, forms
from euthymia.therapies.screening import combine

NAME, TITLE = "pharmacotherapy", "Pharmacotherapy: next drug or augmentation"


def screen(case: Case) -> Screening:
    """Screen every drug option; an allergy to its drug forbids it, an unasked allergy leaves it unknown."""
    label = label_of(PACKAGE)
    screened = []
    for row in forms().values():
        found = screen_by_tables(case, PACKAGE, therapy=NAME, form=row.form, title=row.title, label=label)
        any_drug = row.strategy == "switch" and len(row.drugs) > 1
        screened.append(with_allergies(case, row.drugs, found, one_is_enough=any_drug))
    return combine(NAME, TITLE, screened)
