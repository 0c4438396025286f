"""The exposure chart: published exposure of each drug against a normal metabolizer, on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.report.figures.axis import Axis
from euthymia.report.figures.lettering import LINE_HEIGHT, wrap
from euthymia.report.figures.svg import Drawing

_NAME, _SMALL = 13.0, 11.5
_TICKS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


@dataclass(frozen=True, slots=True)
class ExposureMark:
    """One drug in one state of a gene; ``low`` and ``high`` span the published rows (ratios, above 0).

    ``is_read`` is False when a figure was not read in full in its source; the mark is then hollow.
    """

    drug: str
    state: str
    ratio: float
    low: float | None
    high: float | None
    is_read: bool = True


def exposure_figure(rows: Sequence[ExposureMark], *, width: float, key: str) -> str:
    """Return the chart as SVG for a page column of ``width``."""
    drawing = Drawing(width)
    is_wide = width > 500
    left, right = (250.0, width - 120.0) if is_wide else (18.0, width - 18.0)
    ticks = _ticks(rows)
    axis = Axis(math.log2(ticks[0]), math.log2(ticks[-1]), left, right)
    names = [wrap(row.drug, (left if is_wide else width) - 20, _NAME, bold=True, most=2) for row in rows]
    states = [wrap(row.state, (left if is_wide else width) - 20, _SMALL, most=3) for row in rows]
    heights = [
        _NAME * LINE_HEIGHT * len(n) + _SMALL * LINE_HEIGHT * len(s) + (14 if is_wide else 46)
        for n, s in zip(names, states, strict=True)
    ]
    top = 28.0
    bottom = top + sum(heights)
    y = top
    for index, height in enumerate(heights):
        if index % 2 == 0:
            drawing.rectangle(0, y, width, height, "stripe")
        y += height
    for tick in ticks:
        x = axis.at(math.log2(tick))
        drawing.line(x, top, x, bottom, "zero" if tick == 1 else "grid")
        drawing.text(x, top - 7, f"{tick:g}×", size=11, anchor="middle", css="muted")
    y = top
    for row, name, state, height in zip(rows, names, states, heights, strict=True):
        below = drawing.lines(10 if is_wide else 6, y + 6 + _NAME, name, size=_NAME, bold=True)
        below = drawing.lines(10 if is_wide else 6, below, state, size=_SMALL, css="muted")
        _mark(drawing, row, axis, y + height / 2 if is_wide else below + 10, is_wide)
        y += height
    description = " ".join(f"{row.drug}, {row.state}: {span_words(row)}." for row in rows)
    title = "Published exposure against a normal metabolizer, 1× is equal"
    return drawing.render(bottom + 6, key=key, title=title, description=description)


def span_words(row: ExposureMark) -> str:
    """Return the ratio with the span of the published rows."""
    words = f"{row.ratio:g}×"
    return words if row.low is None or row.high is None else f"{words} ({row.low:g}–{row.high:g})"


def _ticks(rows: Sequence[ExposureMark]) -> tuple[float, ...]:
    ends = [end for row in rows for end in (row.ratio, row.low, row.high) if end is not None]
    low, high = min([*ends, 0.5]), max([*ends, 2.0])
    first = max((tick for tick in _TICKS if tick <= low), default=_TICKS[0])
    last = min((tick for tick in _TICKS if tick >= high), default=_TICKS[-1])
    return tuple(tick for tick in _TICKS if first <= tick <= last)


def _mark(drawing: Drawing, row: ExposureMark, axis: Axis, y: float, is_wide: bool) -> None:
    at = axis.at(math.log2(row.ratio))
    if row.low is not None and row.high is not None:
        low, high = axis.at(math.log2(row.low)), axis.at(math.log2(row.high))
        drawing.line(low, y, high, y, "interval")
        for end in (low, high):
            drawing.line(end, y - 4, end, y + 4, "interval-end")
    drawing.circle(at, y, 5, "point" if row.is_read else "null point")
    if is_wide:
        drawing.text(axis.end + 12, y + 4, span_words(row), size=_SMALL, bold=True)
    else:
        drawing.text(axis.start, y + 18, span_words(row), size=_SMALL, bold=True)
