"""Windings of flat, tilted and stepped turns as magnetic dipoles (Gauss quadrature) or as wires."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_sources import DipoleSource, SegmentSource
from euthymia.engines.fields.mesh import FloatArray, Surface

PRINTED_ROUNDING = 0.03
"""Printed radii are rounded to 0.5 mm: nine turns of 1.75 mm are printed into 15.5 mm."""

SPACED_FOR_M = 0.045
"""Larger windings get more dipoles around, so that their spacing stays what it is on a winding of this radius."""


OPEN_RADIUS_M = 0.03
DOME_SHARE = 0.3
"""A winding that is open inside this radius gets its sheet arched away from the head by this share of the opening, so
that a head which bulges into the ring stays in front of every dipole."""


@dataclass(frozen=True, slots=True)
class Winding:
    """One spiral, as closed concentric turns, and where it sits in the coil.

    Parameters
    ----------
    outer_m, inner_m
        Outer and inner radius of the copper, m.
    turns
        Turns, evenly spaced between the two radii.
    width_m, height_m
        Cross-section of the conductor: along the radius, and along the axis, m. The current fills it evenly.
    gap_m
        From the active face of the casing to the copper, m.
    step_m
        How far the outermost turn lies closer to the head than the innermost, m (a stepped spiral); 0 when flat.
    offset_m
        From the middle of the coil to the axis of the winding, along the tilted face, m (towards +x when positive).
    tilt_rad
        How far the face is turned towards the head about the y axis (positive: a bent coil or double cone).
    sense
        +1: the current runs so that the moment points to the head (+z); -1: away.
    """

    outer_m: float
    inner_m: float
    turns: int
    width_m: float
    height_m: float
    gap_m: float
    step_m: float = 0.0
    offset_m: float = 0.0
    tilt_rad: float = 0.0
    sense: int = 1

    def __post_init__(self) -> None:
        room = (self.outer_m - self.inner_m) / self.width_m if self.width_m > 0 else 0.0
        if not (0 <= self.inner_m < self.outer_m and self.turns >= 1 and room >= self.turns * (1 - PRINTED_ROUNDING)):
            raise InvalidInput(
                "winding",
                f"{self.turns} turns {self.width_m * 1e3:g} mm wide from {self.inner_m * 1e3:g} to "
                f"{self.outer_m * 1e3:g} mm",
                "turns that fit between the inner and the outer radius",
            )
        if not (self.height_m > 0 and self.gap_m >= 0 and self.step_m >= 0) or self.sense not in (1, -1):
            raise InvalidInput("winding", "height, gap, step or sense", "height > 0, gap and step >= 0, sense +1 or -1")

    @property
    def turn_radii_m(self) -> FloatArray:
        """Middle of the conductor of each turn, m, innermost first."""
        half = self.width_m / 2
        return np.linspace(self.inner_m + half, self.outer_m - half, self.turns)

    @property
    def turn_depths_m(self) -> FloatArray:
        """Distance from the face to the front of the copper of each turn, m: the outermost of a step is nearest."""
        share = np.linspace(1.0, 0.0, self.turns) if self.turns > 1 else np.zeros(1)
        return np.asarray(self.gap_m + self.step_m * share)

    def placement(self) -> FloatArray:
        """Frame of the winding to frame of the coil, ``(4, 4)``."""
        side = 1.0 if self.offset_m >= 0 else -1.0
        c, s = np.cos(self.tilt_rad), np.sin(self.tilt_rad) * side
        matrix = np.eye(4)
        matrix[:3, :3] = [[c, 0, -s], [0, 1, 0], [s, 0, c]]
        matrix[:3, 3] = matrix[:3, :3] @ (self.offset_m, 0.0, 0.0)
        return matrix


def dipoles(winding: Winding, *, order: int = 7, levels: int = 2) -> DipoleSource:
    """Magnetic dipoles of a winding.

    Parameters
    ----------
    winding
        Winding.
    order
        Radii in the quadrature; the number of dipoles around and the accuracy grow with it.
    levels
        Levels along the height of the conductor.

    Returns
    -------
    DipoleSource
        A loop is the same as a sheet of dipoles over the disc that it bounds, with the current as moment per area. The
        sheets of all turns add to a density that depends on the radius only; its Gauss rule (nodes in r², exact for
        the moments up to order ``2 order - 1``) places the dipoles. The sheets of a stepped spiral follow its steps,
        and those of an open ring are arched back: no dipole lies in front of the copper, nor where the head may bulge
        into the ring.

    References
    ----------
    Golub, Welsch 1969, Math Comput 23:221, doi 10.1090/S0025-5718-69-99647-1 (the rule from its recurrence).
    Gomez and others 2020, Brain Stimul 13:157, doi 10.1016/j.brs.2019.09.015 (how many elements a coil needs).
    """
    if order < 2 or levels < 1:
        raise InvalidInput("order, levels", (order, levels), "order >= 2, levels >= 1")
    heights, height_weights = np.polynomial.legendre.leggauss(levels)
    positions, moments = [], []
    for radius, area in zip(*_gauss_rule(winding, order), strict=True):
        count = 2 * max(3, int(np.ceil(order * 1.5 * radius / min(winding.outer_m, SPACED_FOR_M))))
        angle = 2 * np.pi * (np.arange(count) + 0.5) / count
        around = np.column_stack([np.cos(angle), np.sin(angle)])
        front, slope = _sheet(winding, float(radius))
        for height, weight in zip(heights, height_weights, strict=True):
            z = np.full((count, 1), front - winding.height_m * (1 + height) / 2)
            positions.append(np.hstack([radius * around, z]))
            share = area / count * weight / 2 * winding.sense
            moments.append(share * np.hstack([-slope * around, np.ones((count, 1))]))
    return DipoleSource(np.concatenate(positions), np.concatenate(moments)).moved(winding.placement())


def wires(winding: Winding, *, pieces: int = 72, strands: tuple[int, int] = (1, 2)) -> SegmentSource:
    """Straight wires of a winding.

    Parameters
    ----------
    winding
        Winding.
    pieces
        Pieces of each turn; the polygon has the area of the circle.
    strands
        Filaments across the width and along the height of the conductor, at Gauss points.
    """
    if pieces < 8 or min(strands) < 1:
        raise InvalidInput("pieces, strands", (pieces, strands), "at least 8 pieces and 1 x 1 strands")
    across, across_weights = np.polynomial.legendre.leggauss(strands[0])
    along, along_weights = np.polynomial.legendre.leggauss(strands[1])
    same_area = np.sqrt(2 * np.pi / pieces / np.sin(2 * np.pi / pieces))
    angle = 2 * np.pi * np.arange(pieces + 1) / pieces * winding.sense
    centers, vectors, weights = [], [], []
    for radius, depth in zip(winding.turn_radii_m, winding.turn_depths_m, strict=True):
        for x, wx in zip(across, across_weights, strict=True):
            r = (radius + winding.width_m * x / 2) * same_area
            for h, wh in zip(along, along_weights, strict=True):
                z = np.full(pieces + 1, -depth - winding.height_m * (1 + h) / 2)
                corners = np.column_stack([r * np.cos(angle), r * np.sin(angle), z])
                centers.append((corners[1:] + corners[:-1]) / 2)
                vectors.append(np.diff(corners, axis=0))
                weights.append(np.full(pieces, wx * wh / 4))
    source = SegmentSource(np.concatenate(centers), np.concatenate(vectors), np.concatenate(weights))
    return source.moved(winding.placement())


def casing(winding: Winding, *, margin_m: float, back_m: float, corners: int = 48) -> Surface:
    """Closed cylinder around a winding, from the face to ``back_m`` behind the copper and ``margin_m`` around it."""
    radius = winding.outer_m + margin_m
    depth = winding.gap_m + winding.step_m + winding.height_m + back_m
    angle = 2 * np.pi * np.arange(corners) / corners
    circle = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    rings = [np.column_stack([circle * share, np.full(corners, z)]) for z, share in _outline(winding, radius, depth)]
    nodes = np.vstack([*rings, [[0, 0, rings[0][0, 2]]], [[0, 0, -depth]]])
    here = np.arange(corners)
    after = (here + 1) % corners
    front, back = len(rings) * corners, len(rings) * corners + 1
    triangles = [np.column_stack([np.full(corners, front), here, after])]
    for ring in range(len(rings) - 1):
        a, b = ring * corners, (ring + 1) * corners
        triangles.append(np.column_stack([a + here, b + here, a + after]))
        triangles.append(np.column_stack([a + after, b + here, b + after]))
    last = (len(rings) - 1) * corners
    triangles.append(np.column_stack([np.full(corners, back), last + after, last + here]))
    place = winding.placement()
    return Surface(nodes @ place[:3, :3].T + place[:3, 3], np.concatenate(triangles))


def _outline(winding: Winding, radius: float, depth: float) -> list[tuple[float, float]]:
    """Height and share of the radius of the rings of a casing, from the middle of the face round to the back."""
    if winding.step_m == 0:
        return [(0.0, 1.0), (-depth, 1.0)]
    return [(-winding.step_m, winding.inner_m / radius), (0.0, 1.0), (-depth, 1.0)]


def _sheet(winding: Winding, radius: float) -> tuple[float, float]:
    """Height of the front of the sheets at a radius, m, and its slope: along the steps, arched over an opening."""
    first, last = float(winding.turn_radii_m[0]), float(winding.turn_radii_m[-1])
    base = -winding.gap_m - winding.step_m
    if radius >= first:
        rise = winding.step_m / (last - first) if winding.step_m else 0.0
        return base + rise * (radius - first), rise
    arch = DOME_SHARE if winding.inner_m >= OPEN_RADIUS_M else 0.0
    return base - arch * (first**2 - radius**2) / first, 2 * arch * radius / first


def _gauss_rule(winding: Winding, order: int) -> tuple[FloatArray, FloatArray]:
    """Radii and moments per ampere (m²) that stand for the sheets of all turns; split where a step begins."""
    turns, width = winding.turn_radii_m, winding.width_m
    last = float(turns[-1]) + width / 2
    split = winding.step_m > 0 or winding.inner_m >= OPEN_RADIUS_M
    edges = [0.0, float(turns[0]), last] if split else [0.0, last]
    found = [_zone_rule(turns, width, order, low, high) for low, high in pairwise(edges)]
    radii, areas = np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
    exact_area = float((np.pi * (turns**2 + width**2 / 12)).sum())
    return radii, areas * exact_area / areas.sum()


def _zone_rule(turns: FloatArray, width: float, order: int, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """Gauss rule in r² between two radii, by the three-term recurrence of the sampled density."""
    n_samples = 2000
    radius = low + (np.arange(n_samples) + 0.5) / n_samples * (high - low)
    inside = np.clip((turns[:, None] + width / 2 - radius) / width, 0.0, 1.0).sum(axis=0)
    density = inside * 2 * np.pi * radius * (high - low) / n_samples
    u = (radius / high) ** 2
    diagonal, beside = np.zeros(order), np.zeros(order)
    before, here = np.zeros(n_samples), np.full(n_samples, 1 / np.sqrt(density.sum()))
    for k in range(order):
        diagonal[k] = (density * u * here**2).sum()
        left = (u - diagonal[k]) * here - (beside[k - 1] * before if k else 0.0)
        beside[k] = np.sqrt((density * left**2).sum())
        before, here = here, left / beside[k]
    nodes, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1))
    return np.sqrt(nodes) * high, vectors[0] ** 2 * density.sum()
