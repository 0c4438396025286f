"""Beam F3 seen from above: the tape around the head, X along it, Y from the vertex, and where other formulas land."""

from __future__ import annotations

import math
from typing import Literal

from euthymia.engines.fields.beam_f3 import BeamF3, BeamSpread
from euthymia.report.figures.lettering import text_width, wrap
from euthymia.report.figures.svg import Anchor, Drawing

_MARGIN = 46.0
_STEPS = 90

Place = tuple[float, float]


def beam_figure(spread: BeamSpread, *, width: float, key: str, side: Literal["left", "right"] = "left") -> str:
    """Return the top view (nose up, the patient's left on the left) as SVG for a column of ``width``."""
    drawing = Drawing(width)
    head, name = spread.head, "F3" if side == "left" else "F4"
    across, along = 0.4 * head.tragus_cm, 0.4 * head.nasion_inion_cm  # the flattened 10-20 map, cm
    scale = min((min(width, 520.0) - 2 * _MARGIN) / (2 * across), 14.0)
    center = (width / 2, _MARGIN + 14 + along * scale)
    turn = -1.0 if side == "left" else 1.0

    def at(radius_cm: float, angle_deg: float) -> Place:
        """Place in the drawing of a radius and an angle from the front towards the treated side."""
        angle = math.radians(angle_deg)
        return (
            center[0] + turn * radius_cm * math.sin(angle) * scale,
            center[1] - radius_cm * math.cos(angle) * scale,
        )

    def ring(angle_deg: float) -> Place:
        """Place on the tape around the head at an angle from the front."""
        angle = math.radians(angle_deg)
        return at(1 / math.hypot(math.sin(angle) / across, math.cos(angle) / along), angle_deg)

    _head(drawing, center, across * scale, along * scale)
    chosen = spread.chosen
    angle = chosen.angle_deg(head.circumference_cm)
    edge, site = ring(angle), at(chosen.y_cm, angle)
    drawing.path([ring(angle * i / _STEPS) for i in range(_STEPS + 1)], "measured")
    drawing.line(*site, *edge, "moment")
    drawing.path([center, site], "measured")
    for other in spread.usable:
        if other is not chosen:
            drawing.circle(*at(other.y_cm, other.angle_deg(head.circumference_cm)), 3.5, "other-site")
    for mark in (center, ring(0), edge):
        drawing.circle(*mark, 3, "mark")
    drawing.circle(*site, 6.5, "site")
    _labels(drawing, chosen, name, turn, (center, ring(0), ring(180), site), ring(angle / 2))
    bottom = center[1] + along * scale + 30
    lines = [line for words in _caption(spread, name) for line in wrap(words, width, 12)]
    for line in lines:
        drawing.text(width / 2, bottom, line, size=12, anchor="middle", css="muted")
        bottom += 17
    title = f"{name} from above by {chosen.variant.title}"
    return drawing.render(bottom - 4, key=key, title=title, description=_description(spread, name, side))


def _head(drawing: Drawing, center: Place, across: float, along: float) -> None:
    x, y = center
    nose = [(x - 13, y - along + 1), (x, y - along - 18), (x + 13, y - along + 1)]
    drawing.path(nose, "outline")
    for side in (-1, 1):
        ear = [(x + side * across, y - 16), (x + side * (across + 9), y - 12), (x + side * (across + 9), y + 12)]
        drawing.path([*ear, (x + side * across, y + 16)], "outline")
        drawing.text(x + side * (across + 26), y + 4, "L" if side < 0 else "R", anchor="middle", bold=True)
    turns = [2 * math.pi * i / 120 for i in range(120)]
    drawing.path([(x + across * math.sin(t), y - along * math.cos(t)) for t in turns], "outline", closed=True)
    drawing.line(x, y - along, x, y + along, "moment")
    drawing.line(x - across, y, x + across, y, "moment")


def _labels(drawing: Drawing, chosen: BeamF3, name: str, turn: float, places: tuple[Place, ...], middle: Place) -> None:
    center, front, back, site = places
    outward: Anchor = "end" if turn < 0 else "start"
    inward: Anchor = "start" if turn < 0 else "end"
    drawing.text(center[0] - turn * 8, center[1] + 16, "vertex (Cz)", size=11.5, anchor=inward, css="halo")
    drawing.text(front[0] - turn * 18, front[1] - 8, "FPz", size=11.5, anchor=inward, css="halo")
    drawing.text(back[0], back[1] + 14, "Oz", size=11.5, anchor="middle", css="halo")
    words = f"X {chosen.x_cm:.1f} cm"
    x = middle[0] + turn * 8
    if turn < 0:
        x = max(x, text_width(words, 13, bold=True) + 2)
    drawing.text(x, middle[1] - 10, words, size=13, anchor=outward, bold=True)
    half = ((center[0] + site[0]) / 2 - turn * 10, (center[1] + site[1]) / 2 + 2)
    drawing.text(*half, f"Y {chosen.y_cm:.1f} cm", size=13, anchor=inward, bold=True, css="halo")
    drawing.text(site[0] + turn * 14, site[1] + 5, name, size=14, anchor=outward, bold=True, css="halo")


def _caption(spread: BeamSpread, name: str) -> tuple[str, str]:
    x, y = spread.x_range_cm, spread.y_range_cm
    apart = spread.farthest_pair[2]
    return (
        f"filled: {name} by {spread.chosen.variant.title.lower()}; hollow: the other formulas",
        f"X {x[0]:.1f} to {x[1]:.1f}, Y {y[0]:.1f} to {y[1]:.1f} cm; up to {apart:.1f} cm apart",
    )


def _description(spread: BeamSpread, name: str, side: str) -> str:
    chosen, head = spread.chosen, spread.head
    return (
        f"Head seen from above, nose up. Tragus to tragus {head.tragus_cm:g} cm, nasion to inion "
        f"{head.nasion_inion_cm:g} cm, circumference {head.circumference_cm:g} cm. {name} lies {chosen.y_cm:.2f} cm "
        f"from the vertex towards the point {chosen.x_cm:.2f} cm {side} of FPz along the circumference."
    )
