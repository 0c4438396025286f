"""Where a drug stands at a glance, and where guidelines differ on it, over every genotype that remains possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import combinations, product

from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.genome.advice_conflict import differ
from euthymia.engines.genome.advice_tables import actions
from euthymia.engines.genome.advice_types import (
    DrugAdvice,
    GeneState,
    Guideline,
    Option,
)


class Group(StrEnum):
    """What to do with a drug, the most careful first."""

    AVOID = "avoid"
    ADJUST = "adjust"
    USUAL = "usual"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionGroupRow(SourcedRow):
    """The group of one action code."""

    code: str
    group: Group


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two guidelines that ask for different things; ``always`` is False when only for some possible genotypes."""

    one: Guideline
    other: Guideline
    always: bool


@cache
def action_groups() -> dict[str, Group]:
    """Return the group of every action code."""
    return {r.code: r.group for r in load_table("euthymia.report", "action_groups.csv", ActionGroupRow, key="code")}


def option_group(option: Option) -> Group:
    """Return the group of one option: that of its most careful action."""
    if option.is_contraindication:
        return Group.AVOID
    return min((action_groups()[code] for code in option.actions), key=list(Group).index, default=Group.NONE)


def group_of(rows: Iterable[DrugAdvice]) -> Group:
    """Return where a drug stands: the most careful of what any leading row says for any possible genotype."""
    found = [option_group(option) for row in rows if row.leads for option in row.options]
    return min(found, key=list(Group).index, default=Group.NONE)


def holds_always(rows: Iterable[DrugAdvice], group: Group) -> bool:
    """Whether some leading row is of this group whatever the calls leave open; true when there is no leading row."""
    leading = [row for row in rows if row.leads]
    return not leading or any(all(option_group(option) is group for option in row.options) for row in leading)


def conflicts(rows: Sequence[DrugAdvice]) -> tuple[Conflict, ...]:
    """Return where the leading rows of one drug differ.

    For every genotype that remains possible, the options that hold for it are compared. Rows that were looked up with
    different states of a gene (one by genotype, one after co-medication) are compared option by option.
    """
    leading = sorted((row for row in rows if row.leads), key=lambda r: r.guideline.rank)
    found = []
    for one, other in combinations(dict.fromkeys(row.guideline for row in leading), 2):
        pairs = [
            (a, b) for a in leading for b in leading
            if a.guideline is one and b.guideline is other and _same_patients(a, b)
        ]  # fmt: skip
        alike = [pair for pair in pairs if _looked_up_alike(*pair)]
        answers = [any(_differ_at(a, b, joint) for a, b in alike) for joint in _joint_states(alike)]
        loose = [[differ(x, y) for x in a.options for y in b.options] for a, b in pairs if (a, b) not in alike]
        named = any(b.guideline in a.differs_from for a, b in pairs)
        if named or any(answers) or any(map(any, loose)):
            found.append(Conflict(one, other, always=(bool(answers) and all(answers)) or any(map(all, loose))))
    return tuple(found)


def common_actions(row: DrugAdvice) -> tuple[str, ...]:
    """Return the action codes that hold with the same figures whatever the calls leave open, the most careful first."""
    shared = set(row.first.actions)
    for option in row.options[1:]:
        shared &= {code for code in option.actions if _figures(option) == _figures(row.first) or not _has_figure(code)}
    return tuple(sorted(shared, key=lambda code: actions()[code].care_rank))


def _figures(option: Option) -> tuple[object, ...]:
    return (
        option.start_reduction_low_pct, option.start_reduction_high_pct, option.maintenance_reduction_pct,
        option.dose_factor, option.max_dose_factor, option.target_raise_pct, option.caps,
    )  # fmt: skip


def _has_figure(code: str) -> bool:
    return actions()[code].direction in ("lower", "scale", "cap", "higher")


def _same_patients(one: DrugAdvice, other: DrugAdvice) -> bool:
    return one.population == other.population or "general" in (one.population, other.population)


def _states_of(row: DrugAdvice) -> dict[str, dict[GeneState, None]]:
    """The possible states of each gene that a row was looked up with."""
    found: dict[str, dict[GeneState, None]] = {}
    for option in row.options:
        for state in (state for combination in option.states for state in combination):
            found.setdefault(state.gene, {})[state] = None
    return found


def _looked_up_alike(one: DrugAdvice, other: DrugAdvice) -> bool:
    """Whether two rows know the same states of every gene they share."""
    first, second = _states_of(one), _states_of(other)
    return all(set(first[gene]) == set(second[gene]) for gene in first.keys() & second.keys())


def _joint_states(pairs: Iterable[tuple[DrugAdvice, DrugAdvice]]) -> list[dict[str, GeneState]]:
    """Every genotype that remains possible over all genes of the rows."""
    by_gene: dict[str, dict[GeneState, None]] = {}
    for row in (row for pair in pairs for row in pair):
        for gene, states in _states_of(row).items():
            by_gene.setdefault(gene, {}).update(states)
    return [dict(zip(by_gene, states, strict=True)) for states in product(*by_gene.values())]


def _differ_at(one: DrugAdvice, other: DrugAdvice, joint: Mapping[str, GeneState]) -> bool:
    first, second = _option_at(one, joint), _option_at(other, joint)
    return first is not None and second is not None and differ(first, second)


def _option_at(row: DrugAdvice, joint: Mapping[str, GeneState]) -> Option | None:
    for option in row.options:
        if any(all(joint[state.gene] == state for state in combination) for combination in option.states):
            return option
    return None
