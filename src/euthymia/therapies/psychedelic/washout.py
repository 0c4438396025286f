"""Wash-out rules of the trials: which medicine has to be off for how long before the dose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from euthymia.case import drugs
from euthymia.case.facts import Medication
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.psychedelic.tables import PACKAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class WashoutRow(SourcedRow):
    """A drug or class that has to be off for ``days`` before the dose.

    ``hard_stop``: no dose before. ``named``: only when a clinician decides so by name.
    """

    code: str
    forms: tuple[str, ...]
    group: str
    days: float
    strength: Literal["hard_stop", "named"]
    statement: str


@dataclass(frozen=True, slots=True)
class OpenWashout:
    """A medicine whose wash-out is not over: ``days_left`` from today, or from its last dose while it is taken."""

    medicine: str
    row: WashoutRow
    days_left: float
    taken_now: bool

    def words(self) -> str:
        """In words."""
        when = "after its last dose" if self.taken_now else "to go"
        return f"{self.medicine}: {self.days_left:g} days {when} ({self.row.statement})"

    def reason(self) -> Reason:
        """As a reason against dosing now."""
        return Reason(
            f"Wash-out: {self.words()}.", (self.row.cite(),), EvidenceGrade.RULE, Direction.AGAINST,
            code=f"washout_{self.row.code}",
        )  # fmt: skip


def open_washouts(case: Case, form: str) -> tuple[OpenWashout, ...]:
    """Return the wash-outs that are not over on the case's day, the longest rule for each medicine."""
    rows: tuple[WashoutRow, ...] = load_table(PACKAGE, "washout.csv", WashoutRow, key="code")
    newest: dict[str, Medication] = {e.fact.name.casefold(): e.fact for e in case.of(Medication)}
    found = []
    for medication in newest.values():
        known = drugs.drug(medication.name)
        if known is None:
            continue  # screening asks about a name that is not in the table
        fitting = [r for r in rows if form in r.forms and r.group in (known.name, *known.classes)]
        if not fitting:
            continue
        row = max(fitting, key=lambda r: (r.strength == "hard_stop", r.days))
        ended = medication.ended_on
        taken = medication.active and (ended is None or ended >= case.today)
        if taken or ended is None:  # stopped on a day nobody wrote down counts as just stopped
            found.append(OpenWashout(medication.name, row, row.days, taken))
            continue
        left = (ended + timedelta(days=row.days) - case.today).days
        if left > 0:
            found.append(OpenWashout(medication.name, row, float(left), False))
    return tuple(sorted(found, key=lambda w: (w.row.strength != "hard_stop", -w.days_left)))
