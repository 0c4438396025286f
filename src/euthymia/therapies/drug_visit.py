"""A medication visit as a step machine: adherence, side effects, suicidality, tests due, then the dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from euthymia.case.facts import LabResult, ScaleRecord, SuicideScreen, Vital
from euthymia.case.measurements import VITAL_LIMITS
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction, Reason
from euthymia.core.units import convert
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.drug_rules import DrugDose, forbidden
from euthymia.therapies.drug_tables import MonitoringRow, belongs, ingredient, session_limit
from euthymia.therapies.stepping import Handler, StepMachine

_CHECKS = {
    "adherence": "Ask how many doses were missed since the last visit (in the first visit: of the current medicines).",
    "medicines": "Ask for every new medicine, herbal or over-the-counter product since the list was made.",
    "suicidality": "Ask the C-SSRS screening questions.",
    "side_effects": "Ask frequency, intensity and burden of side effects (FIBSER, 0 to 6 each).",
}


@dataclass(frozen=True, slots=True)
class DrugCourse:
    """What a visit needs of a drug prescription: its doses, what ends before it, and the tests that go with it."""

    form: str
    protocol: str
    doses: tuple[DrugDose, ...]
    stopped: tuple[str, ...] = ()
    washout_days: float = 0.0
    tests: tuple[MonitoringRow, ...] = ()


class DrugVisit(StepMachine):
    """A visit of a drug course; see :class:`~euthymia.therapies.stepping.StepMachine` for the three calls.

    Observations: ``adherence`` (taken_pct), ``medicines`` (new: list of names), ``suicidality`` (wish, thoughts,
    method, intent, plan, behavior_lifetime, behavior_3_months), ``side_effects`` (frequency, intensity, burden),
    ``lab`` (analyte, value, unit), ``vital`` (name, value), ``washout`` (days since the last dose of the stopped
    drugs), ``dose`` (drug, mg_day, days_since_change), ``no_change`` (because), ``adverse_event`` (name, severity,
    serious).
    """

    def __init__(self, case: Case, course: DrugCourse, n: int) -> None:
        super().__init__(case, form=course.form, protocol=course.protocol, number=n)
        self._rx = course
        self._done: set[str] = set()
        self._held: dict[str, str] = {}  # why no dose may be given or raised now, by code
        self._washout_days: float | None = None
        self._labs: list[LabResult] = []
        self._vitals: list[Vital] = []
        self._facts: list[Any] = []
        self._doses: dict[str, float] = {}
        self._decided = False

    def _begin(self) -> list[Action]:
        actions = [Action(ActionKind.MEASURE, code, text) for code, text in _CHECKS.items()]
        if self._number == 1 and self._rx.washout_days:
            text = f"Confirm that {', '.join(self._rx.stopped)} ended at least {self._rx.washout_days:g} days ago."
            actions.append(Action(ActionKind.MEASURE, "washout", text))
        for row in self._rx.tests:
            if self._number == 1 and row.baseline and not self._known(row.test):
                kind = "lab" if row.kind == "lab" else "vital"
                actions.append(Action(ActionKind.MEASURE, kind, f"{row.statement} ({row.test})."))
        return actions

    def _handlers(self) -> Mapping[str, Handler]:
        return {
            "adherence": self._adherence, "medicines": self._medicines, "suicidality": self._suicidality,
            "side_effects": self._side_effects_rated, "lab": self._lab, "vital": self._vital, "washout": self._washout,
            "dose": self._dose, "no_change": self._no_change, "adverse_event": self._adverse,
        }  # fmt: skip

    # --- what is asked and measured -----------------------------------------------------------------------------------

    def _adherence(self, seen: Observation) -> list[Action]:
        taken = self._number_of(seen, "taken_pct", 0, 100)
        self._done.add("adherence")
        row = session_limit("adherence_low")
        if taken < row.value and self._number > 1:
            self._held["adherence"] = row.statement
            return [Action(ActionKind.PAUSE, "adherence", f"{row.statement}.", reason=self._why(row.name))]
        self._held.pop("adherence", None)
        return self._still_open("adherence")

    def _medicines(self, seen: Observation) -> list[Action]:
        names = seen.values.get("new")
        if not isinstance(names, (list, tuple)) or any(not isinstance(n, str) or not n.strip() for n in names):
            raise InvalidInput("medicines.new", names, "a list of names, empty when there is nothing new")
        self._done.add("medicines")
        for name in names:
            for dose in self._rx.doses:
                because = self._refused(dose.drug, name)
                if because:
                    self._held["medicines"] = f"{name} with {dose.drug}: {because}"
                    return [self._raise_alert("high", "forbidden_combination", f"{self._held['medicines']}. Stop one.")]
        self._held.pop("medicines", None)
        return self._still_open("medicines")

    def _refused(self, drug: str, other: str) -> str:
        """Why a drug of the course may not be with a new medicine, or an empty string."""
        found = forbidden(drug, other)
        return found[0] if found is not None else ""

    def _suicidality(self, seen: Observation) -> list[Action]:
        from euthymia.case.suicide import triage_of

        answers = {
            "wish_to_be_dead": "wish", "nonspecific_thoughts": "thoughts", "thoughts_with_method": "method",
            "intent_without_plan": "intent", "intent_with_plan": "plan", "behavior_lifetime": "behavior_lifetime",
            "behavior_past_3_months": "behavior_3_months",
        }  # fmt: skip
        values = {field: seen.values.get(name) for field, name in answers.items()}
        for field, value in values.items():
            if value is not None and not isinstance(value, bool):
                raise InvalidInput(f"suicidality.{answers[field]}", value, "true, false, or left out when not asked")
        screen = SuicideScreen(**values)
        triage = triage_of(screen)
        self._facts.append(screen)
        self._done.add("suicidality")
        level = triage.level.value
        if level in ("high", "moderate"):
            return [self._raise_alert(level, "suicidality", f"C-SSRS screener: {level} risk. {triage.action}")]
        if triage.unanswered:
            text = f"C-SSRS questions still open: {', '.join(triage.unanswered)}. Ask them today."
            return [self._raise_alert("moderate", "suicidality_open", text)]
        return self._still_open("suicidality")

    def _side_effects_rated(self, seen: Observation) -> list[Action]:
        answers = tuple(int(self._number_of(seen, name, 0, 6)) for name in ("frequency", "intensity", "burden"))
        self._facts.append(ScaleRecord("FIBSER", answers, rater="self"))
        self._done.add("side_effects")
        row = session_limit("fibser_change")
        if answers[2] >= row.value:
            self._held["side_effects"] = row.statement
            return [Action(ActionKind.PAUSE, "side_effects", f"{row.statement}.", reason=self._why(row.name))]
        self._held.pop("side_effects", None)
        return self._still_open("side_effects")

    def _lab(self, seen: Observation) -> list[Action]:
        lab = LabResult(
            self._word_of(seen, "analyte"), self._number_of(seen, "value", 0, 1e9), self._word_of(seen, "unit")
        )
        if lab.analyte == "lithium":
            return self._lithium(lab)
        if lab.analyte == "nortriptyline":
            high = session_limit("nortriptyline_high")
            return self._level(lab, convert(lab.value, lab.unit, high.unit) > high.value, high.name)
        self._labs.append(lab)
        return [Action(ActionKind.INFORM, "lab", f"{lab.analyte} {lab.value:g} {lab.unit} recorded.")]

    def _lithium(self, lab: LabResult) -> list[Action]:
        high, toxic = session_limit("lithium_high"), session_limit("lithium_toxic")
        value = convert(lab.value, lab.unit, high.unit, analyte="lithium")
        if value >= toxic.value:
            self._labs.append(lab)
            self._held["lithium"] = toxic.statement
            return [self._raise_alert("high", "lithium_toxic", f"{toxic.statement} ({value:.2g} mmol/L)."),
                    self._stop(toxic.statement)]  # fmt: skip
        return self._level(lab, value > high.value, high.name)

    def _level(self, lab: LabResult, too_high: bool, row_name: str) -> list[Action]:
        self._labs.append(lab)
        row = session_limit(row_name)
        if too_high:
            self._held[lab.analyte] = row.statement
            return [Action(ActionKind.PAUSE, row_name, f"{row.statement}.", reason=self._why(row_name))]
        self._held.pop(lab.analyte, None)
        return [Action(ActionKind.INFORM, "lab", f"{lab.analyte} {lab.value:g} {lab.unit}: below the limit.")]

    def _vital(self, seen: Observation) -> list[Action]:
        name = self._word_of(seen, "name", tuple(VITAL_LIMITS))
        unit, low, high = VITAL_LIMITS[name]
        vital = Vital(name, self._number_of(seen, "value", low, high), unit)
        self._vitals.append(vital)
        if name == "qtc" and vital.value >= session_limit("qtc_stop").value:
            text = session_limit("qtc_stop").statement
            self._held["qtc"] = text
            return [self._raise_alert("high", "qtc", f"{text} ({vital.value:g} ms)."), self._stop(text)]
        if name == "systolic_bp":
            return self._pressure(vital.value)
        return [Action(ActionKind.INFORM, "vital", f"{name.replace('_', ' ')} {vital.value:g} {unit} recorded.")]

    def _pressure(self, systolic: float) -> list[Action]:
        crisis, hold = session_limit("systolic_crisis"), session_limit("systolic_hold")
        if systolic >= crisis.value and any(belongs(d.drug, "maoi") for d in self._rx.doses):
            self._held["pressure"] = crisis.statement
            return [self._raise_alert("high", "hypertensive_crisis", f"{crisis.statement}."), self._stop("Crisis")]
        if systolic >= hold.value and any(
            belongs(d.drug, "raises_blood_pressure") or belongs(d.drug, "maoi") for d in self._rx.doses
        ):
            self._held["pressure"] = hold.statement
            return [Action(ActionKind.PAUSE, "pressure", f"{hold.statement}.", reason=self._why(hold.name))]
        self._held.pop("pressure", None)
        return [Action(ActionKind.INFORM, "vital", f"Systolic pressure {systolic:g} mmHg recorded.")]

    def _washout(self, seen: Observation) -> list[Action]:
        days = self._number_of(seen, "days", 0, 3650)
        self._washout_days = days
        if days < self._rx.washout_days:
            left = self._rx.washout_days - days
            return [Action(ActionKind.REFUSE, "washout", f"Washout is not over: {left:g} days to go. No dose today.")]
        return [Action(ActionKind.INFORM, "washout", f"Washout of {self._rx.washout_days:g} days is over.")]

    # --- the dose -----------------------------------------------------------------------------------------------------

    def _dose(self, seen: Observation) -> list[Action]:
        drug = self._word_of(seen, "drug")
        plan = next((d for d in self._rx.doses if ingredient(d.drug) == ingredient(drug)), None)
        if plan is None:
            raise SafetyLimit("drug", drug, " | ".join(d.drug for d in self._rx.doses))
        dose = self._number_of(seen, "mg_day", 0, 20000)
        before = self._dose_before(plan)
        if dose > before:
            self._check_increase(seen, plan, before, dose)
        self._began_treatment = self._began_treatment or dose > 0
        self._doses[plan.drug] = dose
        self._decided = True
        text = f"{plan.drug}: {before:g} to {dose:g} mg a day. Written plan and date of the next visit to the patient."
        return [Action(ActionKind.DO, "dose", text)]

    def _check_increase(self, seen: Observation, plan: DrugDose, before: float, dose: float) -> None:
        """Everything that must hold before a first dose or an increase, or SafetyLimit."""
        missing = [code for code in _CHECKS if code not in self._done]
        if missing:
            raise SafetyLimit("dose", dose, f"after {', '.join(missing)}")
        if self._stopped_because:
            raise SafetyLimit("dose", dose, "no dose after a stop", self._stopped_because)
        if self._held:
            raise SafetyLimit("dose", dose, "no increase while a check holds it", "; ".join(self._held.values()))
        if dose > plan.max_mg_day:
            raise SafetyLimit("mg_day", dose, f"at most {plan.max_mg_day:g} mg a day for this patient")
        if before == 0:
            self._check_first(plan, dose)
            return
        if dose - before > plan.step_mg + 1e-9:
            raise SafetyLimit("mg_day", dose, f"steps of at most {plan.step_mg:g} mg (now {before:g} mg)")
        days = self._number_of(seen, "days_since_change", 0, 3650)
        if days < plan.step_days:
            raise SafetyLimit(
                "days_since_change", days, f"{plan.step_days:g} days or more at a dose before the next step"
            )

    def _check_first(self, plan: DrugDose, dose: float) -> None:
        if dose > plan.start_mg_day:
            raise SafetyLimit("mg_day", dose, f"{plan.start_mg_day:g} mg to start with")
        if self._rx.washout_days and (self._washout_days is None or self._washout_days < self._rx.washout_days):
            raise SafetyLimit(
                "washout", self._washout_days, f"{self._rx.washout_days:g} days without the stopped drugs"
            )
        waiting = [row.test for row in self._rx.tests if row.gate and not self._known(row.test)]
        if waiting:
            raise SafetyLimit("dose", dose, f"after the baseline tests: {', '.join(waiting)}")

    def _dose_before(self, plan: DrugDose) -> float:
        """Daily dose (mg) now: of this visit, else of the newest visit in the case, else of the medication list."""
        from euthymia.case.facts import SessionDelivered

        if plan.drug in self._doses:
            return self._doses[plan.drug]
        for event in reversed(self._case.of(SessionDelivered)):
            doses = event.fact.summary.get("doses_mg_day")
            if event.fact.therapy == self.therapy and event.fact.form == self._form and isinstance(doses, Mapping):
                return float(doses.get(plan.drug, 0.0))
        return 0.0

    def _no_change(self, seen: Observation) -> list[Action]:
        self._word_of(seen, "because")
        self._decided = self._began_treatment = True
        return [Action(ActionKind.INFORM, "no_change", "Doses stay as they are.")]

    def _adverse(self, seen: Observation) -> list[Action]:
        name, serious = self._word_of(seen, "name"), self._flag_of(seen, "serious")
        severity = self._word_of(seen, "severity", ("mild", "moderate", "severe", "unknown"))
        self._note_side_effect(seen.at_s, name, severity, serious)
        if serious:
            self._held["adverse_event"] = f"serious adverse event: {name}"
            return [self._raise_alert("high", "adverse_event", f"Serious adverse event: {name}. No further dose.")]
        return [Action(ActionKind.INFORM, "adverse_event", f"Recorded: {name}.")]

    # --- gates and record ---------------------------------------------------------------------------------------------

    def _closed_gates(self) -> list[str]:
        gates = [f"{code} is not asked" for code in _CHECKS if code not in self._done]
        if not self._decided and not self._stopped_because and not self._held:
            gates.append("decide on the dose, or give the reason for no change")
        return gates

    def _summary(self) -> Mapping[str, Any]:
        doses = {d.drug: self._doses.get(d.drug, self._dose_before(d)) for d in self._rx.doses}
        held = {"held_because": "; ".join(self._held.values())} if self._held else {}
        return {"doses_mg_day": doses, **held}

    def _extra_facts(self) -> list[Any]:
        return [*self._facts, *self._labs, *self._vitals]

    def _known(self, test: str) -> bool:
        here = any(lab.analyte == test for lab in self._labs) or any(v.name == test for v in self._vitals)
        return here or self._case.latest(test) is not None

    def _still_open(self, code: str) -> list[Action]:
        left = [c for c in _CHECKS if c not in self._done]
        if left:
            return [Action(ActionKind.INFORM, code, f"Recorded. Still to ask: {', '.join(left)}.")]
        return [Action(ActionKind.DO, "dose", "All is asked: decide on the dose, or give the reason for no change.")]

    @staticmethod
    def _why(row_name: str) -> Reason:
        row = session_limit(row_name)
        words = f"{row.statement[0].upper()}{row.statement[1:]}."
        return Reason(words, (row.cite(),), direction=Direction.AGAINST, code=row.name)
