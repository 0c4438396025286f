"""A coil as a whole: its parts, the stimulator that drives each, the casing, and parts that move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose, rotation
from euthymia.engines.fields.coil_sources import CoilSource, joined
from euthymia.engines.fields.mesh import FloatArray, Surface
from euthymia.engines.fields.vector_potential import Excitation


@dataclass(frozen=True, slots=True)
class Drive:
    """Stimulator channel of a coil.

    Parameters
    ----------
    name
        Stimulator, as the file or table names it.
    slope_max_a_s
        Slope of the coil current at 100 % output, A/s, or None when it is not known.
    """

    name: str
    slope_max_a_s: float | None


@dataclass(frozen=True, slots=True)
class MotionRange:
    """Start and allowed range of one motion: m for a shift, rad for a turn."""

    initial: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not (self.low < self.high and self.low <= self.initial <= self.high):
            raise InvalidInput("range", f"{self.initial} in [{self.low}, {self.high}]", "low < high around the start")


@dataclass(frozen=True, slots=True)
class Motion:
    """How a part moves.

    Parameters
    ----------
    setting
        Index of the setting (and of its range) that drives it.
    axis
        Direction of a shift, or of the axis of a turn.
    through
        A point on the axis of a turn, m; None for a shift.
    """

    setting: int
    axis: tuple[float, float, float]
    through: tuple[float, float, float] | None

    def matrix(self, value: float) -> FloatArray:
        """Rigid ``(4, 4)`` for a setting in m or rad."""
        if self.through is not None:
            return rotation(self.axis, value, self.through)
        moved = np.eye(4)
        moved[:3, 3] = value * np.asarray(self.axis)
        return moved


@dataclass(frozen=True, slots=True, eq=False)
class CoilElement:
    """One part of a coil: what it radiates, who drives it, its casing and its motions (applied in this order)."""

    name: str
    source: CoilSource
    drive: int = 0
    casing: Surface | None = None
    motions: tuple[Motion, ...] = ()

    def moved_by(self, settings: Any) -> FloatArray:
        """Rigid motion ``(4, 4)`` of the part at settings of the whole coil."""
        matrix = np.eye(4)
        for motion in self.motions:
            matrix = motion.matrix(float(settings[motion.setting])) @ matrix
        return matrix


@dataclass(frozen=True, slots=True, eq=False)
class CoilModel:
    """A coil.

    Parameters
    ----------
    name
        Name for people.
    elements
        Parts, in the frame of the coil: m; the active face looks along +z, the handle leaves towards -y.
    drives
        Stimulator channels.
    casing
        Casing of the parts that do not move, m; None when it is not known.
    ranges
        Range of each setting of the moving parts.
    origin
        File or table that it came from.
    clashing
        Groups of element numbers that must not run into each other.
    """

    name: str
    elements: tuple[CoilElement, ...]
    drives: tuple[Drive, ...]
    casing: Surface | None = None
    ranges: tuple[MotionRange, ...] = ()
    origin: str = ""
    clashing: tuple[tuple[int, ...], ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.elements or not self.drives:
            raise InvalidInput("coil", "without elements or drives", "at least one of each")
        for number, element in enumerate(self.elements):
            if not 0 <= element.drive < len(self.drives):
                raise InvalidInput(f"elements[{number}].drive", element.drive, f"0 to {len(self.drives) - 1}")
            for motion in element.motions:
                if not 0 <= motion.setting < len(self.ranges):
                    raise InvalidInput(
                        f"elements[{number}].motions", motion.setting, f"a setting below {len(self.ranges)}"
                    )

    def sources(self, settings: Sequence[float] | None = None) -> tuple[tuple[int, CoilSource], ...]:
        """Sources in the frame of the coil with the number of their drive, like kinds merged.

        Parameters
        ----------
        settings
            One value for each of ``ranges`` (m or rad); the initial ones when None.
        """
        used = self.checked_settings(settings)
        found: list[tuple[int, CoilSource]] = []
        for number in range(len(self.drives)):
            parts = [e.source.moved(e.moved_by(used)) for e in self.elements if e.drive == number]
            found += [(number, source) for source in joined(parts)]
        return tuple(found)

    def excitations(
        self, pose: CoilPose, slopes_a_s: Sequence[float], settings: Sequence[float] | None = None
    ) -> tuple[Excitation, ...]:
        """The coil at a pose on the head, with the slope of the current of each drive, A/s."""
        if len(slopes_a_s) != len(self.drives):
            names = ", ".join(d.name for d in self.drives)
            raise InvalidInput(
                "slopes_a_s", len(slopes_a_s), f"one for each of the {len(self.drives)} drives ({names})"
            )
        return tuple(Excitation(s.moved(pose.matrix), float(slopes_a_s[n])) for n, s in self.sources(settings))

    def casings(self, settings: Sequence[float] | None = None) -> tuple[Surface, ...]:
        """Casings in the frame of the coil, m: of the whole, then of each part that has one."""
        used = self.checked_settings(settings)
        found = [self.casing] if self.casing is not None else []
        for element in self.elements:
            if element.casing is not None:
                turn = element.moved_by(used)
                found.append(Surface(element.casing.nodes @ turn[:3, :3].T + turn[:3, 3], element.casing.triangles))
        return tuple(found)

    def checked_settings(self, settings: Sequence[float] | None) -> tuple[float, ...]:
        """One value for each motion within its range; the initial ones for None."""
        if settings is None:
            return tuple(r.initial for r in self.ranges)
        if len(settings) != len(self.ranges):
            raise InvalidInput("settings", len(settings), f"one for each of the {len(self.ranges)} motions")
        for number, (value, limits) in enumerate(zip(settings, self.ranges, strict=True)):
            if not limits.low <= value <= limits.high:
                raise InvalidInput(
                    f"settings[{number}]", value, f"{limits.low:g} to {limits.high:g}", "m for a shift, rad for a turn."
                )
        return tuple(float(v) for v in settings)
