"""CEQ: seven factors of challenging experience, 26 items 0–5, each factor as percent of its maximum.

The order of the items in the form was not verified, so answers are grouped by factor: fear 5, grief 6, physical
distress 5, insanity 3, isolation 3, death 2, paranoia 2.

References
----------
Barrett and others 2016, J Psychopharmacol 30:1279, doi 10.1177/0269881116678781.
"""

from __future__ import annotations

from euthymia.case.scales.bands import choose_band_set
from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.factors import score_factors
from euthymia.case.scales.result import ScaleScore

DEFINITION = define("CEQ")


def score_ceq(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a CEQ from a mapping of factor to answers; it has no published bands."""
    choose_band_set(DEFINITION, band_set)
    return score_factors(DEFINITION, answers, total)
