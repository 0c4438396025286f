"""Charge at a contact: charge per phase, charge density and Shannon's k, and which limits a setting would break.

Notes
-----
Q = I·PW; D = Q/A over the geometric area; k = log10 D + log10 Q (Shannon 1992). The Shannon data are cat cortex, 50
pulses a second, seven hours: the rule has no term for rate, duty cycle or electrode size. Both rules are evaluated and
the tighter one wins. Under voltage control the current is the voltage over the impedance; without a measured impedance
the lowest of the clinical range is taken, and each contact is charged with the whole current of its side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from euthymia.therapies.dbs.setting import SideSetting
from euthymia.therapies.dbs.tables import Control, lead_row, limit
from euthymia.therapies.device_tables import RangeRow


@dataclass(frozen=True, slots=True)
class ContactCharge:
    """Charge at one contact: current (mA), charge per phase (µC), density (µC/cm² per phase) and Shannon's k."""

    side: str
    contact: str
    current_ma: float
    charge_uc: float
    density_uc_cm2: float
    shannon_k: float


@dataclass(frozen=True, slots=True)
class Breach:
    """One limit that a setting would break."""

    argument: str
    given: float
    row: RangeRow
    where: str

    @property
    def words(self) -> str:
        """The breach in words, with the limit."""
        return f"{self.row.statement} ({self.where}) would be {self.given:.4g}; allowed: {self.row.words}"


def side_current_ma(
    setting: SideSetting, control: Control, impedance_ohm: float | None, amplitude: float | None = None
) -> float:
    """Return the current of one side in mA."""
    size = setting.amplitude if amplitude is None else amplitude
    if control == "current":
        return size
    lowest = limit("planning_impedance").low or 1.0
    return 1000.0 * size / (impedance_ohm if impedance_ohm is not None else lowest)


def contact_charges(
    setting: SideSetting,
    *,
    lead: str,
    control: Control,
    pulse_width_us: float,
    impedance_ohm: float | None,
    amplitude: float | None = None,
) -> tuple[ContactCharge, ...]:
    """Return the charge at every active contact of a side, at its amplitude or at another one."""
    total_ma = side_current_ma(setting, control, impedance_ohm, amplitude)
    geometry = lead_row(lead)
    charges = []
    for share in (*setting.cathodes, *setting.anodes):
        current_ma = total_ma * (share.share_pct / 100.0 if control == "current" else 1.0)
        charge_uc = current_ma * pulse_width_us / 1000.0
        density = charge_uc / geometry.area_cm2(share.contact)
        k = math.log10(density) + math.log10(charge_uc) if charge_uc > 0 else -math.inf
        charges.append(ContactCharge(setting.side, share.contact, current_ma, charge_uc, density, k))
    return tuple(charges)


def breaches(
    setting: SideSetting,
    *,
    lead: str,
    control: Control,
    pulse_width_us: float,
    frequency_hz: float,
    impedance_ohm: float | None,
    amplitude: float | None = None,
) -> tuple[Breach, ...]:
    """Return every hard limit that a side's setting would break, at its amplitude or at another one."""
    size = setting.amplitude if amplitude is None else amplitude
    charges = contact_charges(
        setting, lead=lead, control=control, pulse_width_us=pulse_width_us, impedance_ohm=impedance_ohm, amplitude=size
    )
    amplitude_limit = "lead_current" if control == "current" else "voltage"
    checks: list[tuple[str, float, RangeRow, str]] = [
        ("frequency_hz", frequency_hz, limit("frequency"), setting.side),
        ("pulse_width_us", pulse_width_us, limit("pulse_width"), setting.side),
        ("amplitude", size, limit(amplitude_limit), setting.side),
    ]
    for charge in charges:
        where = f"{charge.side}, contact {charge.contact}"
        if control == "current":
            checks.append(("contact_current_ma", charge.current_ma, limit("contact_current"), where))
        checks.append(("charge_density_uc_cm2", charge.density_uc_cm2, limit("charge_density"), where))
        checks.append(("shannon_k", charge.shannon_k, limit("shannon_k"), where))
    return tuple(Breach(name, value, row, where) for name, value, row, where in checks if not row.allows(value))
