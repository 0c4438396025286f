"""The score chart: how each weighted criterion adds to an option's score, the score's range, and its first places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.report.figures.axis import Axis
from euthymia.report.figures.lettering import LINE_HEIGHT, text_width, wrap
from euthymia.report.figures.svg import Drawing

_NAME, _SMALL, _LETTER = 13.0, 11.5, 10.5
_BAR = 18.0


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One option: its score, the range of the score, and the share of each criterion (letter, points)."""

    title: str
    rank: int | None
    standing: str
    total: float
    low: float
    high: float
    first_share: float | None
    parts: tuple[tuple[str, float], ...]


def score_figure(rows: Sequence[ScoreRow], *, width: float, key: str) -> str:
    """Return the chart as SVG for a page column of ``width``."""
    drawing = Drawing(width)
    is_wide = width > 500
    left, right = (250.0, width - 150.0) if is_wide else (8.0, width - 8.0)
    axis = Axis(0.0, 1.0, left, right)
    top = 28.0
    titles = [
        wrap(_name(row), (left if is_wide else width) - 20, _NAME, bold=True, most=2) for row in rows
    ]  # fmt: skip
    heights = [_height(lines, is_wide) for lines in titles]
    bottom = top + sum(heights)
    y = top
    for index, height in enumerate(heights):
        if index % 2 == 0:
            drawing.rectangle(0, y, width, height, "stripe")
        y += height
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        drawing.line(axis.at(tick), top, axis.at(tick), bottom, "grid")
        drawing.text(axis.at(tick), top - 7, f"{tick:g}", size=11, anchor="middle", css="muted")
    y = top
    for row, lines, height in zip(rows, titles, heights, strict=True):
        _row(drawing, row, lines, axis, y, height, is_wide)
        y += height
    description = " ".join(
        f"{row.title}, {row.standing}: {row.total:.2f}, range {row.low:.2f} to {row.high:.2f}{_first(row, ', ')}."
        for row in rows
    )
    return drawing.render(bottom + 6, key=key, title="Score of each option, 0 worst to 1 best", description=description)


def _name(row: ScoreRow) -> str:
    return f"{row.rank}  {row.title}" if row.rank is not None else row.title


def _height(lines: Sequence[str], is_wide: bool) -> float:
    text = len(lines) * _NAME * LINE_HEIGHT + _SMALL * LINE_HEIGHT
    return max(text, _BAR + 8) + 18 if is_wide else text + _BAR + 30


def _row(
    drawing: Drawing, row: ScoreRow, lines: Sequence[str], axis: Axis, top: float, height: float, is_wide: bool
) -> None:
    is_open = row.rank is not None
    y = drawing.lines(10 if is_wide else 6, top + 8 + _NAME, lines, size=_NAME, bold=True, css="" if is_open else "dim")
    span = f"{row.total:.2f} ({row.low:.2f}–{row.high:.2f})"
    if is_wide:
        drawing.text(10, y, row.standing, size=_SMALL, css="muted")
        middle = top + height / 2
        drawing.text(axis.end + 12, middle - 3, span, size=_SMALL, bold=True, css="" if is_open else "dim")
        drawing.text(axis.end + 12, middle + 12, _first(row) or "not ranked", size=_SMALL, css="muted")
        bar = middle - _BAR / 2 - 3
    else:
        drawing.text(6, y, f"{span} · {_first(row) or row.standing}", size=_SMALL, css="" if is_open else "muted")
        bar = y + 8
    x = axis.start
    for index, (letter, points) in enumerate(row.parts):
        wide = axis.at(points) - axis.start
        css = f"part part-{'even' if index % 2 else 'odd'}" + ("" if is_open else " closed")
        drawing.rectangle(x, bar, wide, _BAR, css)
        if wide >= text_width(letter, _LETTER, bold=True) + 1:
            drawing.text(
                x + wide / 2, bar + _BAR / 2 + 3.8, letter, size=_LETTER, anchor="middle", bold=True, css="letter"
            )
        x += wide
    below = bar + _BAR + 7
    drawing.line(axis.at(row.low), below, axis.at(row.high), below, "interval range")
    for end in (row.low, row.high):
        drawing.line(axis.at(end), below - 3, axis.at(end), below + 3, "interval-end range")
    drawing.circle(axis.at(row.total), below, 3.5, "point range")


def _first(row: ScoreRow, before: str = "") -> str:
    return "" if row.first_share is None else f"{before}first in {100 * row.first_share:.0f} % of draws"
