"""What a new medicine changes for a drug option: forbidden beside it, or another row of a guideline for these genes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from euthymia.therapies.drug_rules import forbidden as forbidden_together
from euthymia.therapies.precision.drug_option import DrugOption, rows_for

if TYPE_CHECKING:
    from euthymia.engines.genome.advice_types import DrugAdvice


@dataclass(frozen=True, slots=True)
class ListChange:
    """Why the medicine may not be taken beside the option (or an empty string), and what else it changes, in words."""

    forbidden: str = ""
    words: tuple[str, ...] = ()


def changes_with(option: DrugOption, medicine: str) -> ListChange:
    """Return what a medicine that is new on the list changes for ``option``."""
    from euthymia.engines.genome.phenoconversion import Medication
    from euthymia.therapies.dated_medicines import ingredients

    together = forbidden_together(option.drug, medicine)
    added = tuple(Medication(name) for name in ingredients(medicine))
    patient = (option.age_yr, option.liver_impaired)
    before = rows_for(option.drug, option.states, option.medicines, *patient)
    after = rows_for(option.drug, option.states, (*option.medicines, *added), *patient)
    label = [r for r in after if any(o.is_contraindication for o in r.options)]
    because = together[0] if together is not None else ""
    if not because and label:
        because = f"{label[0].guideline}: contraindicated with {', '.join(label[0].agents) or medicine}"
    if _actions(before) == _actions(after):
        return ListChange(because)
    words = f"{medicine} changes the advice on {option.drug}: run the drug options again before the next dose step."
    return ListChange(because, (words,))


def _actions(rows: tuple[DrugAdvice, ...]) -> frozenset[tuple[str, str, tuple[str, ...]]]:
    return frozenset((r.guideline.value, r.population, r.actions) for r in rows if r.basis != "genotype" or r.leads)
