"""Analytes: what each laboratory test is called, in which units it may come, and which values no living adult shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.core.units import canonical_unit, convert

PACKAGE = "euthymia.case"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyteRow(SourcedRow):
    """One analyte, its numbers in ``unit``.

    Beyond ``possible`` a value is refused. Inside it, but beyond ``seen``, it is believed only where no other accepted
    unit would make it ordinary. ``from_h`` and ``to_h`` bound the clock time at which a sample can be judged.
    """

    code: str
    title: str
    synonyms: tuple[str, ...] = ()
    unit: str
    units: tuple[str, ...]
    possible_low: float
    possible_high: float
    seen_low: float
    seen_high: float
    seen_low_male: float | None = None
    from_h: float | None = None
    to_h: float | None = None
    stale_days: float
    note: str = ""

    def __post_init__(self) -> None:
        if not self.possible_low <= self.seen_low < self.seen_high <= self.possible_high:
            raise ValueError(f"{self.code}: possible_low <= seen_low < seen_high <= possible_high")
        if self.unit not in self.units:
            raise ValueError(f"{self.code}: `units` must hold {self.unit}")
        for unit in self.units:
            convert(1.0, unit, self.unit, analyte=self.code)

    def value_of(self, value: float, unit: str) -> float:
        """Return ``value`` in the row's unit; refuse a unit in which this analyte is not measured."""
        if canonical_unit(unit) not in self.units:
            raise InvalidInput("unit", unit, f"a unit of {self.title}: {', '.join(self.units)}")
        return convert(value, unit, self.unit, analyte=self.code)

    def units_that_fit(self, value: float, unit: str, *, male: bool = False) -> tuple[str, ...]:
        """Return the other accepted units in which the same number would be an ordinary value."""
        low = self.seen_low_male if male and self.seen_low_male is not None else self.seen_low
        printed = self.value_of(value, unit)
        found: dict[float, str] = {}
        for other in self.units:
            there = convert(value, other, self.unit, analyte=self.code)
            if low <= there <= self.seen_high and abs(there - printed) > 1e-9 * max(1.0, abs(printed)):
                found.setdefault(round(there, 9), other)
        return tuple(found.values())

    def is_seen(self, value: float, *, male: bool = False) -> bool:
        """Whether a value in the row's unit is one that care sees."""
        low = self.seen_low_male if male and self.seen_low_male is not None else self.seen_low
        return low <= value <= self.seen_high


@cache
def analytes() -> Mapping[str, AnalyteRow]:
    """Return every analyte by code, in table order."""
    return {row.code: row for row in load_table(PACKAGE, "analytes.csv", AnalyteRow, key="code")}


@cache
def analyte(name: str) -> AnalyteRow | None:
    """Return the analyte that ``name`` (code, title or synonym, any spelling) stands for, or None."""
    code = _names().get(_key(name))
    return None if code is None else analytes()[code]


@cache
def same_name(name: str) -> str:
    """Return one key for all names of an analyte; of another measure, its own name without punctuation and case."""
    found = analyte(name)
    return _key(name if found is None else found.code)


def check_value(name: str, value: float, unit: str) -> None:
    """Refuse a unit in which ``name`` is not measured and a value that no living adult shows.

    Raises
    ------
    InvalidInput
        Naming the unit that was probably meant where one of the accepted units makes the number ordinary.
    """
    row = analyte(name)
    if row is None:
        return
    there = row.value_of(value, unit)
    if row.possible_low <= there <= row.possible_high:
        return
    low, high = (convert(edge, row.unit, unit, analyte=row.code) for edge in (row.possible_low, row.possible_high))
    fits = row.units_that_fit(value, unit)
    hint = f"Was it measured in {' or '.join(fits)}?" if fits else "Check the number and its unit."
    raise InvalidInput("value", f"{value:g} {unit}", f"{low:.4g} to {high:.4g} {unit} for {row.title}", hint)


@cache
def _names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for row in analytes().values():
        for name in (row.code, row.title, *row.synonyms):
            if found.setdefault(_key(name), row.code) != row.code:
                raise InvalidInput("synonyms", name, "a name of one analyte only")
    return found


def _key(name: str) -> str:
    return "".join(ch for ch in name.casefold() if ch.isalnum())
