"""HAM-D21, by total only, 0–64. Item rules are not held; the crosswalk needs the total."""

from __future__ import annotations

from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import total_only

DEFINITION = define("HAM-D21")


def score_ham_d21(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a HAM-D21 from its total; item answers are refused."""
    return total_only(DEFINITION, answers, total, band_set)
