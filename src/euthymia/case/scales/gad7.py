"""GAD-7: seven items 0–3 on the past two weeks, total 0–21.

References
----------
Spitzer and others 2006, Arch Intern Med 166:1092, doi 10.1001/archinte.166.10.1092.
"""

from __future__ import annotations

from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import sum_or_total

DEFINITION = define("GAD-7")


def score_gad7(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a GAD-7 by its seven answers or by its total; one missing item is prorated and flagged."""
    return sum_or_total(DEFINITION, answers, total, band_set)
