"""The tables of the FHIR mapping: LOINC codes, units, answers, timing words, treatments, devices and version marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.core.units import canonical_unit

PACKAGE = "euthymia.case"


class LoincKind(StrEnum):
    """What a LOINC code stands for in a case."""

    LAB = "lab"
    VITAL = "vital"
    BP_PANEL = "bp_panel"
    RISK_LEVEL = "risk_level"
    WORST_IDEATION = "worst_ideation"
    PREGNANCY = "pregnancy"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoincRow(SourcedRow):
    """One LOINC code: the analyte or vital sign it gives, and the unit we write; ``preferred`` when we write it."""

    code: str
    kind: LoincKind
    name: str
    unit: str = ""
    preferred: bool
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow(SourcedRow):
    """A UCUM code and the spelling Euthymia uses."""

    ucum: str
    ours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow(SourcedRow):
    """A LOINC answer code and its number."""

    code: str
    answer_list: str
    value: int
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingRow(SourcedRow):
    """A timing code (HL7 GTSAbbreviation) and how often a day it means."""

    code: str
    times_a_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow(SourcedRow):
    """Words or a code by which a procedure or device of another system is recognized."""

    target: str
    system: str = ""
    match: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow(SourcedRow):
    """A mark by which a resource of another FHIR version shows itself."""

    version: str
    resource: str
    element: str = ""
    shape: str = "present"  # present | text | object


@cache
def loinc() -> Mapping[str, LoincRow]:
    """Rows of ``loinc.csv`` by code."""
    return {row.code: row for row in load_table(PACKAGE, "loinc.csv", LoincRow, key="code")}


@cache
def preferred(kind: LoincKind, name: str) -> LoincRow | None:
    """The row that is written for an analyte or a vital sign."""
    return next((r for r in loinc().values() if r.kind is kind and r.name == name and r.preferred), None)


@cache
def answers() -> Mapping[str, int]:
    """Numbers of LOINC answer codes."""
    return {row.code: row.value for row in load_table(PACKAGE, "fhir_answers.csv", AnswerRow, key="code")}


@cache
def answer_code(answer_list: str, value: int) -> AnswerRow | None:
    """The answer of a list that stands for a number."""
    rows = load_table(PACKAGE, "fhir_answers.csv", AnswerRow, key="code")
    return next((r for r in rows if r.answer_list == answer_list and r.value == value), None)


@cache
def times_a_day() -> Mapping[str, float]:
    """How often a day a timing code means."""
    return {row.code: row.times_a_day for row in load_table(PACKAGE, "fhir_timing.csv", TimingRow, key="code")}


@cache
def version_marks() -> tuple[VersionRow, ...]:
    """Marks of other FHIR versions."""
    return load_table(PACKAGE, "fhir_versions.csv", VersionRow)


def recognized(table: str, text: str, codes: list[tuple[str, str]]) -> str:
    """Return the target of the first row of ``table`` whose code is among ``codes`` or whose words are in ``text``."""
    spaced = f" {' '.join(''.join(ch if ch.isalnum() else ' ' for ch in text.casefold()).split())} "
    for row in load_table(PACKAGE, table, MatchRow):
        if row.system and (row.system, row.match) in codes:
            return str(row.target)
        if not row.system and f" {row.match} " in spaced:
            return str(row.target)
    return ""


@cache
def _units() -> tuple[Mapping[str, str], Mapping[str, str]]:
    rows = load_table(PACKAGE, "fhir_units.csv", UnitRow, key="ucum")
    to_ucum: dict[str, str] = {}
    for row in rows:
        to_ucum.setdefault(row.ours, row.ucum)
    return {row.ucum: row.ours for row in rows}, to_ucum


def our_unit(code: str, unit: str) -> str | None:
    """Return our spelling of a UCUM code (or, without one, of the printed unit); None when nobody knows it."""
    for text in (code, unit):
        if not text:
            continue
        for spelling in (text, _LITER.sub(r"/\1L", text)):  # UCUM has two codes for the liter, l and L
            try:
                return canonical_unit(_units()[0].get(spelling, spelling))
            except InvalidInput:
                continue
    return None


_LITER = re.compile(r"/([dmu]?)l$")


def ucum(unit: str) -> str:
    """Return the UCUM code of one of our units."""
    ours = canonical_unit(unit)
    return _units()[1].get(ours, ours)
