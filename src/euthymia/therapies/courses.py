"""Which course of a therapy is under way."""

from __future__ import annotations

from euthymia.case.facts import CourseStarted
from euthymia.case.model import Case


def course_under_way(case: Case, therapy: str, form: str) -> CourseStarted | None:
    """Return the newest course of ``therapy`` in ``form`` (or without a form of its own), or None before the start."""
    return next((c for c in reversed(case.courses) if c.therapy == therapy and c.form in (form, "")), None)
