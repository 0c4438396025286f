"""Where the scalp rules put the coil on one head: Beam F3 and its variants, the 5 and 5.5 cm rules, F3 and F4 of 10-20.

Everything is measured on the scalp surface as a tape measure would, from four fiducial points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.beam_f3 import BeamF3, beam_spread
from euthymia.engines.fields.head_sizes import HeadSizes
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.scalp_section import ScalpArc, arc, plane_through, section, walk

Side = Literal["left", "right"]
_MAX_VERTEX_STEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalpHeuristic(SourcedRow):
    """A site as shares of the tape measures: Y of the mean of the two arcs, X of the circumference."""

    site: str
    title: str
    side: Side
    y_share: float
    x_share: float


@dataclass(frozen=True, slots=True, eq=False)
class Fiducials:
    """Nasion, inion and the two tragi (or preauricular points), each ``(3,)`` m, RAS."""

    nasion: FloatArray
    inion: FloatArray
    left_tragus: FloatArray
    right_tragus: FloatArray

    def __post_init__(self) -> None:
        for name in ("nasion", "inion", "left_tragus", "right_tragus"):
            point = np.asarray(getattr(self, name), dtype=np.float64)
            if point.shape != (3,) or not np.isfinite(point).all():
                raise InvalidInput(name, getattr(self, name), "three finite coordinates in meters")
            object.__setattr__(self, name, point)
        if self.left_tragus[0] >= self.right_tragus[0]:
            raise InvalidInput(
                "left_tragus",
                f"x {self.left_tragus[0]:.4f}, not left of the right tragus (x {self.right_tragus[0]:.4f})",
                "points in RAS: x grows to the right of the person",
                "The two sides are swapped, or the space is LAS: change the sign of x.",
            )
        if self.nasion[1] <= self.inion[1]:
            raise InvalidInput(
                "nasion", f"y {self.nasion[1]:.4f}, not in front of the inion (y {self.inion[1]:.4f})",
                "points in RAS: y grows to the front", "Nasion and inion are swapped, or the axes are.",
            )  # fmt: skip

    @property
    def rightward(self) -> FloatArray:
        """Unit vector from the left to the right tragus, ``(3,)``."""
        across = self.right_tragus - self.left_tragus
        return np.asarray(across / np.linalg.norm(across))


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredHead:
    """A scalp measured from its fiducials, m.

    Attributes
    ----------
    vertex, fpz, oz : (3,)
        Half way on both arcs; 10 % and 90 % of the arc from nasion to inion.
    sagittal, coronal
        The arcs nasion-inion and left-right tragus over the vertex.
    left_ring, right_ring
        The half circumferences from FPz to Oz.
    """

    surface: Surface
    fiducials: Fiducials
    vertex: FloatArray
    fpz: FloatArray
    oz: FloatArray
    sagittal: ScalpArc
    coronal: ScalpArc
    left_ring: ScalpArc
    right_ring: ScalpArc

    @property
    def sizes(self) -> HeadSizes:
        """The three tape measures, cm; refused when no head has them."""
        around = self.left_ring.length + self.right_ring.length
        return HeadSizes(100 * self.coronal.length, 100 * self.sagittal.length, 100 * around)

    def site(self, x_cm: float, y_cm: float, side: Side = "left") -> FloatArray:
        """Point X along the ring from FPz and Y from the vertex towards it, m, ``(3,)``."""
        ring = self.left_ring if side == "left" else self.right_ring
        edge = ring.at(x_cm / 100)
        center = (self.fpz + self.oz) / 2
        return arc(self.surface, self.vertex, edge, plane_through(self.vertex, edge, center)).at(y_cm / 100)

    def ten_twenty(self, side: Side = "left") -> FloatArray:
        """F3 (or F4) of the 10-20 system: half way on the scalp arc from F7 (F8) to Fz, m, ``(3,)``."""
        around = self.left_ring.length + self.right_ring.length
        fz = self.sagittal.at(0.3 * self.sagittal.length)
        f7, f8 = self.left_ring.at(0.15 * around), self.right_ring.at(0.15 * around)
        line = arc(self.surface, f7 if side == "left" else f8, fz, plane_through(f7, fz, f8))
        return line.at(line.length / 2)

    def forward_of(self, hand_spot: ArrayLike, distance_m: float) -> FloatArray:
        """Point ``distance_m`` in front of the hand hot spot on a parasagittal line over the scalp, m, ``(3,)``.

        Raises
        ------
        InvalidInput
            When the hot spot is not on the scalp, or the distance is not between 4 and 8 cm.
        """
        if not 0.04 <= distance_m <= 0.08:
            raise InvalidInput("distance_m", distance_m, "0.04 to 0.08 m; the rules are 0.05 and 0.055", "Give meters.")
        return walk(self.surface, hand_spot, self.fiducials.rightward, self.fpz - self.oz, distance_m)


def scalp_heuristics() -> tuple[ScalpHeuristic, ...]:
    """The sites of the updated scalp heuristics (Mir-Moghtadaei 2022)."""
    return load_table("euthymia.engines.fields", "scalp_heuristics.csv", ScalpHeuristic, key="site")


def heuristic_distances(head: HeadSizes, row: ScalpHeuristic) -> tuple[float, float]:
    """X and Y (cm) of a heuristic site on a head of these sizes."""
    mean = (head.tragus_cm + head.nasion_inion_cm) / 2
    return row.x_share * head.circumference_cm, row.y_share * mean


def measure_head(surface: Surface, fiducials: Fiducials, tolerance_m: float = 1e-5) -> MeasuredHead:
    """Find the vertex and lay the tape measures over a scalp.

    Parameters
    ----------
    surface
        Outer surface of the head, closed above the fiducials.
    fiducials
        On or within 15 mm of the surface.
    tolerance_m
        The vertex is found when it moves less than this.

    Raises
    ------
    InvalidInput
        When a point is off the scalp or the scalp does not reach it.
    NotConverged
        When the vertex does not settle.
    """
    f = fiducials
    up = np.cross(f.rightward, f.nasion - f.inion)
    middle = (f.nasion + f.inion + f.left_tragus + f.right_tragus) / 4
    vertex = surface.nodes[int(np.argmax((surface.nodes - middle) @ up))]
    for _ in range(_MAX_VERTEX_STEPS):
        sagittal = arc(surface, f.nasion, f.inion, plane_through(f.nasion, vertex, f.inion), via=vertex)
        half = sagittal.at(sagittal.length / 2)
        coronal = arc(surface, f.left_tragus, f.right_tragus, plane_through(f.left_tragus, half, f.right_tragus), half)
        moved = coronal.at(coronal.length / 2)
        step, vertex = float(np.linalg.norm(moved - vertex)), moved
        if step < tolerance_m:
            break
    else:
        raise NotConverged(f"the vertex still moves by {step * 1000:.2f} mm after {_MAX_VERTEX_STEPS} steps")
    sagittal = arc(surface, f.nasion, f.inion, plane_through(f.nasion, vertex, f.inion), via=vertex)
    fpz, oz = sagittal.at(0.1 * sagittal.length), sagittal.at(0.9 * sagittal.length)
    level = np.cross(f.rightward, fpz - oz)
    loop = section(surface, fpz, level)
    widths = (loop.points - (fpz + oz) / 2) @ f.rightward
    left, right = loop.points[int(np.argmin(widths))], loop.points[int(np.argmax(widths))]
    return MeasuredHead(
        surface, f, vertex, fpz, oz, sagittal, coronal,
        arc(surface, fpz, oz, level, via=left), arc(surface, fpz, oz, level, via=right),
    )  # fmt: skip


def beam_sites(
    head: MeasuredHead, variant: str = "website", side: Side = "left"
) -> dict[str, tuple[BeamF3, FloatArray]]:
    """Beam F3 on this scalp by every usable variant: distances and point (m), the chosen variant first."""
    sizes = head.sizes
    spread = beam_spread(sizes.tragus_cm, sizes.nasion_inion_cm, sizes.circumference_cm, variant)
    ordered = (spread.chosen, *(f for f in spread.usable if f is not spread.chosen))
    return {f.variant.variant: (f, head.site(f.x_cm, f.y_cm, side)) for f in ordered}
