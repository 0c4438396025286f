"""Figures: finite numbers, everything inside, no text over another, the same for the same data."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.report.figures import (
    NARROW,
    WIDE,
    BandPoint,
    EffectRow,
    PhaseRow,
    ProposedCourse,
    ScoreRow,
    SymptomCourse,
    TreatmentBar,
    comparison_figure,
    course_figure,
    score_figure,
    timeline_figure,
)
from euthymia.report.figures.axis import course_ticks, date_ticks, round_ticks
from euthymia.report.figures.lettering import text_width, wrap
from euthymia.report.figures.svg import Drawing, number, overlap, text_box

SPACE = "{http://www.w3.org/2000/svg}"
WORDS = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=70)
WIDTHS = pytest.mark.parametrize("width", [NARROW, WIDE])


def check(svg: str) -> None:
    """Hold one drawing to the rules of all."""
    root = ElementTree.fromstring(svg)
    _, _, width, height = (float(v) for v in root.attrib["viewBox"].split())
    assert "nan" not in re.sub(r"<(title|desc|text)\b.*?</\1>|base64,[^\"]*", "", svg, flags=re.S).lower()
    assert root.find(f"{SPACE}title") is not None and root.find(f"{SPACE}desc") is not None
    boxes = []
    for element in root.iter(f"{SPACE}text"):
        bold = "font-weight" in element.attrib
        size, anchor = float(element.attrib["font-size"]), element.attrib.get("text-anchor", "start")
        assert size >= 10.5
        x, y = float(element.attrib["x"]), float(element.attrib["y"])
        boxes.append((text_box(x, y, element.text or "", size, anchor, bold=bold), element.text))  # type: ignore[arg-type]
    for (left, top, wide, high), words in boxes:
        assert left >= -1 and left + wide <= width + 1, words
        assert top >= -1 and top + high <= height + 1, words
    for (one, words), (other, others) in combinations(boxes, 2):
        assert not overlap(_inner(one), _inner(other)), (words, others)
    for element in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            if name in element.attrib:
                assert -1 <= float(element.attrib[name]) <= width + 8, ElementTree.tostring(element)


def _inner(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The box without a hair's breadth at its edges: coordinates are rounded to a tenth."""
    x, y, width, height = box
    return x + 0.5, y + 0.5, max(0.0, width - 1), max(0.0, height - 1)


@st.composite
def effect_rows(draw: st.DrawFn) -> EffectRow:
    has_value = draw(st.booleans())
    low, value, high = sorted(draw(st.tuples(*[st.floats(-100, 100)] * 3)))
    has_interval = draw(st.booleans())
    return EffectRow(
        draw(WORDS), draw(st.none() | st.integers(1, 12)), "answer first", draw(st.booleans()), draw(WORDS),
        value if has_value else None, low if has_value and has_interval else None,
        high if has_value and has_interval else None, draw(st.booleans()), draw(st.booleans()),
        tuple(draw(st.lists(st.sampled_from(["includes no effect", "indirect: not used at full weight"]), max_size=2))),
    )  # fmt: skip


@WIDTHS
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(effect_rows(), min_size=0, max_size=9))
def test_the_comparison_chart_keeps_the_rules_for_any_rows(width: float, rows: list[EffectRow]) -> None:
    check(comparison_figure(rows, width=width, key="k"))


def test_an_interval_that_includes_no_effect_is_hollow_and_said() -> None:
    row = EffectRow("VNS", 1, "open", True, "against sham", 3, -5, 11, is_null=True, flags=("includes no effect",))
    svg = comparison_figure([row], width=WIDE, key="k")
    assert "null" in svg and ">includes no effect<" in svg and "zero" in svg


@WIDTHS
@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.builds(
            lambda t, rank, total, share: ScoreRow(
                t, rank, "open", total, total * 0.8, min(1.0, total * 1.2), share if rank else None,
                tuple((letter, total / 9) for letter in "ABCDEFGHI"),
            ),
            WORDS, st.none() | st.integers(1, 9), st.floats(0, 1), st.floats(0, 1),
        ),
        min_size=1, max_size=9,
    )
)  # fmt: skip
def test_the_score_chart_keeps_the_rules_for_any_rows(width: float, rows: list[ScoreRow]) -> None:
    check(score_figure(rows, width=width, key="k"))


@WIDTHS
@settings(max_examples=60, deadline=None)
@given(
    totals=st.lists(st.tuples(st.integers(0, 1500), st.floats(0, 60)), min_size=1, max_size=12),
    names=st.lists(st.tuples(WORDS, st.integers(0, 1500), st.integers(0, 900)), max_size=8),
    length=st.integers(15, 1800),
)
def test_the_symptom_course_keeps_the_rules_for_any_data(
    width: float, totals: list[tuple[int, float]], names: list[tuple[str, int, int]], length: int
) -> None:
    start = date(2022, 1, 9)
    ratings = sorted({start + timedelta(days=min(d, length)): t for d, t in totals}.items())
    bars = tuple(
        TreatmentBar(w, start + timedelta(days=min(a, length)), start + timedelta(days=min(a + n, length)), "drug")
        for w, a, n in names
    )
    course = SymptomCourse(
        "MADRS", 60, tuple(ratings), (("response 17.5", 17.5), ("remission 10", 10)), bars, start,
        start + timedelta(days=length),
    )  # fmt: skip
    check(course_figure(course, width=width, key="k"))


@WIDTHS
@settings(max_examples=60, deadline=None)
@given(
    phases=st.lists(
        st.builds(PhaseRow, WORDS, st.floats(0, 700), st.integers(0, 60), st.floats(0, 90)), min_size=1, max_size=7
    ),
    until=st.floats(1, 730),
    band=st.lists(st.tuples(st.floats(0, 700), st.floats(-20, 60)), max_size=8),
)
def test_the_timeline_keeps_the_rules_for_any_course(
    width: float, phases: list[PhaseRow], until: float, band: list[tuple[float, float]]
) -> None:
    points = tuple(BandPoint(day, value, value - 20, value + 30) for day, value in sorted(band))
    course = ProposedCourse("TMS", tuple(phases), points, ((7.0, 12.0),), until)
    check(timeline_figure(course, width=width, key="k"))


def test_a_long_text_is_broken_and_cut_but_never_wider_than_its_room() -> None:
    for line in wrap("pneumonoultramicroscopicsilicovolcanoconiosis and so on " * 3, 120, 12, most=2):
        assert text_width(line, 12) <= 120


def test_ticks_are_round_and_cover_their_range() -> None:
    assert round_ticks(-18, 43, 5) == [-20, 0, 20, 40, 60]
    assert [label for _, label in date_ticks(date(2026, 1, 15), date(2026, 11, 20), 4)] == [
        "Apr 2026",
        "Jul 2026",
        "Oct 2026",
    ]
    assert course_ticks(42, 6)[0] == (0.0, "week 0")
    assert course_ticks(365, 12)[0] == (0.0, "month 0")


def test_a_figure_refuses_a_number_that_is_none() -> None:
    with pytest.raises(ValueError, match="finite"):
        number(float("nan"))
    drawing = Drawing(100)
    with pytest.raises(ValueError, match="finite"):
        drawing.line(0, 0, float("inf"), 1, "x")
