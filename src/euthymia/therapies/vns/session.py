"""One VNS visit as a step machine: checks, stepwise rise by tolerance, heart at the first activation, watch, record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from euthymia.case.model import Case
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.contract import Action, ActionKind, Observation, Prescription
from euthymia.therapies.device_visit import SEVERITIES, DeviceVisit, refuse
from euthymia.therapies.stepping import Handler
from euthymia.therapies.visit_checks import VisitChecks
from euthymia.therapies.vns.earlier import earlier
from euthymia.therapies.vns.setting import VnsSetting
from euthymia.therapies.vns.simulate import as_vns
from euthymia.therapies.vns.tables import limit, tolerance_row, tolerances
from euthymia.therapies.vns.visit import SAME, Visit

_LEAD = ("ok", "high", "low")


def session(case: Case, prescription: Prescription, n: int) -> VnsSession:
    """Return the ``n``-th visit as a step machine."""
    return VnsSession(case, prescription, n)


@final
class VnsSession(DeviceVisit):
    """A titration visit; visit 1 is the activation.

    Observations: ``suicide_screen`` (the six C-SSRS answers), ``rating`` (scale, total), ``wound_check``
    (days_since_operation, healed), ``lead_test`` (status), ``battery`` (status), ``interrogation`` (output_ma,
    pulse_width_us, frequency_hz, on_s, off_min; output 0 = off), ``heart_rate`` (beats_per_min, regular),
    ``request_setting`` (the same five; output 0 = off), ``setting_applied`` (output_ma), ``tolerance`` (effect,
    severity), ``magnet_taught`` (done), ``warnings_given`` (mri, diathermy), ``disposition`` (by, text),
    ``adverse_event`` (name, severity, serious), ``final_settings`` (output_ma, by), ``clock``, ``cancel`` (because).

    A setting beyond a hard limit raises :class:`SafetyLimit` and leaves the visit as it was, whether it is asked for or
    read from the device: bring the device inside the limits (or off) first.
    """

    therapy = "vns"
    after_mania = "nothing is raised today; one step back, and treat."
    when_depleted = "Battery depleted: stimulation is lost. Watch for relapse and plan the replacement, with an ECG."
    when_low = "Battery near its end: plan the replacement before stimulation stops, with an ECG."
    warnings = "Tell the patient: no diathermy ever (diagnostic ultrasound is allowed), MRI only as the device allows."

    def __init__(self, case: Case, prescription: Prescription, n: int) -> None:
        rx = as_vns(prescription)
        first = n == 1
        self._visit = Visit(rx, VisitChecks(), earlier(case), first, known=first, healed=not first)
        super().__init__(
            case, self._visit, form=rx.form, protocol=rx.protocol, number=n,
            activation_after=limit("activation_after"), mania_watch=limit("mania_watch"),
        )  # fmt: skip
        self._allowed: VnsSetting | None = None
        self._asked = False
        self._magnet = False

    # --- steps ------------------------------------------------------------------------------------------------------

    def _begin(self) -> list[Action]:
        steps = [
            ("suicide_screen", "Ask the C-SSRS screener before anything is changed."),
            ("rating", "Rate depression today."),
            ("lead_test", "Run the lead test (impedance ok, high or low)."),
            ("battery", "Read the battery status."),
            ("tolerance", "Ask for voice, cough, breath, swallowing and sleep since the last visit."),
        ]
        if self._visit.first:
            words = f"Check the wound and count the days since the operation ({limit('activation_after').words})."
            steps = [("wound_check", words), ("heart_rate", "Read the heart rate at rest, ECG at hand."), *steps]
        else:
            steps.insert(0, ("interrogation", "Read what the generator runs as the visit begins."))
        return [Action(ActionKind.MEASURE, code, text) for code, text in steps]

    def _handlers(self) -> Mapping[str, Handler]:
        return {
            **self._shared_handlers(), "suicide_screen": self._take_screen, "lead_test": self._take_lead,
            "interrogation": self._take_interrogation, "heart_rate": self._take_heart,
            "request_setting": self._take_request, "setting_applied": self._take_applied,
            "tolerance": self._take_tolerance, "magnet_taught": self._take_magnet,
            "final_settings": self._take_final,
        }  # fmt: skip

    def _take_screen(self, seen: Observation) -> list[Action]:
        found = self._visit.checks.take_screen(seen)
        return self._told_of_screen(found, high=found.level.value == "high")

    def _take_lead(self, seen: Observation) -> list[Action]:
        self._visit.lead = self._word_of(seen, "status", _LEAD)
        if self._visit.lead == "ok":
            return []
        words = f"Lead impedance {self._visit.lead}: nothing is raised; switch off and image the lead."
        return [self._raise_alert("moderate", "lead_fault", words)]

    def _take_interrogation(self, seen: Observation) -> list[Action]:
        found, visit = self._read(seen), self._visit
        if visit.last_change_s is not None or self._asked:
            return [refuse("interrogation", "Interrogate before the first change of the visit.")]
        visit.at_start = visit.now_on = found
        visit.known = self._began_treatment = True
        expected = visit.earlier.output_ma if visit.earlier else None
        if expected is None or abs(expected - visit.output_ma) < SAME:
            return []
        lost = " Stimulation is off." if found is None else ""
        words = f"{visit.output_ma:g} mA found, {expected:g} mA left at the last visit. Find out why first.{lost}"
        return [self._raise_alert("moderate", "settings_differ", words)]

    def _take_heart(self, seen: Observation) -> list[Action]:
        rate, regular = self._number_of(seen, "beats_per_min", 15, 300), self._flag_of(seen, "regular")
        visit, least, fall = self._visit, limit("heart_rate"), limit("heart_rate_fall")
        if visit.now_on is None and not visit.rate_open:
            visit.resting_rate = rate
            if least.allows(rate) and regular:
                return []
            words = f"{rate:g} beats/min{'' if regular else ', irregular'} at rest: ECG and a physician first."
            return [self._raise_alert("moderate", "heart_at_rest", words), self._stop(words)]
        visit.rate_open = False
        rest = visit.resting_rate
        fallen = 100.0 * (rest - rate) / rest if rest else 0.0
        if regular and least.allows(rate) and fall.allows(fallen):
            return []
        words = f"{rate:g} beats/min{'' if regular else ', irregular'} under stimulation"
        return self._stopped_by("bradycardia", "severe", words)

    def _take_request(self, seen: Observation) -> list[Action]:
        setting, visit = self._read(seen), self._visit
        if not visit.is_lowering(setting) and setting is not None:
            refused = visit.refusals(setting, now_s=self._now_s, stopped=self._stopped_because)
            if refused:
                return refused
        self._allowed, self._asked = setting, True
        return [Action(ActionKind.DO, "set", f"Set {setting.words if setting else 'off'}; then confirm it.")]

    def _take_applied(self, seen: Observation) -> list[Action]:
        output = self._number_of(seen, "output_ma", 0, 1e6)
        visit, allowed, asked = self._visit, self._allowed, self._asked
        self._allowed, self._asked, self._final = None, False, False
        visit.last_change_s = self._now_s
        if not asked or abs((allowed.output_ma if allowed else 0.0) - output) > SAME:
            visit.mismatch = True
            back = allowed if asked else visit.now_on
            words = f"{output:g} mA was set, which was not allowed. Return to {back.words if back else 'off'} now."
            return [self._raise_alert("high", "not_allowed", words), self._stop(words)]
        raised = allowed is not None and (visit.now_on is None or bool(allowed.raises(visit.now_on)))
        visit.now_on, visit.mismatch, visit.must_lower = allowed, False, False
        self._began_treatment = True
        visit.tolerance_open, visit.rate_open = raised, raised and visit.first
        due = self._now_s + self._watch_s()
        actions = [Action(ActionKind.WAIT, "watch", "Watch the patient after the last change.", due_s=due)]
        if raised:
            ask = "Over one whole ON phase: voice, cough, breath, throat, swallowing, mood."
            actions.insert(0, Action(ActionKind.MEASURE, "tolerance", ask))
        if visit.rate_open:
            actions.insert(0, Action(ActionKind.MEASURE, "heart_rate", "Read the heart rate during ON time."))
        return actions

    def _take_tolerance(self, seen: Observation) -> list[Action]:
        row = tolerance_row(self._word_of(seen, "effect", tuple(t.effect for t in tolerances())))
        severity = self._word_of(seen, "severity", SEVERITIES)
        if row.action == "stop":
            return self._stopped_by(row.effect, severity, row.statement)
        if row.effect != "none":
            self._note_side_effect(self._now_s, row.effect.replace("_", " "), severity, row.serious)
        visit = self._visit
        visit.tolerance_open = False
        reason = Reason(row.statement, (row.cite(),), direction=Direction.AGAINST, code=row.effect)
        if visit.now_on is None or not (row.action == "lower" or severity == "severe"):
            return [Action(ActionKind.INFORM, row.effect, row.statement, reason=reason)]
        visit.must_lower = True
        visit.cap_ma = min(visit.output_ma, visit.cap_ma or visit.output_ma)
        floor = limit("floor_after_side_effect")
        words = row.statement
        if visit.output_ma <= floor.least + SAME:
            words += f" At {visit.output_ma:g} mA change pulse width, frequency or ON/OFF times before the current."
        return [Action(ActionKind.DO, "lower", words, reason=reason)]

    def _take_magnet(self, seen: Observation) -> list[Action]:
        self._magnet = self._flag_of(seen, "done")
        words = "Show the magnet: held over the generator it stops stimulation; it starts again when taken away."
        return [] if self._magnet else [Action(ActionKind.DO, "magnet", words)]

    def _take_final(self, seen: Observation) -> list[Action]:
        self._word_of(seen, "by")
        told = self._number_of(seen, "output_ma", 0, 1e6)
        self._final = abs(told - self._visit.output_ma) <= SAME
        if not self._final:
            words = f"Device {told:g} mA, record {self._visit.output_ma:g} mA. Read it again."
            return [self._raise_alert("moderate", "final_settings", words)]
        still_open = self._closed_gates()
        if still_open:
            return [Action(ActionKind.INFORM, "recorded", f"Recorded. Still open: {'; '.join(still_open)}.")]
        return [Action(ActionKind.RELEASE, "recorded", "Final settings recorded; the visit may end.")]

    # --- gates and record -------------------------------------------------------------------------------------------

    def _closed_gates(self) -> list[str]:
        visit = self._visit
        if self._stopped_because and not self._began_treatment:
            return visit.checks.open_disposition() + (["setting that was not allowed is undone"] * visit.mismatch)
        gates = visit.checks.open_before_end()
        off_at_activation = visit.first and visit.now_on is None and not self._stopped_because
        watched = visit.last_change_s is None or self._now_s >= visit.last_change_s + self._watch_s()
        for closed, name in (
            (visit.mismatch, "setting that was not allowed is undone"),
            (visit.must_lower, "lowered after the side effect"),
            (not visit.known, "interrogation"),
            (not visit.lead, "lead test"),
            (not visit.battery, "battery status"),
            (visit.tolerance_open, "tolerance of the newest setting"),
            (visit.rate_open, "heart rate under the newest setting"),
            (off_at_activation, "activation, or a reason for leaving stimulation off (cancel)"),
            (not watched, f"{self._watch_s():g} s of watch after the last change"),
            (not self._magnet, "magnet taught"),
            (not self._warned, "MRI and diathermy warnings given"),
            (not self._final, "final settings read back and recorded"),
        ):
            if closed:
                gates.append(name)
        return gates

    def _summary(self) -> Mapping[str, Any]:
        visit, on = self._visit, self._visit.now_on
        found: dict[str, Any] = {
            **visit.checks.summary(), "battery": visit.battery or "not read", "lead": visit.lead or "not tested",
        }  # fmt: skip
        if visit.resting_rate is not None:
            found["resting_heart_rate_per_min"] = visit.resting_rate
        if self._began_treatment:
            begun = visit.at_start.output_ma if visit.at_start else 0.0
            found |= {"output_ma": visit.output_ma, "raised": visit.output_ma > begun + SAME}
            found |= {"magnet_taught": self._magnet, "mri_diathermy_warning": self._warned}
            if on is not None:
                found |= {"pulse_width_us": on.pulse_width_us, "frequency_hz": on.frequency_hz, "on_s": on.on_s}
                found |= {"off_min": on.off_min, "duty_cycle_pct": round(on.duty_pct, 2)}
        return found

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _read(self, seen: Observation) -> VnsSetting | None:
        """Read a setting from an observation; an output of 0 is off."""
        output = self._number_of(seen, "output_ma", 0, 1e6)
        if output == 0:
            return None
        rest = (self._number_of(seen, n, 0, 1e6) for n in ("pulse_width_us", "frequency_hz", "on_s", "off_min"))
        return VnsSetting(output, *rest)

    def _stopped_by(self, effect: str, severity: str, words: str) -> list[Action]:
        row, visit = tolerance_row(effect), self._visit
        self._note_side_effect(self._now_s, effect.replace("_", " "), severity, row.serious)
        visit.hold, visit.tolerance_open, visit.rate_open = row.statement, False, False
        visit.must_lower = visit.now_on is not None
        reason = Reason(row.statement, (row.cite(),), direction=Direction.AGAINST, code=effect)
        self._stop(row.statement)
        return [
            self._raise_alert("high", effect, f"{words.rstrip('.')}. {row.statement}"),
            Action(ActionKind.STOP, "magnet_on", f"Magnet on, then switch off or down. {row.statement}", None, reason),
        ]

    def _watch_s(self) -> float:
        return limit("watch_after_first" if self._visit.first else "watch_after_change").least
