"""IDS-SR30, by total only, 0–84 (28 of 30 items are scored); it has no bands, use the crosswalk."""

from __future__ import annotations

from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import total_only

DEFINITION = define("IDS-SR30")


def score_ids_sr30(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a IDS-SR30 from its total; item answers are refused."""
    return total_only(DEFINITION, answers, total, band_set)
