"""Pulses in time: normalized coil current and its slope, and the way between machine output, slope and peak field."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.mesh import FloatArray

PACKAGE = "euthymia.engines.fields"
A_PER_US = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class StimulatorRow(SourcedRow):
    """A stimulator with a coil, and the slope of the current at 100 % output."""

    stimulator: str
    coil: str
    slope_max_a_us: float
    dipoles: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseRow(SourcedRow):
    """Timing of a stimulator's pulse."""

    pulse: str
    stimulator: str
    shape: Literal["monophasic", "biphasic", "half_sine", "controllable"]
    period_us: float | None = None
    rise_us: float | None = None
    low_us: float
    high_us: float
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """A pulse.

    Parameters
    ----------
    name
        Shape.
    time_s : (t,) float64
        From the start of the pulse, s, rising.
    slope : (t,) float64
        dI/dt over its largest magnitude: the shape of the induced field (with the opposite sign).
    current_s : (t,) float64
        Coil current over the largest |dI/dt|, s: its integral.
    """

    name: str
    time_s: FloatArray
    slope: FloatArray
    current_s: FloatArray

    def __post_init__(self) -> None:
        time = np.asarray(self.time_s, dtype=np.float64)
        if time.ndim != 1 or time.size < 3 or not np.isfinite(time).all() or (np.diff(time) <= 0).any():
            raise InvalidInput("time_s", f"of shape {time.shape}", "at least three rising, finite times in s")
        for name in ("slope", "current_s"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            if values.shape != time.shape or not np.isfinite(values).all():
                raise InvalidInput(name, f"of shape {values.shape}", f"finite values at the {time.size} times")
        if abs(float(np.abs(self.slope).max()) - 1.0) > 1e-9:
            raise InvalidInput("slope", float(np.abs(self.slope).max()), "a largest magnitude of 1")

    @property
    def peak_current_per_slope_s(self) -> float:
        """Peak current over peak slope, s: 100 A/µs and 40 µs here make 4 kA."""
        return float(np.abs(self.current_s).max())

    def main_phase_s(self) -> float:
        """How long the slope keeps its first sign, s (the width of the first phase of the field)."""
        sign = np.sign(self.slope[np.flatnonzero(np.abs(self.slope) > 1e-9)[0]])
        turned = np.flatnonzero(self.slope * sign < -1e-9)
        if not turned.size:
            return float(self.time_s[-1])
        after = int(turned[0])
        a, b = self.slope[after - 1] * sign, self.slope[after] * sign
        share = a / (a - b)
        return float(self.time_s[after - 1] + share * (self.time_s[after] - self.time_s[after - 1]))


def biphasic(period_s: float, *, decay_per_s: float = 0.0, n: int = 1001) -> Waveform:
    """One full period of a damped sine of current: the slope is a damped cosine.

    Parameters
    ----------
    period_s
        Length of the pulse, s.
    decay_per_s
        Damping R / 2L, 1/s; 0 for a lossless circuit.
    """
    return _ringing("biphasic", period_s, 1.0, decay_per_s, n)


def half_sine(period_s: float, *, decay_per_s: float = 0.0, n: int = 1001) -> Waveform:
    """The first half of a damped sine of current, then off."""
    return _ringing("half_sine", period_s, 0.5, decay_per_s, n)


def monophasic(rise_s: float, decay_s: float, *, length_s: float | None = None, n: int = 2001) -> Waveform:
    """A quarter sine of current up to its peak, then a critically damped fall (diode and resistor across the coil).

    Parameters
    ----------
    rise_s
        From the start to the peak current, s.
    decay_s
        Time constant of the fall, s.
    length_s
        Length of the pulse, s; ten time constants after the peak when None.
    """
    _positive("rise_s", rise_s)
    _positive("decay_s", decay_s)
    length = rise_s + 10 * decay_s if length_s is None else length_s
    if not length > rise_s:
        raise InvalidInput("length_s", length, f"longer than the rise of {rise_s} s")
    time = np.union1d(np.linspace(0, length, n), [rise_s])
    omega = np.pi / 2 / rise_s
    since = np.maximum(time - rise_s, 0.0) / decay_s
    rising = time <= rise_s
    current = np.where(rising, np.sin(omega * time), (1 + since) * np.exp(-since))
    slope = np.where(rising, omega * np.cos(omega * time), -since / decay_s * np.exp(-since))
    return _normalized("monophasic", time, slope, current)


def controllable(widths_s: Any, levels: Any, *, n_edge: int = 2) -> Waveform:
    """Rectangular phases of the field, as devices with controllable pulses make them.

    Parameters
    ----------
    widths_s
        Length of each phase, s.
    levels
        Slope in each phase, relative; the current has to come back to zero.

    Raises
    ------
    InvalidInput
        When the phases leave a current in the coil (more than 1 % of its peak).
    """
    widths, heights = np.asarray(widths_s, dtype=np.float64), np.asarray(levels, dtype=np.float64)
    if widths.ndim != 1 or widths.shape != heights.shape or widths.size < 2:
        raise InvalidInput("widths_s, levels", (widths.shape, heights.shape), "two lists of one length, two or more")
    if not (np.isfinite(widths).all() and np.isfinite(heights).all() and (widths > 0).all() and heights.any()):
        raise InvalidInput("widths_s, levels", "not positive or not finite", "positive widths in s and finite levels")
    edges = np.concatenate([[0.0], np.cumsum(widths)])
    charge = np.concatenate([[0.0], np.cumsum(widths * heights)])
    if abs(charge[-1]) > 0.01 * np.abs(charge).max():
        raise InvalidInput(
            "levels",
            f"a current of {charge[-1] / np.abs(charge).max():.0%} of its peak left at the end",
            "phases whose areas cancel",
            "Lengthen or raise the phases of the other sign.",
        )
    sharp = 1e-6 * float(widths.min())
    time = np.concatenate([np.linspace(a, b - sharp, n_edge) for a, b in pairwise(edges)])
    slope = np.repeat(heights, n_edge)
    return _normalized("controllable", time, slope, np.interp(time, edges, charge))


def _ringing(name: str, period_s: float, share: float, decay_per_s: float, n: int) -> Waveform:
    _positive("period_s", period_s)
    if not (np.isfinite(decay_per_s) and decay_per_s >= 0):
        raise InvalidInput("decay_per_s", decay_per_s, "0 or more")
    time = np.linspace(0.0, period_s * share, n)
    omega = 2 * np.pi / period_s
    fall = np.exp(-decay_per_s * time)
    slope = fall * (omega * np.cos(omega * time) - decay_per_s * np.sin(omega * time))
    return _normalized(name, time, slope, fall * np.sin(omega * time))


def _normalized(name: str, time: FloatArray, slope: FloatArray, current: FloatArray) -> Waveform:
    scale = np.abs(slope).max()
    return Waveform(name, time, slope / scale, current / scale)


def _positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise InvalidInput(name, value, "a positive time in s", "100 µs is 100e-6 s.")


def stimulators() -> tuple[StimulatorRow, ...]:
    """Slope of the current at full output, for each stimulator with each coil."""
    return load_table(PACKAGE, "stimulators.csv", StimulatorRow, key="coil")


def pulses() -> tuple[PulseRow, ...]:
    """Timing of pulses by stimulator."""
    return load_table(PACKAGE, "pulses.csv", PulseRow, key="pulse")


def stimulator(coil: str) -> StimulatorRow:
    """The row of a coil, by the coil's name in ``stimulators.csv``."""
    rows = {row.coil: row for row in stimulators()}
    if coil not in rows:
        raise InvalidInput("coil", coil, f"one of {', '.join(rows)}", "Or give the slope at 100 % output yourself.")
    return rows[coil]


def slope_from_output(output_pct: float, slope_max_a_s: float) -> float:
    """Slope of the current, A/s, at a share of the maximum stimulator output (% MSO).

    Raises
    ------
    InvalidInput
        For an output that is not above 0 and at most 100 %.
    """
    _checked_output(output_pct)
    return output_pct / 100 * _checked_slope(slope_max_a_s)


def output_from_slope(slope_a_s: float, slope_max_a_s: float) -> float:
    """% MSO that gives a slope of the current; refused when the device cannot reach it."""
    given = slope_a_s / _checked_slope(slope_max_a_s) * 100
    if not 0 < given <= 100:
        raise InvalidInput(
            "slope_a_s",
            f"{slope_a_s:.4g} ({given:.1f} % MSO)",
            f"above 0 and at most {slope_max_a_s:.4g} A/s, 100 % of this stimulator with this coil",
            "Another coil, another place or another device is needed; nothing was cut to 100 %.",
        )
    return float(given)


def peak_field(field_per_slope: float, output_pct: float, slope_max_a_s: float) -> float:
    """Peak electric field, V/m, from the field per slope (V/m per A/s), the output and the slope at 100 %."""
    if not (np.isfinite(field_per_slope) and field_per_slope >= 0):
        raise InvalidInput(
            "field_per_slope", field_per_slope, "0 or more, V/m per A/s", "V/m per A/µs is 1e6 times it."
        )
    return field_per_slope * slope_from_output(output_pct, slope_max_a_s)


def output_for_field(field_v_m: float, field_per_slope: float, slope_max_a_s: float) -> float:
    """% MSO for a wanted peak field, V/m; refused when it is above 100 %."""
    for name, value in (("field_v_m", field_v_m), ("field_per_slope", field_per_slope)):
        if not (np.isfinite(value) and value > 0):
            raise InvalidInput(name, value, "a positive number")
    return output_from_slope(field_v_m / field_per_slope, slope_max_a_s)


def _checked_output(output_pct: float) -> None:
    if not (np.isfinite(output_pct) and 0 < output_pct <= 100):
        raise InvalidInput("output_pct", output_pct, "above 0 and at most 100 % of the maximum stimulator output")


def _checked_slope(slope_max_a_s: float) -> float:
    if not (np.isfinite(slope_max_a_s) and 1e6 <= slope_max_a_s <= 1e9):
        raise InvalidInput(
            "slope_max_a_s", slope_max_a_s, "1e6 to 1e9 A/s", "Devices reach 100 to 250 A/µs: 150 A/µs is 1.5e8 A/s."
        )
    return float(slope_max_a_s)
