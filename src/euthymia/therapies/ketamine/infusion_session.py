"""A session of an infusion: the pump checked against the prescription; paused, slowed, resumed, stopped, re-planned."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, final

from euthymia.case.facts import Vital
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.ketamine.gates import MIN_S
from euthymia.therapies.ketamine.monitored import MonitoredSession
from euthymia.therapies.ketamine.prescription import InfusionPrescription, weight_refusal
from euthymia.therapies.ketamine.pump_record import PumpRecord
from euthymia.therapies.ketamine.tables import INFUSION, limit
from euthymia.therapies.stepping import Handler

_PERCENT = 100.0
_VITALS = "Blood pressure, pulse, saturation, MOAA/S."


@final
class InfusionSession(MonitoredSession):
    """One ketamine infusion: vital signs every ten minutes, pause, slow, resume and stop with the rest re-planned."""

    def __init__(self, case: Case, prescription: InfusionPrescription, n: int) -> None:
        super().__init__(case, form=INFUSION, protocol=prescription.protocol, number=n)
        self._prescription = prescription
        self._pump: PumpRecord | None = None
        self._asked_until_s = 0.0
        self._given_mg = 0.0

    def _own_checks(self) -> list[Action]:
        rx = self._prescription
        words = (
            f"Program the pump: {rx.total_mg:.4g} mg over {rx.duration_s / MIN_S:g} min ({rx.rate_mg_min:.3g} mg/min)."
        )
        refusals = self._prescription_refusals()
        return [
            Action(ActionKind.DO, "pump", words),
            Action(ActionKind.DO, "oximetry", "Pulse oximetry throughout."),
            *[Action(ActionKind.REFUSE, "second_sign_off", f"{words}.") for words in refusals],
        ]

    def _own_refusals(self) -> list[str]:
        found = [] if self._spo2.rows else ["no oxygen saturation before the dose"]
        return found if self._pump is not None else [*found, *self._prescription_refusals()]

    def _prescription_refusals(self) -> list[str]:
        """What the prescription needs a second clinician for and does not have."""
        from euthymia.therapies.ketamine.levels import sign_off_refusal

        rx, event = self._prescription, self._case.latest("height")
        height_cm = float(event.fact.value) if event is not None and isinstance(event.fact, Vital) else None
        weight = weight_refusal(rx.weight_kg, height_cm, rx.second_sign_off)
        return [words for words in (sign_off_refusal(rx), weight) if words]

    def _handlers(self) -> Mapping[str, Handler]:
        own: dict[str, Handler] = {
            "infusion_started": self._take_started, "infusion_paused": self._take_paused,
            "infusion_resumed": self._take_resumed, "infusion_rate": self._take_rate,
            "infusion_ended": self._take_ended,
        }  # fmt: skip
        return {**super()._handlers(), **own}

    # --- the pump -----------------------------------------------------------------------------------------------------

    def _take_started(self, seen: Observation) -> list[Action]:
        rx = self._prescription
        mg, minutes = (self._number_of(seen, name, 0, 1e5) for name in ("pump_mg", "pump_min"))
        self._agrees("pump_mg", mg, rx.total_mg, ((rx.dose_mg_kg, "mg/kg"), (rx.rate_mg_min, "mg/min")))
        planned = rx.duration_s / MIN_S
        self._agrees("pump_min", minutes, planned, ((planned / MIN_S, "hours"), (planned * MIN_S, "seconds")))
        if self._pump is not None:
            raise InvalidInput("infusion_started", "again", "one start a session; use `infusion_resumed`")
        self._allow_dose("infusion_started")
        self._began_treatment = True
        self._dose_began_s = self._asked_until_s = seen.at_s
        self._pump = PumpRecord(rx.total_mg, rx.total_mg / rx.duration_s, seen.at_s)
        return self._vitals_until(seen.at_s + rx.duration_s)

    def _take_paused(self, seen: Observation) -> list[Action]:
        because = self._word_of(seen, "because")
        pump = self._running("infusion_paused")
        pump.add(seen.at_s, "pause")
        words = f"Paused ({because}). {self._rest(seen.at_s)} {self._predicted(pump, 'if it stays off')}"
        return [Action(ActionKind.WAIT, "paused", words)]

    def _take_resumed(self, seen: Observation) -> list[Action]:
        pump = self._pump
        if pump is None or pump.is_running or self._dose_ended_s is not None:
            raise InvalidInput("infusion_resumed", "not paused", "a paused infusion that was not stopped")
        self._allow_dose("infusion_resumed")
        pump.add(seen.at_s, "resume")
        return self._replanned(seen.at_s, "Goes on.")

    def _take_rate(self, seen: Observation) -> list[Action]:
        """Slow the pump, or bring it back up to what was prescribed; never above."""
        because, rx = self._word_of(seen, "because"), self._prescription
        rate = self._number_of(seen, "pump_mg_min", 0, 1e5)
        pump = self._pump
        if pump is None or self._dose_ended_s is not None:
            raise InvalidInput("infusion_rate", "no infusion", "an infusion that was started and has not ended")
        highest = rx.rate_mg_min * (1 + limit("pump_tolerance").bound / _PERCENT)
        if not 0 < rate <= highest:
            allowed = f"above 0 and at most the prescribed {rx.rate_mg_min:.3g} mg/min"
            raise SafetyLimit("pump_mg_min", rate, allowed, "To pause feed `infusion_paused`; to stop feed `stop`.")
        if pump.is_running:
            self._allow_dose("infusion_rate")
        pump.add(seen.at_s, "rate", rate / MIN_S)
        return self._replanned(seen.at_s, f"Rate {rate:.3g} mg/min ({because}).")

    def _take_ended(self, seen: Observation) -> list[Action]:
        given = self._number_of(seen, "delivered_mg", 0, 1e5)
        pump = self._pump
        if pump is None or not pump.is_running or self._dose_ended_s is not None:
            raise InvalidInput("infusion_ended", "not running", "a running infusion; a paused one ends with `stop`")
        if self._paused_for:
            raise SafetyLimit("infusion_ended", "; ".join(self._paused_for.values()), "no open reason to pause")
        self._agrees("delivered_mg", given, self._prescription.total_mg)
        if pump.given_mg(seen.at_s) < self._prescription.total_mg * (1 - limit("pump_tolerance").bound / _PERCENT):
            due_min = (pump.ends_s(seen.at_s) - seen.at_s) / MIN_S
            allowed = f"{due_min:.3g} min more at the rate it has"
            ran = round(pump.run_s(seen.at_s) / MIN_S, 2)
            raise SafetyLimit("infusion_min", ran, allowed, "If it was cut short, feed `stop`.")
        self._given_mg = given
        self._dose_ended_s = seen.at_s
        watch = limit("iv_observation").bound * MIN_S
        return [
            Action(
                ActionKind.MEASURE, "blood_pressure", "Vital signs after the infusion.", due_s=seen.at_s + watch / 2
            ),
            Action(ActionKind.WAIT, "observation", limit("iv_observation").statement, due_s=seen.at_s + watch),
            Action(ActionKind.MEASURE, "suicide_screen", "C-SSRS before leaving.", due_s=seen.at_s + watch),
        ]

    def _on_stop(self) -> None:
        if self._pump is None:
            return
        self._given_mg = self._pump.given_mg(self._now_s)
        self._pump.add(self._now_s, "stop")
        self._dose_ended_s = self._now_s

    def _running(self, what: str) -> PumpRecord:
        if self._pump is None or not self._pump.is_running or self._dose_ended_s is not None:
            raise InvalidInput(what, "not running", "a running infusion")
        return self._pump

    # --- the rest of the dose -----------------------------------------------------------------------------------------

    def _replanned(self, now_s: float, first: str) -> list[Action]:
        assert self._pump is not None
        if not self._pump.is_running:
            return [Action(ActionKind.DO, "replan", f"{first} {self._rest(now_s)}")]
        words = f"{first} {self._rest(now_s)} {self._predicted(self._pump, 'now')}"
        return [Action(ActionKind.DO, "replan", words), *self._vitals_until(self._pump.ends_s(now_s))]

    def _rest(self, now_s: float) -> str:
        """What is left of the dose, in words."""
        assert self._pump is not None
        left_mg, rate = self._pump.left_mg(now_s), self._pump.rate_now * MIN_S
        return f"Left: {left_mg:.3g} mg over {left_mg / rate:.3g} min at {rate:.3g} mg/min."

    def _predicted(self, pump: PumpRecord, state: str) -> str:
        """The predicted venous peak of what the pump did and will do, beside that of the prescription."""
        from euthymia.therapies.ketamine.levels import peak_of_pump, predicted_peak

        peak, at_h = peak_of_pump(pump, self._prescription.weight_kg)
        minute = at_h * MIN_S - pump.started_s / MIN_S
        planned = predicted_peak(self._prescription)
        return (
            f"Predicted venous peak {state}: {peak:.0f} ng/mL at {minute:.0f} min of the infusion (plan {planned:.0f})."
        )

    def _vitals_until(self, end_s: float) -> list[Action]:
        """Ask for vital signs every ten minutes up to ``end_s``, where that was not asked yet."""
        every, slack = limit("iv_vitals_every").bound * MIN_S, limit("iv_vitals_slack").bound * MIN_S
        due = []
        while self._asked_until_s + every <= end_s + 1e-6:
            self._asked_until_s += every
            due.append(self._asked_until_s)
        return [
            Action(ActionKind.MEASURE, "blood_pressure", _VITALS, due_s=moment, window_s=slack)
            for moment in due
            if moment > self._now_s
        ]

    @staticmethod
    def _agrees(name: str, shown: float, prescribed: float, slips: tuple[tuple[float, str], ...] = ()) -> None:
        """Refuse a number that is not the prescribed one; ``slips`` are what it would be in another unit."""
        tolerance = limit("pump_tolerance")
        share = tolerance.bound / _PERCENT
        if abs(shown - prescribed) > share * prescribed:
            units = [unit for value, unit in slips if abs(shown - value) <= share * value]
            hint = f"{shown:g} looks like {units[0]}: feed {prescribed:.4g}." if units else ""
            raise SafetyLimit(name, shown, f"{prescribed:.4g} as prescribed ({tolerance.statement})", hint)

    # --- leaving and the record ---------------------------------------------------------------------------------------

    def _observation_gate(self) -> str:
        if self._dose_began_s is None:
            return ""
        if self._dose_ended_s is None:
            return "the infusion has not ended: feed `infusion_ended` or `stop`"
        watched = (self._now_s - self._dose_ended_s) / MIN_S
        row = limit("iv_observation")
        return "" if row.permits(watched) else f"watched for {watched:.0f} min since the end; {row.statement}"

    def _after_release(self) -> list[Action]:
        every = limit("iv_vitals_every").bound * MIN_S
        end = self._dose_ended_s or self._now_s
        moments = [self._dose_began_s or 0.0, *(t for t, _ in self._bp.between(self._dose_began_s or 0.0, end)), end]
        widest = max(b - a for a, b in pairwise(moments))
        if widest > every + limit("iv_vitals_slack").bound * MIN_S:
            self._deviations.append(
                f"{widest / MIN_S:.0f} min without a blood pressure; {limit('iv_vitals_every').statement}"
            )
        return []

    def _summary(self) -> Mapping[str, Any]:
        rx = self._prescription
        own = {
            "dose_mg_kg": rx.dose_mg_kg, "weight_kg": rx.weight_kg, "infusion_min": round(self._ran_s() / MIN_S, 2),
            "delivered_mg_kg": round(self._given_mg / rx.weight_kg, 4), "second_sign_off": rx.second_sign_off,
        }  # fmt: skip
        return {**self._common_summary(rx.total_mg, self._given_mg), **own}

    def _ran_s(self) -> float:
        until = self._dose_ended_s if self._dose_ended_s is not None else self._now_s
        return self._pump.run_s(until) if self._pump is not None else 0.0
