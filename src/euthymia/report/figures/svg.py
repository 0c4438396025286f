"""A small SVG writer: shapes and text in, one deterministic string out.

Colors come from the page through class names, so that one drawing serves light, dark and print. Every text carries
its font size, so that a drawing can be checked for overlaps without a browser.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Literal

from euthymia.report.figures.lettering import LINE_HEIGHT, text_width

Anchor = Literal["start", "middle", "end"]
Box = tuple[float, float, float, float]  # x, y, width, height

NARROW = 328.0
"""Width of the layout for a phone: a 360 px screen less its margins, so that letters keep their size."""

WIDE = 760.0
"""Width of the layout for a screen or a sheet of A4."""


class Drawing:
    """One figure of fixed width that grows downwards as things are drawn."""

    def __init__(self, width: float) -> None:
        self.width = width
        self._parts: list[str] = []
        self._taken: list[Box] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 12,
        anchor: Anchor = "start",
        css: str = "",
        bold: bool = False,
    ) -> None:
        """Write one line of text; ``y`` is its baseline."""  # fmt: skip
        weight = ' font-weight="600"' if bold else ""
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        head = f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{place}{weight}{_css(css)}>'
        self._parts.append(f"{head}{safe(words)}</text>")
        self._taken.append(text_box(x, y, words, size, anchor, bold=bold))

    def lines(
        self, x: float, y: float, lines: Sequence[str], *, size: float = 12, css: str = "", bold: bool = False
    ) -> float:
        """Write lines below one another; return the baseline of the line that would follow."""
        for line in lines:
            self.text(x, y, line, size=size, css=css, bold=bold)
            y += size * LINE_HEIGHT
        return y

    def is_free(self, box: Box) -> bool:
        """Whether no text was written inside ``box`` so far and it lies within the width."""
        x, _, width, _ = box
        return x >= 0 and x + width <= self.width and not any(overlap(box, taken) for taken in self._taken)

    def line(self, x1: float, y1: float, x2: float, y2: float, css: str) -> None:
        """Draw a straight line."""
        ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        self._parts.append(f"<line {ends}{_css(css)}/>")

    def rectangle(self, x: float, y: float, width: float, height: float, css: str, *, radius: float = 0) -> None:
        """Draw a rectangle."""
        corner = f' rx="{number(radius)}"' if radius else ""
        size = f'width="{number(max(0.0, width))}" height="{number(max(0.0, height))}"'
        self._parts.append(f'<rect x="{number(x)}" y="{number(y)}" {size}{corner}{_css(css)}/>')

    def circle(self, x: float, y: float, radius: float, css: str) -> None:
        """Draw a circle."""
        self._parts.append(f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"{_css(css)}/>')

    def path(self, points: Sequence[tuple[float, float]], css: str, *, closed: bool = False) -> None:
        """Draw a line through ``points``, or the area inside them."""
        steps = " ".join(f"{'L' if i else 'M'}{number(x)} {number(y)}" for i, (x, y) in enumerate(points))
        self._parts.append(f'<path d="{steps}{"Z" if closed else ""}"{_css(css)}/>')

    def render(self, height: float, *, key: str, title: str, description: str, css: str = "") -> str:
        """Return the ``<svg>`` element; ``key`` makes its ids unique on the page."""
        box = f'viewBox="0 0 {number(self.width)} {number(height)}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-labelledby="{key}-t {key}-d"'
        head += f"{_css(f'figure-drawing {css}'.strip())}>"
        words = f'<title id="{key}-t">{safe(title)}</title><desc id="{key}-d">{safe(description)}</desc>'
        return "\n".join([head + words, *self._parts, "</svg>"])


def number(value: float) -> str:
    """Return a coordinate with one decimal at most; refuse what is not a number."""
    if not math.isfinite(value):
        raise ValueError(f"a figure needs finite coordinates, got {value}")
    return f"{round(value, 1) + 0.0:.10g}"


def safe(words: str) -> str:
    """Return text escaped for XML, without the control characters that XML cannot hold."""
    kept = "".join(c for c in words if c in "\t\n" or (ord(c) >= 0x20 and not 0xD800 <= ord(c) <= 0xDFFF))
    return escape(kept.replace("\ufffe", "").replace("\uffff", ""))


def text_box(x: float, y: float, words: str, size: float, anchor: Anchor = "start", *, bold: bool = False) -> Box:
    """Return the room that a line of text takes around its baseline."""
    width = text_width(words, size, bold=bold)
    left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    return left, y - 0.8 * size, width, size


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share area."""
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )


def _css(names: str) -> str:
    return f' class="{escape(names)}"' if names else ""
