"""Screening of esketamine and ketamine: rules, legal status by country and date, label criteria in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from euthymia.case.criteria import parse
from euthymia.case.model import Case
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.contract import Screening
from euthymia.therapies.form_screen import screen_by_tables
from euthymia.therapies.ketamine.tables import PACKAGE, THERAPY_NAME, forms
from euthymia.therapies.screening import LabelRow, combine


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedLabelRow(SourcedRow):
    """One label, program or appraisal criterion, in some countries, from a day on."""

    code: str
    forms: tuple[str, ...]
    countries: tuple[str, ...]
    from_date: date
    scheme: str
    criterion: str
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)

    def in_force(self, case: Case) -> bool:
        """Whether it counts in the case's country on its day."""
        return case.country in self.countries and self.from_date <= case.today

    def as_label(self, country: str) -> LabelRow:
        """Return the row in the form that screening reads."""
        return LabelRow(
            code=self.code, forms=self.forms, country=country, scheme=self.scheme, criterion=self.criterion,
            statement=self.statement, source=self.source, doi=self.doi, verification=self.verification,
            as_of=self.as_of,
        )  # fmt: skip


def label(case: Case) -> tuple[LabelRow, ...]:
    """Return the label criteria in force for ``case``."""
    rows = load_table(PACKAGE, "label.csv", DatedLabelRow, key="code")
    return tuple(row.as_label(case.country) for row in rows if row.in_force(case))


def screen_one(case: Case, form: str) -> Screening:
    """Screen one form."""
    title = next(row.title for row in forms() if row.form == form)
    return screen_by_tables(case, PACKAGE, therapy=THERAPY_NAME, form=form, title=title, label=label(case))


def screen(case: Case) -> Screening:
    """Screen both forms; the therapy's verdict is its better form's."""
    return combine(THERAPY_NAME, "Ketamine and esketamine", [screen_one(case, row.form) for row in forms()])
