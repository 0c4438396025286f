"""Pictures of a forecast as figures: the image with its marks and scale of colors, its words and its table."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from euthymia.core.png import png_size
from euthymia.report.citations import Citations, CitedReason
from euthymia.therapies.pictures import Picture

_SCALE = 46.0  # height of the strip below the picture that holds the scale
_TALL = 14.0
_SIZE = 15.0


@dataclass(frozen=True, slots=True)
class PictureView:
    """One picture and what stands below it."""

    title: str
    drawing: str
    caption: str
    reason: CitedReason
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def picture_views(pictures: Iterable[Picture], cited: Citations, key: str) -> tuple[PictureView, ...]:
    """Return the pictures as figures; ``key`` makes their ids unique on the page."""
    return tuple(
        PictureView(
            p.title, picture_figure(p, key=f"{key}-{p.code}"), p.caption, cited.reason(p.reason), p.columns, p.rows
        )
        for p in pictures
    )


def picture_figure(picture: Picture, *, key: str) -> str:
    """Return the picture as one SVG with the image inside it; letters keep their place at every width."""
    width, height = png_size(picture.png)
    data = base64.b64encode(picture.png).decode()
    parts = [
        f'<svg class="figure-drawing" viewBox="0 0 {width} {height + _SCALE:g}" role="img" '
        f'aria-labelledby="{escape(key)}-t {escape(key)}-d" xmlns="http://www.w3.org/2000/svg">',
        f'<title id="{escape(key)}-t">{escape(picture.title)}</title><desc id="{escape(key)}-d">{escape(picture.alt)}'
        "</desc>",
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/>',
        *_scale(picture, width, height, key),
    ]
    for mark in sorted(picture.marks, key=lambda m: m.is_chosen):
        radius = 10.5 if mark.is_chosen else 8.5
        fill = "#18222b" if mark.is_chosen else "#ffffff"
        ink = "#ffffff" if mark.is_chosen else "#18222b"
        parts.append(
            f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{radius:g}" fill="{fill}" stroke="{ink}" '
            f'stroke-width="1.5"/><text x="{mark.x:.1f}" y="{mark.y + 4.2:.1f}" font-size="12" font-weight="600" '
            f'text-anchor="middle" style="fill:{ink}">{escape(mark.label)}</text>'
        )
    return "\n".join([*parts, "</svg>"])


def _scale(picture: Picture, width: int, height: int, key: str) -> list[str]:
    low, high, unit = picture.scale
    left, long = 12.0, 0.45 * width
    last = len(picture.colors) - 1
    stops = "".join(f'<stop offset="{i / last:.3f}" stop-color="{escape(c)}"/>' for i, c in enumerate(picture.colors))
    below = height + _TALL + 8 + _SIZE
    return [
        f'<linearGradient id="{escape(key)}-g">{stops}</linearGradient>',
        f'<rect x="{left:g}" y="{height + 4}" width="{long:g}" height="{_TALL:g}" fill="url(#{escape(key)}-g)"/>',
        f'<text x="{left:g}" y="{below:g}" font-size="{_SIZE:g}">{low:g}</text>',
        f'<text x="{left + long:g}" y="{below:g}" font-size="{_SIZE:g}" text-anchor="middle">{high:g}</text>',
        f'<text x="{left + long + 14:g}" y="{height + 4 + _TALL - 2:g}" font-size="{_SIZE:g}">{escape(unit)}</text>',
    ]
