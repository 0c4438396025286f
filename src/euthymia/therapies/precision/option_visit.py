"""The visit of a drug option: the result is explained, the list asked again, then the dose as in any drug course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation, Prescription
from euthymia.therapies.drug_rules import DrugDose
from euthymia.therapies.drug_tables import ingredient
from euthymia.therapies.drug_visit import DrugCourse, DrugVisit
from euthymia.therapies.precision.drug_option import DrugOption
from euthymia.therapies.precision.list_change import changes_with
from euthymia.therapies.stepping import Handler


@final
class OptionVisit(DrugVisit):
    """A visit of a drug option; see :class:`~euthymia.therapies.drug_visit.DrugVisit` for what it takes in.

    Further observations: ``explained`` (by, understood), asked in the first visit before any dose.
    """

    therapy = "precision"

    def __init__(self, case: Case, prescription: Prescription, n: int) -> None:
        if not isinstance(prescription, DrugOption):
            raise InvalidInput("prescription", type(prescription).__name__, "a DrugOption")
        rx = self._option = prescription
        course = DrugCourse(rx.form, rx.protocol, (rx.dose,), rx.stopped, rx.washout_days, rx.tests)
        super().__init__(case, course, n)
        self._explained = n > 1

    def _begin(self) -> list[Action]:
        if self._explained:
            return super()._begin()
        check = f" To check: {'; '.join(self._option.check)}." if self._option.check else ""
        text = (
            f"Explain why {self._option.drug} ({self._option.role}), the dose and what genes can and cannot tell: they "
            f"change exposure and side effects, and predict no benefit.{check}"
        )
        return [Action(ActionKind.MEASURE, "explained", text), *super()._begin()]

    def _handlers(self) -> Mapping[str, Handler]:
        return {**super()._handlers(), "explained": self._explain}

    def _explain(self, seen: Observation) -> list[Action]:
        self._word_of(seen, "by")
        self._explained = self._flag_of(seen, "understood")
        if self._explained:
            return [Action(ActionKind.INFORM, "explained", "Explained and understood.")]
        return [Action(ActionKind.WAIT, "explained", "Not understood yet: explain again, offer it in writing.")]

    def _medicines(self, seen: Observation) -> list[Action]:
        actions = super()._medicines(seen)
        told = [words for name in seen.values["new"] for words in changes_with(self._option, name).words]
        return [*actions, *(Action(ActionKind.INFORM, "rerun", words) for words in told)]

    def _refused(self, drug: str, other: str) -> str:
        return super()._refused(drug, other) or changes_with(self._option, other).forbidden

    def _check_increase(self, seen: Observation, plan: DrugDose, before: float, dose: float) -> None:
        if not self._explained:
            raise SafetyLimit("dose", dose, "after the result was explained and understood")
        super()._check_increase(seen, plan, before, dose)

    def _dose_before(self, plan: DrugDose) -> float:
        found = super()._dose_before(plan)
        if found == 0 and self._option.role == "keep":
            taken = [m.dose_mg_day for m in self._case.medications if ingredient(m.name) == ingredient(plan.drug)]
            return taken[0] or 0.0 if taken else 0.0
        return found

    def _closed_gates(self) -> list[str]:
        gates = super()._closed_gates()
        return gates if self._explained else [*gates, "the option is not explained to the patient"]

    def _summary(self) -> Mapping[str, Any]:
        return {**super()._summary(), "explained": self._explained}
