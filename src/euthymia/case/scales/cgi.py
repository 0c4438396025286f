"""CGI-S (severity) and CGI-I (improvement): one clinician rating each, 1–7.

References
----------
Guy 1976, ECDEU Assessment Manual for Psychopharmacology.
"""

from __future__ import annotations

from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import sum_or_total

CGI_S = define("CGI-S")
CGI_I = define("CGI-I")


def score_cgi_s(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a CGI-S: one rating from 1 (normal) to 7."""
    return sum_or_total(CGI_S, answers, total, band_set)


def score_cgi_i(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a CGI-I: one rating from 1 (very much improved) to 7 (very much worse)."""
    return sum_or_total(CGI_I, answers, total, band_set)
