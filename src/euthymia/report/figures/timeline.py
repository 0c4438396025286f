"""The proposed course: phases and visits over weeks, and the expected improvement with its band where one is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.report.figures.axis import Axis, course_ticks
from euthymia.report.figures.lettering import text_width, wrap
from euthymia.report.figures.svg import NARROW, Drawing

_SMALL = 11.5
_DENSE = 3.0  # visits nearer than this are drawn as one block


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A run of equal visits."""

    label: str
    start_day: float
    visits: int
    every_days: float


@dataclass(frozen=True, slots=True)
class BandPoint:
    """Expected improvement in percent of the baseline score, with the band between patients."""

    day: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ProposedCourse:
    """What the figure shows; ``until_day`` is the last day drawn."""

    title: str
    phases: tuple[PhaseRow, ...]
    band: tuple[BandPoint, ...]
    ratings: tuple[tuple[float, float], ...]  # day, improvement in percent, as measured in a running course
    until_day: float


def timeline_figure(course: ProposedCourse, *, width: float, key: str) -> str:
    """Return the figure as SVG for a page column of ``width``."""
    drawing = Drawing(width)
    is_wide = width > NARROW + 100
    days = max(course.until_day, 1.0)
    time = Axis(0.0, days, 42.0, width - 14.0)
    top, height = 6.0, 0.0
    if course.band or course.ratings:
        height = (150.0 if is_wide else 130.0) + 6
    rows = [wrap(phase.label, width - 8, _SMALL, most=2) for phase in course.phases]
    start = top + height + 8
    foot = start + sum(len(lines) * 15 + 20 for lines in rows)
    for day, label in course_ticks(days, 12 if is_wide else 6):
        drawing.line(time.at(day), top + (14 if height else 0), time.at(day), foot, "grid")
        drawing.text(time.at(day), foot + 15, label, size=11, anchor="middle", css="muted")
    if height:
        _improvement(drawing, course, time, top, height - 6)
    y = start
    for phase, lines in zip(course.phases, rows, strict=True):
        longest = max(text_width(line, _SMALL) for line in lines)
        x = max(4.0, min(time.at(min(phase.start_day, days)), width - 4 - longest))
        y = drawing.lines(x, y + 11, lines, size=_SMALL, css="halo") - 11
        _phase(drawing, phase, time, y, days)
        y += 20
    return drawing.render(
        foot + 22, key=key, title=f"Proposed course: {course.title}", description=_description(course)
    )


def _improvement(drawing: Drawing, course: ProposedCourse, time: Axis, top: float, height: float) -> None:
    lows = [0.0, *(p.low for p in course.band), *(value for _, value in course.ratings)]
    floor = -25.0 if min(lows) < -1 else 0.0
    level = Axis(floor, 100.0, top + height, top + 20)
    drawing.text(4, top + 9, "Improvement, % of the baseline score", size=_SMALL, css="muted")
    band = [p for p in course.band if p.day <= course.until_day]
    if len(band) > 1:
        edge = [(time.at(p.day), level.at(p.high)) for p in band]
        edge += [(time.at(p.day), level.at(p.low)) for p in reversed(band)]
        drawing.path(edge, "band", closed=True)
    for tick in (0, 25, 50, 75, 100):
        drawing.line(time.start, level.at(tick), time.end, level.at(tick), "threshold" if tick == 50 else "grid")
        drawing.text(time.start - 6, level.at(tick) + 4, f"{tick}", size=11, anchor="end", css="muted")
    if len(band) > 1:
        drawing.path([(time.at(p.day), level.at(p.value)) for p in band], "expected")
    for day, value in course.ratings:
        drawing.circle(time.at(day), level.at(value), 4, "point series-point")
    drawing.text(
        time.end,
        level.at(50) - 5,
        "response: half of the score gone",
        size=11,
        anchor="end",
        css="threshold-label halo",
    )


def _phase(drawing: Drawing, phase: PhaseRow, time: Axis, top: float, days: float) -> None:
    last = phase.start_day + max(0, phase.visits - 1) * phase.every_days
    start, end = min(time.at(phase.start_day), time.end - 2), time.at(last)
    drawing.rectangle(start, top, max(end - start, 5), 9, "phase", radius=2)
    gap = phase.every_days / max(days, 1e-9) * (time.end - time.start)
    if phase.visits > 1 and gap >= _DENSE:
        for index in range(phase.visits):
            day = phase.start_day + index * phase.every_days
            if day <= days:
                x = time.at(day)
                drawing.line(x, top - 1, x, top + 10, "visit")
    if last > days:
        drawing.path([(time.end, top), (time.end + 7, top + 4.5), (time.end, top + 9)], "phase", closed=True)


def _description(course: ProposedCourse) -> str:
    words = "; ".join(phase.label for phase in course.phases)
    band = "; ".join(f"day {p.day:g}: {p.value:.0f} % ({p.low:.0f} to {p.high:.0f})" for p in _some(course.band))
    return f"Phases: {words}. Expected improvement: {band or 'no published course for this form'}."


def _some(points: Sequence[BandPoint]) -> Sequence[BandPoint]:
    """At most eight points, evenly spread."""
    step = max(1, len(points) // 8)
    return points[::step]
