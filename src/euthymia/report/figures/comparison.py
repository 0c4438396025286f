"""The comparison chart: what each option adds over its own comparator, with the 95 % interval and a line at zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.report.figures.axis import Axis, round_ticks
from euthymia.report.figures.lettering import LINE_HEIGHT, wrap
from euthymia.report.figures.svg import Anchor, Drawing, text_box

_NAME, _SMALL = 13.0, 11.5
_FLOOR, _CEILING = -20.0, 40.0  # the axis shows at least this much, in percentage points


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One option: the difference in percentage points, or why there is none.

    ``standing`` and ``flags`` are words: nothing is said by color alone.
    """

    title: str
    rank: int | None
    standing: str
    is_open: bool
    note: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    is_null: bool = False
    is_indirect: bool = False
    flags: tuple[str, ...] = ()


def comparison_figure(rows: Sequence[EffectRow], *, width: float, key: str) -> str:
    """Return the chart as SVG for a page column of ``width``."""
    drawing = Drawing(width)
    is_wide = width > 500
    left, right = (282.0, width - 148.0) if is_wide else (8.0, width - 8.0)
    numbers = [n for row in rows for n in (row.value, row.low, row.high) if n is not None]
    ticks = round_ticks(min([_FLOOR, *numbers]), max([_CEILING, *numbers]), 7 if is_wide else 5)
    axis = Axis(ticks[0], ticks[-1], left, right)
    top = 40.0
    y = top
    bands: list[tuple[float, float]] = []
    plans = [_measure(row, left, width, is_wide) for row in rows]
    height = top + sum(plan.height for plan in plans)
    for index, plan in enumerate(plans):
        if index % 2 == 0:
            drawing.rectangle(0, y, width, plan.height, "stripe")
        bands.append((y, plan.height))
        y += plan.height
    spans = [(top, height)]
    if not is_wide:  # on a phone the words of a row stand above its interval: no line crosses them
        spans = [
            (start + p.mark - 11, start + p.mark + 9) for p, (start, _) in zip(plans, bands, strict=True) if p.has_mark
        ]
    _axis(drawing, axis, ticks, top, spans, is_wide)
    for row, plan, (start, _) in zip(rows, plans, bands, strict=True):
        _row(drawing, row, plan, axis, start, is_wide)
    description = " ".join(_sentence(row) for row in rows)
    return drawing.render(
        height + 6, key=key, title="Difference in response against each option's own comparator, percentage points",
        description=description,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Plan:
    """The lines of one row and the height they need."""

    title: list[str]
    note: list[str]
    value: list[str]
    height: float
    mark: float  # distance of the interval from the top of the row
    has_mark: bool


def _measure(row: EffectRow, left: float, width: float, is_wide: bool) -> _Plan:
    name = f"{row.rank}  {row.title}" if row.rank is not None else row.title
    value = [] if row.value is None else [_difference(row)]
    if is_wide:
        title = wrap(name, left - 24, _NAME, bold=True, most=2)
        note = wrap(f"{row.standing} · {row.note}", left - 24, _SMALL, most=3)
        flags = [line for flag in row.flags for line in wrap(flag, width - (width - 140.0) - 8, _SMALL, most=2)]
        text = len(title) * _NAME * LINE_HEIGHT + len(note) * _SMALL * LINE_HEIGHT
        height = 18 + max(text, (1 + len(flags)) * _SMALL * LINE_HEIGHT)
        return _Plan(title, note, [*value, *flags], height, height / 2, row.value is not None)
    title = wrap(name, width - 12, _NAME, bold=True, most=2)
    note = wrap(f"{row.standing} · {row.note}", width - 12, _SMALL, most=3)
    flags = wrap(" · ".join([*value, *row.flags]), width - 12, _SMALL, most=2) if value or row.flags else []
    text = len(title) * _NAME * LINE_HEIGHT + (len(note) + len(flags)) * _SMALL * LINE_HEIGHT
    has_mark = row.value is not None
    return _Plan(title, note, flags, 14 + text + (24 if has_mark else 0), 10 + text + 12, has_mark)


def _axis(
    drawing: Drawing,
    axis: Axis,
    ticks: Sequence[float],
    top: float,
    spans: Sequence[tuple[float, float]],
    is_wide: bool,
) -> None:
    for tick in ticks:
        x = axis.at(tick)
        for start, end in spans:
            drawing.line(x, start, x, end, "zero" if tick == 0 else "grid")
        if axis.start + 6 <= x <= axis.end - 4 or axis.start > 20 or tick == 0:
            drawing.text(
                x, top - 6, f"{tick:+g}".replace("-", "−") if tick else "0", size=11, anchor="middle", css="muted"
            )
    zero = axis.at(0)
    _direction(drawing, zero - 7, ("← comparator better", "← worse", "←"), "end")
    _direction(drawing, zero + 7, ("treatment better, points →", "treatment better →", "better →", "→"), "start")


def _direction(drawing: Drawing, x: float, words: Sequence[str], anchor: Anchor) -> None:
    """Say which side of zero is which, in as many words as fit."""
    for candidate in words:
        if drawing.is_free(text_box(x, 13, candidate, 11, anchor)):
            drawing.text(x, 13, candidate, size=11, anchor=anchor, css="muted")
            return


def _row(drawing: Drawing, row: EffectRow, plan: _Plan, axis: Axis, top: float, is_wide: bool) -> None:
    css = "" if row.is_open else "dim"
    x = 10.0 if is_wide else 6.0
    y = drawing.lines(x, top + 8 + _NAME, plan.title, size=_NAME, bold=True, css=css)
    y = drawing.lines(x, y, plan.note, size=_SMALL, css="muted")
    if is_wide:
        first = top + plan.mark - (len(plan.value) - 1) * _SMALL * LINE_HEIGHT / 2 + 4
        for index, line in enumerate(plan.value):
            drawing.text(
                axis.end + 14, first + index * _SMALL * LINE_HEIGHT, line, size=_SMALL,
                bold=index == 0 and row.value is not None, css="" if index == 0 else "muted",
            )  # fmt: skip
    else:
        drawing.lines(x, y, plan.value, size=_SMALL, css=css)
    if row.value is None:
        return
    middle = top + plan.mark
    state = " ".join(["effect", *(["null"] if row.is_null else []), *(["indirect"] if row.is_indirect else [])])
    state += "" if row.is_open else " closed"
    if row.low is not None and row.high is not None:
        drawing.line(axis.at(row.low), middle, axis.at(row.high), middle, f"interval {state}")
        for end in (row.low, row.high):
            drawing.line(axis.at(end), middle - 4, axis.at(end), middle + 4, f"interval-end {state}")
    at = axis.at(row.value)
    if row.low is None:
        around = [(at, middle - 6), (at + 6, middle), (at, middle + 6), (at - 6, middle)]
        drawing.path(around, f"point {state}", closed=True)
    else:
        drawing.circle(at, middle, 5, f"point {state}")


def _difference(row: EffectRow) -> str:
    assert row.value is not None
    words = _signed(row.value)
    if row.low is not None and row.high is not None:
        return f"{words} ({_signed(row.low)} to {_signed(row.high)})"
    return f"{words}, no interval"


def _signed(value: float) -> str:
    rounded = round(value)
    return "0" if rounded == 0 else f"{rounded:+d}".replace("-", "−")


def _sentence(row: EffectRow) -> str:
    words = f"{row.title}, {row.standing}: {row.note}"
    if row.value is not None:
        words += f", {_difference(row)} points"
    return f"{words}{', ' + ', '.join(row.flags) if row.flags else ''}."
