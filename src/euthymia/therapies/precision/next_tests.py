"""Which tests to order next, and why: treatable causes first, nothing that is in hand and recent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import get_args

from euthymia.case.criteria import judge
from euthymia.case.lab_ranges import RangeRow
from euthymia.case.labs import reading_of
from euthymia.case.model import Case
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.precision.in_hand import in_hand, repeat_days
from euthymia.therapies.precision.markers import marker_reasons
from euthymia.therapies.precision.tables import MarkerRow, Purpose, TestRow, measured_by, protocols, tests

PURPOSES: dict[str, str] = {
    "treatable_cause": "a treatable cause",
    "safety": "safety of a drug or procedure",
    "confirm": "an abnormal result to repeat",
    "explains_trial": "why a trial failed",
    "baseline": "baseline before a drug",
    "dose_or_choice": "dose or choice of a drug",
    "investigational": "investigational",
}
"""Purposes in the order in which tests are listed."""

_REPEATED = ("repeat", "confirm")


@dataclass(frozen=True, slots=True)
class NextTest:
    """A test to order; ``due_in_days`` is 0 for now, more for an abnormal result that is repeated later."""

    code: str
    title: str
    purpose: Purpose
    due_in_days: float
    reason: Reason


def next_tests(case: Case, ranges: Sequence[RangeRow] = ()) -> tuple[NextTest, ...]:
    """Return the tests worth ordering, by purpose, then in the order of the protocols."""
    found = [_ordered(case, tests()[code]) for row in protocols() for code in row.tests]
    listed = [test for test in found if test is not None]
    known = {test.code for test in listed}
    for row, reason in marker_reasons(case, ranges=ranges):
        again = _repeated(case, row, reason) if row.action in _REPEATED else None
        if again is not None and again.code not in known:
            listed.append(again)
            known.add(again.code)
    return tuple(sorted(listed, key=lambda test: (rank_of(test.purpose), test.due_in_days)))


def rank_of(purpose: str) -> int:
    """Return the place of a purpose in the list."""
    return get_args(Purpose).index(purpose)


def wanted(case: Case, test: TestRow) -> Reason | None:
    """Return why ``test`` is worth ordering, or None when it is not."""
    judgment = judge(case, test.when)
    if judgment.truth is False or (test.reflex and judgment.truth is None):
        return None
    result = in_hand(case, test)
    if result is not None and not result.stale:
        return None
    why = "no result yet"
    if result is not None:
        why = f"last on {result.day}, older than {repeat_days(case, test):g} days"
    if test.reflex:
        why += f"; asked for by {'; '.join(judgment.evidence)}"
    if judgment.truth is None and judgment.questions:
        why += f"; whether it is needed depends on: {judgment.questions[0].text}"
    words = f"{test.title}: {why}. It could change: {test.could_change.rstrip('.')}."
    return Reason(words, (test.cite(),), direction=Direction.FOR, code=test.code)


def _ordered(case: Case, test: TestRow) -> NextTest | None:
    reason = wanted(case, test)
    return None if reason is None else NextTest(test.code, test.title, test.purpose, 0.0, reason)


def _repeated(case: Case, row: MarkerRow, reason: Reason) -> NextTest | None:
    """Return the repeat that an abnormal value asks for; None where no laboratory value is behind the row."""
    held = [r for name in measured_by(row) if (r := reading_of(case, name)) is not None]
    if not held:
        return None
    newest = max(held, key=lambda r: r.day)
    due = max(0.0, float((newest.day + timedelta(days=row.repeat_days) - case.today).days))
    when = "now" if due == 0 else f"in {due:g} days"
    words = f"{newest.title}: repeat {when}. {reason.statement}"
    again = Reason(words, reason.sources, reason.grade, Direction.FOR, code=f"repeat_{row.code}")
    return NextTest(newest.analyte, newest.title, "confirm", due, again)
