"""Reciprocity and the search work for dipoles, wires, sampled fields and several drives alike."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.a_field import continued, tabulate
from euthymia.engines.fields.auxiliary_coil import auxiliary_coil
from euthymia.engines.fields.coil_model import CoilElement, CoilModel, Drive
from euthymia.engines.fields.coil_sources import AnySource, CombinedSource, SampledSource
from euthymia.engines.fields.coils import coil_model, continued_model, dipoles_of, source_of
from euthymia.engines.fields.optimize import Search, find_optimum
from euthymia.engines.fields.placement_grid import CoilFace, PlacementGrid, placement_grid
from euthymia.engines.fields.reciprocity import CurrentElements
from euthymia.engines.fields.tabulated_coil import tabulated_coil
from euthymia.engines.fields.vector_potential import potential_per_ampere

from tests.engines.fields.placement_head import scalp

NAME = "magventure_cb60"
SEARCH = Search(0.004, 0.002, 45.0, half_turn=True)


@cache
def table() -> SampledSource:
    """The coil as a NIfTI file would hold it: every 5 mm in front of the face, 9 cm around."""
    return tabulate(dipoles_of(coil_model(NAME)), (-0.09, -0.09, 0.0), (0.09, 0.09, 0.09), 0.005, n_checked=5).source


@cache
def region() -> CurrentElements:
    """What a small region could make at the coil."""
    rng = np.random.default_rng(4)
    inside = scalp().nodes[scalp().nodes[:, 2].argmax()] * 0.6
    return CurrentElements(inside + rng.normal(0, 0.006, (25, 3)), rng.normal(size=(25, 3, 3, 1)), np.ones(1))


@cache
def grid() -> PlacementGrid:
    return placement_grid(scalp(), region().positions.mean(axis=0), face=CoilFace.flat(0.08), gap_m=0.004)


def wires() -> AnySource:
    return source_of(coil_model(NAME, kind="wires"))


def test_a_sampled_field_goes_on_beyond_its_grid() -> None:
    whole, error = continued(table())
    points = np.random.default_rng(0).uniform((-0.25, -0.25, 0.03), (0.25, 0.25, 0.25), (300, 3))
    exact = potential_per_ampere(dipoles_of(coil_model(NAME)), points)
    with pytest.raises(InvalidInput, match="outside the sampled grid"):
        potential_per_ampere(table(), points)
    assert error < 2e-3
    pose = np.array([[0.0, -1, 0, 0.01], [1, 0, 0, 0.02], [0, 0, 1, 0.03], [0, 0, 0, 1]])
    moved = potential_per_ampere(whole.moved(pose), points @ pose[:3, :3].T + pose[:3, 3])
    assert np.linalg.norm(moved @ pose[:3, :3] - exact) < 0.005 * np.linalg.norm(exact)


def test_a_field_that_dipoles_cannot_continue_is_refused() -> None:
    noise = np.random.default_rng(1).normal(size=(20, 20, 20, 3)) * 1e-7
    affine = np.diag([0.01, 0.01, 0.01, 1.0])
    affine[:3, 3] = (-0.1, -0.1, 0.0)
    with pytest.raises(InvalidInput, match="match"):
        continued(SampledSource(noise, affine, np.eye(3)))


def test_a_model_with_a_sampled_part_is_continued_and_says_how_well() -> None:
    model = CoilModel("sampled", (CoilElement("grid", table()),), (Drive("S", None),))
    whole, error = continued_model(model)
    assert error is not None and error < 2e-3
    assert continued_model(whole)[1] is None
    assert continued_model(coil_model(NAME)) == (coil_model(NAME), None)


def test_every_kind_of_one_coil_has_the_same_optimum() -> None:
    kinds: dict[str, AnySource] = {
        "dipoles": dipoles_of(coil_model(NAME)),
        "wires": wires(),
        "sampled": continued(table())[0],
        "two drives": CombinedSource((dipoles_of(coil_model(NAME)), wires()), (0.25, 0.75)),
    }
    found = {name: find_optimum(region(), grid(), source, np.zeros(3), SEARCH) for name, source in kinds.items()}
    wanted = found["dipoles"]
    for name, one in found.items():
        assert one.score_v_m == pytest.approx(wanted.score_v_m, rel=0.01), name
        np.testing.assert_allclose(one.map.score_v_m, wanted.map.score_v_m, rtol=0, atol=0.01 * wanted.score_v_m)


def test_a_coil_on_a_grid_gives_what_its_dipoles_give() -> None:
    source, angles = dipoles_of(coil_model(NAME)), np.deg2rad([0.0, 50.0, 200.0])
    matrices = grid().matrices(np.array([[0.0, 0.0], [0.004, -0.003]]))
    seen = np.concatenate([(region().positions - m[:3, 3]) @ m[:3, :3] for m in matrices])
    by_table = tabulated_coil(source, seen, angles)
    by_dipoles = auxiliary_coil(source, seen, angles)
    assert by_table.error < 1e-3
    first, second = by_table.fields(region(), matrices, 1e6), by_dipoles.fields(region(), matrices, 1e6)
    assert np.linalg.norm(first - second) < 2e-3 * np.linalg.norm(second)


def test_a_winding_in_the_middle_of_the_region_is_refused() -> None:
    points = np.random.default_rng(2).uniform((-0.04, -0.04, -0.006), (0.04, 0.04, 0.0), (200, 3))
    with pytest.raises(InvalidInput, match="close to the region"):
        tabulated_coil(dipoles_of(coil_model(NAME)), points, [0.0])


def test_drives_that_fire_together_add_with_their_shares() -> None:
    first, second = dipoles_of(coil_model(NAME)), dipoles_of(coil_model("magstim_70mm_circular"))
    model = CoilModel(
        "pair", (CoilElement("a", first), CoilElement("b", second, 1)), (Drive("A", 1e8), Drive("B", 1e8))
    )
    both = source_of(model, (1.0, -0.5))
    points = [[0.0, 0.01, 0.05]]
    wanted = potential_per_ampere(first, points) - 0.5 * potential_per_ampere(second, points)
    assert potential_per_ampere(both, points) == pytest.approx(wanted, rel=1e-12)
    with pytest.raises(InvalidInput, match="2 drives"):
        source_of(model, (1.0,))
