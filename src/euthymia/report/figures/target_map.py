"""Targets seen from above and from the left, numbered as in the table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.report.figures.axis import round_ticks
from euthymia.report.figures.lettering import text_width, wrap
from euthymia.report.figures.svg import NARROW, Drawing, text_box

_AROUND = (
    (9, 4),
    (-9, 4),
    (0, -9),
    (0, 17),
    (9, -7),
    (-9, -7),
    (9, 15),
    (-9, 15),
    (20, 4),
    (-20, 4),
    (0, -20),
    (0, 28),
)


@dataclass(frozen=True, slots=True)
class MappedTarget:
    """One point (mm, RAS) with the number it has in the table."""

    number: int
    title: str
    kind: str  # cortex | scalp
    point_mm: tuple[float, float, float]


def target_figure(targets: Sequence[MappedTarget], *, width: float, key: str, space: str = "MNI") -> str:
    """Return two views of the targets on the left, in front of the vertex, as SVG for a column of ``width``.

    Points elsewhere are not drawn; the figure names their numbers. An empty string when none is left to draw.
    """
    left = [t for t in targets if _is_left_front(t)]
    drawing = Drawing(width)
    if not left:
        return ""
    wide = width > NARROW + 100
    column = (width - 30) / 2 if wide else width
    bottom = 0.0
    views = ((0, 1, f"from above: x and y, {space} mm"), (1, 2, f"from the left: y and z, {space} mm"))
    spans = [_span([t.point_mm[axis] for t in left]) for axis in range(3)]
    scale = min(5.0, *((column - 60) / (high - low) for low, high in spans[:2]))
    top = 0.0
    for i, (across, up, title) in enumerate(views):
        frame = (i * (column + 30) if wide else 0.0, top, scale)
        ends = _view(drawing, left, (across, up), (spans[across], spans[up]), frame, title)
        bottom = max(bottom, ends)
        top = top if wide else ends + 16
    shown = "; ".join(f"{t.number} {t.title} ({' '.join(f'{v:g}' for v in t.point_mm)})" for t in left)
    rest = [str(t.number) for t in targets if not _is_left_front(t)]
    said = f"not drawn, right of the midline or behind the vertex: {', '.join(rest)}" if rest else ""
    for line in ("filled: on the cortex; hollow: on the scalp", *(wrap(said, width, 11.5) if said else ())):
        drawing.text(0, bottom + 14, line, size=11.5, css="muted")
        bottom += 16
    return drawing.render(bottom + 8, key=key, title="Targets side by side", description=f"{shown}. {said}".strip())


def _is_left_front(target: MappedTarget) -> bool:
    return target.point_mm[0] < 0 < target.point_mm[1]


def _view(
    drawing: Drawing,
    targets: Sequence[MappedTarget],
    axes: tuple[int, int],
    spans: tuple[tuple[float, float], tuple[float, float]],
    frame: tuple[float, float, float],
    title: str,
) -> float:
    """Draw one view; the front points left in the view from the left. Return the lowest line used."""
    x0, y0, scale = frame
    across, up = axes
    flip = across == 1  # seen from the left, the front is on the left
    left, top = x0 + 40, y0 + 26
    bottom = top + scale * (spans[1][1] - spans[1][0])

    def place(t: MappedTarget) -> tuple[float, float]:
        a = spans[0][1] - t.point_mm[across] if flip else t.point_mm[across] - spans[0][0]
        return left + scale * a, bottom - scale * (t.point_mm[up] - spans[1][0])

    drawing.text(x0, y0 + 12, title, size=12.5, bold=True)
    right = left + scale * (spans[0][1] - spans[0][0])
    for tick in round_ticks(*spans[0], 6):
        if spans[0][0] <= tick <= spans[0][1]:
            x = left + scale * ((spans[0][1] - tick) if flip else (tick - spans[0][0]))
            drawing.line(x, top, x, bottom, "grid")
            drawing.text(x, bottom + 14, f"{tick:g}", size=11, anchor="middle", css="muted")
    for tick in round_ticks(*spans[1], 6):
        if spans[1][0] <= tick <= spans[1][1]:
            y = bottom - scale * (tick - spans[1][0])
            drawing.line(left, y, right, y, "grid")
            drawing.text(left - 6, y + 4, f"{tick:g}", size=11, anchor="end", css="muted")
    dots = [(*place(t), t) for t in targets]
    for x, y, t in dots:
        drawing.circle(x, y, 4.5, "site" if t.kind == "cortex" else "other-site")
    for x, y, t in dots:
        _number(drawing, x, y, str(t.number), [(a, b) for a, b, other in dots if other is not t])
    return bottom + 20


def _number(drawing: Drawing, x: float, y: float, label: str, dots: Sequence[tuple[float, float]]) -> None:
    """Write a number beside its dot where it covers neither text nor another dot."""
    half = text_width(label, 12, bold=True) / 2
    for dx, dy in _AROUND:
        at = (x + dx + (half if dx > 0 else -half if dx < 0 else 0), y + dy)
        left, top, width, height = text_box(*at, label, 12, "middle", bold=True)
        covers = any(left - 5 < a < left + width + 5 and top - 5 < b < top + height + 5 for a, b in dots)
        if drawing.is_free((left, top, width, height)) and not covers:
            if abs(dx) > 12 or dy < -12 or dy > 20:
                drawing.line(x, y, at[0], at[1] - 4, "grid")
            drawing.text(*at, label, size=12, anchor="middle", bold=True, css="halo")
            return
    drawing.text(x + 9, y + 4, label, size=12, bold=True, css="halo")


def _span(values: Sequence[float]) -> tuple[float, float]:
    return 10.0 * ((min(values) - 4) // 10), 10.0 * -((-max(values) - 4) // 10)
