"""The range bar: inside the picture whatever the value, and the same thing in words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.report.figures.range_bar import HEIGHT, WIDTH, range_bar

NUMBERS = st.floats(0, 1e6, allow_subnormal=False)


@given(NUMBERS, st.one_of(st.none(), NUMBERS), st.one_of(st.none(), NUMBERS))
def test_nothing_is_drawn_outside(value, low, high):
    drawn = range_bar(value, low, high, key="k", words="w")
    if not drawn:
        return
    body = drawn[drawn.index("</desc>") :]
    for x in re.findall(r' (?:x|cx)="([-\d.]+)"', body):
        assert 0 <= float(x) <= WIDTH
    for width in re.findall(r' width="([-\d.]+)"', body):
        assert 0 <= float(width) <= WIDTH
    assert f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}"' in drawn


@pytest.mark.parametrize(
    ("value", "out", "arrow"), [(2.0, False, False), (4.5, True, False), (50.0, True, True), (0.0, True, False)]
)
def test_a_value_outside_is_marked_and_one_off_the_scale_is_an_arrow(value, out, arrow):
    drawn = range_bar(value, 0.4, 4.0, key="k", words="TSH <high>")
    assert ('class="needle out"' in drawn) is out
    assert ("<path" in drawn) is arrow
    assert "TSH &lt;high&gt;" in drawn


def test_without_a_range_there_is_no_bar():
    assert range_bar(1, None, None, key="k", words="w") == "" == range_bar(1, 2, 2, key="k", words="w")
