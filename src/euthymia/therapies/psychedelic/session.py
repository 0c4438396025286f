"""One dosing day: the gates of the morning, the dose, the watch, rescue, and the way home with a companion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from euthymia.case.model import Case
from euthymia.case.scales import score
from euthymia.case.scales.definition import Entry
from euthymia.case.scales.registry import scale
from euthymia.case.suicide import triage_of
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation, Prescription, Session
from euthymia.therapies.dosing_checks import (
    missing_items,
    require_known_items,
    scale_of,
    suicide_screen_of,
    triage_alert,
    triage_told,
)
from euthymia.therapies.psychedelic.gates import MIN_S, REQUIRED, GatedDay
from euthymia.therapies.psychedelic.prescription import MdmaPrescription, PsilocybinPrescription
from euthymia.therapies.psychedelic.tables import MDMA, asked_effects, limit, rescues
from euthymia.therapies.stepping import Handler
from euthymia.therapies.watched import Pressure

_NEVER_BY_DEFAULT = "haloperidol"
_SEVERITIES = ("mild", "moderate", "severe", "unknown")


def session(case: Case, prescription: Prescription, n: int) -> Session:
    """Return the ``n``-th dosing day of ``prescription`` as a step machine."""
    if not isinstance(prescription, (PsilocybinPrescription, MdmaPrescription)):
        raise InvalidInput("prescription", type(prescription).__name__, "a prescription of the therapy psychedelic")
    return DosingDay(case, prescription, n)


@final
class DosingDay(GatedDay):
    """One dosing day of psilocybin or MDMA."""

    def _handlers(self) -> Mapping[str, Handler]:
        return {
            "checklist": self._take_checklist, "preparation": self._take_preparation,
            "facilitators": self._take_facilitators, "medication_check": self._take_medicines,
            "ecg": self._take_ecg, "pregnancy_test": self._take_pregnancy,
            "clinician_decision": self._take_decision, "blood_pressure": self._take_pressure,
            "temperature": self._take_temperature, "pulse": self._take_pulse,
            "suicide_screen": self._take_suicide_screen,
            "disposition": self._take_disposition, "dose_given": self._take_dose,
            "supplement_given": self._take_supplement, "event": self._take_event,
            "event_ended": self._take_event_ended, "experience_check": self._take_experience,
            "rescue_given": self._take_rescue, "scale": self._take_scale, "transfer": self._take_transfer,
            "discharge": self._take_discharge, "clock": self._take_clock,
        }  # fmt: skip

    # --- the morning --------------------------------------------------------------------------------------------------

    def _take_checklist(self, seen: Observation) -> list[Action]:
        require_known_items(seen, REQUIRED)
        given = {name: self._flag_of(seen, name) for name in seen.values}
        self._checks.update(given)
        return missing_items(given)

    def _take_preparation(self, seen: Observation) -> list[Action]:
        minutes = self._minutes_of(seen)
        self._prepared = (minutes, self._number_of(seen, "hours_before", 0, 1e5))
        return self._told("preparation", self._preparation_refusal(), "Prepared.")

    def _minutes_of(self, seen: Observation) -> float:
        """Return the minutes of all preparation meetings together; a list is summed."""
        given = seen.values.get("minutes")
        if not isinstance(given, (list, tuple)):
            return self._number_of(seen, "minutes", 0, 1e5)
        parts = [
            self._number_of(Observation(seen.kind, seen.at_s, {"minutes": one}), "minutes", 0, 1e5) for one in given
        ]
        return sum(parts)

    def _take_facilitators(self, seen: Observation) -> list[Action]:
        count = int(self._number_of(seen, "count", 0, 100))
        self._facilitators = count
        if "participants" in seen.values:
            self._participants = int(self._number_of(seen, "participants", 1, 100))
            if self._dose_s is None and self._group_refusal():
                return self._told("facilitators", self._group_refusal(), "")
        row = limit("facilitators")
        if row.permits(count):
            return self._told("facilitators", [], f"{count} present.")
        if self._dose_s is None:
            return self._told("facilitators", [row.statement], "")
        words = f"Only {count} trained person(s) in the room during the drug effect: {row.statement}."
        self._deviations.append(words)
        return [self._raise_alert("moderate", "facilitators", words)]

    def _take_medicines(self, seen: Observation) -> list[Action]:
        found = {name: self._flag_of(seen, name) for name in ("lithium", "maoi", "changed")}
        self._medicines = found
        stops = [name for name in ("lithium", "maoi") if found[name]]
        words = [f"takes {name}: no dose" for name in stops]
        if found["changed"]:
            words.append("medicines have changed: record them and screen again before a dose")
            self._forbidden.append("medicines changed since screening")
        return self._told("medication_check", words, "No lithium, no MAO inhibitor, nothing new.")

    def _take_ecg(self, seen: Observation) -> list[Action]:
        self._qtc_ms = self._number_of(seen, "qtc_ms", 250, 750)
        row = limit("qtc")
        broken = [] if row.permits(self._qtc_ms) else [f"QTc {self._qtc_ms:g} ms; {row.statement}"]
        return self._told("ecg", broken, f"QTc {self._qtc_ms:g} ms.")

    def _take_pregnancy(self, seen: Observation) -> list[Action]:
        self._pregnant = self._flag_of(seen, "positive")
        return self._told("pregnancy_test", ["pregnant"] if self._pregnant else [], "Not pregnant.")

    def _take_decision(self, seen: Observation) -> list[Action]:
        by, why = self._word_of(seen, "by"), self._word_of(seen, "because")
        decision = self._word_of(seen, "decision", ("proceed", "cancel"))
        if decision == "cancel":
            if self._dose_s is not None:
                raise InvalidInput(
                    "clinician_decision", decision, "before the dose; afterwards `transfer` or `discharge`"
                )
            return [self._stop(f"cancelled by {by}: {why}")]
        named = [w for w in self._washouts if w.row.strength == "named"]
        if not named:
            raise InvalidInput("clinician_decision", decision, "an open wash-out that a clinician may decide on")
        self._override_by = by
        self._deviations += [f"{w.words()}, decided by {by}: {why}" for w in named]
        return [Action(ActionKind.INFORM, "override", f"{by} takes the decision to go on: {why}")]

    def _take_dose(self, seen: Observation) -> list[Action]:
        mg = self._number_of(seen, "mg", 0, 1e6)
        if self._dose_s is not None:
            raise SafetyLimit("dose_given", "a second dose", "one dose a day", "MDMA has `supplement_given`.")
        if abs(mg - self._planned_mg) > 1e-9:
            raise SafetyLimit("dose_given.mg", mg, f"{self._planned_mg:g} mg as prescribed")
        refusals = self._refusals()
        if refusals:
            raise SafetyLimit("dose_given", "now", "every gate of the morning open", f"Not yet: {'; '.join(refusals)}.")
        self._dose_s, self._began_treatment = seen.at_s, True
        words, slack = "Blood pressure and pulse.", limit("vitals_slack").bound * MIN_S
        return [
            Action(ActionKind.MEASURE, "blood_pressure", words, due_s=due, window_s=slack)
            for due in self._due_times_s()
        ] + [
            Action(
                ActionKind.WAIT, "stay", f"Stay {self._stay_min():g} min.", due_s=seen.at_s + self._stay_min() * MIN_S
            )
        ]

    def _take_supplement(self, seen: Observation) -> list[Action]:
        if self._form != MDMA:
            raise SafetyLimit("supplement_given", self._form, "MDMA only: psilocybin is one dose a day")
        mg = self._number_of(seen, "mg", 0, 1e6)
        if self._dose_s is None or self._supplement is not None:
            raise SafetyLimit("supplement_given", "now", "once, after the first dose")
        planned = self._rx.supplement_ratio * self._planned_mg
        if abs(mg - planned) > 1e-9:
            raise SafetyLimit("supplement_given.mg", mg, f"{planned:g} mg, half the first dose")
        limit("mdma_supplement_after").enforce("minutes since the dose", (seen.at_s - self._dose_s) / MIN_S)
        last = self._bp.pressure()
        if last is None or self._is_alarming(last) or self._high_since_s is not None:
            raise SafetyLimit("supplement_given", "now", "a blood pressure below the alarm limit")
        emergencies = [n for n in self._events.open_names() if n in rescues()]
        if emergencies:
            raise SafetyLimit("supplement_given", ", ".join(emergencies), "no such event going on")
        self._supplement = (seen.at_s, mg)
        due = seen.at_s + limit("vitals_early_every").bound * MIN_S
        return [Action(ActionKind.MEASURE, "blood_pressure", "Blood pressure after the supplement.", due_s=due)]

    # --- the watch ----------------------------------------------------------------------------------------------------

    def _take_pressure(self, seen: Observation) -> list[Action]:
        systolic = self._number_of(seen, "systolic_mmhg", 40, 320)
        diastolic = self._number_of(seen, "diastolic_mmhg", 20, 220)
        if diastolic >= systolic:
            raise InvalidInput("blood_pressure", f"{systolic:g}/{diastolic:g}", "systolic above diastolic")
        pressure = Pressure(seen.at_s, systolic, diastolic)
        self._bp.add(seen.at_s, systolic, diastolic)
        if self._dose_s is None:
            self._before = pressure
            broken = [] if self._below_limit(pressure) else [f"blood pressure {pressure.words()} is above the limit"]
            return self._told("blood_pressure", broken, f"Blood pressure {pressure.words()}.")
        if not self._is_alarming(pressure):
            self._high_since_s = None
            return [Action(ActionKind.INFORM, "blood_pressure", f"Blood pressure {pressure.words()}.")]
        wait_s = limit("recheck").bound * MIN_S
        if self._high_since_s is None or pressure.at_s - self._high_since_s < wait_s:
            self._high_since_s = pressure.at_s if self._high_since_s is None else self._high_since_s
            words = f"Blood pressure {pressure.words()}: repeat in {limit('recheck').bound:g} min."
            return [Action(ActionKind.MEASURE, "blood_pressure", words, due_s=self._high_since_s + wait_s)]
        words = f"Blood pressure {pressure.words()}, high again: physician now; antihypertensive as rescue."
        return [self._raise_alert("high", "severe_hypertension", words)]

    def _take_pulse(self, seen: Observation) -> list[Action]:
        self._pulse.add(seen.at_s, self._number_of(seen, "beats_min", 20, 250))
        return []

    def _take_temperature(self, seen: Observation) -> list[Action]:
        value = self._number_of(seen, "celsius", 25, 45)
        self._temperature.add(seen.at_s, value)
        if limit("alarm_temperature").permits(value):
            return [Action(ActionKind.INFORM, "temperature", f"{value:g} °C.")]
        words = f"Temperature {value:g} °C: {limit('alarm_temperature').statement}; cool, physician now."
        return [self._raise_alert("high", "hyperthermia", words)]

    def _take_event(self, seen: Observation) -> list[Action]:
        name = self._word_of(seen, "name")
        severity = self._word_of(seen, "severity", _SEVERITIES)
        pleasant = self._flag_of(seen, "pleasant")
        serious = self._flag_of(seen, "serious") if "serious" in seen.values else False
        return self._note_event(seen.at_s, name, severity, pleasant, serious)

    def _note_event(self, at_s: float, name: str, severity: str, pleasant: bool, serious: bool) -> list[Action]:
        """Record an event, pleasant ones included, and give the rescue step where there is one."""
        code = name.strip().casefold().replace(" ", "_")
        self._events.mark(code, at_s, True)
        words = {"code": code, "name": name, "severity": severity, "pleasant": pleasant, "serious": serious}
        self._event_words = [w for w in self._event_words if w["code"] != code] + [words]
        self._note_side_effect(at_s, name, severity, serious)
        row = rescues().get(code)
        if row is None:
            alert = [self._raise_alert("high", "serious_event", f"Serious adverse event: {name}.")] if serious else []
            return [*alert, Action(ActionKind.INFORM, "noted", f"Noted with its onset: {name}.")]
        if row.level == "emergency":
            return [self._raise_alert("high", code, f"{row.statement}.")]
        return [Action(ActionKind.DO, code, f"{row.statement}.")]

    def _take_event_ended(self, seen: Observation) -> list[Action]:
        code = self._word_of(seen, "name").strip().casefold().replace(" ", "_")
        if not self._events.is_open(code):
            raise InvalidInput("event_ended.name", code, " | ".join(self._events.open_names()) or "none is open")
        self._events.mark(code, seen.at_s, False)
        return [Action(ActionKind.INFORM, "ended", f"{code.replace('_', ' ').capitalize()} has ended.")]

    def _take_experience(self, seen: Observation) -> list[Action]:
        """Ask for every effect of ``experience.csv``: what feels good is an event too, with onset and end."""
        if self._dose_s is None:
            raise InvalidInput("experience_check", "before the dose", "after `dose_given`")
        rows = asked_effects()
        found = {row.code: self._flag_of(seen, row.code) for row in rows}
        self._asked_experience_s = seen.at_s
        actions: list[Action] = []
        for row in rows:
            if found[row.code] and not self._events.is_open(row.code):
                actions += self._note_event(seen.at_s, row.code, "unknown", row.pleasant, False)
            elif not found[row.code]:
                self._events.mark(row.code, seen.at_s, False)
        return actions or [Action(ActionKind.INFORM, "experience_check", "Asked; nothing new.")]

    def _take_rescue(self, seen: Observation) -> list[Action]:
        medicine, by = self._word_of(seen, "medicine"), self._word_of(seen, "by")
        mg = self._number_of(seen, "mg", 0, 1000)
        why = self._word_of(seen, "override_because") if "override_because" in seen.values else ""
        if _NEVER_BY_DEFAULT in medicine.casefold() and not why:
            row = rescues()["severe_agitation"]
            raise SafetyLimit("rescue_given.medicine", medicine, row.statement, "Or name `override_because`.")
        self._rescues.append({"at_min": seen.at_s / MIN_S, "medicine": medicine, "mg": mg, "by": by, "because": why})
        words = f"Rescue medicine: {medicine} {mg:g} mg by {by}."
        return [self._raise_alert("moderate", "rescue", words)]

    def _take_suicide_screen(self, seen: Observation) -> list[Action]:
        screen = suicide_screen_of(seen)
        triage = triage_of(screen)
        self._screens.append((seen.at_s, screen, triage))
        self._disposition = {}
        alert = triage_alert(triage)
        return [self._raise_alert(*alert) if alert else triage_told(triage)]

    def _take_disposition(self, seen: Observation) -> list[Action]:
        if not self._screens:
            raise InvalidInput("disposition", "before the C-SSRS", "after `suicide_screen`")
        self._disposition = {name: self._word_of(seen, name) for name in ("by", "plan")}
        return [Action(ActionKind.INFORM, "disposition", f"Disposition recorded by {self._disposition['by']}.")]

    def _take_scale(self, seen: Observation) -> list[Action]:
        name = self._word_of(seen, "scale")
        if scale(name).entry is Entry.FACTORS:
            found = score(name, seen.values.get("answers"))
            self._experience[found.scale] = {
                "percent": dict(found.domains), "total": found.total, "band": found.band,
                "verification": found.verification.value, "flags": list(found.flags),
            }  # fmt: skip
            return [Action(ActionKind.INFORM, "scale", f"{found.scale} recorded by factor.")]
        record, scored = scale_of(seen, name)
        self._scales.append(record)
        return [Action(ActionKind.INFORM, "scale", f"{scored.scale} recorded.")]

    def _take_clock(self, seen: Observation) -> list[Action]:
        if self._dose_s is None:
            return [Action(ActionKind.WAIT, "open", f"Open: {words}.") for words in self._refusals()]
        due = [d for d in self._overdue() if self._clock_words(d) not in self._missed]
        self._missed += [self._clock_words(d) for d in due]
        overdue = [
            Action(ActionKind.MEASURE, "blood_pressure", f"Overdue: {self._clock_words(d)}.", due_s=d) for d in due
        ]
        return overdue + [Action(ActionKind.WAIT, "open", f"Open: {words}.") for words in self._not_ready()]

    def _clock_words(self, due_s: float) -> str:
        return f"vital signs of minute {(due_s - (self._dose_s or 0.0)) / MIN_S:.0f}"

    # --- the way home -------------------------------------------------------------------------------------------------

    def _take_transfer(self, seen: Observation) -> list[Action]:
        to, by, why = (self._word_of(seen, name) for name in ("to", "by", "because"))
        self._transferred_to = to
        words = f"Transferred to {to} by {by}: {why}. Hand over the drug, the time of the dose, and the C-SSRS."
        return [self._stop(f"transfer: {why}"), self._raise_alert("high", "transfer", words)]

    def _take_discharge(self, seen: Observation) -> list[Action]:
        named = ("companion_present", "alert_and_oriented", "told_not_to_drive", "integration_booked")
        flags = {name: self._flag_of(seen, name) for name in named}
        unmet = [f"{name.replace('_', ' ')}: no" for name, ok in flags.items() if not ok]
        unmet += self._not_ready() if self._dose_s is not None else ["there was no dose: `finish` closes the day"]
        if unmet:
            return [Action(ActionKind.REFUSE, "discharge", f"Not yet: {words}.") for words in unmet]
        self._missed = [self._clock_words(d) for d in self._overdue()]
        self._released_s = seen.at_s
        return [
            Action(ActionKind.RELEASE, "release", "May leave with the companion. No driving until the next day."),
            Action(ActionKind.DO, "integration", "First integration meeting on the next day."),
            Action(ActionKind.INFORM, "scales_later", "MEQ-30, CEQ, 11-ASC and EBI may be filled in later."),
        ]

    def _told(self, code: str, broken: list[str], fine: str) -> list[Action]:
        if broken:
            return [Action(ActionKind.REFUSE, code, f"No dose: {words}.") for words in broken]
        return [Action(ActionKind.INFORM, code, fine)]
