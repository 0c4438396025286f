"""Reference ranges: the laboratory's own goes first, then the reader's table, then the packaged one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from euthymia.case.analytes import PACKAGE, AnalyteRow, analyte
from euthymia.case.facts import LabResult, Sex
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table, parse_table
from euthymia.core.units import convert

Whose = Literal["laboratory", "reader", "default", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeRow(SourcedRow):
    """A reference range of adults; ``sex`` and the ages (years, upper end excluded) bound whom it is for."""

    analyte: str
    sex: Literal["", "female", "male"] = ""
    age_from: float | None = None
    age_to: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str
    note: str = ""

    def __post_init__(self) -> None:
        row = analyte(self.analyte)
        if row is None:
            raise ValueError(f"{self.analyte}: not an analyte of case/data/analytes.csv")
        if self.low is None and self.high is None:
            raise ValueError(f"{self.analyte}: a range needs `low` or `high`")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"{self.analyte}: `low` must be below `high`")
        row.value_of(1.0, self.unit)


@dataclass(frozen=True, slots=True)
class UsedRange:
    """The range a value is judged by, in the unit of its analyte, and whose it is; ``note`` says why there is none."""

    low: float | None
    high: float | None
    whose: Whose
    source: Source | None = None
    note: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is anything to judge by."""
        return self.low is not None or self.high is not None


def default_ranges() -> tuple[RangeRow, ...]:
    """Return the packaged ranges."""
    rows: tuple[RangeRow, ...] = load_table(PACKAGE, "reference_ranges.csv", RangeRow)
    return rows


def read_ranges(path: Path) -> tuple[RangeRow, ...]:
    """Read a table of ranges (CSV) with the columns of ``case/data/reference_ranges.csv``.

    Raises
    ------
    InvalidInput
        When the file cannot be read.
    TableError
        With file, line and column, when a row breaks the rules of the table.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("ranges", str(path), "a CSV file that can be read", f"{error}.") from None
    rows: tuple[RangeRow, ...] = parse_table(text, RangeRow, name=Path(path).name)
    return rows


def range_for(case: Case, row: AnalyteRow, fact: LabResult, ranges: Sequence[RangeRow] = ()) -> UsedRange:
    """Return the range for a value of ``case``: the one printed with it, else of ``ranges``, else the packaged one."""
    if fact.reference_low is not None or fact.reference_high is not None:
        ends = (fact.reference_low, fact.reference_high)
        low, high = (None if e is None else convert(e, fact.unit, row.unit, analyte=row.code) for e in ends)
        return UsedRange(low, high, "laboratory")
    whose: Whose = "reader"
    rows = [r for r in ranges if _of(r, row)]
    if not rows:
        whose, rows = "default", [r for r in default_ranges() if _of(r, row)]
    if not rows:
        return UsedRange(None, None, "none", note="no range is known: ask for the laboratory's own")
    fitting = [r for r in rows if _fits(r, case)]
    if not fitting:
        why = _why_none(rows, case)
        return UsedRange(None, None, "none", note=why)
    best = max(fitting, key=lambda r: (r.sex != "", r.age_from is not None or r.age_to is not None))
    low, high = (
        None if e is None else convert(e, best.unit, row.unit, analyte=row.code) for e in (best.low, best.high)
    )
    return UsedRange(low, high, whose, best.cite(), best.note)


def _of(candidate: RangeRow, row: AnalyteRow) -> bool:
    found = analyte(candidate.analyte)
    return found is not None and found.code == row.code


def _fits(row: RangeRow, case: Case) -> bool:
    if row.sex and (case.sex is None or case.sex.value != row.sex):
        return False
    if row.age_from is None and row.age_to is None:
        return True
    age = case.age_yr
    if age is None:
        return False
    return (row.age_from is None or age >= row.age_from) and (row.age_to is None or age < row.age_to)


def _why_none(rows: Sequence[RangeRow], case: Case) -> str:
    if case.sex is None or case.sex is Sex.OTHER:
        return "the range depends on sex, and the case does not say which range applies"
    if case.age_yr is None:
        return "the range depends on age, which is not recorded"
    return "no range for this sex and age is known: ask for the laboratory's own"
