"""Draw the cortex of the template with the field on it: orthographic, shaded, with a depth buffer; NumPy only."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from euthymia.core.png import png_bytes
from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface
from euthymia.engines.fields.surfaces import node_normals

WIDTH, HEIGHT = 560, 470
PER_M = 2800.0
MIDDLE = np.array([0.0, -0.012, 0.004])
VIEW = np.array([-0.74, 0.44, 0.51])
COLORS = np.array([(226, 224, 218), (243, 205, 120), (224, 120, 52), (158, 36, 62), (58, 10, 70)], dtype=float)
"""From light to dark in even steps of lightness, so that it reads without color."""
LEVELS, SHADES = 30, 8
BACKGROUND, INK = 0, 1


@dataclass(frozen=True, slots=True)
class Camera:
    """Rows are right, up and towards the eye."""

    axes: FloatArray

    @classmethod
    def default(cls) -> Camera:
        """From the left, the front and above."""
        eye = VIEW / np.linalg.norm(VIEW)
        right = np.cross([0.0, 0.0, 1.0], eye)
        right /= np.linalg.norm(right)
        return cls(np.stack((right, np.cross(eye, right), eye)))

    def pixels(self, points: FloatArray) -> FloatArray:
        """Column, row and depth (m, larger is nearer) of points ``(n, 3)`` m."""
        seen = (points - MIDDLE) @ self.axes.T
        return np.stack((WIDTH / 2 + PER_M * seen[:, 0], HEIGHT / 2 - PER_M * seen[:, 1], seen[:, 2]), axis=1)


def field_picture(surface: Surface, strength: FloatArray, highest: float, lines: list[FloatArray]) -> bytes:
    """PNG of ``strength`` (n,) on the nodes of ``surface``, from 0 to ``highest``, with polylines over it (m)."""
    camera = Camera.default()
    at = camera.pixels(surface.nodes)
    light = np.clip(node_normals(surface) @ (camera.axes.T @ np.array([-0.25, 0.45, 0.86])), 0.0, 1.0)
    picture = np.full((HEIGHT, WIDTH), BACKGROUND, dtype=np.uint8)
    columns, rows, owner, weights = _samples(at, surface.triangles)
    values = np.einsum("sc,sc->s", weights, strength[surface.triangles[owner]])
    shade = np.einsum("sc,sc->s", weights, light[surface.triangles[owner]])
    level = np.clip((values / highest * LEVELS).astype(int), 0, LEVELS - 1)
    color = 2 + level * SHADES + np.clip((shade * SHADES).astype(int), 0, SHADES - 1)
    picture[rows, columns] = color.astype(np.uint8)
    for line in lines:
        _draw(picture, camera.pixels(line))
    return png_bytes(picture, palette(), transparent=BACKGROUND)


def palette() -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Background, ink, then every level in every shade."""
    place = np.linspace(0, len(COLORS) - 1, LEVELS)
    ramp = np.stack([np.interp(place, np.arange(len(COLORS)), COLORS[:, c]) for c in range(3)], axis=1)
    dim = 0.5 + 0.5 * (np.arange(SHADES) + 0.5) / SHADES
    colors = (ramp[:, None, :] * dim[None, :, None]).reshape(-1, 3)
    return np.vstack([(255, 255, 255), (11, 90, 107), colors]).round().astype(np.uint8)


def _samples(at: FloatArray, triangles: IntArray) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Frontmost sample of each pixel: column, row, triangle and barycentric weights."""
    corner = at[triangles]
    cross = np.cross(corner[:, 1, :2] - corner[:, 0, :2], corner[:, 2, :2] - corner[:, 0, :2])
    front = np.flatnonzero(cross < 0)  # rows grow downwards
    longest = np.abs(corner[front] - np.roll(corner[front], 1, axis=1))[..., :2].max()
    steps = int(np.ceil(longest * 1.5)) + 1
    i, j = np.mgrid[0 : steps + 1, 0 : steps + 1]
    keep = i + j <= steps
    bary = np.stack((i[keep], j[keep], steps - i[keep] - j[keep]), axis=1) / steps
    best = np.full(WIDTH * HEIGHT, -np.inf)
    chosen = np.zeros(WIDTH * HEIGHT, dtype=np.int64)
    weights = np.zeros((WIDTH * HEIGHT, 3))
    for share in bary:
        point = np.einsum("c,tcx->tx", share, corner[front])
        column, row = np.floor(point[:, 0]).astype(int), np.floor(point[:, 1]).astype(int)
        inside = (column >= 0) & (column < WIDTH) & (row >= 0) & (row < HEIGHT)
        pixel, depth, own = (row * WIDTH + column)[inside], point[inside, 2], front[inside]
        order = np.argsort(depth, kind="stable")  # the nearest is written last
        pixel, depth, own = pixel[order], depth[order], own[order]
        nearer = depth > best[pixel]
        pixel, depth, own = pixel[nearer], depth[nearer], own[nearer]
        best[pixel], chosen[pixel], weights[pixel] = depth, own, share
    seen = np.flatnonzero(np.isfinite(best))
    return seen % WIDTH, seen // WIDTH, chosen[seen], weights[seen]


def _draw(picture: np.ndarray[tuple[int, int], np.dtype[np.uint8]], line: FloatArray) -> None:
    for start, end in itertools.pairwise(line):
        count = int(np.ceil(2 * np.abs(end - start)[:2].max())) + 2
        path = start + np.linspace(0, 1, count)[:, None] * (end - start)
        for right, down in ((0, 0), (1, 0), (0, 1)):
            column, row = (path[:, 0] + right).astype(int), (path[:, 1] + down).astype(int)
            inside = (column >= 0) & (column < WIDTH) & (row >= 0) & (row < HEIGHT)
            picture[row[inside], column[inside]] = INK
