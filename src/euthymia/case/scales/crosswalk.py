"""Crosswalks between depression scales: each answer is a range with a midpoint, its method and its source.

Several methods may answer the same question and differ; all are returned. A pair without a table in hand is refused.

References
----------
Rush 2003, Trivedi 2004 (ids-qids.org); Leucht 2018, doi 10.1016/j.jad.2017.09.042; Carmody 2006,
doi 10.1016/j.euroneuro.2006.04.008.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from euthymia.case.scales.answers import read_total
from euthymia.case.scales.definition import PACKAGE
from euthymia.case.scales.registry import find
from euthymia.core.errors import InvalidInput, OutOfRange
from euthymia.core.source import Source, Verification
from euthymia.core.tables import SourcedRow, load_table

Kind: TypeAlias = Literal["score", "improvement"]

_COLUMNS = {
    "QIDS-SR16": "qids_sr16",
    "IDS-SR30": "ids_sr30",
    "HAM-D17": "hrsd17",
    "HAM-D21": "hrsd21",
    "HAM-D24": "hrsd24",
}
_ROUNDING = 0.5  # printed anchors are whole points


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow(SourcedRow):
    """Row of ``crosswalk_qids_ids_hrsd.csv``; ranges are written ``low-high``."""

    qids_sr16: str
    ids_sr30: str
    severity: int
    hrsd17: str
    hrsd21: str
    hrsd24: str
    note: str = ""

    def span(self, scale: str) -> tuple[int, int]:
        """Range of this row on one scale."""
        low, _, high = str(getattr(self, _COLUMNS[scale])).partition("-")
        return int(low), int(high or low)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRow(SourcedRow):
    """Row of ``crosswalk_anchors.csv``: a published pair of totals (or improvements) on two scales."""

    table: str
    method: str
    kind: Kind
    first_scale: str
    first_low: int
    first_high: int
    second_scale: str
    second_low: int
    second_high: int
    interpolate: bool

    def seen_from(self, scale: str) -> tuple[tuple[int, int], tuple[int, int]]:
        """``(from range, to range)`` when read from one of its two scales."""
        first, second = (self.first_low, self.first_high), (self.second_low, self.second_high)
        return (first, second) if scale == self.first_scale else (second, first)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow(SourcedRow):
    """Row of ``crosswalk_refused.csv``: a pair without a table, and why."""

    first_scale: str
    second_scale: str
    reason: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """One answer: ``value`` on one scale lies between ``low`` and ``high`` on the other, by one method."""

    value: int
    from_scale: str
    to_scale: str
    low: float
    high: float
    method: str
    source: Source
    notes: tuple[str, ...] = ()

    @property
    def midpoint(self) -> float:
        """Middle of the range; never to be shown without the range."""
        return (self.low + self.high) / 2

    @property
    def verification(self) -> Verification:
        """How far the table was compared with its source."""
        return self.source.verification

    def __str__(self) -> str:
        low, high, middle = (f"{x:.1f}".removesuffix(".0") for x in (self.low, self.high, self.midpoint))
        head = f"{self.from_scale} {self.value} ↔ {self.to_scale} {low}–{high} (midpoint {middle})"
        return "\n".join([f"{head} by {self.method}: {self.source}", *(f"  note: {note}" for note in self.notes)])


def crosswalk(value: float, from_scale: str, to_scale: str, *, kind: Kind = "score") -> tuple[Conversion, ...]:
    """Convert a total (or, with ``kind="improvement"``, a fall in points) by every method that covers it.

    Parameters
    ----------
    value
        A whole number within ``from_scale``.
    from_scale, to_scale
        QIDS-SR16, IDS-SR30, HAM-D17, HAM-D21, HAM-D24, MADRS or HAM-D6, where a table exists for the pair.
    kind
        ``"score"`` for totals, ``"improvement"`` for the fall from baseline (HAM-D17 and MADRS only).

    Returns
    -------
    tuple of Conversion
        At least one; methods are never averaged.

    Raises
    ------
    InvalidInput
        When no table is held for the pair (the message says why), or the value is not a total of the scale.
    OutOfRange
        When the tables of the pair do not reach the value; nothing is extrapolated.
    """
    start, end = find(from_scale), find(to_scale)
    points = read_total(start, value, "value")
    if kind not in ("score", "improvement"):
        raise InvalidInput("kind", kind, "'score' or 'improvement'")
    tabled = kind == "score" and start.name in _COLUMNS and end.name in _COLUMNS and start.name != end.name
    anchors = [
        row
        for row in load_table(PACKAGE, "crosswalk_anchors.csv", AnchorRow)
        if row.kind == kind and {row.first_scale, row.second_scale} == {start.name, end.name} != {start.name}
    ]
    if not tabled and not anchors:
        raise _refusal(start.name, end.name, kind)
    found = [_by_table(points, start.name, end.name)] if tabled else []
    for table in dict.fromkeys(row.table for row in anchors):
        rows = [row for row in anchors if row.table == table]
        convert = _between if rows[0].interpolate else _at_anchor
        conversion = convert(points, start.name, end.name, rows, _beside(rows, anchors, start.name, end.name))
        found += [conversion] if conversion is not None else []
    if not found:
        spans = [row.seen_from(start.name)[0] for row in anchors]
        reach = ", ".join(f"{row.table} {low}–{high}" for row, (low, high) in zip(anchors, spans, strict=True))
        raise OutOfRange(f"`value` is {points} on {start.name}; the tables to {end.name} reach only: {reach}.")
    return tuple(found)


def _by_table(points: int, start: str, end: str) -> Conversion:
    """All rows of the published table whose range holds the value, taken together."""
    rows = load_table(PACKAGE, "crosswalk_qids_ids_hrsd.csv", TableRow)
    holding = [row for row in rows if row.span(start)[0] <= points <= row.span(start)[1]]
    spans = [row.span(end) for row in holding]
    notes = tuple(dict.fromkeys(row.note for row in holding if row.note))
    return Conversion(
        points, start, end, min(low for low, _ in spans), max(high for _, high in spans),
        "published table", holding[0].cite(), notes,
    )  # fmt: skip


def _between(points: int, start: str, end: str, rows: list[AnchorRow], notes: tuple[str, ...]) -> Conversion | None:
    """Linear interpolation between whole-point anchors, widened by their rounding; None outside them."""
    pairs = sorted(row.seen_from(start) for row in rows)
    lows = [(x, to[0]) for span, to in pairs for x in sorted(set(span))]
    highs = [(x, to[1]) for span, to in pairs for x in sorted(set(span))]
    if not lows[0][0] <= points <= lows[-1][0]:
        return None
    printed = any(x == points for x, _ in lows)
    said = "anchors as printed (whole points)" if printed else "interpolated by us between the printed anchors"
    low, high = _interpolate(points, lows) - _ROUNDING, _interpolate(points, highs) + _ROUNDING
    notes = (f"{said}; ±{_ROUNDING:g} for their rounding", *notes)
    return Conversion(points, start, end, low, high, rows[0].method, rows[0].cite(), notes)


def _interpolate(x: int, points: list[tuple[int, int]]) -> float:
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    raise OutOfRange(f"{x} is outside the anchors {points[0][0]}–{points[-1][0]}")


def _at_anchor(points: int, start: str, end: str, rows: list[AnchorRow], notes: tuple[str, ...]) -> Conversion | None:
    """The published pair, only where the value is one of its own; None elsewhere."""
    for row in rows:
        (x0, x1), (low, high) = row.seen_from(start)
        if x0 <= points <= x1:
            widen = _ROUNDING if low == high else 0.0
            said = (f"one printed value; ±{_ROUNDING:g} for its rounding",) if widen else ()
            return Conversion(points, start, end, low - widen, high + widen, row.method, row.cite(), (*said, *notes))
    return None


def _beside(rows: list[AnchorRow], anchors: list[AnchorRow], start: str, end: str) -> tuple[str, ...]:
    """Sentences that show the single anchors of other methods beside a conversion; methods differ at low severity."""
    shown: list[str] = []
    for row in anchors:
        if row.table != rows[0].table and row.method != rows[0].method and row.method.startswith("item response"):
            (x0, x1), (y0, y1) = row.seen_from(start)
            here, there = _span(x0, x1), _span(y0, y1)
            shown.append(f"beside it, {row.method}: {start} {here} ↔ {end} {there} ({row.cite()})")
    ranges = [row.seen_from(start)[0] for row in anchors if row.interpolate and row.table != rows[0].table]
    if ranges:
        other = next(row for row in anchors if row.interpolate)
        reach = f"{min(low for low, _ in ranges)}–{max(high for _, high in ranges)}"
        shown.append(
            f"beside it, {other.method} covers {start} {reach}; the two differ by several points at low severity"
        )
    return tuple(shown)


def _span(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}–{high}"


def _refusal(start: str, end: str, kind: Kind) -> InvalidInput:
    """Why this pair cannot be converted."""
    for row in load_table(PACKAGE, "crosswalk_refused.csv", RefusedRow):
        if {row.first_scale, row.second_scale} == {start, end}:
            return InvalidInput("from_scale, to_scale", f"{start}, {end}", "a pair with a table", f"Why: {row.reason}.")
    what = "improvement in points" if kind == "improvement" else "total"
    why = "the two are the same scale" if start == end else f"no published table for this {what} is held"
    return InvalidInput("from_scale, to_scale", f"{start}, {end}", "a pair with a table", f"Why: {why}.")
