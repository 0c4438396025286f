"""Cuts through the head of a field: tissues in their colors, brain painted with the strength, coil and target."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.png import png_bytes
from euthymia.engines.fields.grid import Grid, elements_on
from euthymia.engines.fields.mesh import FloatArray, IntArray, Surface
from euthymia.engines.fields.nifti import tissue_names
from euthymia.report.field_colors import paint
from euthymia.report.field_measures import GREY, PlacedField

TISSUE_COLORS = {
    1: (243, 243, 241), 2: (150, 152, 158), 3: (171, 205, 228), 4: (238, 226, 190), 5: (226, 196, 176),
    6: (104, 136, 178), 7: (225, 208, 160), 8: (244, 236, 212), 9: (176, 66, 66), 10: (196, 138, 128),
    11: (178, 200, 184), 12: (240, 220, 150),
}  # fmt: skip
"""Pale and cool beside the scale of the field; white and grey matter are told apart under it by lightness."""

STEP_M = 0.001
MARGIN_M = 0.006
RING_MM = 4.0
STEPS = 110
WHITE_SHADE = 0.86
"""The color of a strength is darker by this in white matter, so that its border stays seen."""

_CLEAR = 2 * STEPS
_AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
_LETTERS = (("R", "L"), ("A", "P"), ("S", "I"))


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A plane through the head, as it is first shown.

    ``right``, ``down`` (3,): unit vectors of the picture; ``across``: the direction it is moved in. ``corner``: upper
    left corner, m. ``width_m``, ``height_m``: size. ``letters``: of the left, right, upper and lower side.
    """

    name: str
    title: str
    right: FloatArray
    down: FloatArray
    across: FloatArray
    corner: FloatArray
    width_m: float
    height_m: float
    letters: tuple[str, str, str, str]

    def flat(self, points: FloatArray) -> FloatArray:
        """Points ``(n, 3)`` as mm to the right and down from the corner, and mm before the plane, ``(n, 3)``."""
        frame = np.stack([self.right, self.down, self.across], axis=1)
        return np.asarray(1000 * (points - self.corner) @ frame)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCut:
    """A cut with its picture (an address that needs no file), the coil as an SVG path, and its words; lengths in mm.

    ``ring``: radius in which a ball around the target meets the plane; 0 when it does not.
    """

    cut: Cut
    picture: str
    columns: int
    rows: int
    coil: str
    target: tuple[float, float]
    ring: float
    place: str
    words: str


def cuts(placed: PlacedField) -> tuple[Cut, ...]:
    """Axial, coronal and sagittal through the target, and through the coil along its axis and its wings."""
    x, y, z = (np.array(_AXES[name]) for name in "xyz")
    turn = placed.pose.matrix[:3, :3]
    wings = turn[:, 0] * (1.0 if float(turn[0, 0]) >= 0 else -1.0)
    frames = (
        ("axial", "Axial", x, -y, z, placed.roi.center), ("coronal", "Coronal", x, -z, y, placed.roi.center),
        ("sagittal", "Sagittal", y, -z, x, placed.roi.center),
        ("coil", "Through the coil", wings, placed.pose.into_head, turn[:, 1], placed.pose.center),
    )  # fmt: skip
    held = [placed.mesh.nodes, *(s.nodes @ turn.T + placed.pose.center for s in placed.coil.casings())]
    found = []
    for name, title, right, down, across, point in frames:
        low = [float(min((nodes @ axis).min() for nodes in held)) - MARGIN_M for axis in (right, down)]
        high = [float(max((nodes @ axis).max() for nodes in held)) + MARGIN_M for axis in (right, down)]
        corner = low[0] * right + low[1] * down + float(point @ across) * across
        letters = (_letter(-right), _letter(right), _letter(-down), _letter(down))
        found.append(Cut(name, title, right, down, across, corner, high[0] - low[0], high[1] - low[1], letters))
    return tuple(found)


def drawn(placed: PlacedField, cut: Cut, coil: Surface, scale_v_m: float) -> DrawnCut:
    """Draw a cut from the mesh as it is, every millimetre, with colors up to ``scale_v_m``."""
    columns, rows = int(np.ceil(cut.width_m / STEP_M)), int(np.ceil(cut.height_m / STEP_M))
    affine = np.eye(4)
    affine[:3, :3] = np.stack([cut.down, cut.right, cut.across], axis=1) * STEP_M
    affine[:3, 3] = cut.corner + (cut.down + cut.right) * STEP_M / 2
    grid = Grid(affine, (rows, columns, 1))
    elements = elements_on(placed.mesh, grid)[:, :, 0]
    strength = np.where(elements >= 0, placed.strength_v_m[elements], 0.0)
    tags = np.where(elements >= 0, placed.mesh.tissue[elements], 0)
    data = png_bytes(_indices(tags, strength, scale_v_m), palette(), transparent=_CLEAR)
    target = cut.flat(placed.roi.center[None])[0]
    brain = np.flatnonzero((tags <= GREY) & (tags > 0))
    words = "No brain in it."
    if brain.size:
        best = brain[int(strength.ravel()[brain].argmax())]
        where = grid.points(np.array([best]))[0]
        away = float(np.linalg.norm(where - placed.roi.center))
        words = (
            f"Strongest in the brain in this slice: {strength.ravel()[best]:.3g} V/m at {_place(where)}, "
            f"{1000 * away:.0f} mm from the target."
        )
    axis = {"axial": 2, "coronal": 1, "sagittal": 0}.get(cut.name)
    place = "" if axis is None else f"{'xyz'[axis]} = {_signed(1000 * placed.roi.center[axis], 1)} mm"
    ring = max(RING_MM**2 - float(target[2]) ** 2, 0) ** 0.5
    return DrawnCut(
        cut, "data:image/png;base64," + base64.b64encode(data).decode(), columns, rows, _section(cut, coil),
        (round(float(target[0]), 2), round(float(target[1]), 2)), round(ring, 2), place, words,
    )  # fmt: skip


def palette() -> NDArray[np.uint8]:
    """Colors of the pictures: strength in grey matter, the same in white matter, nothing, then tissues by tag."""
    grey = paint(np.linspace(0, 1, STEPS), 0.0, 1.0, False).astype(np.float64)
    tissues = np.array([(255, 255, 255), *(TISSUE_COLORS[tag] for tag in range(1, 13))], dtype=np.float64)
    return np.concatenate([grey, WHITE_SHADE * grey, tissues]).round().astype(np.uint8)


def legend(placed: PlacedField) -> tuple[tuple[str, str], ...]:
    """Name and color of each tissue of the mesh that is not painted with the field, then those that are."""
    names = tissue_names()
    tags = sorted(np.unique(placed.mesh.tissue).tolist(), reverse=True)
    return tuple((names[tag], "rgb({} {} {})".format(*TISSUE_COLORS[tag])) for tag in tags)


def _indices(tags: IntArray, strength: FloatArray, scale_v_m: float) -> NDArray[np.uint8]:
    steps = np.rint(np.clip(strength / scale_v_m, 0, 1) * (STEPS - 1)).astype(np.int64)
    painted = np.where(tags == 1, STEPS + steps, steps)
    return np.where((tags == 1) | (tags == GREY), painted, _CLEAR + tags).astype(np.uint8)


def _section(cut: Cut, surface: Surface) -> str:
    """Lines in which triangles meet the plane, as an SVG path in mm."""
    corner = cut.flat(surface.nodes)[surface.triangles]
    ends = []
    for i, j in ((0, 1), (1, 2), (2, 0)):
        a, b = corner[:, i], corner[:, j]
        crossed = (a[:, 2] >= 0) != (b[:, 2] >= 0)
        share = np.divide(a[:, 2], a[:, 2] - b[:, 2], out=np.zeros(len(a)), where=crossed)
        ends.append(np.where(crossed[:, None], a[:, :2] + share[:, None] * (b - a)[:, :2], np.nan))
    points = np.stack(ends, axis=1)
    hit = points[np.isfinite(points[:, :, 0]).sum(axis=1) == 2]
    pairs = hit[np.isfinite(hit[:, :, 0])].reshape(-1, 2, 2)
    return "".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for (a, b), (c, d) in pairs.tolist())


def _letter(direction: FloatArray) -> str:
    """Letters of the side that a direction points to: all that make up a good part of it, the largest first."""
    order = np.argsort(-np.abs(direction), kind="stable")
    return "".join(_LETTERS[i][0 if direction[i] > 0 else 1] for i in order if abs(direction[i]) > 0.4)


def _place(point: FloatArray) -> str:
    return ", ".join(f"{name} {_signed(1000 * v, 0)}" for name, v in zip("xyz", point, strict=True)) + " mm"


def _signed(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")
