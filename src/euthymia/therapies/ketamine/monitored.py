"""What every ketamine session takes in: checks, readings, symptoms, C-SSRS, stop, transfer, discharge.

All thresholds are rows of ``limits.csv``; the symptoms that pause or stop a dose are rows of ``stop_rules.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from euthymia.case.suicide import triage_of
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.dosing_checks import (
    missing_items,
    require_known_items,
    scale_of,
    suicide_screen_of,
    triage_alert,
    triage_told,
)
from euthymia.therapies.ketamine.gates import MIN_S, GatedSession
from euthymia.therapies.ketamine.tables import limit, stop_rules
from euthymia.therapies.stepping import Handler
from euthymia.therapies.watched import Pressure

SERIOUSNESS = (
    "death", "life_threatening", "hospitalization", "disability", "congenital_anomaly", "important_medical_event",
)  # fmt: skip
"""Why an adverse event counts as serious, as the monitoring form asks."""


class MonitoredSession(GatedSession):
    """A dosing session under observation; its two forms say how the dose itself is given."""

    # --- observations -------------------------------------------------------------------------------------------------

    def _handlers(self) -> Mapping[str, Handler]:
        return {
            "checklist": self._take_checklist, "blood_pressure": self._take_pressure,
            "oxygen_saturation": self._take_saturation, "pulse": self._take_pulse, "sedation": self._take_sedation,
            "dissociation": self._take_dissociation, "symptom": self._take_symptom,
            "symptom_ended": self._take_symptom_ended, "suicide_screen": self._take_suicide_screen,
            "disposition": self._take_disposition, "clinician_decision": self._take_decision,
            "scale": self._take_scale, "level_measured": self._take_level, "misuse_check": self._take_misuse,
            "fit_to_leave": self._take_fit,
            "stop": self._take_stop, "transfer": self._take_transfer, "discharge": self._take_discharge,
            "clock": self._take_clock,
        }  # fmt: skip

    def _take_checklist(self, seen: Observation) -> list[Action]:
        require_known_items(seen, self._required)
        given = {name: self._flag_of(seen, name) for name in seen.values}
        self._checks.update(given)
        return missing_items(given)

    def _take_pressure(self, seen: Observation) -> list[Action]:
        systolic = self._number_of(seen, "systolic_mmhg", 40, 320)
        diastolic = self._number_of(seen, "diastolic_mmhg", 20, 220)
        if diastolic >= systolic:
            raise InvalidInput("blood_pressure", f"{systolic:g}/{diastolic:g}", "systolic above diastolic")
        pressure = Pressure(seen.at_s, systolic, diastolic)
        self._bp.add(seen.at_s, systolic, diastolic)
        return self._pressure_before(pressure) if self._dose_began_s is None else self._pressure_after(pressure)

    def _pressure_before(self, pressure: Pressure) -> list[Action]:
        self._before, self._override_by = pressure, ""  # a new reading asks for a new decision
        row = limit("predose_systolic")
        if self._is_markedly_high(pressure):
            words = f"Blood pressure {pressure.words()} before the dose: no dose; treat and look for the cause."
            return [self._raise_alert("moderate", "predose_pressure", words)]
        if self._is_held(pressure):
            words = f"Hold: blood pressure {pressure.words()}. Weigh delay against benefit; repeat, or decide by name."
            return [Action(ActionKind.PAUSE, "hold", words, reason=row.reason(words, Direction.AGAINST))]
        if not row.permits(pressure.systolic):
            words = f"Blood pressure {pressure.words()}: above the label's guide, inside the trial rule for this age."
            return [Action(ActionKind.INFORM, "label_guide", words, reason=row.reason(words, Direction.AGAINST))]
        return [Action(ActionKind.INFORM, "pressure_ok", f"Blood pressure {pressure.words()}: inside the limit.")]

    def _pressure_after(self, pressure: Pressure) -> list[Action]:
        if not self._is_markedly_high(pressure):
            self._high_since_s = None
            return [*self._clear("blood_pressure"), *self._told_to_repeat(pressure)]
        wait, slack_s = limit("stop_recheck"), limit("iv_vitals_slack").bound * MIN_S
        if self._high_since_s is None:
            self._high_since_s = pressure.at_s
            words = f"blood pressure {pressure.words()}; {limit('stop_systolic').statement}"
            due = pressure.at_s + wait.bound * MIN_S
            words_due = f"Repeat in {wait.bound:g} min."
            recheck = Action(ActionKind.MEASURE, "blood_pressure", words_due, due_s=due, window_s=slack_s)
            return [*self._pause("blood_pressure", words), recheck]
        if pressure.at_s - self._high_since_s < wait.bound * MIN_S:
            due = self._high_since_s + wait.bound * MIN_S
            still = "Still high: repeat when due."
            return [Action(ActionKind.MEASURE, "blood_pressure", still, due_s=due, window_s=slack_s)]
        words = (
            f"Blood pressure {pressure.words()}, high again after {wait.bound:g} min. No more drug. Chest pain, "
            "headache, breathlessness or visual signs decide whether it is treated as an emergency."
        )
        return [self._stop_dose(words), self._raise_alert("high", "severe_hypertension", words)]

    def _told_to_repeat(self, pressure: Pressure) -> list[Action]:
        """After the dose, say of a pressure that forbids leaving that it is measured until it has fallen."""
        if self._dose_ended_s is None or not self._is_too_high_to_leave(pressure):
            return []
        row = limit("bp_check")
        words = (
            f"Blood pressure {pressure.words()}: too high to leave. Repeat until it has fallen; get help if it stays."
        )
        return [Action(ActionKind.INFORM, "pressure_high", words, reason=row.reason(words, Direction.AGAINST))]

    def _take_pulse(self, seen: Observation) -> list[Action]:
        self._pulse.add(seen.at_s, self._number_of(seen, "beats_min", 20, 250))
        return []

    def _take_saturation(self, seen: Observation) -> list[Action]:
        value = self._number_of(seen, "spo2_pct", 30, 100)
        self._spo2.add(seen.at_s, value)
        if limit("spo2").permits(value):
            return self._clear("spo2")
        words = f"oxygen saturation {value:g} %: airway, oxygen"
        return [*self._pause("spo2", words), self._raise_alert("moderate", "low_saturation", f"{words.capitalize()}.")]

    def _take_sedation(self, seen: Observation) -> list[Action]:
        value = self._whole_of(seen, "moaas", 0, 5)
        self._moaas.add(seen.at_s, value)
        alert = limit("sedation_alert").permits(value)
        self._episodes.mark("sedation", seen.at_s, not alert and self._dose_began_s is not None)
        if not limit("sedation_emergency").permits(value):
            words = f"MOAA/S {value:g}: no response to voice. Stop, airway, call for help."
            self._note_side_effect(seen.at_s, "loss of consciousness", "severe", True)
            self._serious.append({"at_s": seen.at_s, "name": "loss of consciousness", "seriousness": None})
            return [self._stop_dose(words), self._raise_alert("high", "deep_sedation", words)]
        if limit("sedation_pause").permits(value):
            return self._clear("sedation")
        return self._pause("sedation", f"MOAA/S {value:g}: deep sedation")

    def _whole_of(self, seen: Observation, name: str, low: int, high: int) -> float:
        """Read a score: its steps are whole points."""
        value = self._number_of(seen, name, low, high)
        if not value.is_integer():
            raise InvalidInput(f"{seen.kind}.{name}", value, f"a whole number from {low} to {high}")
        return value

    def _take_dissociation(self, seen: Observation) -> list[Action]:
        value = self._whole_of(seen, "cadss_total", 0, 92)
        self._cadss.add(seen.at_s, value)
        present = not limit("dissociation").permits(value)
        self._episodes.mark("dissociation", seen.at_s, present)
        words = "Dissociation: stay with the patient, calm words, low light." if present else "No dissociation now."
        return [Action(ActionKind.INFORM, "dissociation", words)]

    def _take_symptom(self, seen: Observation) -> list[Action]:
        name = self._word_of(seen, "name")
        severity = self._word_of(seen, "severity", ("mild", "moderate", "severe", "unknown"))
        serious = self._flag_of(seen, "serious") if "serious" in seen.values else False
        if "seriousness" in seen.values:
            if not serious:
                raise InvalidInput("symptom.serious", serious, "true, when `seriousness` is given")
            kind = self._word_of(seen, "seriousness", SERIOUSNESS)
            self._serious.append({"at_s": seen.at_s, "name": name, "seriousness": kind})
        elif serious:
            self._serious.append({"at_s": seen.at_s, "name": name, "seriousness": None})
        code = name.strip().casefold().replace(" ", "_")
        row = stop_rules().get(code)
        self._episodes.mark(code, seen.at_s, True)
        self._note_side_effect(seen.at_s, name, severity, serious)
        if row is not None and row.action == "stop":
            words = f"{row.statement[0].upper()}{row.statement[1:]}."
            return [self._stop_dose(words), self._raise_alert("high", code, words)]
        if row is not None:
            return self._pause(f"symptom:{code}", row.statement)
        if serious:
            return [self._raise_alert("high", "serious_event", f"Serious adverse event: {name}.")]
        return [Action(ActionKind.INFORM, "noted", f"Noted: {name} ({severity}).")]

    def _take_symptom_ended(self, seen: Observation) -> list[Action]:
        code = self._word_of(seen, "name").strip().casefold().replace(" ", "_")
        if not self._episodes.is_open(code):
            raise InvalidInput("symptom_ended.name", code, " | ".join(self._episodes.open_names()) or "none is open")
        self._episodes.mark(code, seen.at_s, False)
        return self._clear(f"symptom:{code}")

    def _take_suicide_screen(self, seen: Observation) -> list[Action]:
        screen = suicide_screen_of(seen)
        self._screen, self._triage, self._disposition = screen, triage_of(screen), {}
        self._screened_s = seen.at_s
        alert = triage_alert(self._triage)
        return [self._raise_alert(*alert) if alert else triage_told(self._triage)]

    def _take_disposition(self, seen: Observation) -> list[Action]:
        if self._triage is None:
            raise InvalidInput("disposition", "before the C-SSRS", "after `suicide_screen`")
        self._disposition = {name: self._word_of(seen, name) for name in ("by", "plan")}
        return [Action(ActionKind.INFORM, "disposition", f"Disposition recorded by {self._disposition['by']}.")]

    def _take_decision(self, seen: Observation) -> list[Action]:
        by, why = self._word_of(seen, "by"), self._word_of(seen, "because")
        decision = self._word_of(seen, "decision", ("proceed", "cancel"))
        if decision == "cancel":
            return [self._stop_dose(f"cancelled by {by}: {why}")]
        if self._before is None or self._is_markedly_high(self._before):
            raise SafetyLimit("clinician_decision", decision, "a held blood pressure below the stop limits")
        self._override_by = by
        self._deviations.append(f"dose in spite of {self._before.words()}, decided by {by}: {why}")
        return [Action(ActionKind.INFORM, "override", f"{by} takes the decision to go on: {why}")]

    def _take_scale(self, seen: Observation) -> list[Action]:
        name = self._word_of(seen, "scale")
        record, scored = scale_of(seen, name)
        self._scales.append(record)
        shown = "incomplete" if scored.total is None else f"{scored.total:g}"
        return [Action(ActionKind.INFORM, "scale", f"{scored.scale}: {shown}.")]

    def _take_level(self, seen: Observation) -> list[Action]:
        """A measured plasma level: kept, and told to the live figure; no dose and no outcome follows from it."""
        analyte = self._word_of(seen, "analyte", ("esketamine", "ketamine", "noresketamine", "norketamine"))
        value = self._number_of(seen, "ng_ml", 0.01, 5000)
        self._measured.append({"at_s": seen.at_s, "analyte": analyte, "ng_ml": value})
        words = f"Level recorded: {analyte} {value:g} ng/mL. It says nothing about the chance to respond."
        return [Action(ActionKind.INFORM, "level", words)]

    def _take_misuse(self, seen: Observation) -> list[Action]:
        asked = self._flag_of(seen, "asked_for_more")
        nonmedical = self._flag_of(seen, "nonmedical_use")
        found: dict[str, Any] = {"asked_for_more": asked, "nonmedical_use": nonmedical}
        if "craving_0_10" in seen.values:
            found["craving_0_10"] = self._number_of(seen, "craving_0_10", 0, 10)
        self._misuse = found
        if nonmedical:
            words = "Non-medical use of ketamine reported: review before the next dose."
            return [self._raise_alert("moderate", "misuse", words)]
        return [Action(ActionKind.INFORM, "misuse_check", "Misuse questions recorded.")]

    def _take_fit(self, seen: Observation) -> list[Action]:
        self._fit_to_leave_s = seen.at_s
        return [
            Action(ActionKind.INFORM, "fit_to_leave", "Recorded: would be ready to leave but for the waiting time.")
        ]

    def _take_stop(self, seen: Observation) -> list[Action]:
        by, why = self._word_of(seen, "by"), self._word_of(seen, "because")
        return [self._stop_dose(f"{why} (by {by})")]

    def _take_transfer(self, seen: Observation) -> list[Action]:
        """An emergency transfer closes the gates that only a patient on site can pass."""
        to, by, why = (self._word_of(seen, name) for name in ("to", "by", "because"))
        self._transferred_to = to
        words = f"Transferred to {to} by {by}: {why}. Hand over C-SSRS and discharge checks."
        return [self._stop_dose(f"transfer: {why}"), self._raise_alert("high", "transfer", words)]

    def _take_discharge(self, seen: Observation) -> list[Action]:
        named = ("escort_present", "alert_and_oriented", "told_not_to_drive")
        flags = {name: self._flag_of(seen, name) for name in named}
        unmet = [f"{name.replace('_', ' ')}: no" for name, ok in flags.items() if not ok]
        unmet += self._not_ready()
        if unmet:
            return [Action(ActionKind.REFUSE, "discharge", f"Not yet: {words}.") for words in unmet]
        self._released_s = seen.at_s
        words = "May leave with the escort. No driving until the next day after a restful sleep."
        return [Action(ActionKind.RELEASE, "release", words), *self._after_release()]

    def _after_release(self) -> list[Action]:
        return []

    def _take_clock(self, seen: Observation) -> list[Action]:
        unmet = self._not_ready() if self._dose_began_s is not None else self._refusals()
        return [Action(ActionKind.WAIT, "open", f"Open: {words}.") for words in unmet]

    # --- pausing, stopping, leaving -----------------------------------------------------------------------------------

    def _pause(self, cause: str, words: str) -> list[Action]:
        if self._dose_ended_s is None:
            self._paused_for[cause] = words
        return [Action(ActionKind.PAUSE, cause.split(":")[0], f"Pause: {words}.")]

    def _clear(self, cause: str) -> list[Action]:
        gone = self._paused_for.pop(cause, None)
        if gone is None:
            return []
        if self._paused_for:
            return [Action(ActionKind.INFORM, "cause_gone", f"Settled: {gone}. Others stand.")]
        return [Action(ActionKind.RESUME, "may_resume", f"Settled: {gone}. The dose may go on.")]

    def _stop_dose(self, because: str) -> Action:
        self._paused_for.clear()
        if self._dose_ended_s is not None:  # all of it was given: nothing is left to stop
            return Action(ActionKind.STOP, "no_more", because)
        self._on_stop()
        return self._stop(because)
