"""Field in the goal by site: a point with its interval each, in the order and with the numbers of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.report.figures.axis import Axis, round_ticks
from euthymia.report.figures.lettering import LINE_HEIGHT, wrap
from euthymia.report.figures.svg import Drawing

_NAME, _SMALL = 12.5, 11.0


@dataclass(frozen=True, slots=True)
class SiteBar:
    """One site: field, ends of its interval (V/m), and whether the scatter of its method is in the interval."""

    number: int
    title: str
    value: float
    low: float
    high: float
    is_placed: bool


def site_bars(rows: Sequence[SiteBar], *, width: float, key: str, goal: str, place: str = "the goal") -> str:
    """Return the chart as SVG for a page column of ``width``; ``place`` is what the heading calls the goal."""
    drawing = Drawing(width)
    wide = width > 500
    left, right = (300.0 if wide else 12.0), width - 56.0
    ticks = round_ticks(0.0, max(row.high for row in rows), 7 if wide else 5)
    axis = Axis(0.0, ticks[-1], left, right)
    names = [wrap(f"{row.number}  {row.title}", (left - 16) if wide else width - 8, _NAME, most=2) for row in rows]
    top = 40.0
    drawing.text(left if wide else 0, 14, f"mean field in {place}, V/m", size=_SMALL, css="muted")
    y = top
    for index, (row, name) in enumerate(zip(rows, names, strict=True)):
        words = len(name) * _NAME * LINE_HEIGHT
        tall = max(26.0, words + 8) if wide else words + 30
        if index % 2 == 0:
            drawing.rectangle(0, y, width, tall, "stripe")
        middle = y + tall / 2 if wide else y + tall - 14
        for tick in ticks:
            x = axis.at(tick)
            drawing.line(x, y if wide else middle - 8, x, y + tall if wide else middle + 8, "grid")
        drawing.lines(4, (middle - words / 2 if wide else y + 3) + _NAME, name, size=_NAME)
        css = "interval" if row.is_placed else "indirect interval"
        drawing.line(axis.at(row.low), middle, axis.at(row.high), middle, css)
        for end in (row.low, row.high):
            drawing.line(axis.at(end), middle - 5, axis.at(end), middle + 5, "interval-end")
        drawing.circle(axis.at(row.value), middle, 4.5, "point" if row.is_placed else "null point")
        drawing.text(width - 4, middle + 4, f"{row.value:.3g}", size=_NAME, anchor="end", bold=True)
        y += tall
    for tick in ticks:
        drawing.text(axis.at(tick), top - 6, f"{tick:g}", size=_SMALL, anchor="middle", css="muted")
    said = "; ".join(f"{r.number} {r.title}: {r.value:.3g} ({r.low:.3g} to {r.high:.3g})" for r in rows)
    return drawing.render(y + 4, key=key, title=f"Field in {goal} by site of the coil, V/m", description=said)
