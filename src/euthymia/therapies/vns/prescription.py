"""The VNS prescription: where the titration starts, its steps and where it may go, inside hard limits."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Reason
from euthymia.therapies.schedule import Schedule
from euthymia.therapies.vns.setting import VnsSetting
from euthymia.therapies.vns.tables import forms, limit, protocol_row


@dataclass(frozen=True, slots=True)
class VnsPrescription:
    """Titration of an implanted vagus nerve stimulator; refuses to exist beyond a limit of ``data/limits.csv``.

    Parameters
    ----------
    form, protocol, title
        ``vns``, protocol row and one line for people.
    start, target
        First setting and the one to reach.
    ceiling_ma
        Output current that the titration may not pass.
    step_ma, visit_rise_ma, step_min_days
        Largest single step (at most 0.25 mA), largest rise at one visit, least days between visits with a rise.
    schedule, reasons
        Timetable (day 0 is the operation), and why this.

    Raises
    ------
    SafetyLimit
        When a setting, step or ceiling would pass its limit, or the start is above the lowest output.
    """

    form: str
    protocol: str
    title: str
    start: VnsSetting
    target: VnsSetting
    ceiling_ma: float
    step_ma: float
    visit_rise_ma: float
    step_min_days: float
    schedule: Schedule
    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        checks.one_of("form", self.form, [row.form for row in forms()])
        protocol_row(self.protocol)
        for setting in (self.start, self.target):
            if not isinstance(setting, VnsSetting):
                raise InvalidInput("start, target", setting, "a VnsSetting")
        for name, high in (("ceiling_ma", 1e6), ("step_ma", 1e6), ("visit_rise_ma", 1e6), ("step_min_days", 3650.0)):
            checks.number(name, getattr(self, name), 0, high)
        output, step = limit("output"), limit("output_step")
        if not output.allows(self.ceiling_ma):
            raise SafetyLimit("ceiling_ma", self.ceiling_ma, f"{output.words} ({output.statement})")
        replace(self.target, output_ma=self.ceiling_ma)  # the ceiling must be a valid setting too
        if not step.allows(self.step_ma):
            raise SafetyLimit("step_ma", self.step_ma, f"{step.words} ({step.statement})")
        if self.visit_rise_ma < self.step_ma or self.visit_rise_ma > self.ceiling_ma:
            raise SafetyLimit("visit_rise_ma", self.visit_rise_ma, f"{self.step_ma:g} to {self.ceiling_ma:g} mA")
        if self.start.output_ma > output.least:
            raise SafetyLimit("start.output_ma", self.start.output_ma, f"{output.least:g} mA: titration starts there")
        if not self.start.output_ma <= self.target.output_ma <= self.ceiling_ma:
            raise SafetyLimit("target.output_ma", self.target.output_ma, f"at most the ceiling {self.ceiling_ma:g} mA")

    @property
    def therapy(self) -> str:
        """Name of the therapy."""
        return "vns"

    def ladder(self) -> tuple[VnsSetting, ...]:
        """Return the settings from the start to the target, one step each; how fast depends on tolerance."""
        first, last = self.start.output_ma, self.target.output_ma
        count = math.ceil((last - first) / self.step_ma - 1e-9)
        rises = [min(last, first + (i + 1) * self.step_ma) for i in range(count)]
        return (self.start, *(replace(self.target, output_ma=output) for output in rises))

    def details(self) -> tuple[tuple[str, str], ...]:
        """Label and value of every parameter, with its unit, in the order a person would read them."""
        rungs = " → ".join(f"{s.output_ma:g}" for s in self.ladder())
        return (
            ("Device", "implanted generator, helical lead on the left cervical vagus nerve"),
            ("Start", self.start.words),
            ("Target", self.target.words),
            ("Titration", f"{rungs} mA, as tolerated"),
            (
                "Pace",
                f"steps of {self.step_ma:g} mA, at most {self.visit_rise_ma:g} mA at a visit, visits with a rise at "
                f"least {self.step_min_days:g} days apart, never above {self.ceiling_ma:g} mA",
            ),
            (
                "Charge at the target",
                f"{self.target.charge_uc:.3g} uC and {self.target.density_uc_cm2:.3g} uC/cm2 per phase, "
                f"{self.target.pulses_per_day:,.0f} pulses a day (no charge rule is validated for nerve)",
            ),
            ("Magnet", "held over the generator it stops stimulation at once"),
            ("Visits", f"{self.schedule.visits} in {self.schedule.days:.0f} days, about {self.schedule.hours:.0f} h"),
        )
