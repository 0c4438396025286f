"""Expected exposure: the published ratio with its span, and only where a row exists."""

from __future__ import annotations

import pytest

from euthymia.engines.genome.advice_exposure import expected_exposure
from euthymia.engines.genome.advice_types import GeneState


@pytest.mark.parametrize(
    ("drug", "state", "ratio", "low", "high"),
    [
        ("escitalopram", GeneState("CYP2C19", "PM"), 2.63, 2.40, 3.3),
        ("escitalopram", GeneState("CYP2C19", "IM"), 1.6, 1.4, 1.6),
        ("sertraline", GeneState("CYP2C19", "PM"), 2.68, None, None),
        ("vortioxetine", GeneState("CYP2D6", "PM", 0.0), 3.0, None, None),
    ],
)
def test_exposure_is_the_published_ratio_with_the_span_of_its_rows(
    drug: str, state: GeneState, ratio: float, low: float | None, high: float | None
) -> None:
    """Jukic 2018, Milosavljevic 2021, Braten 2020, Frederiksen: kinetics reference section 9."""
    (shift,) = expected_exposure(drug, state)
    assert (shift.ratio, shift.low, shift.high) == (ratio, low, high)
    assert shift.dose_ratio == pytest.approx(1 / ratio)


def test_exposure_is_given_only_where_a_row_exists_and_scales_no_dose_it_must_not() -> None:
    assert expected_exposure("fluoxetine", GeneState("CYP2D6", "PM", 0.0)) == ()
    assert expected_exposure("sertraline", GeneState("CYP2C19", "LPM")) == ()
    (paroxetine,) = expected_exposure("paroxetine", GeneState("CYP2D6", "PM", 0.0))
    assert paroxetine.ratio == 2.5 and paroxetine.dose_ratio is None
    half = {shift.analyte: shift.ratio for shift in expected_exposure("amitriptyline", GeneState("CYP2D6", "IM", 0.5))}
    assert half == {"nortriptyline formed": 2.72}
