"""Vital signs as trials report them, and what the simulated patient is given; rows of ``vitals.csv``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.lookup import row_named
from euthymia.therapies.psychedelic.tables import PACKAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalRow(SourcedRow):
    """One figure on a vital sign after one form, with its SD between people where there is one."""

    code: str
    form: str
    unit: str
    value: float
    sd: float | None = None
    at_dose_mg: float | None = None
    statement: str


@cache
def vital(code: str) -> VitalRow:
    """Return the row called ``code``."""
    rows: tuple[VitalRow, ...] = load_table(PACKAGE, "vitals.csv", VitalRow, key="code")
    return row_named(rows, "code", code, argument="vital")


def vital_reason(code: str) -> Reason:
    """Return a row as a reason."""
    row = vital(code)
    spread = f" (SD {row.sd:.2g})" if row.sd is not None else ""
    unit = "" if row.unit == "count" else f" {row.unit}"
    words = f"{row.statement[0].upper()}{row.statement[1:]}: {row.value:.3g}{unit}{spread}."
    return Reason(words, (row.cite(),), EvidenceGrade.LOW, value=row.value, unit=row.unit, code=row.code)
