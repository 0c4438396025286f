"""Beam F3 against the check table of the reference file and a run of the website that a clinic published.

Table: each variant evaluated apart from the public research code (Z. Li, Maastricht 2023). Clinic: video text of
cloudneuro.com, "Finding DLPFC using the Beam Method" (36, 38, 60 cm gave X 6.95).
"""

from __future__ import annotations

import math

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.beam_f3 import beam_f3, beam_spread, beam_variants, reading_error_cm, scalp_distance_cm

TABLE = (
    ((36, 36, 57), (6.585, 9.500), (5.667, 9.629)),
    ((34, 34, 54), (6.238, 8.973), (5.369, 9.094)),
    ((38, 37, 60), (6.920, 9.877), (5.958, 10.017)),
)


@pytest.mark.parametrize(("head", "website", "geometry"), TABLE)
def test_website_and_exact_geometry_match_the_check_table_to_three_digits(
    head: tuple[float, float, float], website: tuple[float, float], geometry: tuple[float, float]
) -> None:
    for name, (x, y) in (("website", website), ("geometry", geometry)):
        found = beam_f3(*head, variant=name)
        assert (round(found.x_cm, 3), round(found.y_cm, 3)) == (x, y)
        assert found.variant.variant == name


def test_the_website_variant_gives_what_a_clinic_got_from_the_website() -> None:
    assert beam_f3(36, 38, 60).x_cm == pytest.approx(6.95, abs=0.005 + 1e-9)


def test_the_exact_geometry_is_the_crossing_of_the_two_lines() -> None:
    """Independent route: solve the two lines through the four electrodes as a linear system."""
    tragus, nasion_inion, around = 35.0, 37.0, 58.0
    r1, r2 = 0.4 * nasion_inion, 0.4 * tragus

    def at(radius: float, degrees: float) -> tuple[float, float]:
        return radius * math.cos(math.radians(degrees)), radius * math.sin(math.radians(degrees))

    (ax, ay), (bx, by) = (0.0, -r1 / 2), at(r2, 324)
    (cx, cy), (dx, dy) = (r2 / 2, 0.0), at(r1, 288)
    t = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / ((bx - ax) * (dy - cy) - (by - ay) * (dx - cx))
    x, y = ax + t * (bx - ax), ay + t * (by - ay)
    found = beam_f3(tragus, nasion_inion, around, "geometry")
    assert found.y_cm == pytest.approx(math.hypot(x, y), rel=1e-12)
    assert found.x_cm == pytest.approx(around * (90 + math.degrees(math.atan2(y, x))) / 360, rel=1e-12)


def test_printed_equations_are_shown_and_never_offered() -> None:
    """As transcribed they put F3 behind the ear or off the head; values from the public code, run apart."""
    spread = beam_spread(36, 36, 57)
    shown = {site.variant.variant: (site.x_cm, site.y_cm) for site in spread.unusable}
    assert shown["printed_manuscript"] == pytest.approx((20.767534696417535, 33.37019880604295), rel=1e-12)
    assert shown["printed_journal"] == pytest.approx((22.340016737417525, 16.14600933627443), rel=1e-12)
    assert all(x > 57 / 4 for x, _ in shown.values()), "behind the ear, so no one may be sent there"
    for name in shown:
        with pytest.raises(InvalidInput, match="Not to be used"):
            beam_f3(36, 36, 57, name)


def test_variants_spread_by_nine_millimeters_in_x_and_no_two_are_the_same() -> None:
    spread = beam_spread(36, 36, 57)
    low, high = spread.x_range_cm
    assert high - low == pytest.approx(0.918, abs=0.001)
    assert spread.y_range_cm[1] - spread.y_range_cm[0] > 1.0
    one, other, apart = spread.farthest_pair
    assert {one.variant.variant, other.variant.variant} == {"website_longer", "geometry_scaled"}
    assert 1.3 < apart < 1.6
    assert len({(site.x_cm, site.y_cm) for site in spread.usable}) == len(spread.usable) == 5
    assert beam_variants()[0].variant == "website" and spread.chosen.variant.variant == "website"


@pytest.mark.parametrize(
    ("lengths", "argument", "words"),
    [
        ((360, 36, 57), "tragus_cm", "millimeters"),
        ((36, 365, 57), "nasion_inion_cm", "millimeters"),
        ((36, 36, 0.57), "circumference_cm", "meters"),
        ((14.2, 36, 57), "tragus_cm", "inches"),
        ((36, 36, 22.4), "circumference_cm", "inches"),
        ((36, 36, 20), "circumference_cm", "inches"),
        ((5, 36, 57), "tragus_cm", "Measure again"),
        ((36, 48, 57), "nasion_inion_cm", "swapped"),
        ((27, 36, 57), "tragus_cm", "swapped"),
        ((0, 36, 57), "tragus_cm", "25 to 50"),
        ((-36, 36, 57), "tragus_cm", "25 to 50"),
        ((math.nan, 36, 57), "tragus_cm", "25 to 50"),
        ((36, math.inf, 57), "nasion_inion_cm", "25 to 50"),
        ((36, 36, True), "circumference_cm", "45 to 70"),
        (("36", 36, 57), "tragus_cm", "25 to 50"),
    ],
)
def test_a_slip_of_unit_order_or_reading_is_refused_and_named(
    lengths: tuple[float, float, float], argument: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        beam_f3(*lengths)
    assert refused.value.argument == argument


def test_an_unknown_variant_is_refused_with_the_usable_ones_named() -> None:
    with pytest.raises(InvalidInput, match="website, website_longer, geometry, geometry_scaled, linear"):
        beam_f3(36, 36, 57, "exact")


@pytest.mark.parametrize("grown", [0.9, 1.0, 1.05, 1.12])
def test_every_usable_variant_grows_with_the_head(grown: float) -> None:
    """Without the fixed 0.35 cm, the formulas are homogeneous in the three lengths."""
    base, scaled = beam_spread(36, 36, 57), beam_spread(36 * grown, 36 * grown, 57 * grown)
    for one, other in zip(base.usable, scaled.usable, strict=True):
        extra = one.variant.y_extra_cm
        assert other.x_cm == pytest.approx(grown * one.x_cm, rel=1e-12)
        assert other.y_cm - extra == pytest.approx(grown * (one.y_cm - extra), rel=1e-12)


def test_half_a_centimeter_of_misreading_matters_less_than_the_choice_of_formula() -> None:
    spread = beam_spread(36, 36, 57)
    moved = reading_error_cm(spread, 0.5)
    assert 0.1 < moved < 0.3 < spread.farthest_pair[2]
    assert reading_error_cm(spread, 0.0) == 0.0
    worst = max(
        scalp_distance_cm(spread.chosen, beam_f3(36 + a, 36 + b, 57 + c), spread.head)
        for a in (-0.5, 0, 0.5)
        for b in (-0.5, 0, 0.5)
        for c in (-0.5, 0, 0.5)
    )
    assert moved == pytest.approx(worst, rel=1e-12), "the corners are the worst of a grid"
    with pytest.raises(InvalidInput, match="error_cm"):
        reading_error_cm(spread, 5.0)
