"""Numbers used for every therapy, each a row of ``defaults.csv`` with its source."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.tables import SourcedRow, load_table


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultRow(SourcedRow):
    """One number used for every therapy."""

    name: str
    value: float
    unit: str
    statement: str


def default(name: str) -> DefaultRow:
    """Return the row called ``name``."""
    rows: tuple[DefaultRow, ...] = load_table("euthymia.therapies", "defaults.csv", DefaultRow, key="name")
    return next(row for row in rows if row.name == name)
