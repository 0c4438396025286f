"""Placement on the scalp: exact distances, no part in the head, refusals, and the law over random heads."""

from __future__ import annotations

import os

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.ccd import format_ccd, parse_ccd
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.coils import coil_model, coil_names
from euthymia.engines.fields.collision import SAMPLE_SLACK_M, casing_shape, room
from euthymia.engines.fields.mesh import Surface
from euthymia.engines.fields.scalp_placement import Scalp, place, tangent_pose
from euthymia.engines.fields.signed_distance import SignedDistance

SHAPES = {name: casing_shape(coil_model(name)) for name in ("magstim_70mm_figure8", "magventure_mcb70")}


def icosphere(rounds: int) -> Surface:
    t = (1 + 5**0.5) / 2
    signs = ((-1, 1), (1, 1), (-1, -1), (1, -1))
    upright = [(x, y * t, 0) for x, y in signs]
    sideways = [(0, x, y * t) for y, x in ((1, -1), (1, 1), (-1, -1), (-1, 1))]
    nodes = np.array([*upright, *sideways, (t, 0, -1), (t, 0, 1), (-t, 0, -1), (-t, 0, 1)])
    corners = "0b5 051 017 07a 0ab 159 5b4 ba2 a76 718 394 342 326 368 389 495 24b 62a 867 981"
    faces = np.array([[int(mark, 16) for mark in face] for face in corners.split()])
    for _ in range(rounds):
        ends = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
        edges, which = np.unique(ends, axis=0, return_inverse=True)
        a, b, c = which.reshape(3, -1) + len(nodes)
        nodes = np.vstack([nodes, nodes[edges].mean(axis=1)])
        corner = faces.T
        faces = np.concatenate(
            [np.column_stack(f) for f in ((corner[0], a, c), (corner[1], b, a), (corner[2], c, b), (a, b, c))]
        )
    return Surface(nodes / np.linalg.norm(nodes, axis=1, keepdims=True), faces)


BALL = icosphere(3)

HEADS = int(os.environ.get("EUTHYMIA_RANDOM_HEADS", "40"))
"""Random heads of the placement law; 1,000 for a release (five minutes on a busy machine)."""


def random_head(rng: np.random.Generator) -> Scalp:
    """An ellipsoid with bumps and dents of up to 6 mm, as uneven as a head with ears and a brow."""
    axes = rng.uniform((0.065, 0.085, 0.075), (0.085, 0.105, 0.095))
    radius = np.ones(len(BALL.nodes))
    for _ in range(6):
        middle = rng.normal(size=3)
        middle /= np.linalg.norm(middle)
        width = rng.uniform(0.1, 0.35)
        radius += rng.uniform(-0.06, 0.06) * np.exp(((BALL.nodes @ middle) - 1) / width**2)
    return Scalp.of(Surface(BALL.nodes * axes * radius[:, None], BALL.triangles))


def crossed(shape, pose: CoilPose, scalp: Scalp) -> bool:
    """Independent test by the winding number (solid angles) of casing points in the head."""
    points = shape.points[:: max(1, len(shape.points) // 150)] @ pose.matrix[:3, :3].T + pose.center
    corners = scalp.distance.corners[None] - points[:, None, None]
    a, b, c = corners[:, :, 0], corners[:, :, 1], corners[:, :, 2]
    la, lb, lc = (np.linalg.norm(v, axis=2) for v in (a, b, c))
    top = np.einsum("nti,nti->nt", a, np.cross(b, c))
    dots = [np.einsum("nti,nti->nt", u, v) for u, v in ((a, b), (b, c), (c, a))]
    solid = 2 * np.arctan2(top, la * lb * lc + dots[0] * lc + dots[1] * la + dots[2] * lb).sum(axis=1)
    return bool((solid > 2 * np.pi).any())


def test_signed_distance_of_a_box_is_exact_at_faces_edges_and_corners():
    corners = np.array([[x, y, z] for x in (0, 1.0) for y in (0, 1.0) for z in (0, 1.0)])
    faces = [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6)]
    faces += [(0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3)]
    distance = SignedDistance.of(Surface(corners, np.array(faces)))
    points = np.array([[0.5, 0.5, 2], [2, 2, 0.5], [2, 2, 2], [0.5, 0.4, 0.9], [0.5, 0.5, 0.5], [-1, 0.3, 0.3]])
    assert distance(points) == pytest.approx([1, 2**0.5, 3**0.5, -0.1, -0.5, 1])
    rng = np.random.default_rng(0)
    some = rng.uniform(-1, 2, (500, 3))
    outside = np.linalg.norm(np.maximum(np.maximum(-some, some - 1), 0), axis=1)
    inside = np.minimum(some, 1 - some).min(axis=1)
    assert distance(some) == pytest.approx(np.where(inside > 0, -inside, outside), abs=1e-12)


@pytest.mark.parametrize(
    ("surface", "words"),
    [
        (Surface(BALL.nodes, BALL.triangles[:, ::-1]), "pointing inwards"),
        (Surface(BALL.nodes, BALL.triangles[5:]), "open"),
        (Surface(BALL.nodes, np.vstack([BALL.triangles, [[0, 0, 1]]])), "without area"),
    ],
)
def test_surfaces_that_have_no_inside_are_refused(surface, words):
    with pytest.raises(InvalidInput, match=words):
        SignedDistance.of(surface)


def test_the_pose_looks_into_the_head_and_the_handle_leaves_as_asked():
    scalp = Scalp.of(Surface(BALL.nodes * 0.09, BALL.triangles))
    pose = tangent_pose(scalp, (-0.05, 0.04, 0.06), (-1, -1, 0), distance_m=0.004)
    assert pose.into_head @ (-pose.center / np.linalg.norm(pose.center)) > 0.999
    assert pose.handle @ np.array([-1, -1, 0]) / 2**0.5 > 0.5
    assert np.linalg.norm(pose.center) == pytest.approx(0.094, abs=5e-4)
    assert np.linalg.det(pose.matrix[:3, :3]) == pytest.approx(1)


def test_a_flat_coil_on_a_sphere_touches_in_its_middle_and_a_double_cone_does_not():
    """A plane lies on a sphere in one point; faces tilted by 40° touch when the middle is r / cos 40° - r away."""
    scalp = Scalp.of(Surface(icosphere(4).nodes * 0.09, icosphere(4).triangles))
    flat = place(scalp, SHAPES["magstim_70mm_figure8"], (0, 0, 0.09), (0, -1, 0), distance_m=0.004)
    assert flat.center_gap_m == pytest.approx(0.004, abs=4e-4)
    cone = casing_shape(coil_model("magstim_double_cone"))
    bent = place(scalp, cone, (0, 0, 0.09), (0, -1, 0), distance_m=0.004)
    assert bent.center_gap_m == pytest.approx(0.094 / np.cos(np.radians(40)) - 0.09, abs=1e-3)
    assert bent.room_m >= 0.004


def test_a_bump_between_the_points_of_a_flat_face_is_felt():
    """One corner of the scalp stands 8 mm out under the middle of a wing, where the casing has few points."""
    nodes = BALL.nodes * 0.09
    top = int(nodes[:, 2].argmax())
    nodes[top] *= (0.09 + 0.008) / 0.09
    scalp = Scalp.of(Surface(nodes, BALL.triangles))
    pose = tangent_pose(Scalp.of(Surface(BALL.nodes * 0.09, BALL.triangles)), nodes[top], (0, -1, 0), distance_m=0.001)
    assert room(SHAPES["magstim_70mm_figure8"], pose, scalp.distance) < -0.004


def test_tilting_brings_the_middle_nearer_on_an_uneven_head():
    head = random_head(np.random.default_rng(12))
    at = head.surface.nodes[(head.surface.nodes @ (-0.5, 0.5, 0.7)).argmax()]
    straight = place(head, SHAPES["magstim_70mm_figure8"], at, (0.2, -1, 0.1), distance_m=0.003)
    tilted = place(head, SHAPES["magstim_70mm_figure8"], at, (0.2, -1, 0.1), distance_m=0.003, tilt_limit_deg=12)
    assert tilted.room_m >= 0.003
    assert tilted.center_gap_m <= straight.center_gap_m + 1e-6
    assert max(abs(t) for t in tilted.tilt_deg) <= 12


def law(seed: int) -> None:
    rng = np.random.default_rng(seed)
    head = random_head(rng)
    shape = SHAPES[("magstim_70mm_figure8", "magventure_mcb70")[seed % 2]]
    direction = rng.normal(size=3)
    direction[2] = abs(direction[2]) + 0.3
    center = head.project(head.surface.nodes[(head.surface.nodes @ direction).argmax()])
    handle = np.cross(direction, rng.normal(size=3))
    distance = float(rng.uniform(0, 0.01))
    found = place(head, shape, center, handle, distance_m=distance)
    assert distance <= found.room_m <= distance + 5e-3
    assert not crossed(shape, found.pose, head)


@pytest.mark.parametrize("first", range(0, HEADS, 20))
def test_no_part_of_the_casing_is_ever_in_the_head(first):
    for seed in range(first, min(first + 20, HEADS)):
        law(seed)


def test_a_coil_without_a_casing_keeps_its_conductor_and_face_out_and_says_so():
    bare = parse_ccd(format_ccd(coil_model("magstim_70mm_figure8")), "bare.ccd")
    shape = casing_shape(bare)
    assert not shape.is_known and shape.points[:, 2].max() == 0
    scalp = Scalp.of(Surface(BALL.nodes * 0.09, BALL.triangles))
    found = place(scalp, shape, (0, 0.03, 0.08), (0, -1, 0), distance_m=0.004)
    assert not found.is_casing_known and found.room_m >= 0.004
    assert not crossed(shape, found.pose, scalp)


@pytest.mark.parametrize("coil", coil_names())
def test_every_coil_has_a_casing_around_all_of_its_copper(coil):
    bodies = casing_shape(coil_model(coil)).bodies
    copper = coil_model(coil, kind="wires").sources()[0][1].centers[::7]
    depth = np.min([body(copper) for body in bodies], axis=0)
    assert depth.max() < 0
    assert SAMPLE_SLACK_M < 0.001


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"center": (0, 0, 90.0)}, "mm"),
        ({"center": (0, np.nan, 0)}, "three finite"),
        ({"handle": (0, 0, -1)}, "along the scalp"),
        ({"handle": (0, 0, 0)}, "along the scalp"),
        ({"distance_m": 4.0}, "5 mm is 0.005"),
        ({"tilt_limit_deg": 90.0}, "0 to 45"),
    ],
)
def test_placements_that_mean_nothing_are_refused(change, words):
    scalp = Scalp.of(Surface(BALL.nodes * 0.09, BALL.triangles))
    given = {"center": (0, 0, 0.09), "handle": (0, -1, 0), "distance_m": 0.004} | change
    with pytest.raises(InvalidInput, match=words):
        place(scalp, SHAPES["magstim_70mm_figure8"], given.pop("center"), given.pop("handle"), **given)
