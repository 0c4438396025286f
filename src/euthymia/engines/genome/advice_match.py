"""Rows of a guideline that hold for the possible states of the genes, the most careful first."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache

from euthymia.core.errors import TableError
from euthymia.engines.genome.advice_input import States
from euthymia.engines.genome.advice_scores import has_score, on_grid
from euthymia.engines.genome.advice_tables import RecommendationRow, actions, caps_of, reading, recommendations
from euthymia.engines.genome.advice_types import NO_RESULT_CODE, DoseCap, GeneState, Guideline, Option

Combination = tuple[GeneState, ...]
"""One state of each gene of a table, in the order of the table."""

RowGroup = tuple[RecommendationRow, ...]
"""Rows of one guideline, drug, population and set of genes: at most one of them holds for a combination."""


@cache
def row_groups(drug: str) -> tuple[RowGroup, ...]:
    """Return the rows about ``drug``, parted by guideline, population and genes, in the order shown."""
    groups: dict[tuple[Guideline, str, tuple[str, ...]], list[RecommendationRow]] = {}
    for row in recommendations():
        if row.drug == drug:
            groups.setdefault((row.guideline, row.population, row.genes), []).append(row)
    return tuple(tuple(rows) for _, rows in sorted(groups.items(), key=lambda item: item[0][0].rank))


@cache
def guideline_drugs() -> tuple[str, ...]:
    """Return the drugs that CPIC or DPWG have rows for, sorted."""
    return tuple(sorted({row.drug for row in recommendations()}))


def combinations(genes: Iterable[str], states: States) -> tuple[Combination, ...]:
    """Return every combination of the possible states of ``genes``; a gene that is absent was not tested."""
    return tuple(itertools.product(*(states.get(gene, (GeneState(gene, NO_RESULT_CODE),)) for gene in genes)))


def matching_row(rows: RowGroup, combination: Combination) -> RecommendationRow | None:
    """Return the one row that holds for a combination, or None.

    Raises
    ------
    TableError
        If two rows hold: a fault of the table, never resolved by taking one of them.
    """
    read = [_as_read(rows[0].guideline, state) for state in combination]
    found = [row for row in rows if all(row.holds(state) for state in read)]
    if len(found) > 1:
        raise TableError(f"recommendations.csv: {', '.join(r.row_id for r in found)} hold together")
    return found[0] if found else None


def guideline_options(rows: RowGroup, states: States, age: float | None) -> tuple[Option, ...]:
    """Return the options of one group of rows, the most careful first; empty when it is silent on every state."""

    def option(combination: Combination) -> Option:
        row = matching_row(rows, combination)
        return Option((combination,)) if row is None else _option(row, combination, age)

    return gather(combinations(rows[0].genes, states), option)


def gather(possible: Iterable[Combination], option: Callable[[Combination], Option]) -> tuple[Option, ...]:
    """Return the distinct options over all possible combinations, the most careful first; empty when all are silent."""
    found: dict[str, Option] = {}
    for combination in possible:
        one = option(combination)
        held = found.get(one.row_id)
        found[one.row_id] = one if held is None else replace(held, states=(*held.states, *one.states))
    if all(one.is_silent for one in found.values()):
        return ()
    return tuple(sorted(found.values(), key=care))


def care(option: Option) -> tuple[tuple[int, ...], float, str]:
    """Sort key: the most careful action first, then the larger reduction, then the row's name."""
    silent = actions()["NO_REC"].care_rank
    ranks = tuple(sorted(actions()[code].care_rank for code in option.actions)) or (silent,)
    cap = option.max_dose_factor if option.max_dose_factor is not None else 1.0
    kept = min(multiplier(option) or 1.0, cap)
    return ranks, kept, option.row_id


def multiplier(option: Option) -> float | None:
    """Return what the option makes of the usual dose (1 is unchanged), or None where it gives no figure."""
    if option.dose_factor is not None:
        return option.dose_factor
    cuts = [p for p in (option.start_reduction_high_pct, option.maintenance_reduction_pct) if p is not None]
    return 1 - max(cuts) / 100 if cuts else None


def caps_at(row_id: str, age: float | None) -> tuple[DoseCap, ...]:
    """Return the highest doses of a row that are open at an age in years; all of them when the age is not known."""
    return tuple(
        cap
        for cap in caps_of(row_id)
        if age is None
        or (
            (cap.age_from_yr is None or age >= cap.age_from_yr) and (cap.age_below_yr is None or age < cap.age_below_yr)
        )
    )


def _as_read(guideline: Guideline, state: GeneState) -> GeneState:
    """The state in the words and on the score grid of the guideline."""
    if has_score(state.gene):
        return state if state.score is None else replace(state, score=on_grid(state.gene, state.score))
    return replace(state, phenotype=reading(guideline, state.gene, state.phenotype))


def _option(row: RecommendationRow, combination: Combination, age: float | None) -> Option:
    return Option(
        (combination,),
        row.row_id,
        row.actions,
        row.strength,
        row.start_reduction_low_pct,
        row.start_reduction_high_pct,
        row.maintenance_reduction_pct,
        row.dose_factor,
        row.max_dose_factor,
        row.target_raise_pct,
        caps_at(row.row_id, age),
        row.dose_note,
        source=row.cite(),
    )
