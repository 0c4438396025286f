"""Cases for the tests of DBS: a complete one that nothing forbids, and how to change it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from euthymia.case.events import Event
from euthymia.case.facts import CourseStarted, ScaleRecord
from euthymia.case.model import Case

from tests.therapies.therapy_cases import NOW, case_of, implant_candidate_facts, plus


def complete_facts() -> list[Any]:
    """Return the facts of a complete case that no rule of DBS is against."""
    return implant_candidate_facts()


def complete(*more: Any) -> Case:
    """Return the complete case with more facts, learned a day later."""
    later = NOW - timedelta(days=29)
    return case_of(*complete_facts()).with_events(*(Event(f, later, later) for f in more))


def without(*kinds: type) -> Case:
    """Return the complete case without every fact of some kinds."""
    return case_of(*(f for f in complete_facts() if not isinstance(f, kinds)))


def course(case: Case, form: str, *, days: int, scores: dict[int, float]) -> Case:
    """Return the case with DBS begun ``days`` ago and MADRS totals by day of the course (0 = baseline)."""
    start = (NOW - timedelta(days=days)).date()
    case = plus(case, CourseStarted("dbs", form, "scc_alagapan_2023", start), start)
    for day, total in scores.items():
        case = plus(case, ScaleRecord("MADRS", total=total), start + timedelta(days=day))
    return case
