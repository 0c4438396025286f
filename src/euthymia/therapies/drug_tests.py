"""Tests that go with a drug and are due."""

from __future__ import annotations

from euthymia.case.concepts import Question
from euthymia.case.model import Case
from euthymia.therapies.drug_tables import MonitoringRow


def tests_due(case: Case, rows: tuple[MonitoringRow, ...]) -> list[Question]:
    """Return a question for every test that is overdue at the case's day."""
    due = []
    for row in rows:
        newest = case.latest(row.test)
        overdue = row.every_days is not None and (newest is None or (case.today - newest.day).days > row.every_days)
        if overdue:
            when = "not measured yet" if newest is None else f"last on {newest.day}"
            due.append(Question(f"{row.kind}:{row.test}", f"{row.statement} ({when}).", f"`{row.kind}s:` {row.test}"))
    return due
