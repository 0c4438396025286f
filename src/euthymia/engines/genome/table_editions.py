"""Which edition of each guideline and table is packaged, and whether it is due for a check on a given day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.genome.advice_tables import PACKAGE
from euthymia.engines.genome.advice_types import Guideline


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRow(SourcedRow):
    """One row of ``table_editions.csv``; ``edition_on`` is empty where the rows have no one date."""

    name: str
    title: str
    tables: tuple[str, ...]
    edition: str
    edition_on: date | None = None
    superseded: str = ""
    review_after_days: int
    note: str = ""

    def age_days(self, day: date) -> int | None:
        """Return the age of the edition on ``day``, or None where it has no date."""
        return None if self.edition_on is None else (day - self.edition_on).days

    def is_due(self, day: date) -> bool:
        """Whether the edition must be compared with a newer one: revised since, too old, or without a date."""
        age = self.age_days(day)
        return bool(self.superseded) or age is None or age > self.review_after_days


@cache
def editions() -> tuple[EditionRow, ...]:
    """Return the packaged editions, guidelines first."""
    return load_table(PACKAGE, "table_editions.csv", EditionRow, key="name")


def guideline_edition(guideline: Guideline) -> EditionRow:
    """Return the packaged edition of a guideline or of the US labels."""
    return next(row for row in editions() if row.name == guideline.value)
