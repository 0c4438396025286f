"""MADRS: ten clinician-rated items 0–6 on the past week, total 0–60.

Item text belongs to its authors and the Royal College of Psychiatrists; the labels here are our own.

References
----------
Montgomery and Asberg 1979, Br J Psychiatry 134:382, doi 10.1192/bjp.134.4.382.
"""

from __future__ import annotations

from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import sum_or_total

DEFINITION = define("MADRS")


def score_madrs(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a MADRS by its ten ratings or by its total.

    Notes
    -----
    No published rule for missing items is held, so a missing item leaves no total, with a flag. Two competing band
    sets exist (``Kearns1982``, the default, and ``ProgressInMind``); never mix them in one chart.
    """
    return sum_or_total(DEFINITION, answers, total, band_set)
