"""11-ASC and 5D-ASC: altered states of consciousness, visual analog items 0–100; a subscale is the mean of its items.

The order of the items in the form is not held, so answers are grouped by subscale, or given as the sum of each.

References
----------
Studerus, Gamma and Vollenweider 2010, PLoS ONE 5:e12412, doi 10.1371/journal.pone.0012412 (eleven subscales).
Dittrich 1998, Pharmacopsychiatry 31:80 (five dimensions).
"""

from __future__ import annotations

from euthymia.case.scales.bands import choose_band_set
from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.factors import score_factors
from euthymia.case.scales.result import ScaleScore

ASC_11 = define("11-ASC")
ASC_5D = define("5D-ASC")


def score_asc11(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score the eleven subscales; percent of the maximum is the mean, 0–100. It has no published bands."""
    choose_band_set(ASC_11, band_set)
    return score_factors(ASC_11, answers, total)


def score_asc5d(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score the five dimensions; percent of the maximum is the mean, 0–100. It has no published bands."""
    choose_band_set(ASC_5D, band_set)
    return score_factors(ASC_5D, answers, total)
