"""The template head in a forecast: numbers that agree with each other, honest words, a picture where one was made."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.core.png import png_size
from euthymia.core.source import Verification
from euthymia.engines.fields.targets import mni_points
from euthymia.therapies.pictures import Picture, PictureMark
from euthymia.therapies.registry import therapy
from euthymia.therapies.tms.tables import target_row
from euthymia.therapies.tms.template_field import (
    COIL_WORDS,
    SCALE_TOP,
    alternatives,
    site_of,
    template_fields,
    template_picture,
    template_reasons,
)

from tests.contract.cases import COMPLETE, make_case

DRAWN = ("beam_f3", "rule_5_5_cm", "mni_clinical", "mni_connectivity", "f4_mirror")


@pytest.mark.parametrize("coil", COIL_WORDS)
def test_table_is_plausible_and_consistent(coil: str) -> None:
    rows = {row.site: row for row in template_fields(coil)}
    motor = rows["motor_hand"]
    for row in rows.values():
        assert row.ratio_to_motor == pytest.approx(row.e_target / motor.e_peak, abs=2e-3)
        assert 0.2 < row.e_target < row.e_peak < 3.0  # order of size of figure-8 coils, V/m per A/us
        assert 10 < row.depth_mm < 45
        assert 2 < row.area_half_cm2 < 150
        assert 0 <= row.error_pct < 20
        assert row.verification is Verification.UNVERIFIED
        assert "derived" in row.source
    assert rows["beam_website"].from_default_mm == 0
    clinical = rows["clinical_38_44_26"]
    assert clinical.e_clinical == pytest.approx(clinical.e_target, rel=1e-3)


def test_field_of_the_site_is_strongest_with_the_coil_over_it() -> None:
    rows = {row.site: row for row in template_fields()}
    assert rows["clinical_38_44_26"].e_clinical > rows["rule_5_5_cm"].e_clinical > rows["motor_hand"].e_clinical


def test_published_points_are_where_their_table_has_them() -> None:
    rows = {row.site: row for row in template_fields()}
    points = [point for point in mni_points() if point.kind == "cortex"]
    assert len(points) > 8
    for point in points:
        row = rows[point.target]
        away = np.linalg.norm(np.array([row.x_mm, row.y_mm, row.z_mm]) - (point.x_mm, point.y_mm, point.z_mm))
        assert away == pytest.approx(row.moved_mm, abs=0.2)


@pytest.mark.parametrize("target", DRAWN)
def test_reasons_say_template_error_and_no_proof(target: str) -> None:
    reasons = {r.code: r for r in template_reasons(target_row(target), "tms_10hz")}
    assert "On the template head, not this patient" in reasons["template_field"].statement
    assert "proven" in reasons["template_no_proof"].statement
    assert target_row(target).expected_error in reasons["placement_error"].statement
    row = site_of(target)
    assert row is not None
    assert reasons["template_field"].value == row.e_target
    assert ("mirror" in reasons["template_field"].statement) == (target == "f4_mirror")
    assert ("connectivity_target_effect" in reasons) == (target == "mni_connectivity")


@pytest.mark.parametrize("target", DRAWN)
def test_picture_names_the_target_and_every_alternative(target: str) -> None:
    place = target_row(target)
    picture, row = template_picture(place), site_of(target)
    assert picture is not None
    assert row is not None
    assert len(picture.png) < 80_000
    assert [int(m.label) for m in picture.marks] == list(range(1, len(picture.rows) + 1))
    assert [m.label for m in picture.marks if m.is_chosen] == ["1"]
    chosen = picture.marks[0]
    assert np.hypot(chosen.x - row.pixel_x, chosen.y - row.pixel_y) < 1
    assert {r[0].split(". ", 1)[1] for r in picture.rows} == {row.title, *(o.title for o in alternatives(row))}
    assert "not this patient" in picture.caption
    assert f"{row.e_target:.2f}" in picture.caption
    places = [(m.x, m.y) for m in picture.marks]
    nearest = min(np.hypot(a[0] - b[0], a[1] - b[1]) for i, a in enumerate(places) for b in places[:i])
    assert nearest > 12  # marks can be told apart
    assert 0.95 * max(site_of(t).e_target for t in DRAWN if site_of(t)) <= SCALE_TOP  # type: ignore[union-attr]


@pytest.mark.parametrize(("target", "form"), [("h1_left_dlpfc", "tms_deep_h1"), ("fcmri_personal", "tms_saint")])
def test_where_nothing_was_computed_it_says_so(target: str, form: str) -> None:
    place = target_row(target)
    assert template_picture(place) is None
    first = template_reasons(place, form)[0]
    assert first.code == "template_field_none"
    assert re.search(r"not published|patient's own images", first.statement)


def test_forecast_carries_reasons_and_picture() -> None:
    case, tms = make_case(*COMPLETE), therapy("tms")
    found = tms.simulate(case, tms.propose(case)[0], seed=3)
    assert [p.code for p in found.pictures] == ["template_beam_website"]
    assert any(r.code == "template_field" for r in found.physics)


def test_both_sides_share_one_picture() -> None:
    case, tms = make_case(*COMPLETE), therapy("tms")
    both = [rx for rx in tms.propose(case) if rx.form == "tms_bilateral"]
    for rx in both:
        assert len(tms.simulate(case, rx, seed=3).pictures) == 1


def test_a_picture_with_a_mark_outside_or_a_flat_scale_is_refused() -> None:
    picture = template_picture(target_row("beam_f3"))
    assert picture is not None
    width, _ = png_size(picture.png)
    bad: list[dict[str, object]] = [
        {"marks": (PictureMark(width + 5.0, 3.0, "1"),)}, {"scale": (1.0, 1.0, "V/m")}, {"png": b"no"},
        {"rows": (("one",),)}, {"alt": " "}, {"colors": ("#ffffff",)},
    ]  # fmt: skip
    for change in bad:
        with pytest.raises(InvalidInput):
            replace(picture, **change)  # type: ignore[arg-type]
    assert isinstance(picture, Picture)
