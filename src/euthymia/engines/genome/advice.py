"""Drug advice from gene calls and the medication list: CPIC first, DPWG and the US label beside it, never merged.

For every guideline the row for the genotype is looked up, then the row for the functional phenotype after
co-medication, and, where only an expectation exists, the row for the expected phenotype. A medicine never shifts its
own row: what it does to its own enzyme is in the guideline already. Where the calls leave several rows possible, all
are given and the most careful one leads.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.advice_conflict import with_differences
from euthymia.engines.genome.advice_input import (
    CallsInput,
    States,
    copy_number_unmeasured,
    gene_states,
    one_call_a_gene,
)
from euthymia.engines.genome.advice_match import guideline_drugs, guideline_options, row_groups
from euthymia.engines.genome.advice_tables import populations
from euthymia.engines.genome.advice_types import Basis, DrugAdvice, Guideline, Option
from euthymia.engines.genome.advice_words import (
    HOLDS_WHILE_TAKEN,
    advice_reasons,
    label_reasons,
    shift_reasons,
    with_limits,
)
from euthymia.engines.genome.drug_labels import (
    Circumstances,
    LabelRow,
    label_drugs,
    label_options,
    label_rules,
    rule_genes,
    triggering_agents,
)
from euthymia.engines.genome.phenoconversion import FunctionalPhenotype, shifted_states
from euthymia.engines.genome.phenoconversion_agents import Medication, identity, medication_list
from euthymia.engines.genome.phenoconversion_tables import agent_key

HEPATIC_IMPAIRMENT = "hepatic_impairment"


@dataclass(frozen=True, slots=True)
class _Stage:
    """One way of looking up: the states of the genes, and the phenoconversion that led to them."""

    basis: Basis
    states: States
    shifts: tuple[FunctionalPhenotype, ...] = ()


def known_drugs() -> tuple[str, ...]:
    """Return the drugs for which any guideline or label in the tables has a row, sorted."""
    return tuple(sorted({*guideline_drugs(), *label_drugs()}))


def known_contexts() -> tuple[str, ...]:
    """Return the words that ``context`` may hold; populations that age decides are not among them."""
    return tuple(code for code, row in populations().items() if not row.is_by_age and code != "general")


def advice(
    calls: CallsInput,
    *,
    drugs: Iterable[str] | None = None,
    medications: Iterable[str | Medication] = (),
    age: float | None = None,
    context: Collection[str] = (),
) -> tuple[DrugAdvice, ...]:
    """Return what the guidelines and the US label say about each drug for these genes and this medication list.

    Parameters
    ----------
    calls
        Calls of the genome engine, or a mapping from gene to phenotype (``"PM"`` or in full), activity score or
        :class:`GeneState`. A gene that is absent was not tested.
    drugs
        Ingredients to advise on; None for every drug of the tables. A drug without rows gives nothing.
    medications
        What is taken, or was until lately; see :class:`Medication`.
    age
        In years (0 to 130), or None: then every age group's row and cap is shown.
    context
        Words of :func:`known_contexts`, e.g. ``"cbz_naive"`` or ``"hepatic_impairment"``. Without a word about a drug
        the rows of all its populations are shown.

    Returns
    -------
    tuple of DrugAdvice
        By drug, then CPIC, DPWG, FDA; within one guideline the leading row first.

    Raises
    ------
    InvalidInput
        For an unreadable call, an age out of range or an unknown context.
    """
    if isinstance(drugs, str):
        raise InvalidInput("drugs", drugs, "a list of names", f"Write [{drugs!r}].")
    calls = one_call_a_gene(calls)
    states, listed = gene_states(calls), medication_list(medications)
    if age is not None and (not math.isfinite(age) or not 0 <= age <= 130):
        raise InvalidInput("age", age, "0 to 130 years, or None")
    for word in context:
        if word not in known_contexts():
            raise InvalidInput("context", word, f"words of {', '.join(known_contexts())}")
    wanted = known_drugs() if drugs is None else tuple(dict.fromkeys(agent_key(drug) for drug in drugs))
    found: list[DrugAdvice] = []
    staged: dict[tuple[Medication, ...], tuple[_Stage, ...]] = {}  # most drugs see the same list
    for drug in wanted:
        others = tuple(one for one in listed if identity(one.agent) != identity(drug))
        if others not in staged:
            staged[others] = _stages(states, others)
        stages = staged[others]
        around = Circumstances(others, age, HEPATIC_IMPAIRMENT in context)
        rows = _guideline_rows(drug, stages, age, context) + _label_rows(drug, stages, around)
        found += with_differences(tuple(rows))
    unmeasured = copy_number_unmeasured(calls)
    return tuple(with_limits(row, unmeasured, age) for row in found)


def _stages(states: States, medications: tuple[Medication, ...]) -> tuple[_Stage, ...]:
    """Genotype first; then the functional and the expected states where the medication list changes them."""
    functional, accepted = shifted_states(states, medications, validated_only=True)
    expected, every = shifted_states(states, medications, validated_only=False)
    return (
        _Stage(Basis.GENOTYPE, states),
        _Stage(Basis.FUNCTIONAL, functional, accepted),
        _Stage(Basis.EXPECTED, expected, every),
    )


def _guideline_rows(
    drug: str, stages: tuple[_Stage, ...], age: float | None, context: Collection[str]
) -> list[DrugAdvice]:
    found: list[DrugAdvice] = []
    for rows in row_groups(drug):
        guideline, population, genes = rows[0].guideline, rows[0].population, rows[0].genes
        if not _is_population(drug, population, age, context):
            continue
        made: list[DrugAdvice] = []
        for stage in stages:
            options = guideline_options(rows, stage.states, age)
            made.append(_advice(drug, guideline, population, genes, stage, options))
        found += _distinct(made)
    return found


def _label_rows(drug: str, stages: tuple[_Stage, ...], around: Circumstances) -> list[DrugAdvice]:
    found: list[DrugAdvice] = []
    for rule in label_rules(drug):
        made = [_label_advice(drug, rule, stage, stages[0].states, around) for stage in stages]
        found += _distinct(made)
    return found


def _label_advice(
    drug: str, rule: tuple[LabelRow, ...], stage: _Stage, genotype: States, around: Circumstances
) -> DrugAdvice:
    options = label_options(rule, stage.states, genotype, around)
    made = _advice(drug, Guideline.FDA, "general", rule_genes(rule), stage, options)
    if not options:
        return made
    by_id = {row.row_id: row for row in rule}
    held = [by_id[one.row_id] for one in options if not one.is_silent]
    if not any(row.gene for row in held):
        made = replace(made, basis=Basis.CONDITION, agents=())
    named = (agent for row in held for agent in triggering_agents(row, around.medications))
    return replace(
        made,
        agents=tuple(dict.fromkeys((*made.agents, *named))),
        reasons=(*made.reasons, *label_reasons(made, rule, genotype, around)),
    )


def _advice(
    drug: str,
    guideline: Guideline,
    population: str,
    genes: tuple[str, ...],
    stage: _Stage,
    options: tuple[Option, ...],
) -> DrugAdvice:
    shifts = tuple(s for s in stage.shifts if s.gene in genes)
    agents = tuple(dict.fromkeys(agent for s in shifts for agent in s.changing))
    leads = stage.basis is not Basis.EXPECTED
    made = DrugAdvice(drug, guideline, population, genes, stage.basis, options, leads, agents)
    return replace(made, reasons=advice_reasons(made, shifts) if options else shift_reasons(made, shifts))


def _distinct(made: list[DrugAdvice]) -> list[DrugAdvice]:
    """Leave out stages that say what the stage before said; the functional row leads the genotype row behind it."""
    genotype, functional, expected = made
    if _rows_of(functional) == _rows_of(genotype):
        leading, behind = _with_shifts(genotype, functional), []
    else:
        leading, behind = functional, [replace(_with_shifts(genotype, functional), leads=False)]
    if _rows_of(expected) == _rows_of(leading):
        leading, beside = _with_shifts(leading, expected), []
    else:
        beside = [expected]
    return [one for one in (leading, *behind, *beside) if one.options]


def _rows_of(one: DrugAdvice) -> frozenset[str]:
    return frozenset(option.row_id for option in one.options)


def _with_shifts(kept: DrugAdvice, same: DrugAdvice) -> DrugAdvice:
    """The kept row with the reasons of a stage that changed the phenotype but not the advice."""
    shifts = (r for r in same.reasons if r.code.startswith("phenoconversion") and r.code != HOLDS_WHILE_TAKEN)
    return replace(kept, reasons=tuple(dict.fromkeys((*kept.reasons, *shifts))))


def _is_population(drug: str, population: str, age: float | None, context: Collection[str]) -> bool:
    """Whether rows of a population are shown for this age and context."""
    row = populations()[population]
    if row.is_by_age:
        above = row.age_from_yr is None or age is None or age >= row.age_from_yr
        return above and (row.age_below_yr is None or age is None or age < row.age_below_yr)
    said = [word for word in context if populations()[word].drug == drug]
    return not row.drug or not said or population in said
