"""The page of a field: what it measures, what it holds, and the picture beside the script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from field_samples import STATEMENT, placed_field

from euthymia.engines.fields.mesh import Surface, tet_volumes
from euthymia.engines.fields.surfaces import node_normals, triangle_normals
from euthymia.report.field_colors import paint, table
from euthymia.report.field_measures import PlacedField, measures, painted_cortex
from euthymia.report.field_page import field_html
from euthymia.report.field_picture import Layer, render, view_from
from euthymia.report.field_scene import smoothed, thinned


@pytest.fixture(scope="module")
def placed() -> PlacedField:
    return placed_field()


@pytest.fixture(scope="module")
def page(placed: PlacedField) -> str:
    return field_html(placed)[1]


def test_a_uniform_field_is_measured_as_it_is(placed: PlacedField) -> None:
    result = placed.result
    rates = np.zeros_like(result.rates_v_m)
    rates[:, 0] = -2.0
    field = np.zeros_like(result.field_v_m)
    field[:, 0] = 2.0
    still = np.zeros_like(result.potential_v)
    uniform = replace(placed, result=replace(result, rates_v_m=rates, field_v_m=field, potential_v=still, error=None))
    cortex = painted_cortex(uniform)
    assert np.allclose(cortex.strength_v_m, 2.0)
    assert np.allclose(cortex.outward_v_m, 2 * node_normals(cortex.surface)[:, 0])
    found = measures(uniform, cortex)
    assert found.peak_v_m == found.highest_v_m == pytest.approx(2) and found.target_v_m == pytest.approx(2)
    grey = dict(zip(*np.unique(placed.mesh.tissue, return_counts=True), strict=True))
    assert grey[2] > 0 and found.half_volume_m3 == pytest.approx(4 / 3 * np.pi * (0.078**3 - 0.062**3), rel=0.1)
    assert found.half_area_m2 == pytest.approx(np.linalg.norm(triangle_normals(cortex.surface), axis=1).sum())
    assert 0.075 < found.reach_m < 0.092 and found.target_depth_m == pytest.approx(0.092 - 0.071, abs=0.002)
    assert found.error is None
    assert 1.8 < found.outward_v_m <= 2 and 1.8 < found.inward_v_m <= 2, "where the field stands upright on the ball"
    assert [t.tag for t in found.tissues] == [1, 2, 3, 4, 5] and found.tissues[1].tissue == "grey matter"
    assert all(t.mean_v_m == pytest.approx(2) and t.peak_v_m == t.highest_v_m for t in found.tissues)
    volumes = tet_volumes(placed.mesh.nodes, placed.mesh.tets)
    assert sum(t.volume_m3 for t in found.tissues) == pytest.approx(volumes.sum())


def test_what_is_strong_lies_under_the_coil(placed: PlacedField) -> None:
    cortex = painted_cortex(placed)
    best = cortex.surface.nodes[cortex.strength_v_m.argmax()]
    assert best @ -placed.pose.into_head > 0.9 * np.linalg.norm(best)
    found = measures(placed, cortex)
    assert found.peak_v_m > 0.9 * found.target_v_m > 0 and found.reach_m < 0.05


def test_the_page_is_whole_and_loads_nothing(page: str) -> None:
    assert "A ball of shells, not a person&#39;s head &lt;made up&gt;." in page and STATEMENT not in page
    assert len(page.encode()) < 4e6
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    script = re.search(r"<script>(.*?)</script>", page, re.S)
    assert policy and script and page.count("<script") == 3
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert "default-src 'none'" in policy[1] and f"'sha256-{digest}'" in policy[1]
    assert not re.search(r"https?://|//cdn|\bimport\b|fetch\(|XMLHttp", page)
    assert page.count("data:image/png;base64,") == 5
    assert "It informs a clinician" in page and "V/m" in page


def test_the_scene_gives_back_surface_and_values(placed: PlacedField, page: str) -> None:
    held = re.search(r'id="head-scene">(.*?)</script>', page, re.S)
    assert held
    scene = json.loads(held[1])
    (cortex,) = [p for p in scene["parts"] if p["name"] == "cortex"]
    steps = np.frombuffer(base64.b64decode(cortex["points"]), "<u2").reshape(-1, 3)
    nodes = np.array(scene["low"]) + steps * scene["reach"] / 65535
    expected = painted_cortex(placed)
    assert np.abs(nodes - smoothed(expected.surface).nodes).max() < 1e-5
    triangles = np.frombuffer(base64.b64decode(cortex["triangles"]), "<u2").reshape(-1, 3)
    assert (triangles == expected.surface.triangles).all()
    values = np.frombuffer(base64.b64decode(cortex["values"]["strength"]), "<u2") / 65535
    peak = measures(placed, expected).peak_v_m
    assert np.abs(values - np.clip(expected.strength_v_m / peak, 0, 1)).max() < 1e-5
    normal = np.frombuffer(base64.b64decode(cortex["values"]["normal"]), "<u2") / 65535 * 2 - 1
    assert np.abs(normal - np.clip(expected.outward_v_m / peak, -1, 1)).max() < 1e-4


def test_thinning_keeps_the_shape_and_the_values() -> None:
    mesh = placed_field(0.02).mesh
    from euthymia.engines.fields.surfaces import scalp_surface

    surface = scalp_surface(mesh)
    fewer, values = thinned(surface, surface.nodes[:, :1], surface.nodes.shape[0] // 2)
    assert 50 < fewer.nodes.shape[0] <= surface.nodes.shape[0] // 2
    assert np.allclose(values[:, 0], fewer.nodes[:, 0])
    size = [float(np.linalg.norm(triangle_normals(s), axis=1).sum()) for s in (surface, fewer)]
    assert size[1] == pytest.approx(size[0], rel=0.25)


def test_smoothing_takes_a_spike_away_and_keeps_the_size() -> None:
    surface = painted_cortex(placed_field()).surface
    spiked = surface.nodes.copy()
    spiked[0] *= 1.2
    radius = np.linalg.norm(smoothed(Surface(spiked, surface.triangles)).nodes, axis=1)
    assert radius[0] < 1.1 * 0.078 and radius.mean() == pytest.approx(0.078, rel=0.01)


def test_a_picture_shows_the_nearer_of_two_triangles() -> None:
    far = np.array([(-1.0, -1, 0), (1, -1, 0), (0, 1, 0)])
    near = far * 0.5 + (0, 0, 1)
    one = np.array([[0, 1, 2]])
    red, blue = (np.tile(c, (3, 1)).astype(float) for c in ((255, 0, 0), (0, 0, 255)))
    view = view_from(np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]))
    for layers in ((Layer(near, one, red), Layer(far, one, blue)), (Layer(far, one, blue), Layer(near, one, red))):
        shown = render(layers, view, (60, 60))
        middle, edge = shown[35, 30], shown[52, 12]
        assert middle[0] > 150 and middle[2] == 0 and edge[2] > 150 and edge[0] == 0
        assert shown[0, 0, 3] == 0 and middle[3] == 255


def test_colors_grow_darker_with_the_strength_and_stop_at_their_ends() -> None:
    light = table(False) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(light[30:]) <= 0.8).all() and light[0] > 200 > 60 > light[-1]
    ends = paint(np.array([-9.0, 0.0, 1.0, 9.0]), 0.0, 1.0, False)
    assert (ends[0] == ends[1]).all() and (ends[2] == ends[3]).all()
    signed = table(True)
    assert signed[0, 2] > signed[0, 0] and signed[-1, 0] > signed[-1, 2]


def test_a_surface_without_a_casing_can_be_drawn(placed: PlacedField) -> None:
    bare = replace(placed, coil=replace(placed.coil, casing=None))
    assert "data:image/png" in field_html(bare)[1]
    assert isinstance(placed.scalp, Surface)
