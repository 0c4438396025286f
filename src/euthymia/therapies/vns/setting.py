"""One VNS setting, inside hard limits by construction, with its duty cycle and its charge."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case import checks
from euthymia.core.errors import SafetyLimit
from euthymia.therapies.vns.tables import limit

DAY_S = 86400.0
_LIMITS = {
    "output_ma": "output", "pulse_width_us": "pulse_width", "frequency_hz": "frequency", "on_s": "on_time",
    "off_min": "off_time",
}  # fmt: skip
_SLIPS = {
    "output_ma": ((1e-3, "uA"), (1e3, "A")),
    "pulse_width_us": ((1e3, "milliseconds"), (1e6, "seconds")),
    "frequency_hz": ((1e3, "kHz"),),
    "on_s": ((60.0, "minutes"), (1e-3, "milliseconds")),
    "off_min": ((1 / 60.0, "seconds"), (60.0, "hours")),
}


@dataclass(frozen=True, slots=True)
class VnsSetting:
    """What the generator runs.

    Parameters
    ----------
    output_ma
        Output current, 0.25–3.5 mA.
    pulse_width_us
        130, 250 or 500 µs.
    frequency_hz
        20, 25 or 30 Hz.
    on_s, off_min
        ON time (s) and OFF time (min); OFF not shorter than ON, duty cycle with ramps at most 50 %.

    Raises
    ------
    SafetyLimit
        Beyond a row of ``data/limits.csv``; the message names a likely slip of the unit.
    """

    output_ma: float
    pulse_width_us: float
    frequency_hz: float
    on_s: float
    off_min: float

    def __post_init__(self) -> None:
        for name, row_name in _LIMITS.items():
            value, row = getattr(self, name), limit(row_name)
            checks.number(name, value, 0, 1e9)
            if not row.allows(value):
                fits = [unit for factor, unit in _SLIPS[name] if row.allows(round(value * factor, 9))]
                hint = f"Was it given in {fits[0]}?" if fits else ""
                raise SafetyLimit(name, value, f"{row.words} ({row.statement}; source: {row.source})", hint)
        duty = limit("duty_cycle")
        if self.off_min * 60.0 < self.on_s or not duty.allows(self.duty_pct):
            given = f"{self.on_s:g} s on, {self.off_min:g} min off = {self.duty_pct:.1f} %"
            raise SafetyLimit("duty cycle", given, f"{duty.words}, and OFF not shorter than ON ({duty.statement})")

    @property
    def duty_pct(self) -> float:
        """Duty cycle in percent: (ON + a ramp at each end) / (ON + OFF)."""
        return 100.0 * (self.on_s + 2 * limit("ramp").least) / (self.on_s + self.off_min * 60.0)

    @property
    def pulses_per_day(self) -> float:
        """Pulses in 24 h, ramps ignored."""
        return DAY_S / (self.on_s + self.off_min * 60.0) * self.on_s * self.frequency_hz

    @property
    def charge_uc(self) -> float:
        """Charge per phase in µC."""
        return self.output_ma * self.pulse_width_us / 1000.0

    @property
    def density_uc_cm2(self) -> float:
        """Charge density per phase in µC/cm² over one helical contact."""
        return self.charge_uc / limit("cuff_area").least

    @property
    def words(self) -> str:
        """The setting in words."""
        return (
            f"{self.output_ma:g} mA, {self.pulse_width_us:g} us, {self.frequency_hz:g} Hz, {self.on_s:g} s on / "
            f"{self.off_min:g} min off (duty cycle {self.duty_pct:.1f} %)"
        )

    def raises(self, other: VnsSetting) -> tuple[str, ...]:
        """Name what is higher here than in ``other``."""
        pairs = (
            ("output current", self.output_ma, other.output_ma),
            ("pulse width", self.pulse_width_us, other.pulse_width_us),
            ("frequency", self.frequency_hz, other.frequency_hz),
            ("duty cycle", self.duty_pct, other.duty_pct),
        )
        return tuple(name for name, new, old in pairs if new > old + 1e-9)
