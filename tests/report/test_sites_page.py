"""Sites of a coil as a picture, bars and a map: numbers stand at their sites, and nothing covers another."""

from __future__ import annotations

import re

import numpy as np
import pytest

from euthymia.engines.fields.sphere_mesh import layered_sphere
from euthymia.engines.fields.surfaces import scalp_surface
from euthymia.report.figures import NARROW, WIDE
from euthymia.report.figures.site_bars import SiteBar, site_bars
from euthymia.report.figures.svg import overlap, text_box
from euthymia.report.robust_document import MapPoint
from euthymia.report.robust_page import _map
from euthymia.report.sites_picture import SitesPicture, numbers_over, sites_picture

TEXT = re.compile(
    r'<text x="([-\d.]+)" y="([-\d.]+)" font-size="([\d.]+)"(?: text-anchor="(\w+)")?( font-weight="600")?[^>]*>([^<]+)'
)


def boxes(svg: str) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Words of a drawing and the room they take."""
    return [
        (words, text_box(float(x), float(y), words, float(size), anchor or "start", bold=bool(bold)))
        for x, y, size, anchor, bold, words in TEXT.findall(svg)
    ]


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_bars_name_every_site_once_and_cover_no_words(width: float) -> None:
    rows = [
        SiteBar(
            1, "Clinical left DLPFC target, MNI -38 44 26, with a name too long for one line", 0.97, 0.9, 0.98, True
        ),
        SiteBar(2, "F3 of the 10-20 system", 0.83, 0.82, 0.84, False),
    ]
    drawn = site_bars(rows, width=width, key="bars", goal="a goal")
    placed = boxes(drawn)
    for i, (words, box) in enumerate(placed):
        assert box[0] >= 0 and box[0] + box[2] <= width + 0.5, words
        assert not any(overlap(box, other) for _, other in placed[i + 1 :]), words
    assert drawn.count('class="point"') == 1 and drawn.count('class="null point"') == 1
    assert "2 F3 of the 10-20 system: 0.83 (0.82 to 0.84)" in drawn


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_numbers_of_crowded_sites_do_not_cover_each_other(width: float) -> None:
    draw = np.random.default_rng(2)
    places = np.vstack([draw.normal(450, 45, (12, 2)), draw.uniform(100, 800, (10, 2))])
    found = SitesPicture(np.zeros((900, 900, 4), dtype=np.uint8), places, (True,) * 21 + (False,), True)
    placed = boxes(numbers_over(found, range(1, 23), width=width, key="map", words="sites"))
    assert sorted(words for words, _ in placed if words.isdigit()) == sorted(str(n) for n in range(1, 22))
    crossing = [
        (one, other) for i, (one, box) in enumerate(placed) for other, taken in placed[i + 1 :] if overlap(box, taken)
    ]
    assert not crossing


def test_the_picture_shows_each_site_where_its_number_will_stand() -> None:
    mesh = layered_sphere([0.075, 0.085, 0.09], [2, 4, 5], 0.02)
    out = np.array([[-0.6, 0.5, 0.62], [-0.5, 0.66, 0.56], [-0.68, 0.38, 0.62], [0.9, -0.3, -0.3]])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    found = sites_picture(mesh, scalp_surface(mesh), 0.09 * out, 0.07 * out, 0.07 * out[0])
    assert found.shown == (True, True, True, False)
    assert found.front_is_left, "seen from the left"
    for x, y in found.places[:3]:
        red, green, blue = found.pixels[int(y), int(x), :3].astype(int)
        assert blue > red + 20 and green > red, "the color of a site"


def test_the_map_of_a_search_has_the_front_above_and_the_side_axis_to_the_left() -> None:
    points = [
        MapPoint(x_mm=x, y_mm=y, handle_deg=0.0, without_error_v_m=1.0, expected_v_m=1.0 if (x, y) == (2, 4) else 0.5)
        for x in (-4.0, -2.0, 0.0, 2.0, 4.0)
        for y in (-4.0, -2.0, 0.0, 2.0, 4.0)
    ]
    pixels, reach = _map(points, 1.0)
    assert reach == pytest.approx(5.0) and pixels.shape[:2] == (80, 80)
    dark = np.argwhere(pixels[..., :3].astype(int).sum(axis=2) < 250) // 16
    assert (np.unique(dark, axis=0) == [[0, 1]]).all(), "first row from above, second column from the left"
