"""One ECT session as a step machine: checks, stimulus, seizure, recovery, release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, final

from euthymia.case import drugs
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.contract import Action, ActionKind, Observation, Prescription
from euthymia.therapies.ect.prescription import EctPrescription
from euthymia.therapies.ect.tables import session_limit
from euthymia.therapies.stepping import Handler, StepMachine

_CHECKS = {
    "consent": "Confirm consent (or the lawful basis) and that the patient still agrees.",
    "fasting": "Ask when the patient last ate and drank.",
    "anesthetic_check": "The anesthetist examines the patient and clears the anesthetic; check loose teeth.",
    "medication_check": "Ask what was taken since yesterday: lithium, benzodiazepines, anticonvulsants.",
    "suicidality": "Ask about suicidal thoughts and plans.",
    "vital_signs": "Measure blood pressure, heart rate and oxygen saturation.",
}


def session(case: Case, prescription: Prescription, n: int) -> EctSession:
    """Return the ``n``-th session as a step machine."""
    return EctSession(case, prescription, n)


@final
class EctSession(StepMachine):
    """A session of ECT; see :class:`~euthymia.therapies.stepping.StepMachine` for the three calls.

    Observations: ``consent`` (given), ``fasting`` (solid_h, clear_fluid_h), ``anesthetic_check`` (cleared, by),
    ``medication_check`` (lithium_h: hours since the last dose, required on lithium; accepted_by), ``suicidality``
    (thoughts, plan), ``vital_signs`` (systolic_mmhg, diastolic_mmhg, heart_rate, saturation_pct), ``stimulus``
    (charge_mc, pulse_width_ms), ``seizure`` (eeg_s, motor_s, ended), ``termination`` (drug, seizure_ended, eeg_s),
    ``recovery`` (oriented_items, since_min), ``adverse_event`` (name, severity, serious), ``ready`` (by, escort),
    ``cancel`` (because).
    """

    therapy = "ect"

    def __init__(self, case: Case, prescription: Prescription, n: int) -> None:
        if not isinstance(prescription, EctPrescription):
            raise InvalidInput("prescription", type(prescription).__name__, "an EctPrescription")
        if n > prescription.sessions:
            words = f"at most {prescription.sessions}, the sessions prescribed"
            raise SafetyLimit("n", n, words, "Write a new prescription after a review.")
        super().__init__(case, form=prescription.form, protocol=prescription.protocol, number=n)
        self._rx = prescription
        taken = {known.name for m in case.medications if (known := drugs.drug(m.name))}
        self._on_lithium = "lithium" in taken
        self._done: set[str] = set()
        self._refused = ""
        self._stimuli: list[dict[str, float]] = []
        self._seizing = False
        self._last_seizure_s: float | None = None  # EEG seconds of the newest seizure; None before one is recorded
        self._last_end_s = 0.0
        self._terminated_needed = False
        self._reoriented_min: float | None = None
        self._stable, self._ready = False, False

    # --- steps ------------------------------------------------------------------------------------------------------

    def _begin(self) -> list[Action]:
        return [Action(ActionKind.MEASURE, code, text) for code, text in _CHECKS.items()]

    def _handlers(self) -> Mapping[str, Handler]:
        return {
            "consent": self._consent, "fasting": self._fasting, "anesthetic_check": self._anesthetic,
            "medication_check": self._medication, "suicidality": self._suicidality, "vital_signs": self._vitals,
            "stimulus": self._stimulus, "seizure": self._seizure, "termination": self._termination,
            "recovery": self._recovery, "adverse_event": self._adverse, "ready": self._release, "cancel": self._cancel,
        }  # fmt: skip

    def _consent(self, seen: Observation) -> list[Action]:
        if not self._flag_of(seen, "given"):
            return self._refuse("consent", "No consent: no treatment today.")
        return self._passed("consent")

    def _fasting(self, seen: Observation) -> list[Action]:
        for name, row_name in (("solid_h", "fasting_solid"), ("clear_fluid_h", "fasting_clear")):
            row = session_limit(row_name)
            if self._number_of(seen, name, 0, 240) < row.value:
                return self._refuse("fasting", f"Not fasted: {row.statement}. Postpone.", row_name)
        return self._passed("fasting")

    def _anesthetic(self, seen: Observation) -> list[Action]:
        self._word_of(seen, "by")
        if not self._flag_of(seen, "cleared"):
            return self._refuse("anesthetic_check", "The anesthetist does not clear the patient: no treatment today.")
        return self._passed("anesthetic_check")

    def _medication(self, seen: Observation) -> list[Action]:
        if not self._on_lithium and "lithium_h" not in seen.values:
            return self._passed("medication_check")
        hold = session_limit("lithium_hold")
        hours = self._number_of(seen, "lithium_h", 0, 10000)
        if hours >= hold.value:
            return self._passed("medication_check")
        if "accepted_by" in seen.values:
            by = self._word_of(seen, "accepted_by")
            told = Action(ActionKind.INFORM, "lithium_accepted", f"Treated on lithium by decision of {by}.")
            return [told, *self._passed("medication_check")]
        self._done.discard("medication_check")
        text = f"Last lithium {hours:g} h ago: {hold.statement}. A clinician must decide and be named."
        return [self._alert("moderate", "lithium_not_held", text, "lithium_hold")]

    def _suicidality(self, seen: Observation) -> list[Action]:
        thoughts, plan = self._flag_of(seen, "thoughts"), self._flag_of(seen, "plan")
        actions = self._passed("suicidality")
        if plan:
            text = "Suicidal plan or intent: continuous observation and a named clinician before and after the session."
            actions.append(self._raise_alert("high", "suicidality", text))
        elif thoughts:
            actions.append(self._raise_alert("moderate", "suicidality", "Suicidal thoughts: same-day review."))
        return actions

    def _vitals(self, seen: Observation) -> list[Action]:
        systolic = self._number_of(seen, "systolic_mmhg", 40, 320)
        diastolic = self._number_of(seen, "diastolic_mmhg", 20, 220)
        self._number_of(seen, "heart_rate", 15, 300)
        saturation = self._number_of(seen, "saturation_pct", 30, 100)
        wrong = [
            row.statement
            for value, row in (
                (systolic, session_limit("systolic_stop")), (diastolic, session_limit("diastolic_stop")),
            )
            if value >= row.value
        ]  # fmt: skip
        low = session_limit("saturation_min")
        if saturation < low.value:
            wrong.append(low.statement)
        if self._began_treatment:
            self._stable = not wrong
            kind = ActionKind.INFORM if self._stable else ActionKind.WAIT
            return [Action(kind, "vital_signs", "; ".join(wrong) or "Vital signs are stable.")]
        if wrong:
            self._done.discard("vital_signs")
            text = f"Vital signs: {'; '.join(wrong)}. Treat or postpone, then measure again."
            return [Action(ActionKind.PAUSE, "vital_signs", text, reason=self._why("systolic_stop"))]
        return self._passed("vital_signs")

    def _stimulus(self, seen: Observation) -> list[Action]:
        open_checks = [code for code in _CHECKS if code not in self._done]
        if self._refused or self._stopped_because:
            raise SafetyLimit("stimulus", "given", "no stimulus after a refusal or stop", self._refused)
        if open_checks:
            raise SafetyLimit("stimulus", "given", f"after the checks: {', '.join(open_checks)}")
        if self._seizing or (self._stimuli and self._last_seizure_s is None):
            raise SafetyLimit("stimulus", "given", "after the seizure of the last stimulus was recorded as ended")
        charge = self._number_of(seen, "charge_mc", 0.1, 1e5)
        width = self._number_of(seen, "pulse_width_ms", 0.01, 1e4)
        if charge > self._rx.charge_max_mc:
            raise SafetyLimit(
                "charge_mc", charge, f"at most {self._rx.charge_max_mc:g} mC, the device's highest charge"
            )
        if width != self._rx.pulse_width_ms:
            raise SafetyLimit("pulse_width_ms", width, f"{self._rx.pulse_width_ms:g} ms, as prescribed")
        if self._stimuli:
            self._check_restimulation(seen.at_s, charge)
        self._began_treatment = True
        self._stable = self._ready = False
        self._stimuli.append({"charge_mc": charge, "pulse_width_ms": width, "at_s": seen.at_s})
        self._last_seizure_s = None
        return [Action(ActionKind.MEASURE, "seizure", "Time the seizure on the EEG and on the cuffed limb.")]

    def _check_restimulation(self, at_s: float, charge: float) -> None:
        """Number, waiting time and charge of a further stimulus, or SafetyLimit."""
        seizure = self._last_seizure_s or 0.0
        if seizure >= session_limit("short_seizure").value:
            raise SafetyLimit(
                "stimulus", "given", "one adequate seizure a session", f"The last one took {seizure:g} s."
            )
        most = session_limit("stimulations_max")
        if len(self._stimuli) >= most.value:
            raise SafetyLimit("stimulus", len(self._stimuli) + 1, f"{most.value:g} {most.statement}")
        wait = session_limit("restimulate_after_short" if seizure > 0 else "restimulate_after_missed")
        if at_s - self._last_end_s < wait.value:
            raise SafetyLimit("stimulus", f"{at_s - self._last_end_s:g} s after the last", wait.statement)
        least = self._stimuli[-1]["charge_mc"] * (1 + session_limit("restimulate_increase").value / 100)
        if charge < min(least, self._rx.charge_max_mc) - 1e-9:
            raise SafetyLimit(
                "charge_mc", charge, f"{least:.4g} mC or more", session_limit("restimulate_increase").statement
            )

    def _seizure(self, seen: Observation) -> list[Action]:
        if not self._stimuli or (self._last_seizure_s is not None and not self._seizing):
            raise InvalidInput("kind", "seizure", "after a stimulus")
        eeg = self._number_of(seen, "eeg_s", 0, 36000)
        motor = self._number_of(seen, "motor_s", 0, 36000)
        ended = self._flag_of(seen, "ended")
        self._seizing = not ended
        self._last_seizure_s = max(eeg, motor)
        self._last_end_s = seen.at_s
        actions: list[Action] = []
        if self._last_seizure_s > session_limit("prolonged_stop").value or (
            self._seizing and self._last_seizure_s >= session_limit("prolonged_stop").value
        ):
            actions += self._prolonged()
        elif self._seizing and self._last_seizure_s >= session_limit("prolonged_alert").value:
            row = session_limit("prolonged_alert")
            actions.append(self._alert("moderate", "seizure_long", f"{row.statement}.", "prolonged_alert"))
        if not ended:
            return [*actions, Action(ActionKind.MEASURE, "seizure", "The seizure goes on: keep timing it.")]
        self._stimuli[-1].update(eeg_s=eeg, motor_s=motor)
        return [*actions, *self._after_seizure(eeg, motor)]

    def _prolonged(self) -> list[Action]:
        row = session_limit("prolonged_stop")
        self._terminated_needed = self._seizing
        text = f"Prolonged seizure: {row.statement}. Give the terminating drug now, oxygen, and call for help."
        if self._stopped_because:  # told already
            return [Action(ActionKind.STOP, "prolonged_seizure", text, reason=self._why("prolonged_stop"))]
        self._note_side_effect(self._now_s, "prolonged seizure", "severe", serious=True)
        return [self._alert("high", "prolonged_seizure", text, "prolonged_stop"), self._stop("Prolonged seizure")]

    def _after_seizure(self, eeg: float, motor: float) -> list[Action]:
        if self._stopped_because:
            return [Action(ActionKind.MEASURE, "recovery", "Watch closely until reoriented.")]
        short = session_limit("short_seizure")
        longest = max(eeg, motor)
        if longest < short.value:
            word = "Missed seizure" if longest == 0 else "Short seizure"
            wait = session_limit("restimulate_after_missed" if longest == 0 else "restimulate_after_short")
            left = int(session_limit("stimulations_max").value) - len(self._stimuli)
            if left <= 0:
                self._stopped_because = f"{word} and no stimulation left"
                text = f"{word}: no further stimulus today. Review dose, anesthetic and anticonvulsants."
                return [Action(ActionKind.STOP, "no_seizure", text, reason=self._why("stimulations_max"))]
            text = f"{word} ({longest:g} s). {wait.statement}; then raise the charge. {left} stimulation(s) left."
            due = self._now_s + wait.value
            return [Action(ActionKind.WAIT, "restimulate", text, due, self._why("short_seizure"))]
        adequate = session_limit("adequate_eeg")
        word = "Adequate seizure" if eeg >= adequate.value else "Seizure of doubtful adequacy: raise the dose next time"
        text = f"{word} (EEG {eeg:g} s, motor {motor:g} s)."
        return [
            Action(ActionKind.INFORM, "seizure_rated", text, reason=self._why("adequate_eeg")),
            Action(
                ActionKind.MEASURE, "recovery", "Ask name, place, birthday, age and day of the week until reoriented."
            ),
        ]

    def _termination(self, seen: Observation) -> list[Action]:
        if not self._seizing:
            raise InvalidInput("kind", "termination", "while a seizure goes on")
        drug, ended = self._word_of(seen, "drug"), self._flag_of(seen, "seizure_ended")
        if not ended:
            text = f"The seizure goes on after {drug}: treat as status epilepticus."
            return [self._raise_alert("high", "status_epilepticus", text)]
        eeg = self._number_of(seen, "eeg_s", 0, 36000)
        self._stimuli[-1].update(eeg_s=eeg)
        self._last_seizure_s = eeg
        self._seizing = self._terminated_needed = False
        return [Action(ActionKind.MEASURE, "recovery", "Watch closely until reoriented.")]

    def _recovery(self, seen: Observation) -> list[Action]:
        if not self._began_treatment or self._seizing:
            raise InvalidInput("kind", "recovery", "after a stimulus whose seizure has ended")
        items = self._number_of(seen, "oriented_items", 0, 5)
        minutes = self._number_of(seen, "since_min", 0, 1440)
        if items >= session_limit("oriented_items").value:
            self._reoriented_min = minutes
            actions = [Action(ActionKind.MEASURE, "vital_signs", "Reoriented. Measure the vital signs.")]
            row = session_limit("cognition_review_min")
            if minutes >= row.value:
                self._note_side_effect(seen.at_s, "slow reorientation", "moderate")
                actions.append(Action(ActionKind.INFORM, "slow_reorientation", f"{row.statement}."))
            return actions
        late = session_limit("reorientation_alert")
        if minutes >= late.value:
            return [self._alert("moderate", "not_reoriented", f"{late.statement}.", "reorientation_alert")]
        return [Action(ActionKind.WAIT, "recovery", "Not reoriented yet: ask again in a few minutes.")]

    def _adverse(self, seen: Observation) -> list[Action]:
        name, serious = self._word_of(seen, "name"), self._flag_of(seen, "serious")
        severity = self._word_of(seen, "severity", ("mild", "moderate", "severe", "unknown"))
        self._note_side_effect(seen.at_s, name, severity, serious)
        if not serious:
            return [Action(ActionKind.INFORM, "adverse_event", f"Recorded: {name}.")]
        return [self._raise_alert("high", "adverse_event", f"Serious adverse event: {name}."), self._stop(name)]

    def _release(self, seen: Observation) -> list[Action]:
        by = self._word_of(seen, "by")
        escort = self._flag_of(seen, "escort")
        outpatient = self._case.episode is not None and self._case.episode.setting == "outpatient"
        missing = self._medical_gates()
        if outpatient and not escort:
            missing.append("somebody must take an outpatient home")
        if missing:
            return [Action(ActionKind.REFUSE, "ready", f"Not yet: {'; '.join(missing)}.")]
        self._ready = True
        if (self._last_seizure_s or 0.0) < session_limit("short_seizure").value:
            self._stopped_because = self._stopped_because or "no adequate seizure"
        return [Action(ActionKind.RELEASE, "release", f"Released by {by}: no driving, somebody stays tonight.")]

    def _cancel(self, seen: Observation) -> list[Action]:
        if self._began_treatment:
            raise InvalidInput("kind", "cancel", "before the first stimulus; afterwards follow the recovery")
        return [self._stop(self._word_of(seen, "because"))]

    # --- gates and record -------------------------------------------------------------------------------------------

    def _medical_gates(self) -> list[str]:
        gates = []
        if self._last_seizure_s is None:
            gates.append("the seizure of the last stimulus is not recorded")
        if self._seizing or self._terminated_needed:
            gates.append("the seizure has not ended")
        if self._reoriented_min is None:
            gates.append("the patient is not reoriented")
        if not self._stable:
            gates.append("vital signs after the seizure are not recorded as stable")
        return gates

    def _closed_gates(self) -> list[str]:
        if not self._began_treatment:
            return [] if self._refused or self._stopped_because else ["treat, or cancel with a reason"]
        return [*self._medical_gates(), *([] if self._ready else ["nobody has released the patient"])]

    def _summary(self) -> Mapping[str, Any]:
        return {
            "placement": self._rx.placement,
            "stimulations": [dict(s) for s in self._stimuli],
            "seizure_eeg_s": self._stimuli[-1].get("eeg_s") if self._stimuli else None,
            "reoriented_min": self._reoriented_min,
            **({"refused": self._refused} if self._refused else {}),
        }

    def _passed(self, code: str) -> list[Action]:
        if self._refused:
            return [Action(ActionKind.REFUSE, code, self._refused)]
        self._done.add(code)
        left = [c for c in _CHECKS if c not in self._done]
        if left:
            return [Action(ActionKind.INFORM, code, f"Recorded. Still to check: {', '.join(left)}.")]
        text = "All checks are done: anesthetize, confirm relaxation, and give the stimulus."
        return [Action(ActionKind.DO, "stimulus", text)]

    def _refuse(self, code: str, text: str, row_name: str = "") -> list[Action]:
        self._refused = text
        self._stopped_because = self._stopped_because or text
        return [Action(ActionKind.REFUSE, code, text, reason=self._why(row_name) if row_name else None)]

    def _alert(self, level: str, code: str, text: str, row_name: str) -> Action:
        alert = self._raise_alert(level, code, text)
        return replace(alert, reason=self._why(row_name))

    @staticmethod
    def _why(row_name: str) -> Reason:
        row = session_limit(row_name)
        words = f"{row.statement[0].upper()}{row.statement[1:]} ({row.value:g} {row.unit})."
        return Reason(words, (row.cite(),), direction=Direction.AGAINST, code=row.name)
