"""YMRS, by total only, 0–60; the watch and mania levels are a habit of trials, not verified."""

from __future__ import annotations

from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import total_only

DEFINITION = define("YMRS")


def score_ymrs(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a YMRS from its total; item answers are refused."""
    return total_only(DEFINITION, answers, total, band_set)
