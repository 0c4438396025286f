"""A session of nasal esketamine, device by device; the verb also gives the infusion's session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation, Prescription, Session
from euthymia.therapies.ketamine.gates import MIN_S
from euthymia.therapies.ketamine.infusion_session import InfusionSession
from euthymia.therapies.ketamine.monitored import MonitoredSession
from euthymia.therapies.ketamine.monitoring_form import (
    FORM_DETAILS,
    due_on,
    form_fields,
    missing_fields,
    needs_form,
)
from euthymia.therapies.ketamine.prescription import EsketaminePrescription, InfusionPrescription
from euthymia.therapies.ketamine.tables import ESKETAMINE, limit
from euthymia.therapies.stepping import Handler
from euthymia.therapies.watched import Pressure


def session(case: Case, prescription: Prescription, n: int) -> Session:
    """Return the ``n``-th session of ``prescription`` as a step machine."""
    if isinstance(prescription, EsketaminePrescription):
        return EsketamineSession(case, prescription, n)
    if isinstance(prescription, InfusionPrescription):
        return InfusionSession(case, prescription, n)
    raise InvalidInput("prescription", type(prescription).__name__, "a prescription of the therapy ketamine")


@final
class EsketamineSession(MonitoredSession):
    """One session of esketamine nasal spray: checks, devices five minutes apart, two hours or more of watching."""

    def __init__(self, case: Case, prescription: EsketaminePrescription, n: int) -> None:
        super().__init__(case, form=ESKETAMINE, protocol=prescription.protocol, number=n)
        self._prescription = prescription
        self._planned_mg = prescription.dose_mg(n)
        self._devices: list[tuple[float, float, str]] = []  # time (s), mg, lot
        self._fasted: bool | None = None
        self._nose_clear: bool | None = None
        self._details: dict[str, str] = {}
        if needs_form(case):
            self._required = (*self._required, "rems_enrolled")

    def _own_checks(self) -> list[Action]:
        food, liquid, nasal = limit("fasting_food"), limit("fasting_liquid"), limit("nasal_product")
        return [
            Action(ActionKind.DO, "fasting", f"Ask: {food.statement}; {liquid.statement}."),
            Action(ActionKind.DO, "nasal_products", f"Ask: {nasal.statement}."),
            Action(ActionKind.DO, "blow_nose", "Blow the nose before the first device only. Do not prime."),
            Action(ActionKind.INFORM, "plan", f"Planned today: {self._planned_mg:g} mg."),
        ]

    def _own_refusals(self) -> list[str]:
        if self._devices:
            return []
        found = []
        if not self._fasted:
            found.append("fasting not confirmed" if self._fasted is None else "not fasted long enough")
        if not self._nose_clear:
            asked = self._nose_clear is not None
            found.append("nasal steroid or decongestant too recent" if asked else "nasal products not asked about")
        return found

    def _handlers(self) -> Mapping[str, Handler]:
        own: dict[str, Handler] = {
            "fasting": self._take_fasting, "nasal_products": self._take_nasal, "dose_given": self._take_device,
            "form_details": self._take_details,
        }  # fmt: skip
        return {**super()._handlers(), **own}

    def _take_fasting(self, seen: Observation) -> list[Action]:
        food = self._number_of(seen, "hours_since_food", 0, 100)
        liquid = self._number_of(seen, "minutes_since_liquid", 0, 6000)
        rows = [(limit("fasting_food"), food), (limit("fasting_liquid"), liquid)]
        broken = [row for row, value in rows if not row.permits(value)]
        self._fasted = not broken
        if broken:
            return [
                Action(ActionKind.WAIT, "fasting", f"Wait: {row.statement}.", reason=row.reason()) for row in broken
            ]
        return [Action(ActionKind.INFORM, "fasting", "Fasted long enough.")]

    def _take_nasal(self, seen: Observation) -> list[Action]:
        row = limit("nasal_product")
        if not self._flag_of(seen, "used_today"):
            self._nose_clear = True
            return [Action(ActionKind.INFORM, "nasal_products", "No nasal product today.")]
        self._nose_clear = row.permits(self._number_of(seen, "hours_since", 0, 48))
        if self._nose_clear:
            return [Action(ActionKind.INFORM, "nasal_products", "Nasal product long enough ago.")]
        return [Action(ActionKind.WAIT, "nasal_products", f"Wait: {row.statement}.", reason=row.reason())]

    def _take_details(self, seen: Observation) -> list[Action]:
        unknown = sorted(set(seen.values) - set(FORM_DETAILS))
        if unknown:
            raise InvalidInput("form_details", ", ".join(unknown), " | ".join(FORM_DETAILS))
        self._details.update({name: self._word_of(seen, name) for name in seen.values})
        return []

    def _take_device(self, seen: Observation) -> list[Action]:
        mg = self._number_of(seen, "mg", 0, 1000)
        lot = self._word_of(seen, "lot") if "lot" in seen.values else ""
        limit("esk_device").enforce("dose_given.mg", mg, "Feed each device by itself.")
        if self._given_mg + mg > self._planned_mg:
            raise SafetyLimit("dose_given", self._given_mg + mg, f"{self._planned_mg:g} mg in session {self._number}")
        if self._devices:
            gap_min = (seen.at_s - self._devices[-1][0]) / MIN_S
            if gap_min < self._prescription.device_gap_min - 1e-9:
                allowed = f"{self._prescription.device_gap_min:g} min or more after the device before"
                raise SafetyLimit("minutes_since_last_device", round(gap_min, 2), allowed)
        self._allow_dose("dose_given")
        self._devices.append((seen.at_s, mg, lot))
        self._began_treatment = True
        self._dose_began_s = self._devices[0][0]
        if self._given_mg < self._planned_mg:
            due = seen.at_s + self._prescription.device_gap_min * MIN_S
            return [Action(ActionKind.WAIT, "next_device", "Rest; then the next device.", due_s=due)]
        self._dose_ended_s = seen.at_s
        check, watch = limit("bp_check").bound * MIN_S, limit("esk_observation").bound * MIN_S
        due, slack = seen.at_s + check, ((limit("bp_check_window").high or 0.0) - limit("bp_check").bound) * MIN_S
        return [
            Action(ActionKind.MEASURE, "blood_pressure", "Blood pressure at 40 min.", due_s=due, window_s=slack),
            Action(ActionKind.MEASURE, "sedation", "MOAA/S with the blood pressure.", due_s=due, window_s=slack),
            Action(ActionKind.MEASURE, "dissociation", "CADSS with the blood pressure.", due_s=due, window_s=slack),
            Action(ActionKind.WAIT, "observation", "Watch for two hours or more.", due_s=seen.at_s + watch),
            Action(ActionKind.MEASURE, "suicide_screen", "C-SSRS before leaving.", due_s=seen.at_s + watch),
        ]

    def _on_stop(self) -> None:
        if self._devices:
            self._dose_ended_s = self._now_s

    @property
    def _given_mg(self) -> float:
        return sum(mg for _, mg, _ in self._devices)

    def _observation_gate(self) -> str:
        if not self._devices:
            return ""
        if self._dose_ended_s is None:
            return f"{self._planned_mg - self._given_mg:g} mg outstanding: give it, or feed `stop`"
        watched = (self._now_s - self._devices[-1][0]) / MIN_S
        row = limit("esk_observation")
        return "" if row.permits(watched) else f"watched for {watched:.0f} min; {row.statement}"

    def _after_release(self) -> list[Action]:
        actions = []
        if not self._forty_minute_check():
            self._deviations.append("no blood pressure at about 40 minutes")
        if needs_form(self._case):
            words = f"Monitoring form due by {due_on(self._case)} ({limit('rems_filing').statement})."
            actions.append(self._raise_alert("low", "monitoring_form_due", words))
        return actions

    def _check_window_s(self) -> tuple[float, float]:
        """From when to when a reading is the 40-minute check; counted from the first device to the last."""
        row = limit("bp_check_window")
        assert row.low is not None and row.high is not None
        return self._devices[0][0] + row.low * MIN_S, self._devices[-1][0] + row.high * MIN_S

    def _forty_minute_check(self) -> list[tuple[float, tuple[float, ...]]]:
        return self._bp.between(*self._check_window_s()) if self._devices else []

    def _pressure_after(self, pressure: Pressure) -> list[Action]:
        """Say when a reading is not the 40-minute check and none was taken yet."""
        told = super()._pressure_after(pressure)
        if self._dose_ended_s is None or self._forty_minute_check():
            return told
        row = limit("bp_check_window")
        minute = (pressure.at_s - self._devices[-1][0]) / MIN_S
        words = f"Blood pressure {minute:.0f} min after the last device: outside its window; {row.statement}."
        return [*told, Action(ActionKind.INFORM, "check_window", words, reason=row.reason(words))]

    def _summary(self) -> Mapping[str, Any]:
        common = self._common_summary(self._planned_mg, self._given_mg)
        if not self._devices:
            return common
        check = self._forty_minute_check()
        fields = form_fields(
            self._case, number=self._number, details=self._details, given_mg=self._given_mg,
            lots=[lot for _, _, lot in self._devices if lot], watched=self._watched(self._devices[0][0]),
            forty_minutes=check[0][1] if check else None, enrolled=self._checks.get("rems_enrolled"),
        )  # fmt: skip
        form = {"monitoring_form": fields, "monitoring_form_missing": missing_fields(fields)}
        due = {"monitoring_form_due_on": due_on(self._case).isoformat()} if needs_form(self._case) else {}
        return {**common, **form, **due}
