"""Slices through a field: what they show where, and the volume that the page draws them from."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import numpy as np
import pytest
from field_samples import placed_field

from euthymia.engines.fields.grid import elements_on, grid_over
from euthymia.engines.fields.mesh import Surface
from euthymia.report.field_measures import PlacedField
from euthymia.report.field_slice_volume import runs, slice_scene
from euthymia.report.field_slices import STEPS, TISSUE_COLORS, cuts, drawn, legend, palette


@pytest.fixture(scope="module")
def placed() -> PlacedField:
    return placed_field()


def decoded(coded: np.ndarray) -> np.ndarray:
    found: list[int] = []
    at = 0
    while at < coded.size:
        tag, length = int(coded[at]) >> 4, int(coded[at]) & 15
        if not length:
            length = int(coded[at + 1]) + 256 * int(coded[at + 2])
            at += 2
        found += [tag] * length
        at += 1
    return np.array(found, dtype=np.uint8)


def test_frames_are_turned_as_the_letters_say(placed: PlacedField) -> None:
    views = {cut.name: cut for cut in cuts(placed)}
    assert views["axial"].letters == ("L", "R", "A", "P") and views["coronal"].letters == ("L", "R", "S", "I")
    assert views["sagittal"].letters == ("P", "A", "S", "I")
    for cut in views.values():
        frame = np.stack([cut.right, cut.down, cut.across])
        assert frame @ frame.T == pytest.approx(np.eye(3), abs=1e-9)
        center = placed.pose.center if cut.name == "coil" else placed.roi.center
        right, down, before = cut.flat(center[None])[0]
        assert 0 < right < 1000 * cut.width_m and 0 < down < 1000 * cut.height_m and before == pytest.approx(0)
    front = placed.roi.center + np.array([0.0, 0.01, 0.0])
    assert views["axial"].flat(front[None])[0][1] == views["axial"].flat(placed.roi.center[None])[0][1] - 10
    assert views["coil"].down == pytest.approx(placed.pose.into_head)


def test_a_picture_shows_tissue_and_strength_where_they_are(placed: PlacedField) -> None:
    axial = cuts(placed)[0]
    none = Surface(np.eye(3), np.array([[0, 1, 2]]))
    view = drawn(placed, axial, none, 50.0)
    assert view.picture.startswith("data:image/png;base64,") and view.place == "z = 41.0 mm" and view.ring == 4
    assert (view.columns, view.rows) == (np.ceil(1000 * axial.width_m), np.ceil(1000 * axial.height_m))
    strongest = re.search(r"([\d.]+) V/m at x (\S+), y (\S+), z 41 mm, (\d+) mm from", view.words)
    assert strongest and float(strongest[1]) <= placed.strength_v_m.max()
    x, y = (float(strongest[i].replace("−", "-")) for i in (2, 3))
    assert np.hypot(x, y) < 79 and x < 0 < y, "in the brain, on the side of the coil"
    colors = palette()
    assert colors.shape == (2 * STEPS + 13, 3) and tuple(colors[2 * STEPS + 4]) == TISSUE_COLORS[4]
    assert (colors[STEPS : 2 * STEPS].astype(int) <= colors[:STEPS]).all(), "white matter is darker"
    assert legend(placed)[0][0] == "scalp" and len(legend(placed)) == 5


def test_the_coil_is_cut_where_the_plane_meets_it(placed: PlacedField) -> None:
    axial = cuts(placed)[0]
    z = placed.roi.center[2]
    ball = np.array([(0, 0, 0.03), (0, 0, -0.03), (0.03, 0, 0), (-0.03, 0, 0), (0, 0.03, 0), (0, -0.03, 0)])
    faces = np.array([(a, b, c) for a in (0, 1) for b, c in ((2, 4), (4, 3), (3, 5), (5, 2))])
    path = drawn(placed, axial, Surface(ball + np.array((0, 0, z + 0.01)), faces), 50.0).coil
    points = np.array(re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path), dtype=float)
    middle = axial.flat(np.array([[0, 0, z]]))[0][:2]
    assert len(points) == 8, "four edges of a square"
    assert np.linalg.norm(points - middle, axis=1) == pytest.approx(20, abs=0.1)
    assert drawn(placed, axial, Surface(ball + np.array((0, 0, z + 0.1)), faces), 50.0).coil == ""


@pytest.mark.parametrize("lengths", [[1, 15, 16, 17], [70_000, 3], [65_535, 65_536, 200_000, 31]])
def test_runs_of_any_length_are_given_back(lengths: list[int]) -> None:
    tags = np.repeat(np.arange(len(lengths)) * 3 % 13, lengths).astype(np.uint8)
    assert np.array_equal(decoded(runs(tags)), tags)


def test_the_volume_of_the_page_is_that_of_the_mesh(placed: PlacedField) -> None:
    views = tuple(drawn(placed, cut, placed.scalp, 40.0) for cut in cuts(placed))
    scene = slice_scene(placed, views, 40.0)
    grid = grid_over(placed.mesh, scene["step"] / 1000)
    elements = elements_on(placed.mesh, grid).ravel()
    tags = decoded(np.frombuffer(base64.b64decode(scene["labels"]), np.uint8))
    assert scene["shape"] == list(grid.shape) and scene["low"] == pytest.approx(1000 * grid.affine[:3, 3])
    assert np.array_equal(tags, np.where(elements >= 0, placed.mesh.tissue[elements], 0))
    strength = np.frombuffer(base64.b64decode(scene["strength"]), np.uint8)
    expected = placed.strength_v_m[elements[(tags == 1) | (tags == 2)]]
    assert strength.shape == expected.shape and ((strength == 255) == (expected > 40)).all()
    below = expected <= 40
    assert np.abs(strength[below] / 254 * 40 - expected[below]).max() <= 40 / 254 / 2 + 1e-9
    assert [v["name"] for v in scene["views"]] == ["axial", "coronal", "sagittal", "coil"]
    best = np.array(scene["strongest"]) / 1000
    assert 0.06 < np.linalg.norm(best) < 0.079 and best @ placed.pose.into_head < 0


def test_a_target_outside_the_brain_is_said(placed: PlacedField) -> None:
    away = replace(placed, roi=replace(placed.roi, center=np.array([0.0, 0.0, 0.0899])))
    assert drawn(away, cuts(away)[0], placed.scalp, 40.0).words == "No brain in it."
