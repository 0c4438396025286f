"""Courses laid out by day, for the tests of following and of the symptom course."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from euthymia.case import Case, Event, fold
from euthymia.case.facts import CourseStarted, Demographics, ScaleRecord, Sex

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
WHO = Demographics(date(1980, 5, 1), Sex.FEMALE, "US")


def on(day: float, fact: object) -> Event[object]:
    """The fact, so many days after the start of the course; recorded at once."""
    moment = START + timedelta(days=day)
    return Event(fact, moment, moment)  # type: ignore[arg-type]


def scored(day: float, total: float, scale: str = "MADRS") -> Event[object]:
    """A total of a scale on a day."""
    return on(day, ScaleRecord(scale, total=total))


def started(day: float = 0, *, form: str = "f", ended: float | None = None) -> Event[object]:
    """The course began on that day."""
    first = (START + timedelta(days=day)).date()
    last = None if ended is None else (START + timedelta(days=ended)).date()
    return on(day, CourseStarted("t", form, "p", first, last))


def course(today: float, *events: Event[object], begun: bool = True) -> Case:
    """The case as of ``today``, a day of a course that began on day 0."""
    who = Event(WHO, START - timedelta(days=400), START - timedelta(days=400))
    log = [who, *([started()] if begun else []), *events]
    return fold("course", log, as_of=START + timedelta(days=today), synthetic=True)
