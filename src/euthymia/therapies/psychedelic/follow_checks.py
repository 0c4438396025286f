"""Checks at set days after the last dose: which are done, which are overdue, which comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from euthymia.case.concepts import Question
from euthymia.case.facts import ScaleRecord, SideEffect, SuicideScreen
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.psychedelic.tables import PACKAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow(SourcedRow):
    """One check ``day`` days after the last dose, done within ``slack_days`` of it.

    ``rating``: an outcome scale. ``contact``: a screener, a scale or an adverse event noted.
    """

    code: str
    forms: tuple[str, ...]
    day: float
    slack_days: float
    kind: Literal["rating", "contact"]
    statement: str


def checks(form: str) -> tuple[CheckRow, ...]:
    """Return the checks of ``form``, earliest first."""
    rows: tuple[CheckRow, ...] = load_table(PACKAGE, "checks.csv", CheckRow, key="code")
    return tuple(sorted((r for r in rows if form in r.forms), key=lambda r: r.day))


def due_checks(case: Case, form: str, dosed_on: date) -> tuple[tuple[Reason, ...], tuple[Question, ...]]:
    """Return what was missed and what is due next, with a question for a check whose window is open."""
    reasons: list[Reason] = []
    questions: list[Question] = []
    for row in checks(form):
        due = dosed_on + timedelta(days=row.day)
        first, last = due - timedelta(days=row.slack_days), due + timedelta(days=row.slack_days)
        # the dosing day's own scales do not count for the day after
        if any(max(first, dosed_on + timedelta(days=1)) <= day <= last for day in _days(case, row.kind)):
            continue
        if last < case.today:
            words = f"Missed: {row.statement} ({due}, {row.slack_days:g} days either way)."
            reasons.append(
                Reason(words, (row.cite(),), EvidenceGrade.RULE, Direction.AGAINST, code=f"missed_{row.code}")
            )
            continue
        state = "due now" if first <= case.today else "next"
        reasons.append(Reason(f"Check {state}: {row.statement} ({due}).", (row.cite(),), code=f"check_{row.code}"))
        if first <= case.today:
            how = "`scales: [{scale: MADRS, …}]`" if row.kind == "rating" else "`suicide_screen: {…}`"
            questions.append(Question(f"check_{row.code}", f"{row.statement[0].upper()}{row.statement[1:]}?", how))
        break
    return tuple(reasons), tuple(questions)


def _days(case: Case, kind: str) -> list[date]:
    rated = [e.day for e in case.of(ScaleRecord)]
    if kind == "rating":
        return rated
    return [*rated, *(e.day for e in case.of(SuicideScreen)), *(e.day for e in case.of(SideEffect))]
