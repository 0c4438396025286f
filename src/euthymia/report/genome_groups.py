"""Where a drug stands at a glance, and where guidelines differ on it, over every genotype that remains possible."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import combinations

from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.genome.advice_conflict import differ
from euthymia.engines.genome.advice_tables import actions
from euthymia.engines.genome.advice_types import INDETERMINATE_CODE, NO_RESULT_CODE, DrugAdvice, Guideline, Option


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

    Options are compared where they can hold together: the same state of every gene that both guidelines ask for.
    """
    found: dict[tuple[Guideline, Guideline], list[bool]] = {}
    leading = sorted((row for row in rows if row.leads), key=lambda r: r.guideline.rank)
    for one, other in combinations(leading, 2):
        if one.guideline is other.guideline or not _same_patients(one, other):
            continue
        answers = [differ(a, b) for a in one.options for b in other.options if _hold_together(a, b)]
        marked = other.guideline in one.differs_from and not any(answers)
        found.setdefault((one.guideline, other.guideline), []).extend([*answers, True] if marked else answers)
    return tuple(Conflict(*pair, always=all(answers)) for pair, answers in found.items() if any(answers))


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


def _hold_together(one: Option, other: Option) -> bool:
    """Whether some state of the genes is behind both options."""
    for first in one.states:
        known = {state.gene: state for state in first}
        for second in other.states:
            if all(known.get(state.gene, state) == state for state in second):
                return True
    return False


def states_text(option: Option) -> str:
    """Return the states an option is for, each gene named once where all its states combine with all of the others."""
    combinations_ = [combination for combination in option.states if combination]
    if not combinations_:
        return ""
    by_gene: dict[str, dict[str, None]] = {}
    for combination in combinations_:
        for state in combination:
            by_gene.setdefault(state.gene, {})[str(state).partition(" ")[2]] = None
    if math.prod(map(len, by_gene.values())) != len(combinations_):
        return " or ".join(option.combinations)
    return " × ".join(f"{gene} {' or '.join(_words(text) for text in texts)}" for gene, texts in by_gene.items())


def _words(text: str) -> str:
    """The state of a gene in words where its code says nothing to a reader."""
    return {NO_RESULT_CODE: "not tested", INDETERMINATE_CODE: "indeterminate"}.get(text, text)
