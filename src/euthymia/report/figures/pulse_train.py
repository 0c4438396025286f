"""Pulse timing at three scales: pulses of a burst or second, trains with their pauses, and the whole session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from euthymia.report.figures.axis import Axis, round_ticks
from euthymia.report.figures.svg import Drawing

_LEFT, _RIGHT, _TALL, _GAP = 6.0, 14.0, 30.0, 58.0
_NEAREST = 2.2  # pulses drawn nearer than this are shown as one block
_WINDOW = 12  # rhythm intervals shown in the first panel


@dataclass(frozen=True, slots=True)
class PulseTrainFigure:
    """What the figure shows: the time of every pulse in seconds, and onset and length of every train."""

    title: str
    times_s: tuple[float, ...]
    trains: tuple[tuple[float, float], ...]


def pulse_train_figure(data: PulseTrainFigure, *, width: float, key: str) -> str:
    """Return the figure as SVG for a page column of ``width``."""
    drawing = Drawing(width)
    end = data.trains[-1][0] + data.trains[-1][1]
    first = data.trains[0]
    panels = [(_close(data), "Pulses")]
    if len(data.trains) > 1:
        third = data.trains[min(3, len(data.trains) - 1)]
        panels += [((third[0] - first[0]) * (1.0 if len(data.trains) > 3 else 1.3), "Trains")]
    panels += [(end, "Whole session")]
    y, last = 4.0, 0.0
    for span, name in panels:
        if span <= last * 1.05:
            continue
        y, last = _panel(drawing, data, span, name, y), span
    return drawing.render(y, key=key, title=f"Pulse timing: {data.title}", description=_description(data, end))


def _close(data: PulseTrainFigure) -> float:
    """Return the span of the first panel: some intervals of the rhythm inside the first train, at most that train."""
    onset, length = data.trains[0]
    own = [t for t in data.times_s if t <= onset + length]
    steps = sorted(b - a for a, b in pairwise(own))
    longest = steps[-1] if steps else length
    rhythm = longest if steps and longest > 3 * steps[0] else (steps[len(steps) // 2] if steps else 1.0)
    return min(max(length, 1e-3), (6 if longest > 3 * (steps[0] if steps else longest) else _WINDOW) * rhythm)


def _panel(drawing: Drawing, data: PulseTrainFigure, span: float, name: str, top: float) -> float:
    unit, scale = ("min", 60.0) if span > 180 else ("s", 1.0) if span > 0.5 else ("ms", 1e-3)
    axis = Axis(0.0, span, _LEFT, drawing.width - _RIGHT)
    floor = top + 16 + _TALL
    drawing.text(_LEFT, top + 9, f"{name}: {span / scale:.3g} {unit}", size=11.5, css="muted halo")
    ticks = [t for t in round_ticks(0.0, span / scale, 6 if drawing.width > 400 else 4) if t * scale <= span * 1.0001]
    for tick in ticks:
        x = axis.at(tick * scale)
        drawing.line(x, top + 14, x, floor, "grid")
        drawing.text(x, floor + 14, f"{tick:g}", size=11, anchor="start" if tick == 0 else "middle", css="muted")
    drawing.line(axis.start, floor, axis.end, floor, "grid")
    for low, high in _marks(data, span, axis):
        if high - low < 0.01:
            drawing.line(low, floor - _TALL, low, floor, "visit")
        else:
            drawing.rectangle(low, floor - _TALL, high - low, _TALL, "phase")
    return top + 16 + _TALL + _GAP - 34


def _marks(data: PulseTrainFigure, span: float, axis: Axis) -> Sequence[tuple[float, float]]:
    """Return strokes (equal ends) for pulses that can be told apart, and blocks for those that cannot."""
    places = [axis.at(t) for t in data.times_s if t <= span * (1 + 1e-9)]
    found: list[tuple[float, float]] = []
    for x in places:
        if found and x - found[-1][1] < _NEAREST:
            found[-1] = (found[-1][0], x)
        else:
            found.append((x, x))
    return found


def _description(data: PulseTrainFigure, end: float) -> str:
    lengths = {round(length, 3) for _, length in data.trains}
    words = ", ".join(f"{length:g} s" for length in sorted(lengths)[:4])
    trains = "one train" if len(data.trains) == 1 else f"{len(data.trains)} trains"
    return f"{len(data.times_s)} pulses in {trains} of {words} over {end / 60:.1f} minutes."
