"""The genes of a case as drug options need them: calls, possible states, medicines that act, and advice by drug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from euthymia.case import drugs as drug_table
from euthymia.case.criteria import judge
from euthymia.case.model import Case
from euthymia.therapies.dated_medicines import dated_medicines
from euthymia.therapies.drug_tables import ingredient
from euthymia.therapies.genome_in_case import GenomeInCase, genome_in_case

if TYPE_CHECKING:
    from euthymia.engines.genome.advice_types import DrugAdvice, GeneState
    from euthymia.engines.genome.phenoconversion import FunctionalPhenotype, Medication

_LIVER = "has(moderate_hepatic_impairment) or has(severe_hepatic_impairment)"


@dataclass(frozen=True, slots=True)
class GeneContext:
    """What the genes and the medicines of one case give for every drug.

    ``advice_later`` holds once a change of antidepressant has washed out: without the antidepressants taken now and
    without what was stopped before.
    """

    genome: GenomeInCase
    states: Mapping[str, tuple[GeneState, ...]]
    medicines: tuple[Medication, ...]
    age_yr: float | None
    liver_impaired: bool
    advice: Mapping[str, tuple[DrugAdvice, ...]]
    advice_later: Mapping[str, tuple[DrugAdvice, ...]]
    functional: tuple[FunctionalPhenotype, ...]

    @property
    def flat_states(self) -> tuple[GeneState, ...]:
        """Every possible state of every gene."""
        return tuple(state for states in self.states.values() for state in states)


def gene_context(case: Case, drugs: tuple[str, ...]) -> GeneContext:
    """Return the genes of a case with the advice on ``drugs`` (any spelling), by ingredient.

    Co-medication counts from the day it was last taken, so an inhibitor that ended lately still does.
    """
    from euthymia.engines.genome.advice import HEPATIC_IMPAIRMENT, advice
    from euthymia.engines.genome.advice_input import gene_states
    from euthymia.engines.genome.phenoconversion import phenoconversion

    genome = genome_in_case(case)
    medicines = dated_medicines(case)
    age = None if case.age_yr is None else float(case.age_yr)
    liver = judge(case, _LIVER).truth is True
    names = tuple(dict.fromkeys(ingredient(drug) for drug in drugs))

    def by_drug(acting: tuple[Medication, ...]) -> dict[str, tuple[DrugAdvice, ...]]:
        context = (HEPATIC_IMPAIRMENT,) if liver else ()
        rows = advice(genome.calls, drugs=names, medications=acting, age=age, context=context)
        return {name: tuple(row for row in rows if row.drug == name) for name in names}

    staying = tuple(m for m in medicines if m.stopped_days_ago is None and not is_antidepressant(m.agent))
    now = by_drug(medicines)
    return GeneContext(
        genome,
        gene_states(genome.calls),
        medicines,
        age,
        liver,
        now,
        now if staying == medicines else by_drug(staying),
        phenoconversion(genome.calls, medicines),
    )


def is_antidepressant(name: str) -> bool:
    """Whether a medicine is known as an antidepressant in its own right."""
    known = drug_table.drug(name)
    return known is not None and known.is_antidepressant
