"""What results change: every row of ``markers.csv`` that holds in a case, with its evidence, strength and doubts."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.case.criteria import judge
from euthymia.case.lab_ranges import RangeRow
from euthymia.case.labs import LabReading, LabState, reading_of
from euthymia.case.model import Case
from euthymia.core.reason import Reason
from euthymia.therapies.precision.tables import GRADES, MarkerRow, markers, measured_by

_WHOSE = {"laboratory": "the laboratory's range", "reader": "your range table", "default": "the default range"}
_LABELS = {"investigational": " [investigational: no weight in the ranking]", "none": " [no treatment rule]"}


def changed_by(case: Case, row: MarkerRow, ranges: Sequence[RangeRow] = ()) -> str:
    """Return the evidence for which ``row`` holds, or an empty string."""
    if row.requires and not judge(case, row.requires).truth:
        return ""
    if row.criterion:
        judgment = judge(case, row.criterion)
        return "; ".join(dict.fromkeys(judgment.evidence)) if judgment.truth else ""
    for reading in readings(case, row, ranges):
        if reading.state is LabState(row.beyond):
            return range_words(reading)
    return ""


def readings(case: Case, row: MarkerRow, ranges: Sequence[RangeRow] = ()) -> tuple[LabReading, ...]:
    """Return the newest values that ``row`` reads."""
    found = (reading_of(case, name, ranges=ranges) for name in measured_by(row))
    return tuple(reading for reading in found if reading is not None)


def range_words(reading: LabReading) -> str:
    """Return a value beyond its range in words: the value as it came, the end it passed, and whose range it is."""
    is_low = reading.state is LabState.LOW
    end = reading.range.low if is_low else reading.range.high
    edge = "" if end is None else f", {'from' if is_low else 'to'} {end:.4g} {reading.unit}"
    there = "" if reading.reported.endswith(f" {reading.unit}") else f" ({reading.value:.4g} {reading.unit})"
    whose = _WHOSE.get(reading.range.whose, "no range")
    return f"{reading.analyte} {reading.reported}{there} on {reading.day}{edge} by {whose}"


def marker_reasons(case: Case, test: str = "", ranges: Sequence[RangeRow] = ()) -> tuple[tuple[MarkerRow, Reason], ...]:
    """Return every marker row that holds, with its reason and strength."""
    found = []
    for row in markers(test):
        evidence = changed_by(case, row, ranges)
        if evidence:
            words = f"{row.statement.rstrip('.')} ({evidence}).{_LABELS.get(row.strength, '')}{_doubts(case, row)}"
            reason = Reason(
                words, (row.cite(),), GRADES[row.strength], value=row.value, low=row.low, high=row.high,
                unit=row.value_unit, code=row.code,
            )  # fmt: skip
            found.append((row, reason))
    return tuple(found)


def _doubts(case: Case, row: MarkerRow) -> str:
    """Say what must be settled before a result is acted on: its unit, and its age."""
    held = readings(case, row)
    words = [f" [confirm the unit of {r.analyte} first]" for r in held if r.is_doubted]
    words += [f" [{r.analyte} is {r.age_days} days old: repeat before acting]" for r in held if r.is_stale]
    return "".join(words)
