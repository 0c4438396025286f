"""What tests of drug advice share."""

from __future__ import annotations

from euthymia.engines.genome.advice_types import DrugAdvice, Guideline

NORMAL = {"CYP2D6": 2.0, "CYP2C19": "NM", "CYP2B6": "NM"}
UNRELATED = ("lithium", "levothyroxine", "metformin", "mirtazapine")


def leading(rows: tuple[DrugAdvice, ...], guideline: Guideline) -> DrugAdvice:
    found = [row for row in rows if row.guideline is guideline and row.leads]
    assert len(found) == 1, found
    return found[0]
