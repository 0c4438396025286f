"""What US labels say about genes, and about the age, liver function and co-medication they name beside them.

Rows of one ``rule`` are about one mechanism. The most specific row that holds stands for all of them, so that a gene
and an inhibitor of the same enzyme are never counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.genome.advice_input import States
from euthymia.engines.genome.advice_match import Combination, caps_at, combinations, gather
from euthymia.engines.genome.advice_tables import PACKAGE, actions, reading
from euthymia.engines.genome.advice_types import GeneState, Guideline, Option, Strength
from euthymia.engines.genome.phenoconversion_agents import ActingAgent, Medication, identity, takes
from euthymia.engines.genome.phenoconversion_tables import Kind, ModulatorClass


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow(SourcedRow):
    """One row of a label; every condition that is not empty must hold."""

    row_id: str
    rule: str
    drug: str
    gene: str = ""
    phenotypes: tuple[str, ...] = ()
    modulated_enzyme: str = ""
    modulator_kind: Kind = Kind.INHIBITOR
    modulator_classes: tuple[ModulatorClass, ...] = ()
    agents: tuple[str, ...] = ()
    age_over_yr: float | None = None
    hepatic_impairment: bool = False
    actions: tuple[str, ...]
    dose_factor: float | None = None
    dose_note: str = ""
    is_contraindication: bool = False

    def __post_init__(self) -> None:
        for code in self.actions:
            if code not in actions():
                raise InvalidInput("actions", code, f"one of {', '.join(actions())}")
        if not self.n_conditions:
            raise InvalidInput("row_id", self.row_id, "a row with at least one condition")

    @property
    def n_conditions(self) -> int:
        """How many conditions the row names."""
        named = (self.gene, self.modulated_enzyme, self.agents, self.age_over_yr is not None, self.hepatic_impairment)
        return sum(map(bool, named))

    def is_met_by_gene(self, state: GeneState | None) -> bool:
        """Whether the condition on the gene holds; true for a row without one."""
        if not self.gene:
            return True
        return state is not None and reading(Guideline.FDA, self.gene, state.phenotype) in self.phenotypes


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a label may name beside genes: co-medication without the drug itself, age in years, liver function."""

    medications: tuple[Medication, ...] = ()
    age: float | None = None
    hepatic_impairment: bool = False


@cache
def label_rows() -> tuple[LabelRow, ...]:
    """Return every row of the label table."""
    return load_table(PACKAGE, "fda_labels.csv", LabelRow, key="row_id")


@cache
def label_rules(drug: str) -> tuple[tuple[LabelRow, ...], ...]:
    """Return the rows about ``drug``, parted by rule."""
    rules: dict[str, list[LabelRow]] = {}
    for row in label_rows():
        if row.drug == drug:
            rules.setdefault(row.rule, []).append(row)
    return tuple(map(tuple, rules.values()))


@cache
def label_drugs() -> tuple[str, ...]:
    """Return the drugs the label table has rows for, sorted."""
    return tuple(sorted({row.drug for row in label_rows()}))


def rule_genes(rule: tuple[LabelRow, ...]) -> tuple[str, ...]:
    """Return the genes a rule asks for."""
    return tuple(dict.fromkeys(row.gene for row in rule if row.gene))


def holding_rows(
    rule: tuple[LabelRow, ...], combination: Combination, genotype: States, around: Circumstances
) -> tuple[LabelRow, ...]:
    """Return the rows of a rule that hold for one combination of states, the one that stands for all first.

    The most specific row leads; among equals one that the genotype itself meets, then one that the label ties to a
    circumstance, then one that is met only after phenoconversion: that inhibitor already has a row of its own.
    """
    by_gene = {state.gene: state for state in combination}

    def order(row: LabelRow) -> tuple[int, int]:
        if not row.gene:
            return -row.n_conditions, 1
        met = any(row.is_met_by_gene(state) for state in genotype.get(row.gene, ()))
        return -row.n_conditions, 0 if met else 2

    held = [row for row in rule if row.is_met_by_gene(by_gene.get(row.gene)) and _circumstances_hold(row, around)]
    return tuple(sorted(held, key=order))


def label_options(
    rule: tuple[LabelRow, ...], states: States, genotype: States, around: Circumstances
) -> tuple[Option, ...]:
    """Return the options of one rule, the most careful first; empty when no row holds for any possible state."""

    def option(combination: Combination) -> Option:
        held = holding_rows(rule, combination, genotype, around)
        return _option(held[0], combination, around.age) if held else Option((combination,))

    return gather(combinations(rule_genes(rule), states), option)


def triggering_agents(row: LabelRow, medications: Iterable[Medication]) -> tuple[str, ...]:
    """Return the medicines on the list that a row names, by class or by name."""
    listed = tuple(medications)
    found = [agent.row.agent for agent in _modulating(row, listed)]
    named = {identity(agent) for agent in row.agents}
    found += [m.agent for m in listed if m.stopped_days_ago is None and identity(m.agent) in named]
    return tuple(dict.fromkeys(found))


def _modulating(row: LabelRow, medications: tuple[Medication, ...]) -> tuple[ActingAgent, ...]:
    if not row.modulated_enzyme:
        return ()
    return takes(medications, row.modulated_enzyme, row.modulator_kind, row.modulator_classes)


def _circumstances_hold(row: LabelRow, around: Circumstances) -> bool:
    if row.age_over_yr is not None and (around.age is None or around.age <= row.age_over_yr):
        return False
    if row.hepatic_impairment and not around.hepatic_impairment:
        return False
    return not (row.modulated_enzyme or row.agents) or bool(triggering_agents(row, around.medications))


def _option(row: LabelRow, combination: Combination, age: float | None) -> Option:
    return Option(
        (combination,) if row.gene else ((),),
        row.row_id,
        row.actions,
        Strength.LABEL,
        dose_factor=row.dose_factor,
        caps=caps_at(row.row_id, age),
        dose_note=row.dose_note,
        is_contraindication=row.is_contraindication,
        source=row.cite(),
    )
