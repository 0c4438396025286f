"""Published targets, points of the user, comparison on a head."""

from __future__ import annotations

import math

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification
from euthymia.engines.fields.head_sizes import HeadSizes
from euthymia.engines.fields.mesh import Surface
from euthymia.engines.fields.target_table import compare_targets
from euthymia.engines.fields.targeting_reasons import targeting_reasons
from euthymia.engines.fields.targets import (
    connectivity_effects,
    connectivity_statement,
    mni_points,
    mni_target,
    mni_targets,
    placement_errors,
    require_on_cortex,
    user_target,
)

from tests.engines.fields.test_target_scalp import RADIUS, ball


def flat(z: float, half: float = 0.1) -> Surface:
    """A square of two triangles at height ``z``."""
    corners = np.array([[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]])
    return Surface(corners, np.array([[0, 1, 2], [0, 2, 3]]))


def test_the_three_points_called_the_fox_target_stay_apart() -> None:
    peak, ba46, clinical = (mni_target(code) for code in ("fox_peak", "ba46", "clinical_38_44_26"))
    assert (1000 * peak.point).round(6).tolist() == [-44, 38, 34]
    assert (1000 * ba46.point).round(6).tolist() == [-44, 40, 29]
    assert (1000 * clinical.point).round(6).tolist() == [-38, 44, 26]
    assert "not its connectivity optimum" in ba46.note and "misquoted" in ba46.title


def test_every_point_names_source_and_state_and_no_second_hand_point_counts_as_read() -> None:
    rows = {row.target: row for row in mni_points()}
    assert len(rows) == 15
    read = {name for name, row in rows.items() if row.verification is Verification.READ}
    assert read == {
        "clinical_38_44_26", "okamoto_f3_cortex", "okamoto_f3_scalp", "okamoto_f4_scalp", "okamoto_c3_scalp",
    }  # fmt: skip
    for row in rows.values():
        assert "second-hand" not in row.source or row.verification is not Verification.READ or "variant" in row.source
    assert {row.target for row in rows.values() if row.in_search_mask} == {
        "rule_5_cm_mean", "brain_under_f3", "ba9", "ba46",
    }  # fmt: skip


def test_the_seed_is_not_offered_as_a_target() -> None:
    assert "subgenual_seed" not in {t.code for t in mni_targets()}
    assert "subgenual_seed" in {t.code for t in mni_targets(seeds=True)}
    with pytest.raises(InvalidInput, match="target"):
        mni_target("subgenual_seed")


def test_distances_match_the_coordinates() -> None:
    table = compare_targets(mni_targets())
    pair = table.distance("ba46", "fox_peak")
    assert pair.between_m == pytest.approx(math.sqrt(2**2 + 5**2) / 1000, rel=1e-12)
    assert table.distance("fox_peak", "ba46") == pair and pair.on_scalp_m is None
    assert table.distance("okamoto_f3_cortex", "brain_under_f3").between_m == pytest.approx(0.0287, abs=1e-4)
    assert table.distance("okamoto_f3_scalp", "ba46").between_m is None, "a coil site and a cortical point"
    assert len(table.pairs) == len(table.rows) * (len(table.rows) - 1) // 2
    assert "MNI head" in table.assumption


def test_depth_and_scalp_sites_on_a_sphere() -> None:
    scalp = ball()
    down = np.array([0.0, 0.6, 0.8])
    a, b = (user_target(name, 0.7 * RADIUS * at) for name, at in (("one", down), ("two", down * [1, -1, 1])))
    two = type(b)("second", b.title, b.kind, b.point, b.space, b.method)
    table = compare_targets([a, two], scalp=scalp, cortex=ball(axes=(0.7, 0.7, 0.7)))
    for row in table.rows:
        assert row.depth_m == pytest.approx(0.3 * RADIUS, abs=3e-4)
        assert row.off_cortex_m is not None and row.off_cortex_m < 3e-4
        assert row.site == pytest.approx(row.point / 0.7, abs=1e-3)
    assert table.pairs[0].on_scalp_m == pytest.approx(2 * 0.6 * RADIUS, abs=1e-3)
    assert table.pairs[0].between_m == pytest.approx(2 * 0.6 * 0.7 * RADIUS, rel=1e-12)


def test_an_affine_brings_mni_points_to_the_head_and_leaves_the_heads_own() -> None:
    turn = np.array([[0, -1.1, 0, 0.01], [1.1, 0, 0, 0.02], [0, 0, 1.1, -0.03], [0, 0, 0, 1]])
    own = user_target("own", [0.01, 0.02, 0.03])
    table = compare_targets([mni_target("fox_peak"), own], mni_to_head=turn)
    assert table.rows[0].point == pytest.approx(turn[:3, :3] @ [-0.044, 0.038, 0.034] + turn[:3, 3], rel=1e-12)
    assert table.rows[1].point.tolist() == [0.01, 0.02, 0.03]


@pytest.mark.parametrize(
    ("affine", "words"),
    [
        (np.diag([-1.0, 1, 1, 1]), "mirrored"),
        (np.diag([1.0, 1, 1, 2]), "last row"),
        (np.eye(3), "last row"),
        (np.eye(4) + np.array([[0, 0, 0, 12.0]] + [[0] * 4] * 3), "millimeters"),
        (np.diag([3.0, 1, 1, 1]), "stretch"),
        (np.full((4, 4), np.nan), "last row"),
    ],
)
def test_a_transform_that_is_none_of_a_head_is_refused(affine: np.ndarray, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        compare_targets([mni_target("fox_peak")], mni_to_head=affine)


def test_mixed_spaces_without_a_transform_equal_codes_and_stray_fields_are_refused() -> None:
    fox, own = mni_target("fox_peak"), user_target("own", [0, 0, 0.05])
    with pytest.raises(InvalidInput, match="mni_to_head"):
        compare_targets([fox, own])
    with pytest.raises(InvalidInput, match="code of its own"):
        compare_targets([fox, fox])
    with pytest.raises(InvalidInput, match="at least one target"):
        compare_targets([])
    with pytest.raises(InvalidInput, match="codes of the table"):
        compare_targets([fox], fields={"weigand": {"e_v_m": 1.0}})
    assert compare_targets([fox], fields={"fox_peak": {"e_v_m": 92.0}}).rows[0].fields == {"e_v_m": 92.0}


def test_a_target_outside_grey_matter_is_refused_with_the_nearest_point_named() -> None:
    cortex = flat(0.05)
    assert require_on_cortex(user_target("near", [0.01, 0.02, 0.052]), cortex) == pytest.approx([0.01, 0.02, 0.05])
    with pytest.raises(
        InvalidInput, match=r"10\.0 mm from grey matter.*nearest point of the cortex is 10\.0 20\.0 50\.0"
    ):
        require_on_cortex(user_target("far", [0.01, 0.02, 0.06]), cortex)
    with pytest.raises(InvalidInput, match="scalp point"):
        require_on_cortex(mni_target("okamoto_f3_scalp"), cortex)


@pytest.mark.parametrize("point", [[-44, 38, 34], [0, 0, math.nan], [0, 0], "here", [0, 0, 0.3]])
def test_a_users_point_in_millimeters_or_unreadable_is_refused(point: object) -> None:
    words = "divide by 1000" if point == [-44, 38, 34] else "point"
    with pytest.raises(InvalidInput, match=words):
        user_target("mine", point)  # type: ignore[arg-type]


def test_placement_errors_are_given_for_each_method_and_empty_where_nothing_is_held() -> None:
    beam = {row.statistic: row.value for row in placement_errors("beam_f3")}
    assert beam == {"median": 6.5, "75th percentile": 9.9, "95th percentile": 13.6}
    assert placement_errors("user") == ()
    assert {row.method for row in placement_errors()} >= {"rule_5_cm", "rule_5_5_cm", "cap_marks", "mni", "fmri"}


def test_the_connectivity_line_leads_with_the_prospective_null_result() -> None:
    said = connectivity_statement()
    assert connectivity_effects()[0].code == "khosravani_primary" and said.value == 0.1
    text = said.statement
    assert text.index("r = 0.1, p = 0.39, n = 66") < text.index("r = -0.27") < text.index("r = -0.16, n = 295")
    assert "respiratory artefact" in text and "3 % of the variance" in text and "optional" in text
    assert all(source.is_verified for source in said.sources)


def test_a_plan_is_told_the_formula_its_spread_and_the_error_and_no_more() -> None:
    found = targeting_reasons("beam_f3", head=HeadSizes(36, 36, 57))
    assert found[0].code == "beam_f3_website" and "X 6.6 cm, Y 9.5 cm" in found[0].statement
    assert "up to 1.4 cm apart" in found[0].statement and found[0].verification is Verification.PARTIAL
    assert [r.value for r in found[1:]] == [6.5, 9.9, 13.6] and all(r.unit == "mm" for r in found[1:])
    assert [r.code for r in targeting_reasons("mni")] == ["placement_mni_navigated"]
    assert targeting_reasons("fmri")[-1].code == "connectivity_target_effect"
    assert targeting_reasons("mni", connectivity=True)[-1].code == "connectivity_target_effect"
    with pytest.raises(InvalidInput, match="Not to be used"):
        targeting_reasons("beam_f3", head=HeadSizes(36, 36, 57), variant="printed_journal")
