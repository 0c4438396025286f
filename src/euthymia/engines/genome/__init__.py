"""Genome engine: VCF to star alleles, diplotypes and phenotypes to drug advice, with all that cannot be told named.

Names are loaded when they are first used, so that importing the package costs next to nothing. The functions
``advice`` and ``phenoconversion`` bear the names of their modules and are imported from there.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from euthymia.engines.genome.advice import known_contexts, known_drugs
    from euthymia.engines.genome.advice_exposure import ExposureShift, expected_exposure
    from euthymia.engines.genome.advice_input import gene_states
    from euthymia.engines.genome.advice_types import DrugAdvice, GeneState, Guideline
    from euthymia.engines.genome.advice_words import action_words
    from euthymia.engines.genome.call import call_vcf
    from euthymia.engines.genome.call_types import INDETERMINATE, CallStatus, Diplotype, GeneCall, GenomeCalls
    from euthymia.engines.genome.outside_calls import OutsideCall, parse_outside_calls
    from euthymia.engines.genome.phenoconversion import FunctionalPhenotype, functional_phenotype
    from euthymia.engines.genome.phenoconversion_agents import Medication
    from euthymia.engines.genome.phenotype import diplotype

__all__ = [
    "INDETERMINATE",
    "CallStatus",
    "Diplotype",
    "DrugAdvice",
    "ExposureShift",
    "FunctionalPhenotype",
    "GeneCall",
    "GeneState",
    "GenomeCalls",
    "Guideline",
    "Medication",
    "OutsideCall",
    "action_words",
    "call_vcf",
    "diplotype",
    "expected_exposure",
    "functional_phenotype",
    "gene_states",
    "known_contexts",
    "known_drugs",
    "parse_outside_calls",
]

_MODULES = {
    "advice": ("known_contexts", "known_drugs"),
    "advice_exposure": ("ExposureShift", "expected_exposure"),
    "advice_input": ("gene_states",),
    "advice_types": ("DrugAdvice", "GeneState", "Guideline"),
    "advice_words": ("action_words",),
    "call": ("call_vcf",),
    "call_types": ("INDETERMINATE", "CallStatus", "Diplotype", "GeneCall", "GenomeCalls"),
    "outside_calls": ("OutsideCall", "parse_outside_calls"),
    "phenoconversion": ("FunctionalPhenotype", "functional_phenotype"),
    "phenoconversion_agents": ("Medication",),
    "phenotype": ("diplotype",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
