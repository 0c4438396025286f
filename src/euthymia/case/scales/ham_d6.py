"""HAM-D6 (Bech's subscale), by total only, 0–22. It has no item on suicide."""

from __future__ import annotations

from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import total_only

DEFINITION = define("HAM-D6")


def score_ham_d6(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a HAM-D6 from its total; item answers are refused."""
    return total_only(DEFINITION, answers, total, band_set)
