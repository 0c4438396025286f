"""The Beam F3 sheet and the target table: what is drawn, where, and what the pages say."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from euthymia.engines.fields.beam_f3 import beam_spread
from euthymia.engines.fields.target_table import compare_targets
from euthymia.engines.fields.targets import mni_target, mni_targets, user_target
from euthymia.report.figures import NARROW, WIDE
from euthymia.report.figures.beam_f3 import beam_figure
from euthymia.report.figures.svg import overlap, text_box
from euthymia.report.figures.target_map import MappedTarget, target_figure
from euthymia.report.targeting import (
    beam_html,
    beam_steps,
    mapped_targets,
    targets_html,
    write_beam_sheet,
    write_targets,
)

from tests.report.html_checks import Page

HEADS = ((36, 36, 57), (33, 36, 55), (40, 38, 62))
SVG = "{http://www.w3.org/2000/svg}"


def boxes(svg: str) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Every line of text with the room it takes."""
    found = []
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        words = "".join(text.itertext())
        place = float(text.get("x", "nan")), float(text.get("y", "nan"))
        anchor = text.get("text-anchor", "start")
        bold = text.get("font-weight") is not None
        size = float(text.get("font-size", "nan"))
        found.append((words, text_box(*place, words, size, anchor, bold=bold)))  # type: ignore[arg-type]
    return [item for item in found if item[0]]


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("lengths", HEADS)
@pytest.mark.parametrize("variant", ["website", "geometry_scaled"])
def test_no_words_of_the_scalp_picture_overlap_or_leave_it(width, side, lengths, variant):  # type: ignore[no-untyped-def]
    svg = beam_figure(beam_spread(*lengths, variant), width=width, key="k", side=side)
    placed = boxes(svg)
    for i, (words, box) in enumerate(placed):
        assert box[0] >= -0.1 and box[0] + box[2] <= width + 0.1, words
        for other, taken in placed[i + 1 :]:
            assert not overlap(box, taken), (words, other)


def circles(svg: str, css: str) -> list[tuple[float, float]]:
    return [
        (float(x), float(y))
        for x, y in re.findall(rf'<circle cx="([-\d.]+)" cy="([-\d.]+)" r="[\d.]+" class="{css}"', svg)
    ]


@pytest.mark.parametrize("lengths", HEADS)
def test_the_site_is_drawn_at_its_angle_and_distance_on_the_side_named(lengths: tuple[float, float, float]) -> None:
    spread = beam_spread(*lengths)
    for side, turn in (("left", -1), ("right", 1)):
        svg = beam_figure(spread, width=WIDE, key="k", side=side)  # type: ignore[arg-type]
        (site,) = circles(svg, "site")
        vertex, front, edge = circles(svg, "mark")
        scale = (vertex[1] - front[1]) / (0.4 * spread.head.nasion_inion_cm)
        dx, dy = site[0] - vertex[0], vertex[1] - site[1]
        assert math.hypot(dx, dy) / scale == pytest.approx(spread.chosen.y_cm, abs=0.03)
        angle = math.degrees(math.atan2(turn * dx, dy))
        assert angle == pytest.approx(spread.chosen.angle_deg(spread.head.circumference_cm), abs=0.3)
        along = math.degrees(math.atan2(turn * (edge[0] - vertex[0]), vertex[1] - edge[1]))
        assert along == pytest.approx(angle, abs=0.3)
        assert len(circles(svg, "other-site")) == len(spread.usable) - 1


def test_the_steps_name_side_and_lengths_and_the_page_names_the_variant() -> None:
    spread = beam_spread(36, 36, 57)
    steps = " ".join(beam_steps(spread))
    for words in ("18.0 cm", "3.6 cm", "X = 6.6 cm to the patient's left", "Y = 9.5 cm", "this is F3"):
        assert words in steps
    assert "patient's right" in " ".join(beam_steps(spread, "right")) and "F4" in beam_steps(spread, "right")[3]
    page = Page(beam_html(spread))
    assert not page.problems and len(set(page.ids)) == len(page.ids)
    assert (
        "website calculator" in page.text and "up to 1.4 cm apart" in page.text and page.text.count("not usable") == 2
    )
    assert "13.6 mm" in page.text
    right = Page(beam_html(spread, "right")).text
    assert "13.6 mm" not in right and "No source that was read measured the error of F4" in right


def test_targets_are_drawn_to_one_scale_in_both_views_and_the_rest_is_named() -> None:
    table = compare_targets(mni_targets())
    mapped = mapped_targets(table)
    svg = target_figure(mapped, width=WIDE, key="k")
    assert "not drawn, right of the midline or behind the vertex: 13, 14" in svg
    drawn = circles(svg, "site")
    cortex = [t for t in mapped if t.kind == "cortex"]
    assert len(drawn) == 2 * len(cortex)
    above, beside = drawn[: len(cortex)], drawn[len(cortex) :]
    first, last = cortex[0].point_mm, cortex[4].point_mm
    scale = (above[4][1] - above[0][1]) / (first[1] - last[1])
    assert scale > 1
    assert (above[4][0] - above[0][0]) == pytest.approx(scale * (last[0] - first[0]), abs=0.3)
    assert (beside[4][0] - beside[0][0]) == pytest.approx(scale * (first[1] - last[1]), abs=0.3)
    assert (beside[4][1] - beside[0][1]) == pytest.approx(scale * (first[2] - last[2]), abs=0.3)


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_numbers_of_the_map_do_not_overlap(width: float) -> None:
    placed = boxes(target_figure(mapped_targets(compare_targets(mni_targets())), width=width, key="k"))
    for i, (words, box) in enumerate(placed):
        assert box[0] >= -0.1 and box[0] + box[2] <= width + 0.1, words
        assert not any(overlap(box, taken) for _, taken in placed[i + 1 :]), words


def test_nothing_is_drawn_when_no_target_is_left_and_in_front() -> None:
    assert target_figure([MappedTarget(1, "right", "cortex", (40.0, 40.0, 30.0))], width=WIDE, key="k") == ""


def test_the_files_of_the_targets_agree(tmp_path: Path) -> None:
    table = compare_targets(
        [mni_target("fox_peak"), mni_target("ba46"), user_target("Mine & <yours>", [-0.04, 0.04, 0.03], space="mni")]
    )
    paths = write_targets(table, tmp_path)
    assert [p.name for p in paths] == ["targets.html", "targets.csv", "targets.svg"]
    rows = list(csv.DictReader((tmp_path / "targets.csv").open(encoding="utf-8")))
    assert [(r["x_mm"], r["y_mm"], r["z_mm"]) for r in rows] == [
        ("-44.0", "38.0", "34.0"), ("-44.0", "40.0", "29.0"), ("-40.0", "40.0", "30.0"),
    ]  # fmt: skip
    assert rows[2]["source"] == "" and rows[0]["verification"] == "partial"
    page = Page(targets_html(table))
    assert not page.problems and "Mine & <yours>" in page.text and "none: chosen by the user" in page.text
    assert "5 mm from 2" in page.text and "r = 0.1, p = 0.39, n = 66" in page.text
    ElementTree.parse(tmp_path / "targets.svg")
    assert [p.name for p in write_beam_sheet(beam_spread(36, 36, 57), tmp_path)] == ["beam-f3.html", "beam-f3.svg"]
    alone = (tmp_path / "beam-f3.svg").read_text(encoding="utf-8")
    assert "var(--" not in alone and ".measured{" in alone
    ElementTree.fromstring(alone)
