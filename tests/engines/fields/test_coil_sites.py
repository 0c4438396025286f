"""Sites of a coil on one head, and what displaced coils and other conductivities do to their fields."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coil_sites import CoilSite, coil_sites, electrode_targets
from euthymia.engines.fields.conductivity_slopes import conductivity_slopes
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.placement_grid import CoilFace, placement_grid
from euthymia.engines.fields.placement_model import placement_model
from euthymia.engines.fields.robust import conductivity_uncertainty, log_spread
from euthymia.engines.fields.roi import roi_sphere
from euthymia.engines.fields.site_spread import SpreadInput, site_spreads, slopes_of
from euthymia.engines.fields.solve import prepare, solve
from euthymia.engines.fields.surfaces import tissue_surface
from euthymia.engines.fields.target_table import compare_targets
from euthymia.engines.fields.targets import Target, user_target
from euthymia.engines.fields.vector_potential import dA_dt

from tests.engines.fields.placement_head import figure_8, head, prepared, scalp

GOAL = np.array([0.030, 0.030, 0.048])
FACE = CoilFace.flat(0.09)


def cortical(code: str, x: float, y: float, z: float, method: str = "user") -> Target:
    return replace(user_target(code, (x, y, z)), code=code, method=method)


@cache
def sites() -> tuple[CoilSite, ...]:
    targets = [
        cortical("near", 0.030, 0.030, 0.048, "mni"),
        cortical("neighbor", 0.031, 0.030, 0.048),
        cortical("outside", -0.036, 0.036, 0.056, "beam_f3"),
        *electrode_targets({"F4": np.array([0.040, 0.045, 0.070])}, ["F4"]),
    ]
    table = compare_targets(targets, scalp=scalp(), cortex=tissue_surface(head(), (2,)))
    return coil_sites(head(), table)


def poses() -> tuple[CoilPose, ...]:
    found = []
    for site in sites():
        grid = placement_grid(scalp(), site.on_scalp, face=FACE, gap_m=0.004)
        found.append(CoilPose(grid.matrices(np.zeros((1, 2)))[0]))
    return tuple(found)


def solved(sigma: FloatArray, pose: CoilPose) -> FloatArray:
    system = prepare(head(), sigma, order=1, method="direct")
    coil = partial(dA_dt, figure_8().moved(pose.matrix), dIdt=1e6)
    return solve(system, coil, error=False).field_v_m


def strength(field: FloatArray, site: CoilSite) -> float:
    return float(np.linalg.norm(site.roi.patches[0] @ field[site.roi.elements, :, 0]))


def test_sites_say_where_they_are_how_they_are_found_and_what_is_wrong_with_them() -> None:
    near, neighbor, outside, f4 = sites()
    assert near.model is placement_model("navigated") and f4.model is None
    assert outside.model is placement_model("beam_f3")
    assert any("neighbor" in words and "shares" in words for words in near.warnings)
    assert any("shares" in words for words in neighbor.warnings)
    assert any("outside grey matter" in words for words in outside.warnings)
    assert not any("shares" in words for words in (*outside.warnings, *f4.warnings))
    assert 0 < near.cortex_m < near.depth_m
    assert f4.depth_m == pytest.approx(f4.cortex_m, abs=0.006), "a scalp site reads the grey matter nearest to it"
    everyone = coil_sites(
        head(), compare_targets([near.target], scalp=scalp()), model=placement_model("cap_marks")
    )  # fmt: skip
    assert everyone[0].model is placement_model("cap_marks")
    with pytest.raises(InvalidInput, match="scalp"):
        coil_sites(head(), compare_targets([near.target]))


def test_slopes_of_conductivity_are_derivatives_and_sum_to_zero() -> None:
    site, pose = sites()[0], poses()[0]
    sigma = prepared().sigma
    field = solved(sigma, pose)
    (slopes,) = conductivity_slopes(prepared(), field, [site.roi], tolerance=1e-8)
    assert sum(slopes.values()) == pytest.approx(0.0, abs=1e-6)
    for tag in (2, 3, 4):
        up, down = (
            strength(solved(np.where(head().tissue == tag, factor, 1.0) * sigma, pose), site)
            for factor in (1.05, 1 / 1.05)
        )
        assert slopes[tag] == pytest.approx(np.log(up / down) / (2 * np.log(1.05)), abs=2e-5)
    assert max(map(abs, slopes.values())) > 0.004, "larger than the tolerance"


def test_spreads_are_wider_with_a_worse_method_and_only_of_conductivities_without_one() -> None:
    goal = roi_sphere(head(), GOAL, 0.012)
    coil = SpreadInput((figure_8(),), FACE, 0.004, poses())
    spreads = site_spreads(prepared(), scalp(), sites(), goal, coil, n_draws=30, seed=4)
    navigated, _, taped, unknown = spreads
    assert unknown.placement_goal is None and unknown.placement_own is None
    assert taped.placement_own is not None and navigated.placement_own is not None
    assert np.ptp(taped.placement_own) > 3 * np.ptp(navigated.placement_own)
    assert np.abs(np.log(unknown.own)).max() > 0, "conductivities are drawn for every site"
    again = site_spreads(prepared(), scalp(), sites(), goal, coil, n_draws=30, seed=4)
    np.testing.assert_array_equal(again[2].goal, taped.goal)
    slopes = conductivity_slopes(prepared(), solved(prepared().sigma, poses()[3]), [sites()[3].roi])[0]
    rows = conductivity_uncertainty()
    spread = np.sqrt(
        sum((slopes[tag] * log_spread(rows[tag].coefficient_of_variation)) ** 2 for tag in rows if tag in slopes)
    )
    assert np.log(unknown.own).std() == pytest.approx(spread, rel=0.3)
    fields = np.concatenate([solved(prepared().sigma, pose) for pose in poses()], axis=2)
    held = slopes_of(prepared(), fields, [site.roi for site in sites()], goal)
    given = site_spreads(prepared(), scalp(), sites(), goal, coil, slopes=held, n_draws=30, seed=4)
    np.testing.assert_allclose(given[2].goal, taped.goal, rtol=1e-5)
    with pytest.raises(InvalidInput, match="order"):
        site_spreads(prepared(2), scalp(), sites(), goal, coil, seed=1)
