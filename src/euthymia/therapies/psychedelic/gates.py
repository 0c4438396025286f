"""The gates of a dosing day: what forbids the dose, what is due, what forbids leaving; thresholds are table rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from euthymia.case.facts import ScaleRecord, SessionDelivered, Sex, SuicideScreen, Vital
from euthymia.case.model import Case
from euthymia.case.scales import Triage, TriageLevel
from euthymia.therapies.contract import Action, ActionKind
from euthymia.therapies.dosing_checks import closing_pressure, hard_rules_met
from euthymia.therapies.psychedelic.prescription import MdmaPrescription, PsilocybinPrescription
from euthymia.therapies.psychedelic.screen import screen_one
from euthymia.therapies.psychedelic.tables import (
    MDMA,
    PACKAGE,
    THERAPY_NAME,
    asked_effects,
    group_ratio,
    legal_hours,
    limit,
    rescues,
)
from euthymia.therapies.psychedelic.washout import open_washouts
from euthymia.therapies.stepping import StepMachine
from euthymia.therapies.watched import Episodes, Pressure, Readings

MIN_S = 60.0
_HOUR_MIN = 60.0
REQUIRED = ("consent", "companion", "support_person", "legal_route", "physician_reachable", "rescue_kit")


class GatedDay(StepMachine):
    """State of a dosing day, what forbids the dose now, and what forbids leaving now."""

    therapy: ClassVar[str] = THERAPY_NAME

    def __init__(self, case: Case, prescription: PsilocybinPrescription | MdmaPrescription, n: int) -> None:
        super().__init__(case, form=prescription.form, protocol=prescription.protocol, number=n)
        self._rx = prescription
        self._prefix = "mdma" if prescription.form == MDMA else "psi"
        self._planned_mg = prescription.dose_of(n)
        self._checks: dict[str, bool] = {}
        self._prepared: tuple[float, float] | None = None  # minutes, hours before
        self._facilitators: int | None = None
        self._participants = 1
        self._medicines: dict[str, bool] = {}
        self._qtc_ms: float | None = None
        self._pregnant: bool | None = None
        self._override_by = ""
        self._bp, self._temperature, self._pulse = Readings(), Readings(), Readings()
        self._before: Pressure | None = None
        self._high_since_s: float | None = None
        self._dose_s: float | None = None
        self._supplement: tuple[float, float] | None = None  # time (s), mg
        self._screens: list[tuple[float, SuicideScreen, Triage]] = []
        self._disposition: dict[str, str] = {}
        self._scales: list[ScaleRecord] = []
        self._experience: dict[str, dict[str, Any]] = {}
        self._events = Episodes()
        self._event_words: list[dict[str, Any]] = []
        self._asked_experience_s: float | None = None
        self._rescues: list[dict[str, Any]] = []
        self._missed: list[str] = []
        self._deviations: list[str] = []
        self._released_s: float | None = None
        self._transferred_to = ""
        self._washouts = open_washouts(case, prescription.form)
        self._forbidden = self._screened_out()

    # --- before the dose ----------------------------------------------------------------------------------------------

    def _screened_out(self) -> list[str]:
        """Absolute rules that are true, a dose too soon or too many, and hard wash-outs that are not over."""
        blocked = hard_rules_met(PACKAGE, screen_one(self._case, self._form))
        given = self._dosing_days()
        gap = limit(f"{self._prefix}_interval")
        days = min(((self._case.today - day).days for day in given), default=None)
        if days is not None and not gap.permits(days):
            blocked.append(f"last dose {days} days ago; {gap.statement}")
        most = self._rx.frame.dosing.visits
        if self._number > most:
            blocked.append(f"dose {self._number} of {most} in this protocol")
        blocked += [w.words() for w in self._washouts if w.row.strength == "hard_stop"]
        return blocked

    def _dosing_days(self) -> list[Any]:
        return [
            e.day
            for e in self._case.of(SessionDelivered)
            if e.fact.therapy == THERAPY_NAME and e.fact.form == self._form and e.fact.status != "not_started"
        ]

    def _begin(self) -> list[Action]:
        actions = [Action(ActionKind.REFUSE, "forbidden", words) for words in self._forbidden]
        named = [w.words() for w in self._washouts if w.row.strength == "named"]
        actions += [Action(ActionKind.PAUSE, "washout", f"{words}: repeat, or decide by name.") for words in named]
        actions += [
            Action(ActionKind.DO, "checklist", f"Confirm: {', '.join(r.replace('_', ' ') for r in REQUIRED)}."),
            Action(ActionKind.DO, "preparation", f"{limit(f'{self._prefix}_preparation').statement.capitalize()}."),
            Action(ActionKind.DO, "facilitators", f"{limit('facilitators').statement.capitalize()}."),
            Action(ActionKind.DO, "medication_check", "Ask again for lithium, MAO inhibitors and anything new."),
            Action(ActionKind.MEASURE, "suicide_screen", "C-SSRS before the dose."),
            Action(ActionKind.MEASURE, "blood_pressure", "Blood pressure before the dose.", due_s=0.0),
            Action(ActionKind.MEASURE, "ecg", f"ECG: {limit('qtc').statement}."),
        ]
        if self._case.sex is not Sex.MALE:
            actions.append(Action(ActionKind.MEASURE, "pregnancy_test", "Pregnancy test where it is possible."))
        if self._form == MDMA:
            actions.append(Action(ActionKind.MEASURE, "temperature", "Temperature before the dose."))
        return actions

    def _refusals(self) -> list[str]:
        """Name everything that forbids the dose now."""
        found = list(self._forbidden)
        found += [f"{c.replace('_', ' ')} not confirmed" for c in REQUIRED if not self._checks.get(c)]
        found += self._preparation_refusal()
        if self._facilitators is None or not limit("facilitators").permits(self._facilitators):
            found.append(limit("facilitators").statement)
        found += self._group_refusal() + self._medicine_refusal()
        if self._qtc_ms is None:
            found.append("no QTc today")
        elif not limit("qtc").permits(self._qtc_ms):
            found.append(f"QTc {self._qtc_ms:g} ms; {limit('qtc').statement}")
        if self._case.sex is not Sex.MALE and self._pregnant is not False:
            found.append("pregnant" if self._pregnant else "pregnancy not ruled out")
        found += self._pressure_refusal() + self._suicide_gate(0.0, "before the dose")
        if self._stopped_because:
            found.append(f"cancelled: {self._stopped_because}")
        return found

    def _preparation_refusal(self) -> list[str]:
        if self._prepared is None:
            return ["preparation not confirmed"]
        pairs = (
            (limit(f"{self._prefix}_preparation"), self._prepared[0]),
            (limit("preparation_before"), self._prepared[1]),
        )
        return [row.statement for row, value in pairs if not row.permits(value)]

    def _group_refusal(self) -> list[str]:
        """A group only where a jurisdiction says how many participants one facilitator may have."""
        if self._participants <= 1 or self._facilitators is None:
            return []
        row = group_ratio(self._jurisdiction(), self._planned_mg) if self._form != MDMA else None
        if row is None:
            return [f"{self._participants} participants: no group ratio is held here, so one participant a session"]
        if self._participants > row.participants * self._facilitators:
            return [f"{self._participants} participants; {row.participants} a facilitator at most ({row.source})"]
        return []

    def _jurisdiction(self) -> str:
        who = self._case.demographics
        return "" if who is None else f"{who.country}-{who.region}"

    def _medicine_refusal(self) -> list[str]:
        if not self._medicines:
            return ["medicines not asked again today"]
        found = [name for name in ("lithium", "maoi") if self._medicines.get(name)]
        named = [w.words() for w in self._washouts if w.row.strength == "named"]
        return [f"takes {name}" for name in found] + ([] if self._override_by else named)

    def _pressure_refusal(self) -> list[str]:
        if self._before is None:
            return ["no blood pressure before the dose"]
        age_min = (self._now_s - self._before.at_s) / MIN_S
        if not limit("predose_age").permits(age_min):
            return [f"the blood pressure is {age_min:.0f} min old: repeat it"]
        if not self._below_limit(self._before):
            return [f"blood pressure {self._before.words()} is above the limit"]
        return []

    @staticmethod
    def _below_limit(pressure: Pressure) -> bool:
        systolic, diastolic = limit("predose_systolic"), limit("predose_diastolic")
        return systolic.permits(pressure.systolic) and diastolic.permits(pressure.diastolic)

    @staticmethod
    def _is_alarming(pressure: Pressure) -> bool:
        high = pressure.systolic >= limit("alarm_systolic").bound
        return high or pressure.diastolic >= limit("alarm_diastolic").bound

    def _suicide_gate(self, since_s: float, when: str) -> list[str]:
        screens = [(screen, triage) for at_s, screen, triage in self._screens if at_s >= since_s]
        if not screens:
            return [f"C-SSRS {when}"]
        triage = screens[-1][1]
        if not triage.is_complete:
            return [f"C-SSRS questions open: {', '.join(triage.unanswered)}"]
        if triage.level is TriageLevel.HIGH and self._dose_s is None:
            return ["C-SSRS high: no dose"]
        if triage.level in (TriageLevel.HIGH, TriageLevel.MODERATE) and not self._disposition:
            return [f"C-SSRS {triage.level.value}: a documented disposition by a named person"]
        return []

    # --- what is due --------------------------------------------------------------------------------------------------

    def _due_times_s(self) -> list[float]:
        """Times (s) at which vital signs are due: at the dose, every 30 min for two hours, then hourly."""
        if self._dose_s is None:
            return []
        early, until = limit("vitals_early_every").bound, limit("vitals_early_until").bound
        late, stay = limit("vitals_late_every").bound, self._stay_min()
        minutes = [k * early for k in range(int(until / early) + 1)]
        minutes += [until + k * late for k in range(1, int((stay - until) / late) + 1)]
        return [self._dose_s + m * MIN_S for m in minutes]

    def _overdue(self) -> list[float]:
        """Due times that have passed, slack included, without a blood pressure."""
        slack = limit("vitals_slack").bound * MIN_S
        return [
            due
            for due in self._due_times_s()
            if self._now_s > due + slack and not self._bp.between(due - slack, due + slack)
        ]

    def _stay_min(self) -> float:
        """Minutes on site after the dose: the protocol's or the law's, the longer one."""
        hours = self._legal_hours()
        own = limit(f"{self._prefix}_stay").bound
        return own if hours is None else max(own, hours * _HOUR_MIN)

    def _legal_hours(self) -> float | None:
        row = legal_hours(self._jurisdiction(), self._planned_mg) if self._form != MDMA else None
        return None if row is None else row.hours

    # --- leaving ------------------------------------------------------------------------------------------------------

    def _not_ready(self) -> list[str]:
        """Name what still forbids leaving."""
        if self._dose_s is None:
            return []
        found = []
        stayed = (self._now_s - self._dose_s) / MIN_S
        if stayed < self._stay_min():
            found.append(
                f"{stayed:.0f} of {self._stay_min():.0f} min on site; {limit(f'{self._prefix}_stay').statement}"
            )
        last = self._bp.pressure()
        if last is None or last.at_s <= self._dose_s:
            found.append("no blood pressure since the dose")
        elif not self._has_fallen(last):
            found.append(f"blood pressure {last.words()} has not fallen")
        elif not limit("predose_age").permits((self._now_s - last.at_s) / MIN_S):
            found.append("the last blood pressure is too old: repeat it")
        asked, effects = self._asked_experience_s, [row.code for row in asked_effects()]
        if asked is None or not limit("experience_age").permits((self._now_s - asked) / MIN_S):
            found.append(f"{', '.join(effects)} and other pleasant effects not asked about in the last hour")
        blocking = [row.code for row in asked_effects() if row.blocks_discharge]
        found += [f"{name} not ended" for name in blocking if self._events.is_open(name)]
        found += [f"{n.replace('_', ' ')} not ended" for n in self._events.open_names() if n in rescues()]
        newest_s = self._now_s - limit("leaving_screen_age").bound * MIN_S
        return found + self._suicide_gate(
            max(self._dose_s + 1.0, newest_s), "after the dose, in the hour before leaving"
        )

    def _has_fallen(self, last: Pressure) -> bool:
        before, rise = self._before or last, limit("discharge_rise").bound
        systolic = last.systolic <= max(limit("predose_systolic").bound, before.systolic + rise)
        return systolic and last.diastolic <= max(limit("predose_diastolic").bound, before.diastolic + rise)

    def _closed_gates(self) -> list[str]:
        if self._transferred_to:
            return []
        if self._dose_s is None:
            return self._suicide_gate_unbegun()
        if self._released_s is None:
            return self._not_ready() or ["discharge not recorded"]
        return []

    def _suicide_gate_unbegun(self) -> list[str]:
        """A day without a dose may close, but not with a high risk that nobody has taken on."""
        if not self._screens or self._screens[-1][2].level is not TriageLevel.HIGH or self._disposition:
            return []
        return ["C-SSRS high: a documented disposition by a named person"]

    # --- the record ---------------------------------------------------------------------------------------------------

    def _summary(self) -> Mapping[str, Any]:
        supplement = self._supplement[1] if self._supplement else 0.0
        given = (self._planned_mg if self._dose_s is not None else 0.0) + supplement
        start = self._dose_s or 0.0
        booked = (self._case.today + timedelta(days=limit("integration_within").bound)).isoformat()
        last = self._screens[-1][2] if self._screens else None
        return {
            "delivered_mg": given, "supplement_mg": supplement, "facilitators": self._facilitators,
            "participants": self._participants, "preparation_min": self._prepared[0] if self._prepared else None,
            "pressure_before": self._before.words() if self._before else None,
            "peak_systolic_mmhg": self._bp.peak(0), "peak_diastolic_mmhg": self._bp.peak(1),
            "peak_temperature_c": self._temperature.peak(), "peak_pulse_min": self._pulse.peak(),
            "qtc_ms": self._qtc_ms,
            "stayed_min": None if self._released_s is None else round((self._released_s - start) / MIN_S, 1),
            "legal_hours": self._legal_hours(), "events": self._told_events(start), "rescues": self._rescues,
            "experience_scales": self._experience,
            "missed_vitals": self._missed, "deviations": self._deviations, "transferred_to": self._transferred_to,
            "cssrs": last.level.value if last else None, "disposition": self._disposition,
            "integration_due_on": booked if self._dose_s is not None else None,
        }  # fmt: skip

    def _told_events(self, start_s: float) -> list[dict[str, Any]]:
        """Every event with onset and end in minutes from the dose; an end of None: still going on at discharge."""
        told = []
        for name, onset, end in self._events.rows:
            words = next((w for w in self._event_words if w["code"] == name), {})
            minutes = None if end is None else round((end - start_s) / MIN_S, 1)
            told.append({**words, "onset_min": round((onset - start_s) / MIN_S, 1), "end_min": minutes})
        return told

    def _extra_facts(self) -> list[Any]:
        facts: list[Any] = [*([self._screens[-1][1]] if self._screens else []), *self._scales]
        facts += closing_pressure(self._bp)
        if self._qtc_ms is not None:
            facts.append(Vital("qtc", self._qtc_ms))
        return facts
