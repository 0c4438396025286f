"""Which states of the genes hold for one drug under the medication list, and the published exposure in each."""

from __future__ import annotations

from collections.abc import Iterable

from euthymia.engines.genome.advice_exposure import ExposureShift, expected_exposure
from euthymia.engines.genome.advice_input import States
from euthymia.engines.genome.phenoconversion import shifted_states
from euthymia.engines.genome.phenoconversion_agents import Medication, identity


def states_for(drug: str, states: States, medications: Iterable[Medication]) -> States:
    """Return the states by function, by the accepted method only; a medicine never shifts its own row."""
    others = [one for one in medications if identity(one.agent) != identity(drug)]
    after, _ = shifted_states(states, others, validated_only=True)
    return after


def exposures_of(drug: str, states: States, medications: Iterable[Medication]) -> tuple[ExposureShift, ...]:
    """Return the published shifts of exposure of a drug, each once, for every state that remains possible."""
    found: dict[tuple[object, ...], ExposureShift] = {}
    for possible in states_for(drug, states, medications).values():
        for state in possible:
            for shift in expected_exposure(drug, state):
                found.setdefault((shift.analyte, state.gene, state.phenotype, shift.ratio), shift)
    return tuple(found.values())
