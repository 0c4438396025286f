"""FIBSER: frequency, intensity and burden of side effects in the past week, 0–6 each; the burden item is the score.

References
----------
Wisniewski and others 2006, J Psychiatr Pract 12:71.
"""

from __future__ import annotations

from euthymia.case.scales.answers import read_answers, require_one
from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import finished, from_total, missing_flags

DEFINITION = define("FIBSER")
BURDEN = "burden"


def score_fibser(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a FIBSER from (frequency, intensity, burden), or from the burden alone given as ``total``.

    Notes
    -----
    The three items are never added: ``total`` of the result is the burden item, and the other two are domains.
    """
    require_one(answers, total)
    if answers is None:
        return from_total(DEFINITION, total, band_set)
    given = read_answers(DEFINITION.name, DEFINITION.items, answers)
    domains = tuple(zip((item.code for item in DEFINITION.items), given, strict=True))
    burden = dict(domains)[BURDEN]
    flags = missing_flags(DEFINITION, given)
    if burden is None:
        flags = (*flags, "no total: the burden item is unanswered")
    return finished(DEFINITION, given, burden, domains, flags, band_set)
