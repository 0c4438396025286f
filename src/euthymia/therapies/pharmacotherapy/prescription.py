"""The drug prescription: doses within the label, no forbidden combination, no drug the patient is allergic to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Reason
from euthymia.therapies.drug_rules import DrugDose, forbidden, refuse_together, washout
from euthymia.therapies.drug_tables import MonitoringRow, Strategy, ingredient, visit_number
from euthymia.therapies.schedule import Phase, Schedule

__all__ = ["DrugDose", "DrugPrescription", "forbidden", "washout"]

_MONTHS = 10  # monthly visits after the acute trial, within the first year


@dataclass(frozen=True, slots=True)
class DrugPrescription:
    """A next drug, an augmentation or a combination.

    Parameters
    ----------
    doses
        One or two drugs.
    kept, stopped
        Names of the medicines that go on beside it, and of those that end before it.
    washout_days
        Days between the last dose of ``stopped`` and the first new dose.
    allergies
        Substances the patient is allergic to, as recorded.

    Raises
    ------
    SafetyLimit
        Above a dose limit; a forbidden combination with a kept drug; a washout that is too short; an allergy.
    """

    therapy: ClassVar[str] = "pharmacotherapy"

    protocol: str
    form: str
    title: str
    strategy: Strategy
    doses: tuple[DrugDose, ...]
    titration: str
    trial_weeks: float
    kept: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    washout_days: float = 0.0
    allergies: tuple[str, ...] = ()
    tests: tuple[MonitoringRow, ...] = ()
    reasons: tuple[Reason, ...] = field(default=())

    def __post_init__(self) -> None:
        if not 1 <= len(self.doses) <= 2:
            raise InvalidInput("doses", len(self.doses), "one or two drugs")
        checks.one_of("strategy", self.strategy, ("switch", "augment", "combine"))
        checks.number("washout_days", self.washout_days, 0, 365)
        checks.number("trial_weeks", self.trial_weeks, 1, 52)
        new = [dose.drug for dose in self.doses]
        for drug in new:
            same = [a for a in self.allergies if ingredient(a) == ingredient(drug)]
            if same:
                raise SafetyLimit("drug", drug, f"no drug the patient is allergic to (recorded: {same[0]})")
            twice = [k for k in self.kept if ingredient(k) == ingredient(drug)]
            if twice:
                raise SafetyLimit("kept", twice[0], f"not {drug} twice", "Change its dose instead.")
            for other in (*self.kept, *(n for n in new if n != drug)):
                refuse_together(drug, other)
        needed, because = washout(new, self.stopped)
        if self.washout_days < needed:
            raise SafetyLimit("washout_days", self.washout_days, f"{needed:g} days or more: {because}")

    @property
    def schedule(self) -> Schedule:
        """Visits every two weeks through the acute trial, then monthly to the end of the first year."""
        every, minutes = visit_number("first_visits").value, visit_number("visit_minutes").value
        acute = int(self.trial_weeks * 7 // every) + 1
        month = visit_number("year_visits").value
        end = self.washout_days + (acute - 1) * every
        return Schedule(
            (
                Phase("acute trial", self.washout_days, acute, every, minutes),
                Phase("maintenance", end + month, _MONTHS, month, minutes),
            )
        )

    def details(self) -> tuple[tuple[str, str], ...]:
        """Label and value of every parameter."""
        rows: list[tuple[str, str]] = [("Strategy", self.strategy)]
        for dose in self.doses:
            words = f"start {dose.start_mg_day:g}, target {dose.target_mg_day:g}, at most {dose.max_mg_day:g} mg a day"
            step = f"{dose.step_mg:g} mg, not before {dose.step_days:g} days"
            rows += [(dose.drug, words), (f"Largest step of {dose.drug}", step)]
        rows.append(("Titration", self.titration))
        if self.stopped:
            rows.append(("Stop before", ", ".join(self.stopped)))
        if self.washout_days:
            rows.append(("Washout", f"{self.washout_days:g} days without the stopped drugs"))
        if self.kept:
            rows.append(("Kept beside it", ", ".join(self.kept)))
        rows.append(("Adequate trial", f"{self.trial_weeks:g} weeks at the target dose"))
        first = [t.statement for t in self.tests if t.baseline]
        if first:
            rows.append(("Before the first dose", "; ".join(first)))
        return tuple(rows)
