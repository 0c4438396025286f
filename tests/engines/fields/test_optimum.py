"""The search finds what brute force finds, clear of the scalp, and the robust optimum keeps its promise."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coils import coil_model
from euthymia.engines.fields.collision import casing_shape, room
from euthymia.engines.fields.optimize import Optimum, Search, find_optimum
from euthymia.engines.fields.placement_grid import CoilFace, PlacementGrid, placement_grid, turned
from euthymia.engines.fields.reciprocity import CurrentElements, auxiliary_elements, reciprocal_elements
from euthymia.engines.fields.robust import (
    PlacementError,
    conductivity_uncertainty,
    log_spread,
    robust_optimum,
    sensitivities,
)
from euthymia.engines.fields.roi import roi_sphere
from euthymia.engines.fields.signed_distance import SignedDistance
from euthymia.engines.fields.solve import prepare

from tests.engines.fields.placement_head import figure_8, head, prepared, scalp

TARGET = np.array([0.030, 0.030, 0.048])
SEARCH = Search(radius_m=0.012, step_m=0.003, angle_deg=15.0)


@cache
def exact() -> CurrentElements:
    return reciprocal_elements(prepared(), roi_sphere(head(), TARGET, 0.012))


@cache
def few() -> CurrentElements:
    return auxiliary_elements(exact(), scalp(), TARGET)


@cache
def grid() -> PlacementGrid:
    return placement_grid(scalp(), TARGET, face=CoilFace.flat(0.09))


@cache
def optimum() -> Optimum:
    return find_optimum(exact(), grid(), figure_8(), TARGET, SEARCH, slope_a_s=1e6)


def test_the_grid_optimum_is_that_of_brute_force() -> None:
    found, coil = optimum(), figure_8()
    matrices, angles = found.map.matrices, found.map.angles_rad
    coarse = np.arange(0, len(matrices), 4)
    brute = np.array(
        [
            [exact().strength(exact().field(coil.moved(turned(m[None], [a])[0]), 1e6)) for a in angles[::6]]
            for m in matrices[coarse]
        ]
    )
    np.testing.assert_allclose(found.map.score_v_m[coarse][:, ::6], brute, rtol=0, atol=0.005 * brute.max())
    assert found.score_v_m >= 0.995 * brute.max()


def test_refinement_only_gains_and_the_exact_score_agrees() -> None:
    found = optimum()
    assert found.score_v_m >= found.grid_score_v_m * 0.998
    assert found.score_v_m == pytest.approx(
        float(exact().strength(exact().field(figure_8().moved(found.pose.matrix), 1e6))), rel=1e-9
    )
    assert np.hypot(*found.offset_m) <= SEARCH.radius_m * (1 + 1e-9)


def test_no_placement_touches_the_scalp() -> None:
    draw = np.random.default_rng(4)
    offsets = draw.uniform(-0.02, 0.02, (60, 2))
    for pose in grid().matrices(offsets, draw.normal(0, 0.2, (60, 2))):
        inside = (scalp().nodes - pose[:3, 3]) @ pose[:3, :3]
        under = np.hypot(inside[:, 0], inside[:, 1]) <= grid().face.radius_m
        assert inside[under, 2].min() >= grid().gap_m - 1e-12
        np.testing.assert_allclose(pose[:3, :3].T @ pose[:3, :3], np.eye(3), atol=1e-12)
        assert np.linalg.det(pose[:3, :3]) > 0


@pytest.mark.parametrize("name", ["magstim_70mm_figure8", "magventure_mcb70", "magstim_double_cone"])
def test_real_casings_stay_out_of_the_head(name: str) -> None:
    shape, skin = casing_shape(coil_model(name)), SignedDistance.of(scalp())
    held = placement_grid(scalp(), TARGET, face=CoilFace.of_points(shape.points))
    poses = turned(held.matrices(held.offsets(0.02, 0.01)), np.linspace(0.0, 6.0, 13))
    rooms = [room(shape, CoilPose(pose), skin) for pose in poses]
    assert min(rooms) > 0
    assert name != "magstim_70mm_figure8" or min(rooms) < 0.004


def test_a_wanted_direction_is_searched_with_its_sign() -> None:
    along = (1.0, 0.0, 0.0)
    found = find_optimum(
        exact(), grid(), figure_8(), TARGET, Search(0.006, 0.003, 30.0, direction=along), slope_a_s=1e6
    )
    half = found.map.angles_rad.size // 2
    scores = found.map.score_v_m
    np.testing.assert_allclose(scores[:, :half], -scores[:, half:], atol=2e-3 * scores.max())
    assert found.score_v_m > 0


def test_the_robust_optimum_has_the_better_low_quantile() -> None:
    error = PlacementError.from_means(0.005, 6.0, 4.0)
    args = (optimum().map, few(), figure_8(), grid(), SEARCH, error)
    found = robust_optimum(*args, slope_a_s=1e6, n_samples=60, n_finalists=3, seed=7)
    assert found.chosen.interval_v_m[0] >= found.nominal.interval_v_m[0]
    assert (np.diff(found.chosen.interval_v_m) > 0).all()
    assert found.nominal.interval_v_m[1] < optimum().map.score_v_m.max()
    again = robust_optimum(*args, slope_a_s=1e6, n_samples=60, n_finalists=3, seed=7)
    np.testing.assert_array_equal(found.chosen.interval_v_m, again.chosen.interval_v_m)


def test_conductivities_widen_the_interval_and_slopes_predict_another_head() -> None:
    def changed(factor: float) -> CurrentElements:
        sigma = np.where(head().tissue == 3, factor, 1.0) * prepared().sigma
        system = prepare(head(), sigma, order=1)
        roi = roi_sphere(head(), TARGET, 0.012)
        return auxiliary_elements(reciprocal_elements(system, roi), scalp(), TARGET)

    spreads = {tag: row.coefficient_of_variation for tag, row in conductivity_uncertainty().items()}
    (csf,) = sensitivities(optimum().map, {3: (1.1, changed(1.1))}, spreads, figure_8(), grid(), SEARCH, 1e6)
    assert csf.spread == pytest.approx(log_spread(0.05))
    other = few().strength(changed(0.8).field(figure_8().moved(optimum().map.matrices[5]), 1e6))
    predicted = optimum().map.score_v_m[5, 0] * 0.8 ** csf.slopes[5, 0]
    assert other == pytest.approx(predicted, rel=0.01)
    none = PlacementError(0.0, 0.0, 0.0)
    args = (optimum().map, few(), figure_8(), grid(), SEARCH, none)
    sharp = robust_optimum(*args, slope_a_s=1e6, n_samples=40, n_finalists=1, seed=1)
    wide = robust_optimum(*args, (csf,), slope_a_s=1e6, n_samples=40, n_finalists=1, seed=1)
    assert np.ptp(sharp.chosen.interval_v_m) < 1e-9 * sharp.chosen.score_v_m
    assert np.ptp(wide.chosen.interval_v_m) > 0


def test_searches_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidInput, match="divides the turn"):
        Search(angle_deg=7.0)
    with pytest.raises(InvalidInput, match="unit vector"):
        Search(direction=(1.0, 1.0, 0.0))
    with pytest.raises(InvalidInput, match="step"):
        grid().offsets(0.01, 0.0)
    with pytest.raises(InvalidInput, match="standard deviations"):
        PlacementError(-1.0, 0.0, 0.0)
    with pytest.raises(InvalidInput, match="radius_m"):
        CoilFace.flat(90.0)
