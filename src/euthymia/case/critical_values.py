"""Critical values: results that a person must hear of at once."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.analytes import PACKAGE, same_name
from euthymia.core.tables import SourcedRow, load_table
from euthymia.core.units import convert


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalRow(SourcedRow):
    """A value that a person must hear of at once: below ``low``, or at ``high`` and above."""

    analyte: str
    low: float | None = None
    high: float | None = None
    unit: str
    statement: str

    def holds(self, value: float, unit: str) -> bool:
        """Whether ``value`` in ``unit`` is critical."""
        there = convert(value, unit, self.unit, analyte=self.analyte)
        return (self.low is not None and there < self.low) or (self.high is not None and there >= self.high)


def critical_values() -> tuple[CriticalRow, ...]:
    """Return the critical values."""
    rows: tuple[CriticalRow, ...] = load_table(PACKAGE, "critical_values.csv", CriticalRow, key="analyte")
    return rows


def critical_row(name: str, value: float, unit: str) -> CriticalRow | None:
    """Return the row by which a value of the analyte ``name`` is critical, or None."""
    wanted = same_name(name)
    rows = [row for row in critical_values() if same_name(row.analyte) == wanted]
    return next((row for row in rows if row.holds(value, unit)), None)
