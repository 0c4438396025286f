"""The gates of a ketamine session: what forbids the dose, and what forbids leaving. Thresholds are table rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from euthymia.case.criteria import judge
from euthymia.case.facts import ScaleRecord, SessionDelivered, SuicideScreen
from euthymia.case.model import Case
from euthymia.case.scales import Triage, TriageLevel
from euthymia.core.errors import SafetyLimit
from euthymia.therapies.contract import Action, ActionKind
from euthymia.therapies.dosing_checks import closing_pressure, hard_rules_met
from euthymia.therapies.ketamine.hold_limits import hold_limits
from euthymia.therapies.ketamine.screen import screen_one
from euthymia.therapies.ketamine.tables import PACKAGE, THERAPY_NAME, limit, protocol, stop_rules
from euthymia.therapies.stepping import StepMachine
from euthymia.therapies.watched import Episodes, Pressure, Readings

MIN_S = 60.0
_HOUR_S = 3600.0


class GatedSession(StepMachine):
    """State of a session, what forbids the dose now, and what forbids leaving now."""

    therapy: ClassVar[str] = THERAPY_NAME

    def __init__(self, case: Case, *, form: str, protocol: str, number: int) -> None:
        super().__init__(case, form=form, protocol=protocol, number=number)
        self._required: tuple[str, ...] = ("consent", "escort", "trained_staff")
        self._checks: dict[str, bool] = {}
        self._bp = Readings()
        self._spo2, self._moaas, self._cadss, self._pulse = Readings(), Readings(), Readings(), Readings()
        self._episodes = Episodes()
        self._before: Pressure | None = None  # the last reading before the dose
        self._override_by = ""
        self._high_since_s: float | None = None
        self._paused_for: dict[str, str] = {}
        self._dose_began_s: float | None = None
        self._dose_ended_s: float | None = None
        self._screen: SuicideScreen | None = None
        self._triage: Triage | None = None
        self._screened_s = 0.0
        self._disposition: dict[str, str] = {}
        self._scales: list[ScaleRecord] = []
        self._misuse: dict[str, Any] = {}
        self._measured: list[dict[str, Any]] = []
        self._serious: list[dict[str, Any]] = []
        self._fit_to_leave_s: float | None = None
        self._released_s: float | None = None
        self._transferred_to = ""
        self._deviations: list[str] = []
        self._forbidden = self._screened_out()

    # --- what the two forms say ---------------------------------------------------------------------------------------

    @abstractmethod
    def _own_checks(self) -> list[Action]:
        """Checks before the dose that belong to the form."""

    @abstractmethod
    def _own_refusals(self) -> list[str]:
        """What still forbids the dose, as far as it belongs to the form."""

    @abstractmethod
    def _observation_gate(self) -> str:
        """Why the patient cannot leave yet for reasons of time or dose; empty when they can."""

    @abstractmethod
    def _on_stop(self) -> None:
        """The dose ends here."""

    # --- before the dose ----------------------------------------------------------------------------------------------

    def _begin(self) -> list[Action]:
        actions = [Action(ActionKind.REFUSE, "forbidden", words) for words in self._forbidden]
        words = ", ".join(c.replace("_", " ") for c in self._required)
        actions.append(Action(ActionKind.DO, "checklist", f"Confirm: {words}."))
        actions += self._own_checks()
        actions.append(Action(ActionKind.MEASURE, "blood_pressure", "Blood pressure before the dose.", due_s=0.0))
        actions.append(Action(ActionKind.MEASURE, "oxygen_saturation", "Oxygen saturation before the dose.", due_s=0.0))
        actions.append(Action(ActionKind.MEASURE, "sedation", "MOAA/S before the dose.", due_s=0.0))
        return actions

    def _refusals(self) -> list[str]:
        """Name everything that forbids the dose now."""
        found = list(self._forbidden)
        found += [f"{c.replace('_', ' ')} not confirmed" for c in self._required if not self._checks.get(c)]
        found += self._own_refusals()
        found += self._pressure_refusal()
        found += [f"paused: {words}" for words in self._paused_for.values()]
        found += self._disposition_missing()
        if self._stopped_because:
            found.append(f"stopped: {self._stopped_because}")
        if self._released_s is not None or self._transferred_to:
            found.append("the patient has left")
        return found

    def _allow_dose(self, what: str) -> None:
        refusals = self._refusals()
        if refusals:
            raise SafetyLimit(what, "now", "every check passed", f"Not yet: {'; '.join(refusals)}.")

    def _screened_out(self) -> list[str]:
        """Absolute rules that are true for the case, and a session too soon after the last one."""
        blocked = hard_rules_met(PACKAGE, screen_one(self._case, self._form))
        row = protocol(self._protocol)
        if self._number == 1 and judge(self._case, row.criterion).truth is False:
            blocked.append(f"the protocol {row.protocol} is not for this case: {row.title} ({row.criterion})")
        gap = limit("session_gap")
        for event in self._case.of(SessionDelivered):
            hours = (self._case.as_of - event.happened_at).total_seconds() / _HOUR_S
            given = event.fact.therapy == THERAPY_NAME and event.fact.status != "not_started"
            if given and not gap.permits(hours):
                blocked.append(f"last session {hours:.1f} h ago; {gap.statement}")
        return blocked

    def _pressure_refusal(self) -> list[str]:
        if self._dose_began_s is not None:
            return []
        if self._before is None:
            return ["no blood pressure before the dose"]
        age_min = (self._now_s - self._before.at_s) / MIN_S
        if not limit("last_bp_age").permits(age_min):
            return [f"the blood pressure is {age_min:.0f} min old: repeat it"]
        if self._is_markedly_high(self._before):
            return [f"blood pressure {self._before.words()}: {limit('stop_systolic').statement}"]
        if self._is_held(self._before) and not self._override_by:
            return [f"blood pressure {self._before.words()} is above the hold limit"]
        return []

    def _is_held(self, pressure: Pressure) -> bool:
        systolic, diastolic = hold_limits(self._case)
        return pressure.systolic > systolic or pressure.diastolic > diastolic

    @staticmethod
    def _is_markedly_high(pressure: Pressure) -> bool:
        return pressure.systolic >= limit("stop_systolic").bound or pressure.diastolic >= limit("stop_diastolic").bound

    # --- leaving ----------------------------------------------------------------------------------------------------

    def _not_ready(self) -> list[str]:
        """Name what still forbids leaving."""
        found = [self._observation_gate()] if self._observation_gate() else []
        found += self._pressure_not_settled()
        for readings, code, name in (
            (self._moaas, "sedation_alert", "alertness (MOAA/S)"),
            (self._cadss, "dissociation", "dissociation (CADSS)"),
        ):
            value = readings.last
            if value is None or (readings.last_s or 0.0) < (self._dose_began_s or 0.0):
                found.append(f"{name} not scored since the dose")
            elif not limit(code).permits(value):
                found.append(f"{name} is {value:g}; {limit(code).statement}")
            elif not limit("leaving_score_age").permits(age_min := (self._now_s - (readings.last_s or 0.0)) / MIN_S):
                found.append(f"{name} was scored {age_min:.0f} min ago: score it again")
        if self._spo2.last is not None and not limit("spo2").permits(self._spo2.last):
            found.append(f"oxygen saturation {self._spo2.last:g} %")
        found += [f"{name.replace('_', ' ')} not ended" for name in self._episodes.open_names() if name in stop_rules()]
        return found + self._suicide_gate()

    def _pressure_not_settled(self) -> list[str]:
        last = self._bp.pressure()
        if last is None or self._dose_began_s is None or last.at_s <= self._dose_began_s:
            return ["no blood pressure since the dose"]
        age_min = (self._now_s - last.at_s) / MIN_S
        if not limit("last_bp_age").permits(age_min):
            return [f"the blood pressure is {age_min:.0f} min old: repeat it"]
        return [f"blood pressure {last.words()} has not fallen"] if self._is_too_high_to_leave(last) else []

    def _is_too_high_to_leave(self, last: Pressure) -> bool:
        systolic, diastolic = hold_limits(self._case)
        before = self._before or last
        high = last.systolic > max(systolic, before.systolic + limit("discharge_systolic_rise").bound)
        high |= last.diastolic > max(diastolic, before.diastolic + limit("discharge_diastolic_rise").bound)
        return high or self._is_markedly_high(last)

    def _suicide_gate(self) -> list[str]:
        if self._triage is None:
            return ["C-SSRS before leaving"]
        if not self._triage.is_complete:
            return [f"C-SSRS questions open: {', '.join(self._triage.unanswered)}"]
        if self._dose_began_s is not None and self._screened_s < self._dose_began_s:
            return [*self._disposition_missing(), "C-SSRS before leaving: the last one was before the dose"]
        return self._disposition_missing()

    def _disposition_missing(self) -> list[str]:
        """A high risk that nobody has taken on by name forbids the dose and leaving."""
        if self._triage is None or self._triage.level is not TriageLevel.HIGH or self._disposition:
            return []
        return ["C-SSRS high: a documented disposition by a named person"]

    def _closed_gates(self) -> list[str]:
        if self._transferred_to:
            return []
        if self._dose_began_s is None:
            return self._suicide_gate() if self._triage is not None else []
        if self._released_s is None:
            return self._not_ready() or ["discharge not recorded"]
        return []

    def _extra_facts(self) -> list[Any]:
        facts: list[Any] = [*([self._screen] if self._screen else []), *self._scales]
        facts += closing_pressure(self._bp)
        return facts

    def _watched(self, since_s: float) -> dict[str, Any]:
        """What was watched, as fields: pressures, sedation, dissociation, events; times in minutes from ``since_s``."""

        def minutes(at_s: float | None) -> float | None:
            return None if at_s is None else round((at_s - since_s) / MIN_S, 1)

        last = self._bp.pressure()
        before = f"{self._before.systolic:g}/{self._before.diastolic:g}" if self._before else None
        fields: dict[str, Any] = {
            "minutes_watched": minutes(self._released_s if self._released_s is not None else self._now_s),
            "minutes_to_fit_to_leave": minutes(self._fit_to_leave_s),
            "pressure_before": before,
            "pressure_at_end": f"{last.systolic:g}/{last.diastolic:g}" if last else None,
            "vital_signs_acceptable_before": self._before is not None and not self._is_held(self._before),
            "vital_signs_acceptable_at_end": self._released_s is not None,  # the gate checked them
        }
        for name in ("sedation", "dissociation", "respiratory_depression"):
            fields[name] = [{"onset_min": minutes(a), "end_min": minutes(b)} for a, b in self._episodes.of(name)]
        fields["serious_adverse_event"] = any(e.serious for _, e in self._side_effects)
        fields["serious_adverse_events"] = [
            {"onset_min": minutes(e["at_s"]), "name": e["name"], "seriousness": e["seriousness"]} for e in self._serious
        ]
        return fields

    def _common_summary(self, planned_mg: float, given_mg: float) -> dict[str, Any]:
        """What was planned, given and measured."""
        return {
            "planned_mg": planned_mg, "delivered_mg": round(given_mg, 3), **self._watched(self._dose_began_s or 0.0),
            "peak_systolic_mmhg": self._bp.peak(0), "peak_diastolic_mmhg": self._bp.peak(1),
            "lowest_spo2_pct": self._spo2.low(), "peak_pulse_min": self._pulse.peak(),
            "lowest_moaas": self._moaas.low(), "peak_cadss": self._cadss.peak(),
            "cssrs": self._triage.level.value if self._triage else None, "disposition": self._disposition,
            "misuse_check": self._misuse, "measured_levels": self._measured, "deviations": self._deviations,
            "transferred_to": self._transferred_to,
        }  # fmt: skip
