"""BDI-II, by total only, 0–63: the form is copyrighted by Pearson, so totals are all that is stored."""

from __future__ import annotations

from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import total_only

DEFINITION = define("BDI-II")


def score_bdi2(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a BDI-II from its total; item answers are refused."""
    return total_only(DEFINITION, answers, total, band_set)
