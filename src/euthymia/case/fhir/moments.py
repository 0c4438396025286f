"""Dates and times of FHIR, which may be partial: a year or a month stands for its first day, and a warning says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from euthymia.case import codec
from euthymia.core.errors import InvalidInput

_YEAR = re.compile(r"[0-9]{4}\Z")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True, slots=True)
class Moment:
    """What a FHIR date says: the time from ``start`` to just before ``end``; ``partial`` when the day is not known."""

    start: datetime
    end: datetime
    partial: bool


def read_moment(raw: str, path: str) -> Moment:
    """Read a FHIR ``dateTime``, ``date`` or ``instant``.

    Raises
    ------
    InvalidInput
        For anything else, and for a time of day without a time zone.
    """
    try:
        if _YEAR.match(raw):
            year = int(raw)
            return Moment(_utc(year, 1, 1), _utc(year + 1, 1, 1), True)
        if _MONTH.match(raw):
            year, month = int(raw[:4]), int(raw[5:])
            after = (year + 1, 1) if month == 12 else (year, month + 1)
            return Moment(_utc(year, month, 1), _utc(*after, 1), True)
        if _DAY.match(raw):
            day = date.fromisoformat(raw)
            start = _utc(day.year, day.month, day.day)
            return Moment(start, start + timedelta(days=1), False)
    except (ValueError, OverflowError):
        raise InvalidInput(path, raw, "a date that exists") from None
    moment = codec.moment(raw, path)
    return Moment(moment, moment, False)


def read_day(raw: str, path: str) -> tuple[str, bool]:
    """Return the calendar day as it was written (YYYY-MM-DD; the first day of a partial date), and whether partial."""
    moment = read_moment(raw, path)
    if len(raw) > 10:
        return raw[:10], False
    return moment.start.date().isoformat(), moment.partial


def _utc(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)
