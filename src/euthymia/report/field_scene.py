"""The head of a field as a scene: painted cortex, scalp, coil and target, packed for the page and drawn for print."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.report.field_colors import paint, table
from euthymia.report.field_measures import PaintedCortex, PlacedField
from euthymia.report.field_picture import Layer, Pixels, render, view_from

MOST_CORTEX_NODES = 45_000
MOST_SCALP_NODES = 9_000
"""More are merged in cells, so that the page stays below 4 MB; the numbers of the page do not come from the scene."""

_SKIN, _COIL, _TARGET = (214, 178, 158), (52, 84, 104), (0, 130, 90)
_HANDLE_M, _HANDLE_RADIUS_M, _TARGET_RADIUS_M = 0.12, 0.008, 0.003
_PICTURE = (880, 640)


@dataclass(frozen=True, slots=True, eq=False)
class FieldScene:
    """Surfaces in the space of the head (m), scale of the colors (V/m), and the direction the coil is seen from."""

    cortex: Surface
    strength_v_m: FloatArray
    outward_v_m: FloatArray
    scalp: Surface
    coil: Surface
    target: Surface
    scale_v_m: float
    eye: FloatArray


def field_scene(placed: PlacedField, cortex: PaintedCortex, peak_v_m: float) -> FieldScene:
    """Thin the surfaces out and add coil and target; colors run to the peak."""
    brain, values = thinned(
        cortex.surface, np.column_stack([cortex.strength_v_m, cortex.outward_v_m]), MOST_CORTEX_NODES
    )
    scalp, _ = thinned(placed.scalp, np.empty((placed.scalp.nodes.shape[0], 0)), MOST_SCALP_NODES)
    brain, scalp = smoothed(brain), smoothed(scalp)
    outward = -placed.pose.into_head
    up = np.array([0.0, 0.0, 1.0])
    aside = np.cross(outward, up)
    if float(np.linalg.norm(aside)) < 0.3:  # a coil over the vertex: seen from the left
        aside = np.array([0.0, 1.0, 0.0])
    aside /= np.linalg.norm(aside)
    eye = outward + 0.55 * np.sign(aside[0] * outward[0] + 1e-9) * aside + 0.15 * up
    return FieldScene(
        brain, values[:, 0], values[:, 1], scalp, _coil(placed), _ball(placed.roi.center, _TARGET_RADIUS_M),
        peak_v_m, eye / np.linalg.norm(eye),
    )  # fmt: skip


def thinned(surface: Surface, values: FloatArray, most: int) -> tuple[Surface, FloatArray]:
    """Merge the nodes of a surface in cubes until at most so many are left; values are averaged."""
    if surface.nodes.shape[0] <= most:
        return surface, values
    corner = surface.nodes[surface.triangles]
    area = 0.5 * np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1).sum()
    cell = 0.7 * float(np.sqrt(area / most))
    while True:
        keys = np.floor((surface.nodes - surface.nodes.min(axis=0)) / cell).astype(np.int64)
        index = np.unique(keys @ np.array([1 << 40, 1 << 20, 1]), return_inverse=True)[1].ravel()
        count = np.bincount(index)
        if count.size <= most:
            break
        cell *= 1.08
    both = np.column_stack([surface.nodes, values])
    merged = np.stack([np.bincount(index, column) / count for column in both.T], axis=1)
    triangles = index[surface.triangles]
    whole = (triangles != np.roll(triangles, 1, axis=1)).all(axis=1)
    return Surface(merged[:, :3], triangles[whole]), merged[:, 3:]


def smoothed(surface: Surface, passes: int = 8) -> Surface:
    """Take the steps of the lattice out of a surface without shrinking it, for display.

    References
    ----------
    Taubin 1995, A signal processing approach to fair surface design. SIGGRAPH 95:351. doi 10.1145/218380.218473
    """
    from scipy.sparse import coo_array  # type: ignore[import-untyped,unused-ignore]

    t, n = surface.triangles, surface.nodes.shape[0]
    ends = np.concatenate([t[:, [i, j]] for i in range(3) for j in range(3) if i != j]).T
    near = coo_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(n, n)).tocsr()
    degree = np.maximum(near.sum(axis=1), 1)[:, None]
    nodes = surface.nodes
    for _ in range(passes):
        for step in (0.5, -0.53):
            nodes = nodes + step * (near @ nodes / degree - nodes)
    return Surface(nodes, t)


def packed(scene: FieldScene) -> dict[str, Any]:
    """The scene for the script: positions in 65,535 steps of a box, indices, and values in steps of the scale."""
    boxes = (scene.cortex, scene.scalp, scene.coil, scene.target)
    low = np.min([s.nodes.min(axis=0) for s in boxes], axis=0)
    high = np.max([s.nodes.max(axis=0) for s in boxes], axis=0)
    reach = float((high - low).max())

    def held(surface: Surface) -> dict[str, Any]:
        steps = np.rint((surface.nodes - low) / reach * 65535).astype("<u2")
        kind, name = ("<u2", "u16") if surface.nodes.shape[0] <= 65536 else ("<u4", "u32")
        return {"points": _text(steps), "triangles": _text(surface.triangles.astype(kind)), "index": name}

    parts = [
        {**held(scene.cortex), "values": {
            "strength": _text(_steps(scene.strength_v_m, 0, scene.scale_v_m)),
            "normal": _text(_steps(scene.outward_v_m, -scene.scale_v_m, scene.scale_v_m)),
        }, "name": "cortex", "opacity": 1},
        {**held(_flat(scene.target)), "color": _TARGET, "name": "target", "opacity": 1},
        {**held(_flat(scene.coil)), "color": _COIL, "name": "coil", "opacity": 0.32},
        {**held(scene.scalp), "color": _SKIN, "name": "scalp", "opacity": 0.22},
    ]  # fmt: skip
    tables = {name: _text(table(name == "normal")) for name in ("strength", "normal")}
    return {
        "low": low.tolist(), "reach": reach, "parts": parts, "tables": tables, "eye": scene.eye.tolist(),
        "center": scene.cortex.nodes.mean(axis=0).tolist(),
    }  # fmt: skip


def picture(scene: FieldScene, *, signed: bool = False) -> Pixels:
    """The scene as it is first seen, for print."""
    high = scene.scale_v_m
    values = scene.outward_v_m if signed else scene.strength_v_m
    colors = paint(values, -high if signed else 0.0, high, signed).astype(np.float64)

    def plain(surface: Surface, color: tuple[int, int, int], opacity: float, hidden: bool = True) -> Layer:
        return Layer(surface.nodes, surface.triangles, np.tile(color, (surface.nodes.shape[0], 1)), opacity, hidden)

    layers = [
        Layer(scene.cortex.nodes, scene.cortex.triangles, colors),
        plain(scene.scalp, _SKIN, 0.14),
        plain(scene.target, _TARGET, 1.0, hidden=False),
        plain(scene.coil, _COIL, 0.3),
    ]
    return render(layers, view_from(scene.eye, np.array([0.0, 0.0, 1.0])), _PICTURE)


def _coil(placed: PlacedField) -> Surface:
    """Casing at its pose (without one, the points of the conductor as small balls), and a bar for the handle."""
    parts = list(placed.coil.casings())
    bar = _bar(placed.coil)
    nodes = [s.nodes for s in (*parts, bar)]
    first = np.cumsum([0, *(n.shape[0] for n in nodes)])
    triangles = np.concatenate([s.triangles + f for s, f in zip((*parts, bar), first, strict=False)])
    turn = placed.pose.matrix
    return Surface(np.concatenate(nodes) @ turn[:3, :3].T + turn[:3, 3], triangles)


def _bar(coil: Any) -> Surface:
    casings = coil.casings()
    start = min((float(s.nodes[:, 1].min()) for s in casings), default=0.0)
    depth = float(np.mean([s.nodes[:, 2].mean() for s in casings])) if casings else -0.01
    r, y = _HANDLE_RADIUS_M, (start + 0.004, start - _HANDLE_M)
    nodes = np.array([(x, v, z + depth) for v in y for x, z in ((-r, -r), (r, -r), (r, r), (-r, r))])
    quads = ((0, 1, 2, 3), (7, 6, 5, 4), (0, 4, 5, 1), (1, 5, 6, 2), (2, 6, 7, 3), (3, 7, 4, 0))
    return Surface(nodes, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]))


def _ball(center: FloatArray, radius: float) -> Surface:
    around, turns = 12, 7
    polar, azimuth = np.linspace(0, np.pi, turns), 2 * np.pi * np.arange(around) / around
    nodes = np.array([(np.sin(p) * np.cos(a), np.sin(p) * np.sin(a), np.cos(p)) for p in polar for a in azimuth])
    triangles = []
    for row in range(turns - 1):
        for k in range(around):
            a, b = row * around + k, row * around + (k + 1) % around
            triangles += [(a, a + around, b)] * (row < turns - 2) + [(b, a + around, b + around)] * (row < turns - 2)
            triangles += [(a, a + around, b)] * (row == turns - 2)
    return Surface(center + radius * nodes, np.array(triangles))


def _flat(surface: Surface) -> Surface:
    """The same triangles without shared nodes, so that edges stay sharp under light."""
    return Surface(surface.nodes[surface.triangles].reshape(-1, 3), np.arange(surface.triangles.size).reshape(-1, 3))


def _steps(values: FloatArray, low: float, high: float) -> Any:
    return np.rint(np.clip((values - low) / (high - low), 0, 1) * 65535).astype("<u2")


def _text(values: Any) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()
