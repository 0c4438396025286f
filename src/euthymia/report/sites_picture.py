"""The sites of a coil on the head: scalp and cortex in three dimensions, a ball at each site, room for its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.engines.fields.mesh import FloatArray, Surface, TetMesh
from euthymia.engines.fields.surfaces import tissue_surface
from euthymia.report.field_picture import Layer, Pixels, render, view_from
from euthymia.report.field_scene import smoothed, thinned
from euthymia.report.figures.lettering import text_width
from euthymia.report.figures.svg import Drawing, text_box

_CORTEX, _SKIN, _SITE, _OWN, _GOAL = (222, 214, 205), (214, 178, 158), (11, 90, 107), (190, 120, 30), (0, 130, 90)
_MOST_NODES = 45_000
_SIZE = (1800, 1500)
_SITE_M, _OWN_M, _GOAL_M = 0.0013, 0.0010, 0.0020
_FACING = 0.2
_PAD = 115
_LEAST = 470
_AROUND = ((0, -13), (0, 15), (13, 3), (-13, 3), (12, -10), (-12, -10), (12, 14), (-12, 14), (24, 3), (-24, 3),
           (0, -26), (0, 28), (24, -18), (-24, -18), (24, 22), (-24, 22), (38, 3), (-38, 3))  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class SitesPicture:
    """Pixels of the part of the head that holds the sites, and where each site is in it.

    ``places (s, 2)``: pixels from the left and the top; ``shown (s,)``: whether the site is on the side that is seen;
    ``front_is_left``: where the front of the head is.
    """

    pixels: Pixels
    places: FloatArray
    shown: tuple[bool, ...]
    front_is_left: bool


def sites_picture(
    mesh: TetMesh, scalp: Surface, on_scalp: FloatArray, own: FloatArray, goal: FloatArray
) -> SitesPicture:
    """Draw the head as seen from over the goal.

    Parameters
    ----------
    on_scalp, own : (s, 3)
        Scalp points and middles of the grey matter, m.
    goal : (3,)
        m.
    """
    cortex, _ = thinned(*_bare(tissue_surface(mesh, (1, 2))), _MOST_NODES)
    skin, _ = thinned(*_bare(scalp), _MOST_NODES)
    cortex, skin = smoothed(cortex), smoothed(skin)
    middle = cortex.nodes.mean(axis=0)
    eye = goal - middle
    eye = eye / np.linalg.norm(eye) + np.array([0.0, 0.0, 0.25])
    view = view_from(eye, np.array([0.0, 0.0, 1.0]))
    layers = [
        _plain(cortex, _CORTEX),
        _balls(own, _OWN_M, _OWN),
        _plain(skin, _SKIN, 0.30),
        _balls(goal[None], _GOAL_M, _GOAL, hidden=False),
        _balls(on_scalp, _SITE_M, _SITE, hidden=False),
    ]
    pixels = render(layers, view, _SIZE)
    at = _projected(layers, view, on_scalp)
    outward = on_scalp - middle
    facing = (outward / np.linalg.norm(outward, axis=1, keepdims=True)) @ view[2]
    shown = facing > _FACING
    left, top, right, bottom = _crop(at[shown] if shown.any() else at)
    return SitesPicture(
        pixels[top:bottom, left:right], at - (left, top), tuple(bool(s) for s in shown), bool(view[0, 1] < 0)
    )  # fmt: skip


def numbers_over(found: SitesPicture, numbers: Sequence[int], *, width: float, key: str, words: str) -> str:
    """The numbers of the sites as a drawing of ``width`` to lay over the picture; none covers another."""
    height, across = found.pixels.shape[:2]
    scale = width / across
    drawing = Drawing(width)
    size = 13 if width > 500 else 11
    dots = [place * scale for place, shown in zip(found.places, found.shown, strict=True) if shown]
    labels = [str(number) for number, shown in zip(numbers, found.shown, strict=True) if shown]
    for (x, y), label in zip(dots, labels, strict=True):
        half = text_width(label, size, bold=True) / 2
        for dx, dy in _AROUND:
            at = (x + dx, y + dy)
            left, top, wide, high = text_box(*at, label, size, "middle", bold=True)
            covers = any(left - 3 < a < left + wide + 3 and top - 3 < b < top + high + 3 for a, b in dots)
            if drawing.is_free((left - 2, top - 1, wide + 4, high + 2)) and not covers:
                break
        else:
            at = (x + half, y - 13)
        if abs(at[0] - x) > 16 or abs(at[1] - 3 - y) > 18:
            drawing.line(x, y, at[0], at[1] - 4, "pin")
        drawing.text(*at, label, size=size, anchor="middle", bold=True, css="pin-label")
    low = height * scale - 8
    if found.front_is_left:
        drawing.text(8, low, "← front", size=size, css="pin-label")
    else:
        drawing.text(width - 8, low, "front →", size=size, anchor="end", css="pin-label")
    return drawing.render(height * scale, key=key, title="Numbers of the sites", description=words)


def _bare(surface: Surface) -> tuple[Surface, FloatArray]:
    return surface, np.empty((surface.nodes.shape[0], 0))


def _plain(surface: Surface, color: tuple[int, int, int], opacity: float = 1.0, hidden: bool = True) -> Layer:
    return Layer(surface.nodes, surface.triangles, np.tile(color, (surface.nodes.shape[0], 1)), opacity, hidden)


def _balls(centers: FloatArray, radius: float, color: tuple[int, int, int], hidden: bool = True) -> Layer:
    """Octahedra split twice and blown up, one at each center."""
    nodes = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], dtype=np.float64)
    corner = nodes[[(x, y, z) for x in (0, 1) for y in (2, 3) for z in (4, 5)]]
    for _ in range(2):
        a, b, c = corner[:, 0], corner[:, 1], corner[:, 2]
        ab, bc, ca = a + b, b + c, c + a
        corner = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
        corner = corner / np.linalg.norm(corner, axis=2, keepdims=True)
    ball = corner.reshape(-1, 3)
    every = (centers[:, None] + radius * ball).reshape(-1, 3)
    return _plain(Surface(every, np.arange(every.shape[0]).reshape(-1, 3)), color, hidden=hidden)


def _projected(layers: Sequence[Layer], view: FloatArray, points: FloatArray) -> FloatArray:
    """Pixels of points, fitted as ``render`` fits the layers."""
    seen = [layer.nodes @ view.T for layer in layers]
    low, high = np.min([s.min(axis=0) for s in seen], axis=0), np.max([s.max(axis=0) for s in seen], axis=0)
    scale = 0.96 * min(_SIZE[0] / (high[0] - low[0]), _SIZE[1] / (high[1] - low[1]))
    flat = (points @ view.T - (low + high) / 2)[:, :2] * scale
    return np.column_stack([flat[:, 0] + _SIZE[0] / 2, _SIZE[1] / 2 - flat[:, 1]])


def _crop(at: FloatArray) -> tuple[int, int, int, int]:
    """Part of the picture around some points, not smaller than ``_LEAST``."""
    low, high = at.min(axis=0) - _PAD, at.max(axis=0) + _PAD
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, _LEAST / 2)
    first = np.clip(middle - half, 0, None)
    last = np.minimum(middle + half, _SIZE)
    return int(first[0]), int(first[1]), int(last[0]), int(last[1])
