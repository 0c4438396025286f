"""Single numbers as rows of a table: a value with its unit, the words for it, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.lookup import row_named


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow(SourcedRow):
    """One number with its unit and the words for it."""

    name: str
    value: float
    unit: str
    statement: str


def number_row(package: str, filename: str, name: str) -> NumberRow:
    """Return the row called ``name`` of a table of numbers in ``package``."""
    rows: tuple[NumberRow, ...] = load_table(package, filename, NumberRow, key="name")
    return row_named(rows, "name", name)
