"""The symptom course: one scale over time with its thresholds, and the treatments of that time as bars below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from euthymia.report.figures.axis import Axis, date_ticks, round_ticks
from euthymia.report.figures.lettering import shorten, text_width
from euthymia.report.figures.svg import Anchor, Box, Drawing, text_box

_SMALL = 11.5
_BAR_ROW = 29.0


@dataclass(frozen=True, slots=True)
class TreatmentBar:
    """A treatment over time. ``before`` and ``after``: it began earlier or goes on later than the figure shows."""

    label: str
    start: date
    end: date
    kind: str  # drug | other | course
    before: bool = False
    after: bool = False
    sessions: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class SymptomCourse:
    """What the figure shows."""

    scale: str
    maximum: float
    ratings: tuple[tuple[date, float], ...]
    thresholds: tuple[tuple[str, float], ...]
    bars: tuple[TreatmentBar, ...]
    start: date
    end: date


def course_figure(course: SymptomCourse, *, width: float, key: str) -> str:
    """Return the figure as SVG for a page column of ``width``."""
    drawing = Drawing(width)
    is_wide = width > 500
    top, bottom = 22.0, 22.0 + (190.0 if is_wide else 160.0)
    first, last = course.start.toordinal(), max(course.end.toordinal(), course.start.toordinal() + 14)
    time = Axis(first, last, 34.0, width - 14.0)
    points = round_ticks(0, max(course.maximum, 1), 5)
    level = Axis(0, points[-1], bottom, top)
    drawing.text(4, 12, f"{course.scale} (lower is better)", size=_SMALL, css="muted")
    for tick in points:
        drawing.line(time.start, level.at(tick), time.end, level.at(tick), "grid")
        drawing.text(time.start - 6, level.at(tick) + 4, f"{tick:g}", size=11, anchor="end", css="muted")
    ticks = date_ticks(course.start, course.end, 7 if is_wide else 4)
    foot = bottom + 22 + len(course.bars) * _BAR_ROW + (12 if course.bars else 0)
    for day, label in ticks:
        x = time.at(day.toordinal())
        drawing.line(x, top, x, foot - 6 if course.bars else bottom, "grid")
        half = text_width(label, 11) / 2
        drawing.text(min(max(x, half + 2), width - half - 2), bottom + 16, label, size=11, anchor="middle", css="muted")
    _ratings(drawing, course, time, level)
    for index, bar in enumerate(course.bars):
        _bar(drawing, bar, time, bottom + 30 + index * _BAR_ROW)
    return drawing.render(
        foot + 4, key=key, title=f"{course.scale} over time, with treatments", description=_description(course)
    )


def _ratings(drawing: Drawing, course: SymptomCourse, time: Axis, level: Axis) -> None:
    spots = [(time.at(day.toordinal()), level.at(total)) for day, total in course.ratings]
    for _, value in course.thresholds:
        drawing.line(time.start, level.at(value), time.end, level.at(value), "threshold")
    if len(spots) > 1:
        drawing.path(spots, "series")
    for x, y in spots:
        drawing.circle(x, y, 4, "point series-point")
    totals = [total for _, total in course.ratings]
    # Last, first, lowest and highest are labeled before the others, so that they have room.
    last, lowest, highest = len(spots) - 1, totals.index(min(totals)), totals.index(max(totals))
    for index in dict.fromkeys([last, 0, lowest, highest, *range(len(spots))]):
        (x, y), words = spots[index], f"{totals[index]:g}"
        half = text_width(words, 12, bold=True) / 2
        inside = min(x, drawing.width - half - 4)
        _first_free(drawing, words, [(inside, y - 9), (inside, y + 19)], [], 12, "middle", bold=True, css="halo")
    for label, value in course.thresholds:
        y, x = level.at(value), time.start + 4
        right = time.end - 2 - text_width(label, 11)
        places = [(x, y - 4), (x, y + 13), (right, y - 4), (right, y + 13)]
        _first_free(drawing, label, places, spots, 11, "start", bold=False, css="threshold-label halo")


def _first_free(
    drawing: Drawing,
    words: str,
    places: Sequence[tuple[float, float]],
    spots: Sequence[tuple[float, float]],
    size: float,
    anchor: Anchor,
    *,
    bold: bool,
    css: str,
) -> None:
    """Write ``words`` at the first place without other text or points; leave them out where there is none."""
    for x, y in places:
        left, top, width, height = text_box(x, y, words, size, anchor, bold=bold)
        if drawing.is_free((left - 2, top, width + 4, height)) and not _touches((left, top, width, height), spots):
            drawing.text(x, y, words, size=size, anchor=anchor, bold=bold, css=css)
            return


def _touches(box: Box, spots: Sequence[tuple[float, float]]) -> bool:
    x, y, width, height = box
    return any(x - 6 <= px <= x + width + 6 and y - 6 <= py <= y + height + 6 for px, py in spots)


def _bar(drawing: Drawing, bar: TreatmentBar, time: Axis, top: float) -> None:
    start, end = time.at(bar.start.toordinal()), time.at(bar.end.toordinal())
    end = max(end, start + 5)
    label = shorten(bar.label, time.end - 4, _SMALL)
    x = max(4.0, min(start, time.end - text_width(label, _SMALL)))
    drawing.text(x, top + 10, label, size=_SMALL, css="halo")
    drawing.rectangle(start, top + 14, end - start, 8, f"treatment {bar.kind}", radius=2)
    if bar.before:
        drawing.path(
            [(start, top + 14), (start - 6, top + 18), (start, top + 22)], f"treatment {bar.kind}", closed=True
        )
    if bar.after:
        drawing.path([(end, top + 14), (end + 6, top + 18), (end, top + 22)], f"treatment {bar.kind}", closed=True)
    for day in bar.sessions:
        at = time.at(day.toordinal())
        drawing.line(at, top + 14, at, top + 22, "session")


def _description(course: SymptomCourse) -> str:
    words = "; ".join(f"{day.isoformat()} {total:g}" for day, total in course.ratings)
    lines = "; ".join(f"{label} at {value:g}" for label, value in course.thresholds)
    bars = "; ".join(f"{b.label} from {b.start.isoformat()} to {b.end.isoformat()}" for b in course.bars)
    return f"Ratings: {words}. Thresholds: {lines or 'none'}. Treatments: {bars or 'none with dates'}."
