"""A small renderer: painted triangles to a PNG, for print and for browsers without WebGL."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.png import color_png_bytes
from euthymia.engines.fields.mesh import FloatArray, IntArray

Pixels = NDArray[np.uint8]
_LARGEST = 24
"""Triangles wider than so many pixels are halved first."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Triangles with a color per node ``(n, 3)``, 0 to 255, and how opaque they are; later layers lie over earlier."""

    nodes: FloatArray
    triangles: IntArray
    colors: FloatArray
    opacity: float = 1.0
    hidden: bool = True
    """Whether it is hidden by opaque layers in front of it."""


def view_from(direction: FloatArray, up: FloatArray) -> FloatArray:
    """Rotation ``(3, 3)`` whose rows are right, up and towards the viewer, who looks from ``direction``."""
    toward = direction / np.linalg.norm(direction)
    right = np.cross(up, toward)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(toward, right), toward])


def render(layers: Sequence[Layer], view: FloatArray, size: tuple[int, int]) -> Pixels:
    """Draw layers in parallel projection, fitted to ``size`` (width, height): ``(h, w, 4)``, clear where nothing is."""
    width, height = size
    seen = [layer.nodes @ view.T for layer in layers]
    low, high = np.min([s.min(axis=0) for s in seen], axis=0), np.max([s.max(axis=0) for s in seen], axis=0)
    scale = 0.96 * min(width / (high[0] - low[0]), height / (high[1] - low[1]))
    middle = (low + high) / 2
    image = np.zeros((height * width, 3))
    cover = np.zeros(height * width)
    front = np.full(height * width, -np.inf)
    for layer, at in zip(layers, seen, strict=True):
        flat = np.column_stack(
            [(at[:, 0] - middle[0]) * scale + width / 2, height / 2 - (at[:, 1] - middle[1]) * scale, at[:, 2]]
        )
        depth, color = _drawn(flat, layer.triangles, _lit(layer, at), width, height)
        shown = np.isfinite(depth) & ((depth > front - 1e-9) if layer.hidden else True)
        opaque = layer.opacity * shown
        image = image * (1 - opaque[:, None]) + color * opaque[:, None]
        cover = cover + (1 - cover) * opaque
        if layer.opacity == 1:
            front = np.maximum(front, depth)
    solid = np.divide(image, cover[:, None], out=np.zeros_like(image), where=cover[:, None] > 0)
    both = np.column_stack([solid, 255 * cover]).clip(0, 255).round().astype(np.uint8)
    return both.reshape(height, width, 4)


def data_uri(pixels: Pixels) -> str:
    """The picture as an address that needs no file."""
    return "data:image/png;base64," + base64.b64encode(color_png_bytes(pixels)).decode()


def _lit(layer: Layer, at: FloatArray) -> FloatArray:
    """Colors of nodes under a light beside the viewer."""
    corner = at[layer.triangles]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    total = np.zeros_like(at)
    for k in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(layer.triangles[:, k], normal[:, axis], at.shape[0])
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-300)
    light = np.array([0.3, 0.4, 0.87])
    shade = 0.35 + 0.65 * np.clip(np.abs(total @ light), 0, 1)
    return np.asarray(layer.colors * shade[:, None])


def _drawn(
    nodes: FloatArray, triangles: IntArray, colors: FloatArray, width: int, height: int
) -> tuple[FloatArray, FloatArray]:
    """Depth of the nearest triangle at each pixel ``(h * w,)``, -inf without one, and its color ``(h * w, 3)``."""
    corner, paint = _halved(nodes[triangles], colors[triangles])
    first = np.floor(corner[:, :, :2].min(axis=1)).astype(np.int64)
    span = np.ceil(corner[:, :, :2].max(axis=1)).astype(np.int64) - first + 1
    edge1, edge2 = corner[:, 1, :2] - corner[:, 0, :2], corner[:, 2, :2] - corner[:, 0, :2]
    area = edge1[:, 0] * edge2[:, 1] - edge1[:, 1] * edge2[:, 0]
    depth, color = np.full(width * height, -np.inf), np.zeros((width * height, 3))
    usable = np.abs(area) > 1e-9
    for dx in range(int(span[:, 0].max(initial=0))):
        for dy in range(int(span[:, 1].max(initial=0))):
            some = np.flatnonzero(usable & (span[:, 0] > dx) & (span[:, 1] > dy))
            column, row = first[some, 0] + dx, first[some, 1] + dy
            away = np.column_stack([column + 0.5, row + 0.5]) - corner[some, 0, :2]
            v = (away[:, 0] * edge2[some, 1] - away[:, 1] * edge2[some, 0]) / area[some]
            w = (edge1[some, 0] * away[:, 1] - edge1[some, 1] * away[:, 0]) / area[some]
            weights = np.column_stack([1 - v - w, v, w])
            inside = (weights >= -1e-6).all(axis=1) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
            if not inside.any():
                continue
            some, weights, pixel = some[inside], weights[inside], (row * width + column)[inside]
            z = np.einsum("ij,ij->i", weights, corner[some, :, 2])
            order = np.argsort(z, kind="stable")  # nearest last, so that it is the one that stays
            some, weights, pixel, z = some[order], weights[order], pixel[order], z[order]
            nearer = z > depth[pixel]
            some, weights, pixel, z = some[nearer], weights[nearer], pixel[nearer], z[nearer]
            depth[pixel] = z
            color[pixel] = np.einsum("ij,ijk->ik", weights, paint[some])
    return depth, color


def _halved(corner: FloatArray, paint: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Triangles cut at the middles of their sides until none is wider than a few pixels."""
    done: list[tuple[FloatArray, FloatArray]] = []
    while corner.shape[0]:
        wide = (np.ptp(corner[:, :, :2], axis=1) > _LARGEST).any(axis=1)
        done.append((corner[~wide], paint[~wide]))
        parts = []
        for values in (corner[wide], paint[wide]):
            a, b, c = values[:, 0], values[:, 1], values[:, 2]
            ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
            parts.append(
                np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
            )
        corner, paint = parts
    return np.concatenate([c for c, _ in done]), np.concatenate([p for _, p in done])
