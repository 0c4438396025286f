"""The figure of pulse timing: every pulse is there, at its place, and nothing is drawn outside."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from euthymia.report.figures.pulse_train import PulseTrainFigure, pulse_train_figure
from euthymia.report.figures.svg import NARROW, WIDE
from euthymia.therapies.tms.library import library
from euthymia.therapies.tms.pulse_times import pulse_times_s, trains_of

SITES = [(p.name, site) for p in library() for site in p.sites]


def figure_of(site, width=WIDE):
    times = pulse_times_s(site.pattern)
    trains = tuple((t.onset_s, t.train_duration_s) for t in trains_of(times))
    return pulse_train_figure(PulseTrainFigure("a title", tuple(times.tolist()), trains), width=width, key="k")


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize(("name", "site"), SITES, ids=[f"{n}-{s.side}" for n, s in SITES])
def test_everything_lies_inside_and_the_words_count_the_pulses(name, site, width):
    svg = figure_of(site, width)
    assert f"{site.pattern.pulses} pulses in" in svg
    places = [float(x) for x in re.findall(r' x1="([\d.]+)"', svg)]
    ends = [float(x) + float(w) for x, w in re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)]
    assert all(0 <= x <= width for x in places + ends)


def test_single_pulses_stand_at_their_times():
    svg = figure_of(next(s for n, s in SITES if n == "tms_10hz/standard"))
    first_floor = re.search(r'y2="([\d.]+)" class="visit"', svg)
    assert first_floor is not None
    found = re.findall(rf'x1="([\d.]+)" y1="[\d.]+" x2="[\d.]+" y2="{first_floor[1]}" class="visit"', svg)
    strokes = [float(x) for x in found]
    assert len(strokes) == 13  # twelve intervals of 0.1 s
    steps = [b - a for a, b in pairwise(strokes)]
    assert max(steps) - min(steps) <= 0.21  # coordinates are rounded to 0.1


def test_the_session_panel_shows_each_train_once():
    svg = figure_of(next(s for n, s in SITES if n == "tms_itbs/standard"))
    blocks = re.findall(r'<rect [^>]*y="([\d.]+)"[^>]*class="phase"', svg)
    assert blocks.count(max(blocks, key=float)) == 20
