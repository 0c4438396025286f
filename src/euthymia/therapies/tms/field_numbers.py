"""The field of a prescription in numbers: what reaches each target for 1 A/µs, beside the motor site, with spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.core.source import Source
from euthymia.therapies.tms.machine_output import CoilRow

Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class FieldSpread:
    """Factors on the field in the target, and on its ratio to the motor site: ends of 95 % of the draws.

    ``placement``, ``conductivity``: of each cause alone, on the field. ``slopes``: change of the logarithm of the field
    per change of the logarithm of the conductivity, by tissue tag.
    """

    field: tuple[float, float]
    ratio: tuple[float, float]
    placement: tuple[float, float] | None
    conductivity: tuple[float, float]
    slopes: tuple[tuple[int, float], ...]
    motor_slopes: tuple[tuple[int, float], ...]
    n_draws: int
    seed: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteField:
    """One stimulation of a prescription; strengths in V/m for 1 A/µs of coil current slope.

    Parameters
    ----------
    order
        Which stimulation of the session, from 1.
    placement
        Row of the engine's table of placement errors that was drawn from; empty without one.
    target_v_m, peak_v_m
        Mean strength in the grey matter within 5 mm of the target; strength that 99.9 % of the grey matter stays below.
    motor_v_m, motor_peak_v_m
        The same with the coil over the motor hand area, the mean around the place of the peak there.
    target_range_v_m, ratio_range
        95 % of the draws of placement and conductivity; None where nothing was drawn.
    depth_mm, motor_depth_mm
        Scalp to brain under the coil; None where it was not measured.
    coil_to_target_mm, error_pct
        Middle of the face to the target; estimated error of the finite elements in the target.
    """

    order: int
    target: str
    title: str
    side: Side
    placement: str = ""
    target_mm: tuple[float, float, float]
    target_v_m: float
    peak_v_m: float
    motor_v_m: float
    motor_peak_v_m: float
    target_range_v_m: tuple[float, float] | None = None
    ratio_range: tuple[float, float] | None = None
    spread: FieldSpread | None = None
    spread_words: str = ""
    depth_mm: float | None = None
    motor_depth_mm: float | None = None
    coil_to_target_mm: float | None = None
    error_pct: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def ratio_to_motor(self) -> float:
        """Field in the target over the peak at the motor site, for the same output."""
        return self.target_v_m / self.motor_peak_v_m


@dataclass(frozen=True, slots=True, kw_only=True)
class TmsField:
    """The field of a prescription on one head.

    Parameters
    ----------
    head, statement, is_template
        Whose head it is, and what has to be said of it.
    how
        How the numbers came about, e.g. the mesh and the order of the elements.
    coil, machine
        Coil, and the machine behind it where one is known.
    sites
        One for each stimulation that has a field.
    without
        Why others have none.
    """

    head: str
    statement: str
    is_template: bool
    how: str
    coil: str
    machine: CoilRow | None
    sites: tuple[SiteField, ...]
    without: tuple[str, ...]
    sources: tuple[Source, ...]
    notes: tuple[str, ...] = ()
