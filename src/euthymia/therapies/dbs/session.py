"""One DBS programming visit as a step machine: checks, survey, changes inside limits, watch, record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from euthymia.case.model import Case
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.contract import Action, ActionKind, Observation, Prescription
from euthymia.therapies.dbs.change_rules import change_refusals
from euthymia.therapies.dbs.setting import SIDES, ContactShare, SideSetting
from euthymia.therapies.dbs.simulate import as_dbs
from euthymia.therapies.dbs.tables import effect_row, effects, form_row, lead_row, limit
from euthymia.therapies.dbs.visit import SAME, Visit, names, same_contacts
from euthymia.therapies.device_visit import SEVERITIES, DeviceVisit, refuse
from euthymia.therapies.stepping import Handler


def session(case: Case, prescription: Prescription, n: int) -> DbsSession:
    """Return the ``n``-th programming visit as a step machine."""
    return DbsSession(case, prescription, n)


@final
class DbsSession(DeviceVisit):
    """A programming visit; visit 1 is the activation.

    Observations: ``suicide_screen`` (the six C-SSRS answers), ``rating`` (scale, total), ``wound_check``
    (days_since_operation, healed), ``battery`` (status), ``interrogation`` (side, contacts, amplitude; what the device
    runs as the visit begins), ``impedance`` (side, contact, ohm), ``request_setting`` (side, contacts, amplitude,
    purpose survey|chronic, optional anodes), ``setting_applied`` (side, amplitude), ``acute_effect`` (side, effect,
    severity), ``warnings_given`` (mri, diathermy), ``disposition`` (by, text), ``adverse_event`` (name, severity,
    serious), ``final_settings`` (left_amplitude, right_amplitude, by), ``clock``, ``cancel`` (because).
    """

    therapy = "dbs"
    after_mania = "nothing is raised today; lower or move the contact, and rate again soon."
    when_depleted = "Battery depleted: stimulation is lost and relapse is expected. Arrange the replacement now."
    when_low = "Battery near its end: plan the replacement before stimulation stops."
    warnings = "Tell the patient: no diathermy ever, and no MRI before the center has checked the exact system."

    def __init__(self, case: Case, prescription: Prescription, n: int) -> None:
        rx = as_dbs(prescription)
        self._visit = Visit.begin(case, rx, n)
        super().__init__(
            case, self._visit, form=rx.form, protocol=rx.protocol, number=n,
            activation_after=limit("activation_after"), mania_watch=limit("mania_watch"),
        )  # fmt: skip
        self._allowed: dict[str, tuple[SideSetting, str]] = {}
        self._last_change_s: float | None = None

    # --- steps ------------------------------------------------------------------------------------------------------

    def _begin(self) -> list[Action]:
        steps = [
            ("suicide_screen", "Ask the C-SSRS screener before anything is changed."),
            ("rating", "Rate depression today; not the rater who programs, where possible."),
            ("battery", "Read the battery status."),
            ("impedance", f"Measure the impedance of every contact ({limit('usable_impedance').words} is usable)."),
        ]
        if form_row(self._visit.rx.form).mania_rating_required:
            steps.insert(2, ("mania_rating", "Rate mania (YMRS): this target can cause hypomania."))
        if self._number == 1:
            words = f"Check the wound and count the days since the operation ({limit('activation_after').words})."
            steps.insert(0, ("wound_check", words))
        else:
            steps.insert(0, ("interrogation", "Read what the device runs on each side as the visit begins."))
        return [Action(ActionKind.MEASURE, code, text) for code, text in steps]

    def _handlers(self) -> Mapping[str, Handler]:
        return {
            **self._shared_handlers(), "suicide_screen": self._take_screen,
            "interrogation": self._take_interrogation, "impedance": self._take_impedance,
            "request_setting": self._take_request, "setting_applied": self._take_applied,
            "acute_effect": self._take_effect, "final_settings": self._take_final,
        }  # fmt: skip

    def _take_screen(self, seen: Observation) -> list[Action]:
        found = self._visit.checks.take_screen(seen)
        return self._told_of_screen(found, high=self._visit.checks.high_risk)

    def _take_interrogation(self, seen: Observation) -> list[Action]:
        side = self._word_of(seen, "side", SIDES)
        found = self._setting(seen, side)
        running = found if found.amplitude > 0 else None
        if self._final or self._allowed or self._last_change_s is not None:
            return [refuse("interrogation", "Interrogate before the first change of the visit.")]
        self._visit.at_start[side] = self._visit.now_on[side] = running
        self._began_treatment = True
        before = self._visit.earlier
        if before is None or before.unit != self._visit.rx.unit:
            return []
        expected = before.amplitudes[side]
        if abs(expected - found.amplitude) < SAME and (running is None or before.contacts[side] == names(found)):
            return []
        unit = self._visit.rx.unit
        words = f"{side}: {found.amplitude:g} {unit} found, {expected:g} {unit} left at the last visit"
        lost = " Stimulation is off: relapse is expected." if running is None else ""
        return [self._raise_alert("moderate", "settings_differ", f"{words}. Find out why before changing it.{lost}")]

    def _take_impedance(self, seen: Observation) -> list[Action]:
        side, contact = self._word_of(seen, "side", SIDES), self._word_of(seen, "contact")
        lead_row(self._visit.rx.lead).area_cm2(contact)
        ohm, row = self._number_of(seen, "ohm", 0, 1e6), limit("usable_impedance")
        self._visit.impedance[side, contact] = ohm
        if row.allows(ohm):
            return []
        kind = "short circuit" if row.low is not None and ohm < row.low else "open circuit"
        words = f"{side} contact {contact}: {ohm:g} ohm, {kind} ({row.words} is usable). Do not use it; image the lead."
        return [self._raise_alert("moderate", "impedance_fault", words)]

    def _take_request(self, seen: Observation) -> list[Action]:
        side = self._word_of(seen, "side", SIDES)
        purpose = self._word_of(seen, "purpose", ("survey", "chronic"))
        setting = self._setting(seen, side)
        refused = (
            []
            if self._visit.is_lowering(setting)
            else change_refusals(self._visit, setting, purpose, now_s=self._now_s, stopped=self._stopped_because)
        )
        if refused:
            return refused
        self._allowed[side] = (setting, purpose)
        rx = self._visit.rx
        words = f"{side}: {setting.words}, {setting.amplitude:g} {rx.unit}, {rx.pulse_width_us:g} us, "
        return [Action(ActionKind.DO, "set", f"{words}{rx.frequency_hz:g} Hz ({purpose}); then confirm it.")]

    def _take_applied(self, seen: Observation) -> list[Action]:
        side, amplitude = self._word_of(seen, "side", SIDES), self._number_of(seen, "amplitude", 0, 1e6)
        allowed, purpose = self._allowed.pop(side, (None, ""))
        self._final = False
        self._last_change_s = self._now_s
        if allowed is None or abs(allowed.amplitude - amplitude) > SAME:
            should = allowed or self._visit.now_on.get(side)
            back = f"{should.amplitude:g} {self._visit.rx.unit}" if should else "off"
            self._visit.mismatch.add(side)
            words = f"{side}: {amplitude:g} {self._visit.rx.unit} was set, which was not allowed. Return to {back} now."
            return [self._raise_alert("high", "not_allowed", words), self._stop(words)]
        before = self._visit.now_on.get(side)
        self._visit.now_on[side] = allowed if amplitude > 0 else None
        self._began_treatment = True
        self._visit.mismatch.discard(side)
        if amplitude <= self._visit.must_lower.get(side, -1.0) or amplitude == 0 or not same_contacts(before, allowed):
            self._visit.must_lower.pop(side, None)
        (self._visit.surveying.add if purpose == "survey" and amplitude > 0 else self._visit.surveying.discard)(side)
        if purpose == "survey":
            self._visit.survey[side, names(allowed)] = (amplitude, self._now_s)
        ask = Action(ActionKind.MEASURE, "acute_effect", f"{side}: ask and look for acute effects, mood and anxiety.")
        due = self._now_s + (limit("watch_after_change").low or 0.0)
        return [ask, Action(ActionKind.WAIT, "watch", "Watch the patient after the last change.", due_s=due)]

    def _take_effect(self, seen: Observation) -> list[Action]:
        side = self._word_of(seen, "side", SIDES)
        row = effect_row(self._word_of(seen, "effect", tuple(e.effect for e in effects())))
        severity = self._word_of(seen, "severity", SEVERITIES)
        on = self._visit.now_on.get(side)
        if row.kind in ("side_effect", "warning"):
            self._note_side_effect(self._now_s, row.effect.replace("_", " "), severity, row.serious)
        reason = Reason(row.statement, (row.cite(),), direction=Direction.AGAINST, code=row.effect)
        lower = row.action == "lower" or (row.action == "note" and row.kind == "side_effect" and severity == "severe")
        if row.action == "stop":
            self._visit.hold = row.statement
            self._stop(row.statement)
            for each in (s for s in SIDES if self._visit.now_on.get(s)):
                self._visit.require_lower(each)
            return [
                self._raise_alert("high", row.effect, row.statement),
                Action(
                    ActionKind.STOP, "lower_or_off", f"{row.statement} Nothing is raised any more today.", None, reason
                ),
            ]
        if lower and on is not None:
            self._visit.require_lower(side)
            return [Action(ActionKind.DO, "lower", f"{side}: {row.statement}", reason=reason)]
        return [Action(ActionKind.INFORM, row.effect, row.statement, reason=reason)]

    def _take_final(self, seen: Observation) -> list[Action]:
        self._word_of(seen, "by")
        told = {side: self._number_of(seen, f"{side}_amplitude", 0, 1e6) for side in SIDES}
        wrong = [s for s in SIDES if abs(told[s] - self._visit.amplitude(s)) > SAME]
        self._final = not wrong
        if wrong:
            words = ", ".join(
                f"{s} {told[s]:g} against {self._visit.amplitude(s):g} {self._visit.rx.unit}" for s in wrong
            )
            return [
                self._raise_alert("moderate", "final_settings", f"Device and record differ: {words}. Read it again.")
            ]
        still_open = self._closed_gates()
        if still_open:
            return [
                Action(ActionKind.INFORM, "recorded", f"Final settings recorded. Still open: {'; '.join(still_open)}.")
            ]
        return [Action(ActionKind.RELEASE, "recorded", "Final settings recorded; the visit may end.")]

    # --- gates and record -----------------------------------------------------------------------------------------

    def _closed_gates(self) -> list[str]:
        if self._stopped_because and not self._began_treatment:
            return self._visit.checks.open_disposition()
        gates = self._visit.checks.open_before_end()
        gates += [f"{side}: setting that was not allowed is undone" for side in sorted(self._visit.mismatch)]
        gates += [f"{side}: lowered after the side effect" for side in sorted(self._visit.must_lower)]
        gates += [f"{s}: a chronic setting after the survey (or off)" for s in sorted(self._visit.surveying)]
        gates += [f"interrogation of the {s} side" for s in SIDES if s not in self._visit.now_on]
        if not self._visit.battery:
            gates.append("battery status")
        for side, on in self._visit.now_on.items():
            gates += [
                f"impedance of {side} contact {c}"
                for c in (on.contacts if on else ())
                if (side, c) not in self._visit.impedance
            ]
        if self._number == 1 and not self._stopped_because and not any(self._visit.now_on.values()):
            gates.append("activation, or a reason for leaving stimulation off (cancel)")
        watch = limit("watch_after_change").low or 0.0
        if self._last_change_s is not None and self._now_s < self._last_change_s + watch:
            gates.append(f"{watch:g} s of watch after the last change")
        if not self._warned:
            gates.append("MRI and diathermy warnings given")
        if not self._final:
            gates.append("final settings read back and recorded")
        return gates

    def _summary(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {**self._visit.checks.summary(), "battery": self._visit.battery or "not read"}
        if self._began_treatment:
            found |= {
                "amplitude_unit": self._visit.rx.unit,
                "changed": self._visit.changed(),
                "mri_diathermy_warning": self._warned,
            }
            found |= {"pulse_width_us": self._visit.rx.pulse_width_us, "frequency_hz": self._visit.rx.frequency_hz}
            for side in SIDES:
                on = self._visit.now_on.get(side)
                found |= {f"{side}_amplitude": self._visit.amplitude(side), f"{side}_contacts": names(on) if on else ""}
                if on is not None:
                    found[f"{side}_charge_density_uc_cm2"] = round(self._visit.density(on), 3)
        found["impedance_ohm"] = {f"{side} {contact}": ohm for (side, contact), ohm in self._visit.impedance.items()}
        found["impedance_fault"] = any(not limit("usable_impedance").allows(v) for v in self._visit.impedance.values())
        return found

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _setting(self, seen: Observation, side: Any) -> SideSetting:
        groups = []
        for name in ("contacts", "anodes"):
            names = self._word_of(seen, name).split("+") if name == "contacts" or name in seen.values else []
            for contact in names:
                lead_row(self._visit.rx.lead).area_cm2(contact)
            groups.append(tuple(ContactShare(contact, 100.0 / len(names)) for contact in names))
        return SideSetting(side, self._number_of(seen, "amplitude", 0, 1e6), groups[0], groups[1])
