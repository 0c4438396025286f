"""Laboratory values as they are read: the newest of each analyte in one unit, with its range, its age and doubts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from euthymia.case.analytes import AnalyteRow, analyte, analytes, same_name
from euthymia.case.concepts import Question
from euthymia.case.critical_values import critical_row
from euthymia.case.events import Event
from euthymia.case.facts import LabResult, Sex
from euthymia.case.lab_ranges import RangeRow, UsedRange, range_for
from euthymia.case.model import Case


class LabState(StrEnum):
    """Where a value lies."""

    LOW = "low"
    IN_RANGE = "in_range"
    HIGH = "high"
    NOT_JUDGED = "not_judged"  # no range, an unknown analyte, or a sample of another time of day


@dataclass(frozen=True, slots=True)
class LabReading:
    """One value of one analyte.

    ``value``, ``range`` and the ends are in ``unit``; ``reported`` is the value as it came. ``time_note`` says that the
    clock time of the sample does not allow a judgment; ``questions`` holds a doubted unit and a missing time.
    """

    analyte: str
    title: str
    value: float
    unit: str
    reported: str
    day: date
    age_days: int
    is_stale: bool
    range: UsedRange
    state: LabState
    critical: str = ""
    time_note: str = ""
    questions: tuple[Question, ...] = ()

    @property
    def is_abnormal(self) -> bool:
        """Whether the value lies outside the range it was judged by."""
        return self.state in (LabState.LOW, LabState.HIGH)

    @property
    def is_doubted(self) -> bool:
        """Whether the unit may be another than the one written."""
        return any(q.code.startswith("unit:") for q in self.questions)


def normalized(case: Case, *, ranges: Sequence[RangeRow] = ()) -> tuple[LabReading, ...]:
    """Return the newest value of every analyte of ``case``.

    Parameters
    ----------
    case
        The case; sex and age choose the range.
    ranges
        The reader's own ranges (:func:`~euthymia.case.lab_ranges.read_ranges`): they go before the packaged ones and
        after the range that the laboratory printed with the value.

    Returns
    -------
    tuple of LabReading
        In the order of ``analytes.csv``, then analytes that are not in it, by name; those are shown and not judged.
    """
    newest: dict[str, Event[LabResult]] = {}
    for event in case.of(LabResult):
        newest[same_name(event.fact.analyte)] = event
    order = {same_name(code): i for i, code in enumerate(analytes())}
    keys = sorted(newest, key=lambda key: (order.get(key, len(order)), key))
    return tuple(_reading(case, newest[key], ranges) for key in keys)


def reading_of(case: Case, name: str, *, ranges: Sequence[RangeRow] = ()) -> LabReading | None:
    """Return the newest value of one analyte (any of its names), or None."""
    event = case.latest(name)
    if event is None or not isinstance(event.fact, LabResult):
        return None
    return _reading(case, event, ranges)  # type: ignore[arg-type]


def _reading(case: Case, event: Event[LabResult], ranges: Sequence[RangeRow]) -> LabReading:
    fact, row = event.fact, analyte(event.fact.analyte)
    reported = f"{fact.value:g} {fact.unit}"
    age = (case.today - event.day).days
    danger = critical_row(fact.analyte, fact.value, fact.unit)
    words = "" if danger is None else danger.statement
    if row is None:
        ends = UsedRange(fact.reference_low, fact.reference_high, "none", note="this analyte is not in analytes.csv")
        if ends.is_known:
            ends = UsedRange(fact.reference_low, fact.reference_high, "laboratory")
        state = _state(fact.value, ends)
        return LabReading(
            fact.analyte, fact.analyte, fact.value, fact.unit, reported, event.day, age, False, ends, state
        )
    value = row.value_of(fact.value, fact.unit)
    used = range_for(case, row, fact, ranges)
    note, questions = _time_of_day(row, event)
    asked = _doubt(case, row, fact, value)
    state = LabState.NOT_JUDGED if note else _state(value, used)
    return LabReading(
        row.code, row.title, value, row.unit, reported, event.day, age, age > row.stale_days, used, state, words, note,
        (*asked, *questions),
    )  # fmt: skip


def _state(value: float, used: UsedRange) -> LabState:
    if not used.is_known:
        return LabState.NOT_JUDGED
    if used.low is not None and value < used.low:
        return LabState.LOW
    if used.high is not None and value > used.high:
        return LabState.HIGH
    return LabState.IN_RANGE


def _doubt(case: Case, row: AnalyteRow, fact: LabResult, value: float) -> tuple[Question, ...]:
    """Ask for the unit where the number is out of the ordinary in the unit written and ordinary in another."""
    male = case.sex is Sex.MALE
    if row.is_seen(value, male=male):
        return ()
    fits = row.units_that_fit(fact.value, fact.unit, male=male)
    if not fits:
        return ()
    text = f"{row.title} {fact.value:g} {fact.unit} would be unusual: was it measured in {' or '.join(fits)}?"
    return (
        Question(
            f"unit:{row.code}", text, f"correct `unit` of that entry of `labs:` (accepted: {', '.join(row.units)})"
        ),
    )


def _time_of_day(row: AnalyteRow, event: Event[LabResult]) -> tuple[str, tuple[Question, ...]]:
    """Say why a value that follows the clock cannot be judged; cases keep times in UTC, so the words name it."""
    if row.from_h is None or row.to_h is None:
        return "", ()
    taken: datetime = event.happened_at
    window = f"{_clock(row.from_h)} to {_clock(row.to_h)}"
    supply = f"`on:` with a time and time zone, or name the analyte `morning_{row.code}`"
    ask = Question(f"time:{row.code}", f"At what time of day was the sample for {row.title} taken?", supply)
    if taken.astimezone(UTC).time() == datetime.min.time():
        return f"the time of day is not recorded; it is judged only in a sample from {window}", (ask,)
    hour = taken.hour + taken.minute / 60
    if row.from_h <= hour <= row.to_h:
        return "", ()
    zone = taken.tzname() or "local time"
    return f"taken at {taken:%H:%M} {zone}, outside {window}: not judged", (ask,)


def _clock(hour: float) -> str:
    return f"{int(hour):02d}:{round(60 * (hour % 1)):02d}"
