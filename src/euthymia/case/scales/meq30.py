"""MEQ-30: four factors of mystical experience, items 0–5, each factor as percent of its maximum.

The primary input is grouped by factor. A list of 30 in the order of the stand-alone form is understood as well: the
places of the items agree in four independent public scoring programs, but the appendix of the paper was not read,
so such a score says ``partial``.

References
----------
Barrett, Johnson and Griffiths 2015, J Psychopharmacol 29:1182, doi 10.1177/0269881115609019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from euthymia.case.scales.bands import choose_band_set
from euthymia.case.scales.definition import PACKAGE, Answers, define
from euthymia.case.scales.factors import score_factors
from euthymia.case.scales.result import ScaleScore
from euthymia.core.tables import SourcedRow, load_table

DEFINITION = define("MEQ-30")


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionRow(SourcedRow):
    """Row of ``criteria.csv``: a single named number."""

    name: str
    scale: str = ""
    value: float
    unit: str
    statement: str


def criterion(name: str) -> CriterionRow:
    """Return the criterion with this name."""
    rows: tuple[CriterionRow, ...] = load_table(PACKAGE, "criteria.csv", CriterionRow, key="name")
    return next(row for row in rows if row.name == name)


def score_meq30(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a MEQ-30 from ``{"mystical": 15, "positive_mood": 6, "transcendence": 6, "ineffability": 3}`` answers.

    Notes
    -----
    The band is 'complete mystical experience' when every factor is at or above the criterion (60 % of its maximum,
    not verified), 'not complete' when one is below it, and None while a factor cannot be scored.
    """
    choose_band_set(DEFINITION, band_set)
    scored = score_factors(DEFINITION, answers, total)
    rule = criterion("complete_mystical_experience")
    shares = [share for _, share in scored.domains]
    known = [share for share in shares if share is not None]
    if any(share < rule.value for share in known):
        band: str | None = "not complete"
    else:
        band = "complete mystical experience" if len(known) == len(shares) else None
    flags = scored.flags
    if not isinstance(answers, Mapping):
        flags = (*flags, "read in the item order of the stand-alone form, which was not checked against the paper")
    return replace(scored, band=band, band_set=rule.name, band_source=rule.cite(), flags=flags)
