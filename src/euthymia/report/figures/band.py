"""A quantity over time: median, the band between patients, moments such as doses, and levels such as limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.report.figures.axis import Axis, round_ticks
from euthymia.report.figures.lettering import text_width
from euthymia.report.figures.svg import NARROW, Drawing, text_box

_SMALL = 11.5
_FROM_ZERO = 0.3
_NEAR = 30.0  # moments nearer than this share one label
_STEPS = {
    "min": (5, 10, 15, 30, 60, 120, 240),
    "h": (0.5, 1, 2, 3, 4, 6, 12, 24),
    "days": (1, 2, 7, 14, 28, 56, 84, 168),
}
_TIME_WORDS = {"min": "minutes", "h": "hours", "days": "days"}


@dataclass(frozen=True, slots=True)
class BandCurve:
    """What the figure shows; ``moments`` are (time, label), ``levels`` are (value, label)."""

    title: str
    unit: str
    time_unit: str  # min | h | days
    times: tuple[float, ...]
    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    moments: tuple[tuple[float, str], ...] = ()
    levels: tuple[tuple[float, str], ...] = ()
    band: str = ""
    since: str = "the start"


def band_figure(curve: BandCurve, *, width: float, key: str) -> str:
    """Return the figure as SVG for a page column of ``width``."""
    drawing = Drawing(width)
    is_wide = width > NARROW + 100
    top, bottom = 34.0, 34.0 + (150.0 if is_wide else 140.0)
    shown = [*curve.low, *curve.high, *(value for value, _ in curve.levels)]
    if min(shown) < _FROM_ZERO * max(shown):  # a pressure far from zero shows its own range, a level starts at zero
        shown.append(0.0)
    ticks = round_ticks(min(shown), max(max(shown), min(shown) + 1e-9), 5)
    labels = [f"{tick:g}" for tick in ticks]
    left = max(text_width(label, 11) for label in labels) + 12
    time = Axis(curve.times[0], curve.times[-1], left, width - 14.0)
    level = Axis(ticks[0], ticks[-1], bottom, top)
    drawing.text(4, 12, curve.unit, size=_SMALL, css="muted")
    for tick, label in zip(ticks, labels, strict=True):
        drawing.line(time.start, level.at(tick), time.end, level.at(tick), "grid")
        drawing.text(time.start - 6, level.at(tick) + 4, label, size=11, anchor="end", css="muted")
    _time_axis(drawing, curve, time, bottom, 9 if is_wide else 5)
    above = [(time.at(t), level.at(v)) for t, v in zip(curve.times, curve.high, strict=True)]
    below = [(time.at(t), level.at(v)) for t, v in zip(curve.times, curve.low, strict=True)]
    drawing.path([*above, *reversed(below)], "band", closed=True)
    drawing.path([(time.at(t), level.at(v)) for t, v in zip(curve.times, curve.median, strict=True)], "expected")
    _levels(drawing, curve.levels, time, level)
    _moments(drawing, curve.moments, time, top, bottom)
    return drawing.render(bottom + 40, key=key, title=curve.title, description=_description(curve))


def _time_ticks(curve: BandCurve, time: Axis, most: int) -> list[float]:
    """Ticks at steps people count time in; round numbers where none of those suits."""
    long = time.high - time.low
    step = next((s for s in _STEPS[curve.time_unit] if long / s <= most), None)
    if step is None or long / step < 2:
        return [t for t in round_ticks(time.low, time.high, most) if time.low <= t <= time.high]
    first = math.ceil(time.low / step - 1e-9)
    return [i * step for i in range(first, math.floor(time.high / step + 1e-9) + 1)]


def _time_axis(drawing: Drawing, curve: BandCurve, time: Axis, bottom: float, most: int) -> None:
    for tick in _time_ticks(curve, time, most):
        x = time.at(tick)
        drawing.line(x, bottom, x, bottom + 4, "grid")
        half = text_width(f"{tick:g}", 11) / 2
        place = min(max(x, half + 2), drawing.width - half - 2)
        drawing.text(place, bottom + 17, f"{tick:g}", size=11, anchor="middle", css="muted")
    words = f"{_TIME_WORDS[curve.time_unit]} since {curve.since}"
    drawing.text(time.end, bottom + 33, words, size=11, anchor="end", css="muted")


def _levels(drawing: Drawing, levels: Sequence[tuple[float, str]], time: Axis, level: Axis) -> None:
    for value, label in levels:
        y = level.at(value)
        drawing.line(time.start, y, time.end, y, "limit")
        right = time.end - 2 - text_width(label, 11)
        for x, place in ((right, y - 4), (right, y + 13), (time.start + 4, y - 4), (time.start + 4, y + 13)):
            if drawing.is_free(text_box(x, place, label, 11)):
                drawing.text(x, place, label, size=11, css="limit-label halo")
                break


def _moments(drawing: Drawing, moments: Sequence[tuple[float, str]], time: Axis, top: float, bottom: float) -> None:
    """Draw each moment as a line; moments close together share a label, and one without room goes unnamed."""
    inside = sorted((time.at(moment), label) for moment, label in moments if time.low <= moment <= time.high)
    groups: list[list[tuple[float, str]]] = []
    for x, label in inside:
        drawing.line(x, top, x, bottom, "moment")
        if groups and x - groups[-1][-1][0] < _NEAR:
            groups[-1].append((x, label))
        else:
            groups.append([(x, label)])
    for group in groups:
        label = group[0][1] if len(group) == 1 else f"{group[0][1]} – {group[-1][1]}"
        half, x = text_width(label, 11) / 2, (group[0][0] + group[-1][0]) / 2
        place = min(max(x, half + 2), drawing.width - half - 2)
        left, upper, wide, high = text_box(place, top - 9, label, 11, "middle")
        if drawing.is_free((left - 3, upper, wide + 6, high)):
            drawing.text(place, top - 9, label, size=11, anchor="middle", css="muted")


def _description(curve: BandCurve) -> str:
    peak = max(range(len(curve.median)), key=curve.median.__getitem__)
    words = f"Median highest at {curve.times[peak]:.3g} {curve.time_unit}: {curve.median[peak]:.3g} {curve.unit}"
    words += f" ({curve.band or '5th to 95th percentile'} {curve.low[peak]:.3g} to {curve.high[peak]:.3g})."
    for value, label in curve.levels:
        words += f" Line at {value:g}: {label}."
    for moment, label in curve.moments:
        words += f" {label} at {moment:.3g} {curve.time_unit}."
    return words
