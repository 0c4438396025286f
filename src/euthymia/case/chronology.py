"""Order in time: nothing lies after the moment the file speaks of, and nothing of a life before its birth."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from euthymia.case.events import Event
from euthymia.case.facts import CourseStarted, Demographics, Medication
from euthymia.core.errors import InvalidInput

OLDEST_YR = 130
PLANNED = ((Medication, "ended_on"), (CourseStarted, "ended_on"))
"""Dates that may lie ahead, because an end can be planned."""

EARTH_IS_AHEAD = timedelta(hours=14)
"""A calendar day begins up to 14 hours earlier in the Pacific than in UTC."""


def check_as_of(as_of: datetime, now: datetime | None, *, whole_day: bool, path: str = "as_of") -> None:
    """Refuse a file that speaks of a moment still to come; a bare date may already have begun elsewhere on Earth."""
    if now is None:
        return
    if now.tzinfo is None:
        raise InvalidInput("now", now.isoformat(), "a date and time with a time zone")
    if as_of > now + (EARTH_IS_AHEAD if whole_day else timedelta(0)):
        raise InvalidInput(path, as_of.isoformat(), f"not later than now ({now.astimezone(UTC):%Y-%m-%dT%H:%MZ})")


def check_events(placed: Iterable[tuple[str, Event[Any]]], as_of: datetime) -> None:
    """Refuse events and dates in facts that lie after ``as_of`` or before the patient was born.

    Parameters
    ----------
    placed
        Pairs of the path in the file and the event read there.
    as_of
        The moment the file speaks of.
    """
    pairs = list(placed)
    births = [event.fact.birth_date for _, event in pairs if isinstance(event.fact, Demographics)]
    born = min(births, default=None)
    last_day = as_of.astimezone(UTC).date()
    for path, event in pairs:
        if event.recorded_at > as_of:
            raise InvalidInput(f"{path}.recorded_at", event.recorded_at.isoformat(), f"not after as_of ({as_of:%F})")
        is_who = isinstance(event.fact, Demographics)
        for name, value in _dates(event.fact):
            latest = date.max if (type(event.fact), name) in PLANNED else last_day
            _check_day(f"{path}.{name}" if path else name, value, None if is_who else born, latest)
        if not is_who:
            _check_day(f"{path}.on", event.day, born, last_day)
        elif event.fact.birth_date.year < last_day.year - OLDEST_YR:
            raise InvalidInput("birth_date", event.fact.birth_date.isoformat(), f"at most {OLDEST_YR} years ago")


def _dates(fact: object) -> list[tuple[str, date]]:
    values = [(f.name, getattr(fact, f.name)) for f in dataclasses.fields(fact)]  # type: ignore[arg-type]
    return [(name, value) for name, value in values if isinstance(value, date)]


def _check_day(path: str, value: date, born: date | None, last_day: date) -> None:
    if value > last_day:
        hint = "Dates in the future are refused; `as_of` is the moment the file speaks of."
        raise InvalidInput(path, value.isoformat(), f"not after as_of ({last_day.isoformat()})", hint)
    if born is not None and value < born:
        raise InvalidInput(path, value.isoformat(), f"not before birth_date ({born.isoformat()})")
