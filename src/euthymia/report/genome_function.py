"""What the genes of one drug do under the medication list, and the published exposure in each state that remains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from euthymia.engines.genome.advice_exposure import ExposureShift, expected_exposure
from euthymia.engines.genome.advice_input import States
from euthymia.engines.genome.advice_types import NO_RESULT_CODE, GeneState
from euthymia.engines.genome.phenoconversion import (
    FunctionalPhenotype,
    Method,
    functional_phenotype,
    shifted_states,
)
from euthymia.engines.genome.phenoconversion_agents import Medication, identity
from euthymia.engines.genome.phenoconversion_tables import modulated_enzymes


class Standing(StrEnum):
    """How far the effect of co-medication on a gene can be told."""

    ACCEPTED = "accepted"  # by a method in accepted use: it leads the advice
    EXPECTED = "expected"  # no validated method: beside the genotype, never instead
    UNRESOLVED = "unresolved"  # an inhibitor and an inducer together
    NAMED = "named"  # it acts, and no rule changes the phenotype


@dataclass(frozen=True, slots=True)
class FunctionShift:
    """What co-medication does to one gene of a drug; ``states`` is empty where it cannot be told."""

    gene: str
    standing: Standing
    states: tuple[GeneState, ...]
    agents: tuple[str, ...]


def others_than(drug: str, medications: Iterable[Medication]) -> tuple[Medication, ...]:
    """Return the list without the drug itself: what it does to its own enzyme is in the guideline already."""
    return tuple(one for one in medications if identity(one.agent) != identity(drug))


def function_shifts(
    drug: str, genes: Iterable[str], states: States, medications: Sequence[Medication]
) -> tuple[FunctionShift, ...]:
    """Return what the medication list does to the genes that decide on a drug."""
    others = others_than(drug, medications)
    found: list[FunctionShift] = []
    for gene in genes:
        if gene in modulated_enzymes():
            found += _gene_shifts(gene, states.get(gene, (GeneState(gene, NO_RESULT_CODE),)), others)
    return tuple(found)


def exposures_of(drug: str, states: States, medications: Iterable[Medication]) -> tuple[ExposureShift, ...]:
    """Return the published shifts of exposure of a drug, each once, for every state that remains possible.

    States are by function where the method is accepted, else by genotype.
    """
    after, _ = shifted_states(states, others_than(drug, medications), validated_only=True)
    found: dict[tuple[object, ...], ExposureShift] = {}
    for possible in after.values():
        for state in possible:
            for shift in expected_exposure(drug, state):
                found.setdefault((shift.analyte, state.gene, state.phenotype, shift.ratio), shift)
    return tuple(found.values())


def _gene_shifts(gene: str, before: tuple[GeneState, ...], others: tuple[Medication, ...]) -> list[FunctionShift]:
    accepted = [functional_phenotype(state, others, validated_only=True) for state in before]
    every = [functional_phenotype(state, others) for state in before]
    found = []
    if any(r.is_changed for r in accepted):
        found.append(_shift(gene, Standing.ACCEPTED, accepted))
    if [r.state for r in every] != [r.state for r in accepted]:
        found.append(_shift(gene, Standing.EXPECTED, every))
    for method, standing in ((Method.UNRESOLVED, Standing.UNRESOLVED), (Method.FLAG, Standing.NAMED)):
        acting = [r for r in every if r.method is method]
        if acting:
            agents = tuple(dict.fromkeys(agent for r in acting for agent in r.agents))
            found.append(FunctionShift(gene, standing, (), agents))
    return found


def _shift(gene: str, standing: Standing, results: Iterable[FunctionalPhenotype]) -> FunctionShift:
    results = tuple(results)
    agents = tuple(dict.fromkeys(agent for r in results for agent in r.changing))
    return FunctionShift(gene, standing, tuple(dict.fromkeys(r.state for r in results)), agents)
