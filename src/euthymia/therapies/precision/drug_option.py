"""One drug as an option: role, doses within every limit, and what to check; hard stops cannot be constructed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Reason
from euthymia.therapies.drug_rules import DrugDose, refuse_together, washout
from euthymia.therapies.drug_tables import MonitoringRow, belongs, ingredient, session_limit, visit_number
from euthymia.therapies.precision.option_rows import FORM, Role
from euthymia.therapies.precision.ranking import OptionScore
from euthymia.therapies.schedule import Phase, Schedule

if TYPE_CHECKING:
    from euthymia.engines.genome.advice_types import DrugAdvice, GeneState
    from euthymia.engines.genome.phenoconversion import Medication


@dataclass(frozen=True, slots=True)
class DrugOption:
    """A drug to change to, to add, or to keep at a better dose.

    Parameters
    ----------
    role
        ``switch``, ``augment`` or ``keep``.
    start_mg_day, target_mg_day, max_mg_day
        Doses in mg a day, after genes and label caps.
    dose_factor
        What guidelines make of the usual dose; 1 is unchanged.
    kept, stopped
        Medicines that go on beside it, and those that end before it.
    states
        Every possible state of every gene of the patient, by genotype.
    medicines
        What acts on the enzymes now, stopped drugs included.
    qtc_ms, age_yr, liver_impaired
        What labels ask for; None where it is not known.
    check
        What to do before and after the start, in words.

    Raises
    ------
    SafetyLimit
        For a drug that a US label forbids in any possible state of the genes or beside a medicine that acts; above
        the lowest cap of CPIC, DPWG or the label; for an HLA type under which CPIC says avoid; a QT-prolonging drug
        at a QTc of the stop limit; a forbidden combination; a washout that is too short; an allergy.
    """

    therapy: ClassVar[str] = "precision"
    form: ClassVar[str] = FORM

    protocol: str
    title: str
    drug: str
    role: Role
    start_mg_day: float
    target_mg_day: float
    max_mg_day: float
    step_mg: float
    step_days: float
    titration: str
    trial_weeks: float
    dose_factor: float = 1.0
    kept: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    washout_days: float = 0.0
    allergies: tuple[str, ...] = ()
    states: tuple[GeneState, ...] = ()
    medicines: tuple[Medication, ...] = ()
    qtc_ms: float | None = None
    age_yr: float | None = None
    liver_impaired: bool = False
    tests: tuple[MonitoringRow, ...] = ()
    check: tuple[str, ...] = ()
    rules_form: str = ""
    score: OptionScore = field(default=OptionScore())
    reasons: tuple[Reason, ...] = field(default=())

    def __post_init__(self) -> None:
        checks.one_of("role", self.role, ("switch", "augment", "keep"))
        checks.number("washout_days", self.washout_days, 0, 365)
        checks.number("trial_weeks", self.trial_weeks, 1, 52)
        checks.number("dose_factor", self.dose_factor, 0.05, 5)
        self._check_patient()
        self._check_genes()
        _ = self.dose
        for other in self.kept:
            if self.role != "keep" and ingredient(other) == ingredient(self.drug):
                raise SafetyLimit("kept", other, f"not {self.drug} twice", "Change its dose instead.")
            refuse_together(self.drug, other)
        needed, because = washout((self.drug,), self.stopped)
        if self.washout_days < needed:
            raise SafetyLimit("washout_days", self.washout_days, f"{needed:g} days or more: {because}")

    def _check_patient(self) -> None:
        same = [a for a in self.allergies if ingredient(a) == ingredient(self.drug)]
        if same:
            raise SafetyLimit("drug", self.drug, f"no drug the patient is allergic to (recorded: {same[0]})")
        stop = session_limit("qtc_stop")
        if self.qtc_ms is not None and self.qtc_ms >= stop.value and belongs(self.drug, "qt_prolonging") is not False:
            raise SafetyLimit("drug", self.drug, f"no drug that prolongs QT at {self.qtc_ms:g} ms ({stop.statement})")

    def _check_genes(self) -> None:
        rows = self.gene_rows()
        for row in rows:
            for option in row.options:
                said = f"{row.drug} is contraindicated ({row.guideline}: {' or '.join(option.combinations)})"
                if option.is_contraindication:
                    with_words = f", with {', '.join(row.agents)}" if row.agents else ""
                    raise SafetyLimit("drug", self.drug, f"another drug: {said}{with_words}")
                hla = any(state.gene.startswith("HLA") for combination in option.states for state in combination)
                if hla and row.leads and "AVOID" in option.actions and row.population.endswith("naive"):
                    raise SafetyLimit("drug", self.drug, f"another drug: {row.guideline} says avoid for this HLA type")
        cap, because = lowest_cap(rows)
        if cap is not None and self.max_mg_day > cap:
            raise SafetyLimit("max_mg_day", self.max_mg_day, f"at most {cap:g} mg a day ({because})")

    def gene_rows(self) -> tuple[DrugAdvice, ...]:
        """Return what guidelines and the label say about this drug for these genes and medicines."""
        return rows_for(self.drug, self.states, self.medicines, self.age_yr, self.liver_impaired)

    @property
    def dose(self) -> DrugDose:
        """The doses, within the limits of the drug tables."""
        if self.role == "keep" and self.start_mg_day > self.max_mg_day:
            raise InvalidInput("start_mg_day", self.start_mg_day, f"at most {self.max_mg_day:g}")
        return DrugDose(self.drug, self.start_mg_day, self.target_mg_day, self.max_mg_day, self.step_mg, self.step_days)

    @property
    def schedule(self) -> Schedule:
        """Visits every two weeks through the acute trial, then monthly to the end of the first year."""
        every, minutes = visit_number("first_visits").value, visit_number("visit_minutes").value
        acute = int(self.trial_weeks * 7 // every) + 1
        month = visit_number("year_visits").value
        end = self.washout_days + (acute - 1) * every
        first = Phase("acute trial", self.washout_days, acute, every, minutes)
        return Schedule((first, Phase("maintenance", end + month, 10, month, minutes)))

    def details(self) -> tuple[tuple[str, str], ...]:
        """Label and value of every parameter."""
        words = f"start {self.start_mg_day:g}, target {self.target_mg_day:g}, at most {self.max_mg_day:g} mg a day"
        rows = [("Role", self.role), (self.drug, words)]
        rows.append(("Step", f"{self.step_mg:g} mg, not before {self.step_days:g} days"))
        if self.dose_factor != 1:
            rows.append(("Dose by genes", f"{self.dose_factor:g} of the usual dose"))
        rows.append(("Titration", self.titration))
        if self.stopped:
            rows.append(("Stop before", ", ".join(self.stopped)))
        if self.washout_days:
            rows.append(("Washout", f"{self.washout_days:g} days without the stopped drugs"))
        if self.kept:
            rows.append(("Kept beside it", ", ".join(self.kept)))
        rows.append(("Adequate trial", f"{self.trial_weeks:g} weeks at the target dose"))
        if self.check:
            rows.append(("Check", "; ".join(self.check)))
        if self.score.lines:
            rows.append(("Points in the order of options", self.score.words))
        return tuple(rows)


@lru_cache(maxsize=512)
def rows_for(
    drug: str, states: tuple[GeneState, ...], medicines: tuple[Medication, ...], age: float | None, liver: bool
) -> tuple[DrugAdvice, ...]:
    """Return the rows about a drug for the possible states of the genes and the medicines that act."""
    from euthymia.engines.genome.advice import HEPATIC_IMPAIRMENT, advice

    by_gene: dict[str, tuple[GeneState, ...]] = {}
    for state in states:
        by_gene[state.gene] = (*by_gene.get(state.gene, ()), state)
    context = (HEPATIC_IMPAIRMENT,) if liver else ()
    return advice(by_gene, drugs=(ingredient(drug),), medications=medicines, age=age, context=context)


def lowest_cap(rows: tuple[DrugAdvice, ...]) -> tuple[float | None, str]:
    """Return the lowest daily maximum (mg) of the leading rows, whatever the calls leave open, and whose it is."""
    caps = [
        (option.max_dose_mg, f"{row.guideline}, {' or '.join(option.combinations) or 'age or co-medication'}")
        for row in rows
        if row.leads
        for option in row.options
        if option.max_dose_mg is not None
    ]
    return min(caps) if caps else (None, "")
