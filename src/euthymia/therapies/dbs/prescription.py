"""The DBS prescription: lead, contacts, settings and how far they may be raised, inside hard limits by construction."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Reason
from euthymia.therapies.dbs.charge import Breach, ContactCharge, breaches, contact_charges
from euthymia.therapies.dbs.setting import SideSetting
from euthymia.therapies.dbs.tables import (
    Control,
    TargetRow,
    form_row,
    lead_row,
    limit,
    protocol_row,
    targets_of,
)
from euthymia.therapies.device_tables import RangeRow
from euthymia.therapies.schedule import Schedule


@dataclass(frozen=True, slots=True)
class DbsPrescription:
    """Bilateral DBS at one target; refuses to exist beyond a limit of ``data/limits.csv``.

    Parameters
    ----------
    form, protocol, title
        Target, protocol row and one line for people.
    lead
        Lead model of ``data/leads.csv``; its contact areas enter the charge limits.
    control
        ``current`` (amplitudes in mA) or ``voltage`` (amplitudes in V).
    left, right
        Starting setting of each side.
    pulse_width_us, frequency_hz
        Pulse width (60–450 µs) and rate (2–250 Hz), the same on both sides.
    ceiling_amplitude
        Highest amplitude the titration may reach; checked against every limit too.
    step_amplitude, step_min_days
        Largest rise at one visit and the least days between rises.
    schedule, reasons
        Timetable (day 0 is the operation), and why this.
    impedance_ohm
        Measured impedance; None plans a voltage at the lowest clinical impedance. Not used under current control.

    Raises
    ------
    SafetyLimit
        When charge density, Shannon's k, current, voltage, rate or pulse width would pass its limit.
    InvalidInput
        When a value is no number, a contact is not on the lead, or a form and protocol do not fit.
    """

    form: str
    protocol: str
    title: str
    lead: str
    control: Control
    left: SideSetting
    right: SideSetting
    pulse_width_us: float
    frequency_hz: float
    ceiling_amplitude: float
    step_amplitude: float
    step_min_days: float
    schedule: Schedule
    reasons: tuple[Reason, ...]
    impedance_ohm: float | None = None

    def __post_init__(self) -> None:
        row = protocol_row(self.protocol)
        if form_row(self.form).form != row.form:
            raise InvalidInput("form", self.form, f"{row.form}, the form of protocol {self.protocol}")
        checks.one_of("control", self.control, ("current", "voltage"))
        if (self.left.side, self.right.side) != ("left", "right"):
            raise InvalidInput("left, right", (self.left.side, self.right.side), "a left and a right setting")
        for name, high in (
            ("pulse_width_us", 1e9), ("frequency_hz", 1e9), ("ceiling_amplitude", 1e6), ("step_amplitude", 1e6),
            ("step_min_days", 3650.0),
        ):  # fmt: skip
            checks.number(name, getattr(self, name), 0, high)
        if self.impedance_ohm is not None:
            checks.number("impedance_ohm", self.impedance_ohm, 0, 1e6)
            _inside("impedance_ohm", self.impedance_ohm, limit("usable_impedance"))
        for setting in (self.left, self.right):
            for contact in setting.contacts:
                lead_row(self.lead).area_cm2(contact)
            for amplitude in (setting.amplitude, self.ceiling_amplitude):
                for breach in self.breaches_at(setting, amplitude):
                    raise SafetyLimit(breach.argument, breach.given, _allowed(breach), _slip(breach))
            if setting.amplitude > self.ceiling_amplitude:
                raise SafetyLimit(
                    f"{setting.side}.amplitude", setting.amplitude, f"at most the ceiling {self.ceiling_amplitude:g}"
                )
        if not 0 < self.step_amplitude <= self.ceiling_amplitude:
            raise SafetyLimit("step_amplitude", self.step_amplitude, f"above 0, at most {self.ceiling_amplitude:g}")

    @property
    def therapy(self) -> str:
        """Name of the therapy."""
        return "dbs"

    @property
    def unit(self) -> str:
        """Unit of the amplitudes: mA or V."""
        return "mA" if self.control == "current" else "V"

    @property
    def targets(self) -> tuple[TargetRow, ...]:
        """Where the leads aim: left, right."""
        return targets_of(self.form)

    def side(self, name: str) -> SideSetting:
        """Return the setting of one side."""
        return self.left if name == "left" else self.right

    def breaches_at(
        self, setting: SideSetting, amplitude: float, *, impedance_ohm: float | None = None
    ) -> tuple[Breach, ...]:
        """Return the limits that ``setting`` would break at ``amplitude``."""
        return breaches(
            setting,
            lead=self.lead,
            control=self.control,
            pulse_width_us=self.pulse_width_us,
            frequency_hz=self.frequency_hz,
            impedance_ohm=impedance_ohm if impedance_ohm is not None else self.impedance_ohm,
            amplitude=amplitude,
        )

    def charges(self, *, at_ceiling: bool = False) -> tuple[ContactCharge, ...]:
        """Return the charge at every active contact, at the start or at the ceiling."""
        return tuple(
            charge
            for setting in (self.left, self.right)
            for charge in contact_charges(
                setting,
                lead=self.lead,
                control=self.control,
                pulse_width_us=self.pulse_width_us,
                impedance_ohm=self.impedance_ohm,
                amplitude=self.ceiling_amplitude if at_ceiling else None,
            )
        )

    def details(self) -> tuple[tuple[str, str], ...]:
        """Label and value of every parameter, with its unit, in the order a person would read them."""
        worst = max(self.charges(at_ceiling=True), key=lambda c: c.density_uc_cm2)
        control = "current-controlled" if self.control == "current" else "voltage-controlled"
        measured = f"{self.impedance_ohm:g} ohm measured" if self.impedance_ohm is not None else "not measured yet"
        rows = [("Target", form_row(self.form).target)]
        rows += [(f"Seed, {t.side}", t.words) for t in self.targets]
        rows += [("Lead", f"{lead_row(self.lead).title}, one each side"), ("Control", control)]
        rows += [
            (f"{s.side.capitalize()} side", f"{s.words}, start {s.amplitude:g} {self.unit}")
            for s in (self.left, self.right)
        ]
        return (
            *rows,
            ("Pulse width", f"{self.pulse_width_us:g} us"),
            ("Frequency", f"{self.frequency_hz:g} Hz"),
            (
                "Titration",
                f"up to {self.step_amplitude:g} {self.unit} at a visit, no sooner than {self.step_min_days:g} days "
                f"apart, to at most {self.ceiling_amplitude:g} {self.unit}",
            ),
            ("Impedance", measured if self.control == "voltage" else "does not change the charge (current control)"),
            (
                "Charge at the ceiling",
                f"{worst.density_uc_cm2:.1f} uC/cm2 per phase, Shannon k {worst.shannon_k:.2f} "
                f"(limits {limit('charge_density').high:g} and {limit('shannon_k').high:g})",
            ),
            ("Visits", f"{self.schedule.visits} in {self.schedule.days:.0f} days, about {self.schedule.hours:.0f} h"),
        )


def _allowed(breach: Breach) -> str:
    return f"{breach.row.words} ({breach.where}; {breach.row.statement}; source: {breach.row.source})"


def _inside(name: str, value: float, row: RangeRow) -> None:
    if not row.allows(value):
        raise SafetyLimit(name, value, f"{row.words} ({row.statement})")


def _slip(breach: Breach) -> str:
    """Name the slip of the pen where a factor of a thousand or a million would make it fit."""
    units = {
        "pulse_width_us": ("milliseconds", "seconds", "nanoseconds"),
        "frequency_hz": ("kHz", "MHz", "mHz"),
        "amplitude": ("A or kV", "", "uA or mV"),
    }.get(breach.argument)
    if units is None:
        return ""
    for factor, unit in ((1e3, units[0]), (1e6, units[1]), (1e-3, units[2])):
        if unit and breach.given > 0 and breach.row.allows(breach.given * factor):
            return f"Was it given in {unit}? {breach.given * factor:g} would be inside."
    return ""
