"""Primary field of coils: closed forms, curl, superposition, moving, tabulation, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.a_field import tabulate
from euthymia.engines.fields.coil_pose import CoilPose, rotation
from euthymia.engines.fields.coil_sources import DipoleSource, SegmentSource, sampled
from euthymia.engines.fields.coils import coil_model, dipoles_of
from euthymia.engines.fields.vector_potential import (
    Excitation,
    dA_dt,
    magnetic_field,
    potential_per_ampere,
    total_dA_dt,
)

RNG = np.random.default_rng(8)
DIPOLES = DipoleSource(RNG.normal(size=(300, 3)) * 0.03, RNG.normal(size=(300, 3)) * 1e-4)
WIRES = SegmentSource(RNG.normal(size=(200, 3)) * 0.03, RNG.normal(size=(200, 3)) * 0.01, RNG.uniform(0.1, 1, 200))
POINTS = RNG.normal(size=(400, 3)) * 0.02 + (0, 0, 0.14)


def loop(radius_m: float, pieces: int) -> SegmentSource:
    angle = 2 * np.pi * np.arange(pieces + 1) / pieces
    corners = np.column_stack([radius_m * np.cos(angle), radius_m * np.sin(angle), 0 * angle])
    return SegmentSource.whole_wires((corners[1:] + corners[:-1]) / 2, np.diff(corners, axis=0))


def test_dipoles_match_the_sum_written_out():
    gap = POINTS[:, None] - DIPOLES.positions
    exact = 1e-7 * (np.cross(DIPOLES.moments_per_ampere, gap) / np.linalg.norm(gap, axis=2)[..., None] ** 3).sum(axis=1)
    found = dA_dt(DIPOLES, POINTS, 1e6)
    assert np.abs(found - exact * 1e6).max() < 1e-12 * np.abs(exact).max() * 1e6


def test_wires_match_quadrature_of_the_integral():
    nodes, weights = np.polynomial.legendre.leggauss(20)
    exact = np.zeros_like(POINTS)
    for node, weight in zip(nodes, weights, strict=True):
        gap = np.linalg.norm(POINTS[:, None] - (WIRES.centers + node / 2 * WIRES.vectors), axis=2)
        exact += 1e-7 * weight / 2 * (WIRES.weights / gap) @ WIRES.vectors
    assert np.abs(potential_per_ampere(WIRES, POINTS) - exact).max() < 1e-12 * np.abs(exact).max()


def test_points_close_to_a_dipole_keep_nine_digits():
    source = DipoleSource(np.array([[0.1, 0, 0], [-0.1, 0, 0]]), np.array([[0, 0, 1.0], [0, 0, 0.0]]))
    found = potential_per_ampere(source, [[0.1 + 1e-6, 0, 0]])[0]
    gap = (0.1 + 1e-6) - 0.1
    assert found == pytest.approx([0, 1e-7 / gap**2, 0], rel=1e-9)


def test_field_on_the_axis_of_a_loop_is_the_textbook_value():
    height, radius = 0.05, 0.04
    exact = 2e-7 * np.pi * radius**2 / (radius**2 + height**2) ** 1.5
    assert magnetic_field(loop(radius, 1000), [[0, 0, height]])[0] == pytest.approx([0, 0, exact], rel=2e-5, abs=1e-15)


@pytest.mark.parametrize("source", [DIPOLES, loop(0.03, 60)], ids=["dipoles", "closed wire"])
def test_the_curl_of_the_potential_is_the_field(source):
    step = 1e-4
    at = np.array([0.02, 0.01, 0.14])
    slope = np.array(
        [
            (potential_per_ampere(source, [at + step * e]) - potential_per_ampere(source, [at - step * e]))[0]
            / 2
            / step
            for e in np.eye(3)
        ]
    )
    curl = [slope[1, 2] - slope[2, 1], slope[2, 0] - slope[0, 2], slope[0, 1] - slope[1, 0]]
    exact = magnetic_field(source, [at])[0]
    assert np.linalg.norm(curl - exact) < 1e-4 * np.linalg.norm(exact)


@pytest.mark.parametrize("source", [DIPOLES, WIRES], ids=["dipoles", "wires"])
def test_moving_coil_and_points_together_turns_the_field(source):
    matrix = rotation((1, 2, -1), 0.7, (0.01, 0, 0.02))
    moved = dA_dt(source.moved(matrix), POINTS @ matrix[:3, :3].T + matrix[:3, 3], 1e6)
    assert np.abs(moved - dA_dt(source, POINTS, 1e6) @ matrix[:3, :3].T).max() < 1e-11 * np.abs(moved).max()


def test_several_coils_at_once_add_up_with_their_own_slopes():
    both = total_dA_dt([Excitation(DIPOLES, 1e6), Excitation(WIRES, -3e5)], POINTS)
    assert np.allclose(both, dA_dt(DIPOLES, POINTS, 1e6) - 0.3 * dA_dt(WIRES, POINTS, 1e6), rtol=1e-12)


def test_the_answer_does_not_depend_on_how_points_are_chunked():
    one = np.concatenate([dA_dt(DIPOLES, p[None], 1e6) for p in POINTS[:20]])
    assert np.allclose(one, dA_dt(DIPOLES, POINTS, 1e6)[:20], rtol=1e-12, atol=1e-18)


def test_a_table_tells_its_error_and_a_finer_one_is_better():
    source = dipoles_of(coil_model("magstim_70mm_figure8"))
    coarse = tabulate(source, (-0.06, -0.06, 0.02), (0.06, 0.06, 0.07), 6e-3)
    fine = tabulate(source, (-0.06, -0.06, 0.02), (0.06, 0.06, 0.07), 3e-3)
    assert fine.error < coarse.error / 3 and fine.error < 1e-3
    rng = np.random.default_rng(2)
    points = rng.uniform((-0.06, -0.06, 0.02), (0.06, 0.06, 0.07), (300, 3))
    exact = potential_per_ampere(source, points)
    wrong = np.linalg.norm(potential_per_ampere(fine.source, points) - exact, axis=1).max()
    assert wrong < 1.5 * fine.error * np.linalg.norm(exact, axis=1).max()


def test_a_table_moves_with_its_coil():
    source = dipoles_of(coil_model("magstim_70mm_figure8", order=4))
    table = tabulate(source, (-0.04, -0.04, 0.02), (0.04, 0.04, 0.06), 4e-3)
    pose = CoilPose(rotation((0, 1, 1), 1.1, (0.02, 0.01, 0)))
    points = np.random.default_rng(3).uniform((-0.03, -0.03, 0.02), (0.03, 0.03, 0.05), (50, 3))
    here = points @ pose.matrix[:3, :3].T + pose.center
    exact = dA_dt(source.moved(pose.matrix), here, 1e6)
    found = dA_dt(table.source.moved(pose.matrix), here, 1e6)
    assert np.abs(found - exact).max() < 2e-3 * np.abs(exact).max()


def test_points_off_the_table_or_on_the_wire_are_refused():
    table = tabulate(DIPOLES, (-0.02, -0.02, 0.12), (0.02, 0.02, 0.16), 1e-2).source
    with pytest.raises(InvalidInput, match="outside the sampled grid"):
        potential_per_ampere(table, [[0.08, 0, 0.14]])
    with pytest.raises(InvalidInput, match="on the winding at 1 points, first 1"):
        potential_per_ampere(DIPOLES, [POINTS[0], DIPOLES.positions[3]])
    with pytest.raises(InvalidInput, match="first 2"):
        dA_dt(DIPOLES, np.vstack([POINTS[:2], [[np.nan, 0, 0]]]), 1e6)
    with pytest.raises(InvalidInput, match="finite slope"):
        dA_dt(DIPOLES, POINTS, float("inf"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DipoleSource(np.zeros((3, 2)), np.zeros((3, 3))), "positions"),
        (lambda: DipoleSource(np.zeros((3, 3)), np.zeros((2, 3))), "as many rows"),
        (lambda: DipoleSource(np.full((1, 3), np.nan), np.zeros((1, 3))), "not finite"),
        (lambda: SegmentSource(np.zeros((2, 3)), np.zeros((2, 3)), np.ones(3)), "weights"),
        (lambda: sampled(np.zeros((2, 5, 5, 3)), np.eye(4)), "at least 4"),
        (lambda: sampled(np.zeros((5, 5, 5, 3)), np.zeros((4, 4))), "invertible"),
        (lambda: total_dA_dt([], POINTS), "at least one"),
        (lambda: magnetic_field(sampled(np.ones((5, 5, 5, 3)), np.eye(4)), [[1, 1, 1]]), "dipoles or wires"),
    ],
)
def test_broken_sources_are_refused(make, words):
    with pytest.raises(InvalidInput, match=words):
        make()


def test_jax_gives_the_same_field_and_refuses_the_same_points():
    pytest.importorskip("jax")
    from euthymia.engines.fields.vector_potential_jax import dA_dt_jax

    exact = dA_dt(DIPOLES, POINTS[:300], 1e6)
    assert np.abs(dA_dt_jax(DIPOLES, POINTS[:300], 1e6) - exact).max() < 1e-12 * np.abs(exact).max()
    with pytest.raises(InvalidInput, match="on a dipole at 1 points, first 1"):
        dA_dt_jax(DIPOLES, [POINTS[0], DIPOLES.positions[3]], 1e6)
    with pytest.raises(InvalidInput, match="Use dA_dt"):
        dA_dt_jax(WIRES, POINTS, 1e6)
