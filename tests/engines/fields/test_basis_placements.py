"""The reduced basis against direct solutions on the same mesh, for coils it has never seen."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import KDTree

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.basis_file import HeadBasis, read_basis, write_basis
from euthymia.engines.fields.basis_limits import refuse_near
from euthymia.engines.fields.coil_sources import DipoleSource
from euthymia.engines.fields.evaluate import Location
from euthymia.engines.fields.huygens import LIFT_M, SPACING_M, HuygensSources, huygens_sources
from euthymia.engines.fields.linear_maps import element_middles, field_map, load_matrix
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.reduced_basis import BasisSettings, ReducedBasis, build_basis, placement_errors
from euthymia.engines.fields.scalp_placement import Scalp
from euthymia.engines.fields.solve import solve_potential
from euthymia.engines.fields.vector_potential import dA_dt, potential_per_ampere

from tests.engines.fields.placement_head import cortex, figure_8, head, loop_of_wire, prepared, random_poses, scalp


@cache
def basis() -> ReducedBasis:
    settings = BasisSettings(solved=270, kept=250, spacing_m=0.009, control_m=0.013, coils=540, block=135)
    return build_basis(prepared(), where(), scalp(), settings)


def where() -> Location:
    return element_middles(cortex())


def direct(rates: FloatArray) -> FloatArray:
    system = prepared()
    right = load_matrix(system.space, system.sigma) @ rates.reshape(-1, rates.shape[2])
    return field_map(system.space, where()).field(solve_potential(system, right).solution, rates)


def test_any_placement_of_any_coil_comes_out_as_solved_directly() -> None:
    poses = random_poses(100, 11)
    wire = loop_of_wire()
    coils = [(figure_8() if number % 10 else wire).moved(pose) for number, pose in enumerate(poses)]
    nodes, control = prepared().space.points, basis().control
    references = direct(np.stack([potential_per_ampere(coil, nodes) for coil in coils], axis=2))
    rates = np.stack([potential_per_ampere(coil, control) for coil in coils], axis=2)
    whole, hot = placement_errors(basis(), references, rates)
    assert whole.max() < 0.015
    assert hot.max() < 0.015
    np.testing.assert_allclose(basis().field_of(coils[:2]), basis().field(rates[..., :2]), rtol=0, atol=1e-10)


def test_the_field_follows_the_slope_of_the_current() -> None:
    coil = figure_8().moved(random_poses(1, 2)[0])
    once = basis().field_of([coil])
    scale = np.abs(once).max()
    np.testing.assert_allclose(basis().field_of([coil], 1e6) / 1e6, once, rtol=0, atol=1e-5 * scale)
    np.testing.assert_allclose(basis().field(dA_dt(coil, basis().control, 1.0)), once, rtol=0, atol=1e-5 * scale)


def test_sources_are_what_their_definition_says() -> None:
    sources = HuygensSources(np.array([[0.0, 0.0, 0.1], [0.02, 0.01, 0.11]]), np.array([[0.0, 0.6, 0.8], [1.0, 0, 0]]))
    points = np.random.default_rng(0).uniform(-0.03, 0.03, (5, 3))
    gap = points[:, None] - sources.positions
    unit = gap * 1e-7 / np.linalg.norm(gap, axis=2)[..., None] ** 3
    expected = np.concatenate([np.cross(sources.normals, unit), unit], axis=1).swapaxes(1, 2)
    np.testing.assert_allclose(sources.potentials(points), expected, rtol=1e-9, atol=1e-20)
    currents = np.random.default_rng(1).standard_normal((5, 3, 2))
    np.testing.assert_allclose(
        sources.responses(points, currents), np.einsum("mik,mic->kc", expected, currents), rtol=1e-9
    )


def test_sources_lie_outside_and_apart() -> None:
    places = huygens_sources(scalp(), head().nodes[head().tets[cortex()]].mean(axis=1)).positions
    gaps = np.linalg.norm(places[:, None] - places, axis=2) + np.eye(len(places))
    assert gaps.min() > SPACING_M * 0.999
    assert KDTree(scalp().nodes).query(places)[0].min() > 0.7 * LIFT_M


def test_a_basis_survives_the_disk_and_refuses_another_head(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    errors = np.array([0.01, 0.02])
    write_basis(path, HeadBasis(basis(), scalp(), "a ball", "not a person", 1, errors, 2 * errors, 3.0, 4.0, np.eye(4)))
    again = read_basis(path, prepared())
    np.testing.assert_array_equal(again.basis.modes, basis().modes)
    np.testing.assert_array_equal(again.scalp.triangles, scalp().triangles)
    np.testing.assert_array_equal(again.errors, errors)
    assert again.basis.modes.dtype == np.float32 and again.mni is not None
    assert (again.name, again.order, again.seconds, again.basis.clear_m) == ("a ball", 1, 3.0, basis().clear_m)
    other = replace(prepared(), sigma=prepared().sigma * 1.01)
    with pytest.raises(InvalidInput, match="another head"):
        read_basis(path, other)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InvalidInput, match="fields basis"):
        read_basis(path)


def test_a_coil_in_the_head_or_nearer_than_the_sources_is_refused() -> None:
    surface = Scalp.of(scalp())
    coil = figure_8()
    up = np.diag([1.0, -1.0, -1.0, 1.0])
    top = float(scalp().nodes[:, 2].max())

    def lifted(height_m: float) -> DipoleSource:
        pose = up.copy()
        pose[2, 3] = top + height_m
        return coil.moved(pose)

    assert refuse_near(basis(), lifted(0.006), surface) > basis().clear_m
    with pytest.raises(InvalidInput, match="Move it out by"):
        refuse_near(basis(), lifted(0.0), surface)
    with pytest.raises(InvalidInput, match="into the head"):
        refuse_near(basis(), lifted(-0.02), surface)
    below = np.eye(4)
    below[2, 3] = float(scalp().nodes[:, 2].min()) - 0.006
    with pytest.raises(InvalidInput, match="from every point"):
        refuse_near(basis(), coil.moved(below), surface)


def test_wrong_shapes_and_settings_are_refused() -> None:
    with pytest.raises(InvalidInput, match="control points"):
        basis().field(np.zeros((3, 3)))
    with pytest.raises(InvalidInput, match="not finite"):
        basis().field(np.full(basis().control.shape, np.nan))
    with pytest.raises(InvalidInput, match="kept"):
        BasisSettings(solved=10, kept=20)
    with pytest.raises(InvalidInput, match="positive lengths"):
        huygens_sources(scalp(), scalp().nodes[:5], spacing_m=0.0)
