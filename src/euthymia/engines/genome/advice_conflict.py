"""Where guidelines differ: their leading rows for one drug side by side, marked, never merged."""

from __future__ import annotations

from dataclasses import replace

from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.engines.genome.advice_match import multiplier
from euthymia.engines.genome.advice_tables import actions
from euthymia.engines.genome.advice_types import DrugAdvice, Option
from euthymia.engines.genome.advice_words import action_words

_HOW_TO = frozenset({"level", "slow", "caution"})
"""Directions that say how to give a drug, not whether or how much."""


def directions(option: Option) -> frozenset[str]:
    """Return where an option points: avoid, alternative, lower, higher, cap, usual, none; empty when only how to."""
    found = {actions()[code].direction for code in option.actions}
    if "scale" in found:
        found.remove("scale")
        factor = multiplier(option)
        found.add("usual" if factor is None or factor == 1 else "lower" if factor < 1 else "higher")
    return frozenset(found - _HOW_TO)


def differ(one: Option, other: Option) -> bool:
    """Whether two options ask for different things; a silent or how-to-only option differs from none."""
    first, second = directions(one), directions(other)
    if not first or not second:
        return False
    figures = {round(m, 6) for m in (multiplier(one), multiplier(other)) if m is not None}
    return first != second or len(figures) > 1


def with_differences(rows: tuple[DrugAdvice, ...]) -> tuple[DrugAdvice, ...]:
    """Return the rows of one drug with the guidelines that differ from each leading row named."""
    return tuple(_marked(row, rows) for row in rows)


def _marked(row: DrugAdvice, rows: tuple[DrugAdvice, ...]) -> DrugAdvice:
    if not row.leads:
        return row
    others = [r for r in rows if r.leads and r.guideline is not row.guideline and _comparable(row, r)]
    apart = [r for r in others if differ(row.first, r.first)]
    if not apart:
        return row
    said = "; ".join(f"{r.guideline}: {action_words(r.first)}" for r in apart)
    words = f"Guidelines differ on {row.drug}: {row.guideline}: {action_words(row.first)}; {said}."
    sources = tuple(dict.fromkeys((*row.sources, *(s for r in apart for s in r.sources))))
    reason = Reason(words, sources, EvidenceGrade.RULE, code="guidelines_differ")
    names = tuple(dict.fromkeys(r.guideline for r in apart))
    return replace(row, differs_from=names, reasons=(*row.reasons, reason))


def _comparable(row: DrugAdvice, other: DrugAdvice) -> bool:
    """Rows of two named populations are not about the same patient."""
    return row.population == other.population or "general" in (row.population, other.population)
