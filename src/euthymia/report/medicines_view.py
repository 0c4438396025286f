"""The medication table of the plan's page: one line a drug, CPIC, DPWG and the US label side by side."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.plan.drug_options import OptionLine
from euthymia.plan.medicines import GeneLine, MedicineRow, MedicineTable
from euthymia.report.citations import Citations, CitedReason

GUIDELINES = ("CPIC", "DPWG", "FDA")
WORDS = ("avoid", "adjust", "use", "no advice")
"""What a row comes to, the most careful first."""


@dataclass(frozen=True, slots=True)
class GuidelineCell:
    """What one guideline says, with its source."""

    row: MedicineRow
    reason: CitedReason


@dataclass(frozen=True, slots=True)
class DrugLine:
    """One drug: what the first guideline comes to, and each guideline's own words."""

    drug: str
    is_taken: bool
    word: str
    states: tuple[str, ...]
    agents: tuple[str, ...]
    cells: tuple[tuple[str, tuple[GuidelineCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One drug option with its reasons."""

    line: OptionLine
    reasons: tuple[CitedReason, ...]


@dataclass(frozen=True, slots=True)
class MedicinesView:
    """Everything the section shows."""

    statement: str
    genes: tuple[GeneLine, ...]
    notes: tuple[CitedReason, ...]
    drugs: tuple[DrugLine, ...]
    options: tuple[OptionRow, ...]
    left_out: tuple[CitedReason, ...]


def medicines_view(table: MedicineTable, cited: Citations) -> MedicinesView:
    """Return the section of the table; a drug that is taken now comes first, then by how much care is asked for."""
    by_drug: dict[str, list[MedicineRow]] = {}
    for row in table.rows:
        by_drug.setdefault(row.drug, []).append(row)
    lines = [_line(rows, cited) for rows in by_drug.values()]
    lines.sort(key=lambda line: (not line.is_taken, WORDS.index(line.word), line.drug))
    return MedicinesView(
        table.statement,
        table.genes,
        cited.reasons(table.notes),
        tuple(lines),
        tuple(OptionRow(line, cited.reasons(line.reasons)) for line in table.options),
        tuple(cited.reason(one.reason) for one in table.left_out),
    )


def _line(rows: list[MedicineRow], cited: Citations) -> DrugLine:
    cells = tuple(
        (name, tuple(GuidelineCell(row, cited.reason(row.reason)) for row in rows if row.guideline == name))
        for name in GUIDELINES
    )
    first = next(found for _, found in cells if found)
    word = min((cell.row.word for cell in first), key=WORDS.index)
    states = dict.fromkeys(row.states for row in rows if row.states)
    agents = dict.fromkeys(agent for row in rows for agent in row.agents)
    return DrugLine(rows[0].drug, rows[0].is_taken, word, tuple(states), tuple(agents), cells)
