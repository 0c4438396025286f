"""The state of one VNS visit, and which changes of the setting it refuses, each with the limit behind it."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.therapies.contract import Action
from euthymia.therapies.device_visit import refuse
from euthymia.therapies.visit_checks import VisitChecks
from euthymia.therapies.vns.earlier import Earlier
from euthymia.therapies.vns.prescription import VnsPrescription
from euthymia.therapies.vns.setting import VnsSetting
from euthymia.therapies.vns.tables import limit

SAME = 1e-6  # outputs closer than this are the same


@dataclass
class Visit:
    """What is known and running; a setting of None is off."""

    rx: VnsPrescription
    checks: VisitChecks
    earlier: Earlier | None
    first: bool
    known: bool  # what runs was read (or is known to be off, at the activation)
    healed: bool
    at_start: VnsSetting | None = None
    now_on: VnsSetting | None = None
    lead: str = ""
    battery: str = ""
    resting_rate: float | None = None
    rate_open: bool = False  # the heart rate under the newest setting is still to be read
    tolerance_open: bool = False  # tolerance of the newest setting is still to be asked
    must_lower: bool = False
    mismatch: bool = False
    cap_ma: float | None = None  # output at which a side effect came today
    hold: str = ""
    last_change_s: float | None = None

    @property
    def output_ma(self) -> float:
        """Output that runs now; 0 when off."""
        return self.now_on.output_ma if self.now_on else 0.0

    def is_lowering(self, setting: VnsSetting | None) -> bool:
        """Whether a change raises nothing (off included); after a side effect something must go down."""
        if setting is None:
            return True
        if self.now_on is None or setting.raises(self.now_on):
            return False
        return not self.must_lower or bool(self.now_on.raises(setting))

    def refusals(self, setting: VnsSetting, *, now_s: float, stopped: str) -> list[Action]:
        """Return every reason to refuse ``setting`` now; empty when it may be set. Lowering is not asked here."""
        return [*self._not_ready(), *self._held(stopped), *self._too_much(setting), *self._pace(setting, now_s)]

    def _not_ready(self) -> list[Action]:
        missing = self.checks.open_before_change()
        for done, what in (
            (self.lead, "lead impedance"), (self.battery, "battery status"), (self.known, "interrogation"),
            (self.healed, "a healed wound and enough days since the operation"),
            (not self.first or self.resting_rate is not None, "heart rate at rest"),
        ):  # fmt: skip
            if not done:
                missing.append(what)
        return [refuse("not_ready", f"First: {'; '.join(missing)}.")] if missing else []

    def _held(self, stopped: str) -> list[Action]:
        points, watch = self.checks.mania_points, limit("mania_watch")
        holds = (
            (bool(stopped), f"The visit was stopped: {stopped}"),
            (bool(self.hold), f"Nothing is raised any more today: {self.hold}"),
            (self.checks.high_risk, "High suicide risk: nothing is raised; stimulation may only be lowered."),
            (self.mismatch, "A setting that was not allowed must be undone first."),
            (self.must_lower, "Lower first, after the side effect."),
            (self.tolerance_open, "Ask how the newest setting is tolerated first."),
            (self.rate_open, "Read the heart rate under the newest setting first."),
            (self.lead not in ("", "ok"), f"Lead impedance {self.lead}: do not raise; image the lead."),
            (points is not None and points >= (watch.high or 0.0), f"YMRS {points}: nothing is raised."),
        )
        return [refuse("hold", words) for held, words in holds if held]

    def _too_much(self, setting: VnsSetting) -> list[Action]:
        found = []
        if setting.output_ma > self.rx.ceiling_ma + SAME:
            found.append(refuse("ceiling", f"{setting.output_ma:g} mA is above the ceiling {self.rx.ceiling_ma:g} mA."))
        if self.cap_ma is not None and setting.output_ma >= self.cap_ma - SAME:
            found.append(refuse("side_effect", f"{self.cap_ma:g} mA was not tolerated today."))
        return found

    def _pace(self, setting: VnsSetting, now_s: float) -> list[Action]:
        rx, row = self.rx, limit("output_step")
        found = []
        if self.now_on is None:
            begin = max(rx.start.output_ma, self.earlier.output_ma if self.earlier and not self.first else 0.0)
            if self.first and setting.output_ma > rx.start.output_ma + SAME:
                found.append(refuse("start", f"Start at {rx.start.output_ma:g} mA, never higher.", row))
            elif setting.output_ma > begin + SAME:
                found.append(refuse("start", f"Switch on again at {begin:g} mA or less.", row))
        else:
            raised = setting.raises(self.now_on)
            if len(raised) > 1:
                found.append(refuse("one_at_a_time", f"One change at a time, not {' and '.join(raised)} together."))
            if "duty cycle" in raised and self.output_ma + SAME < rx.target.output_ma:
                words = f"Bring the current to its target ({rx.target.output_ma:g} mA) before the duty cycle."
                found.append(refuse("current_first", words))
            if setting.output_ma > self.output_ma + rx.step_ma + SAME:
                words = f"From {self.output_ma:g} to {setting.output_ma:g} mA; at most {rx.step_ma:g} mA a step."
                found.append(refuse("step", words, row))
        begun = self.at_start.output_ma if self.at_start else 0.0
        if begun and setting.output_ma > begun + rx.visit_rise_ma + SAME:
            found.append(refuse("visit_rise", f"At most {rx.visit_rise_ma:g} mA at one visit (began at {begun:g} mA)."))
        if self.first and setting.output_ma > rx.start.output_ma + rx.visit_rise_ma + SAME:
            found.append(refuse("visit_rise", f"At most {rx.visit_rise_ma:g} mA above the start at the activation."))
        days = self.earlier.days_since_rise if self.earlier else None
        reference = max(begun, self.earlier.output_ma if self.earlier and self.now_on is None else 0.0)
        if days is not None and days < rx.step_min_days and setting.output_ma > reference + SAME:
            words = f"Last rise {days:g} days ago; at least {rx.step_min_days:g} days between."
            found.append(refuse("too_soon", words))
        dwell = limit("step_dwell")
        if self.last_change_s is not None and not dwell.allows(now_s - self.last_change_s):
            found.append(refuse("dwell", f"Wait: {dwell.words} at each step.", dwell))
        return found
