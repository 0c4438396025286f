"""PHQ-9: nine items 0–3 on the past two weeks, total 0–27.

The tenth question of the form (difficulty in daily life) carries no points and is listed as an extra item.

References
----------
Kroenke, Spitzer and Williams 2001, J Gen Intern Med 16:606, doi 10.1046/j.1525-1497.2001.016009606.x.
"""

from __future__ import annotations

from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import sum_or_total

DEFINITION = define("PHQ-9")


def score_phq9(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a PHQ-9 by its nine answers or by its total.

    Notes
    -----
    One of nine items may be missing: the sum is then raised by 9/8 and rounded half up, with a flag. Item 9 at 1 or
    more asks for a same-day C-SSRS; item 9 unanswered is an alert of its own, also when the total is prorated.
    """
    return sum_or_total(DEFINITION, answers, total, band_set)
