"""QIDS-SR16: sixteen items 0–3 on the past week, nine domains, total 0–27.

A domain is the highest of its items: sleep (1–4), appetite and weight (6–9), psychomotor (15–16); the other six
domains are single items. Only one of items 6/7 and one of 8/9 is answered.

References
----------
Rush and others 2003, Biol Psychiatry 54:573, doi 10.1016/S0006-3223(02)01866-8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.case.scales.answers import read_answers, require_one
from euthymia.case.scales.definition import PACKAGE, Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import finished, from_total, prorate
from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table

DEFINITION = define("QIDS-SR16")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusiveRow(SourcedRow):
    """Row of ``exclusive_items.csv``: two items of which only one is answered."""

    scale: str
    first: str
    second: str
    statement: str


def score_qids_sr16(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a QIDS-SR16 by its sixteen answers or by its total.

    Notes
    -----
    Both items of an exclusive pair may be present only when one of them is 0; two non-zero answers are refused,
    because the form asks for one. A domain is missing only when all its items are; one missing domain of nine is
    prorated and flagged, more give no total.

    Raises
    ------
    InvalidInput
        For answers out of range, of the wrong number, or two non-zero answers in an exclusive pair.
    """
    require_one(answers, total)
    if answers is None:
        return from_total(DEFINITION, total, band_set)
    given = read_answers(DEFINITION.name, DEFINITION.items, answers)
    _refuse_both_of_a_pair(given)
    domains = _domains(given)
    points, flags = prorate(DEFINITION, [value for _, value in domains], "domains")
    absent = tuple(name for name, value in domains if value is None)
    missing = (f"unanswered: domain {', '.join(absent)}",) if absent else ()
    return finished(DEFINITION, given, points, domains, missing + flags, band_set)


def _domains(given: Sequence[int | None]) -> tuple[tuple[str, int | None], ...]:
    """The highest answered item of each domain, None where none was answered."""
    highest: dict[str, int | None] = {}
    for item, answer in zip(DEFINITION.items, given, strict=True):
        best = highest.get(item.domain)
        known = [value for value in (best, answer) if value is not None]
        highest[item.domain] = max(known) if known else None
    return tuple(highest.items())


def _refuse_both_of_a_pair(given: Sequence[int | None]) -> None:
    by_code = dict(zip((item.code for item in DEFINITION.items), given, strict=True))
    for row in load_table(PACKAGE, "exclusive_items.csv", ExclusiveRow):
        if row.scale != DEFINITION.name:
            continue
        first, second = by_code[row.first], by_code[row.second]
        if first and second:
            found = f"{first} and {second}"
            raise InvalidInput(
                f"answers[{row.first}], answers[{row.second}]", found, f"one of the two: {row.statement}"
            )
