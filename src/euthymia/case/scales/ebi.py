"""EBI: six items on emotional breakthrough, 0–100 each; shown as their mean, beside the sum.

References
----------
Roseman and others 2019, J Psychopharmacol 33:1076, doi 10.1177/0269881119855974.
"""

from __future__ import annotations

from euthymia.case.scales.bands import choose_band_set
from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.factors import score_factors
from euthymia.case.scales.result import ScaleScore

DEFINITION = define("EBI")


def score_ebi(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score an EBI from its six answers, or from their sum; it has no published bands."""
    choose_band_set(DEFINITION, band_set)
    given = {DEFINITION.factors[0][0]: answers} if isinstance(answers, (list, tuple)) else answers
    return score_factors(DEFINITION, given, total)
