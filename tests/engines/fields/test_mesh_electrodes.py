"""Electrode positions, fiducials carried over from MNI space, scalp surfaces and closest points."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.electrodes import TEN_TWENTY, mirrored, position, ten_ten
from euthymia.engines.fields.frames import MniTransform
from euthymia.engines.fields.mesh import Surface, TetMesh
from euthymia.engines.fields.mni_fiducials import estimate_fiducials, mni_landmarks
from euthymia.engines.fields.scalp_rules import Fiducials, MeasuredHead, measure_head
from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surfaces import (
    closest_points,
    contact_areas,
    interface_triangles,
    node_normals,
    scalp_surface,
    tissue_surface,
    triangle_normals,
)

R = 0.09


@cache
def ball() -> TetMesh:
    return layered_sphere((0.08, R), (2, 5), 0.008)


@cache
def head() -> MeasuredHead:
    points = Fiducials(*(R * np.array(p) for p in ((0, 1, 0), (0, -1, 0), (-1, 0, 0), (1, 0, 0))))  # type: ignore[arg-type]
    return measure_head(scalp_surface(ball()), points)


def on_sphere(from_top_deg: float, from_front_deg: float) -> np.ndarray:
    """Point of the sphere; ``from_front`` grows to the left."""
    t, f = np.radians((from_top_deg, from_front_deg))
    return R * np.array((-np.sin(t) * np.sin(f), np.sin(t) * np.cos(f), np.cos(t)))


@pytest.mark.parametrize(
    ("name", "from_top", "from_front"),
    [
        ("Cz", 0, 0), ("Fz", 36, 0), ("Pz", 36, 180), ("Fpz", 72, 0), ("Oz", 72, 180), ("C3", 36, 90), ("C4", 36, -90),
        ("T7", 72, 90), ("T8", 72, -90), ("F7", 72, 54), ("F8", 72, -54), ("P7", 72, 126), ("Fp1", 72, 18),
        ("O2", 72, -162), ("AF7", 72, 36),
    ],
)  # fmt: skip
def test_positions_on_a_sphere_are_those_of_the_system(name: str, from_top: float, from_front: float) -> None:
    assert np.linalg.norm(position(head(), name) - on_sphere(from_top, from_front)) < 0.0008


def test_rows_run_from_the_ring_over_the_midline_in_equal_parts() -> None:
    found = ten_ten(head())
    for left, right, middle in (("F7", "Fz", "F3"), ("P7", "Pz", "P3"), ("AF7", "AFz", "AF3"), ("FT7", "FCz", "FC3")):
        ends = [np.linalg.norm(found[middle] - found[end]) for end in (left, right)]
        assert ends[0] == pytest.approx(ends[1], rel=0.01)


def test_there_are_61_positions_on_the_scalp_and_left_mirrors_right() -> None:
    found = ten_ten(head())
    assert len(found) == 61
    assert set(TEN_TWENTY) <= set(found)
    assert closest_points(head().surface, np.array(list(found.values()))).distance_m.max() < 1e-5
    for name, point in found.items():
        assert np.linalg.norm(found[mirrored(name)] - point * (-1, 1, 1)) < 0.0005


def test_old_and_unknown_names_are_refused_with_the_new_name() -> None:
    with pytest.raises(InvalidInput, match="T7"):
        position(head(), "T3")
    with pytest.raises(InvalidInput):
        position(head(), "Q9")


def fiducial_ball() -> tuple[Surface, MniTransform]:
    """A ball through the MNI landmarks as well as one can be, and MNI space shifted by 5 mm."""
    points = np.array([(row.x_mm, row.y_mm, row.z_mm) for row in mni_landmarks()]) * 1e-3
    center = np.array((0.0, -0.02, 0.0))
    radius = float(np.linalg.norm(points - center, axis=1).mean())
    skin = tissue_surface(layered_sphere([radius], [5], 0.012), (5,))
    shift = np.eye(4)
    shift[:3, 3] = (0.0, 0.005, 0.0)
    return Surface(skin.nodes + center - shift[:3, 3], skin.triangles), MniTransform(shift, quality="a test")


def test_fiducials_from_mni_space_lie_on_the_scalp_and_say_that_they_are_estimated() -> None:
    scalp, mni = fiducial_ball()
    found = estimate_fiducials(scalp, mni)
    assert closest_points(scalp, found.fiducials.nasion[None]).distance_m[0] < 1e-9
    assert found.fiducials.left_tragus[0] < 0 < found.fiducials.right_tragus[0]
    nasion = next(row for row in mni_landmarks() if row.landmark == "nasion")
    away = mni.to_mni(found.fiducials.nasion) - np.array((nasion.x_mm, nasion.y_mm, nasion.z_mm)) * 1e-3
    assert np.linalg.norm(away) == pytest.approx(found.moved_m["nasion"], abs=1e-9)
    assert "estimated from MNI space (a test)" in found.statement
    assert len(ten_ten(measure_head(scalp, found.fiducials))) == 61


def test_fiducials_far_off_the_scalp_are_refused() -> None:
    scalp, _ = fiducial_ball()
    far = np.eye(4)
    far[:3, 3] = (0.0, 0.1, 0.0)
    with pytest.raises(InvalidInput, match="by hand"):
        estimate_fiducials(scalp, MniTransform(far))


def test_interfaces_belong_to_the_enclosed_tissue_and_face_outwards() -> None:
    corners, tissue = interface_triangles(ball())
    assert np.unique(tissue).tolist() == [2, 5]
    for tag, radius in ((2, 0.08), (5, R)):
        mine = corners[tissue == tag]
        assert np.linalg.norm(ball().nodes[mine], axis=2) == pytest.approx(np.full((len(mine), 3), radius))
        outward = triangle_normals(Surface(ball().nodes, mine))
        assert (np.einsum("ij,ij->i", outward, ball().nodes[mine].mean(axis=1)) > 0).all()


def test_tissues_touch_over_the_area_of_their_sphere_and_nowhere_else() -> None:
    touching = contact_areas(ball())
    assert sorted(touching) == [(0, 5), (2, 5)]
    assert touching[2, 5] == pytest.approx(4 * np.pi * 0.08**2, rel=0.01)
    assert touching[0, 5] == pytest.approx(4 * np.pi * R**2, rel=0.01)


def test_scalp_leaves_out_the_walls_of_air_inside() -> None:
    mesh = layered_sphere((0.03, 0.08, R), (3, 2, 5), 0.012)
    hollow = mesh.tissue != 3
    mesh = TetMesh(mesh.nodes, mesh.tets[hollow], mesh.tissue[hollow])
    skin = scalp_surface(mesh)
    assert np.linalg.norm(skin.nodes, axis=1) == pytest.approx(np.full(len(skin.nodes), R))
    assert np.linalg.norm(tissue_surface(mesh, (2, 5)).nodes, axis=1).min() == pytest.approx(0.03)
    with pytest.raises(InvalidInput):
        tissue_surface(mesh, (7,))


def test_closest_point_agrees_with_every_triangle_tried() -> None:
    skin = scalp_surface(ball())
    rng = np.random.default_rng(7)
    queries = rng.normal(size=(60, 3))
    queries *= (R * rng.uniform(0.7, 1.5, 60) / np.linalg.norm(queries, axis=1))[:, None]
    few, every = closest_points(skin, queries), closest_points(skin, queries, candidates=10**6)
    assert few.distance_m == pytest.approx(every.distance_m, abs=1e-12)
    assert np.linalg.norm(few.points - queries, axis=1) == pytest.approx(few.distance_m)
    radial = few.points / np.linalg.norm(few.points, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", radial, few.normals).min() > 0.999
    assert np.einsum("ij,ij->i", node_normals(skin), skin.nodes / R).min() > 0.999
