"""The exposure chart: inside its width, no text over another, hollow where a figure was not read."""

from __future__ import annotations

import pytest
from test_figures import check

from euthymia.engines.genome.advice_exposure import exposure_rows
from euthymia.report.figures.exposure import ExposureMark, exposure_figure
from euthymia.report.figures.svg import NARROW, WIDE


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_published_row_fits(width: float) -> None:
    marks = [
        ExposureMark(f"{r.drug}: {r.analyte}", f"{r.gene} {r.phenotype} {r.group}", r.ratio, r.low, r.high)
        for r in exposure_rows()
    ]
    for count in (1, len(marks)):
        check(exposure_figure(marks[:count], width=width, key="e"))


def test_an_interval_is_drawn_only_where_there_is_one_and_an_unread_figure_is_hollow() -> None:
    plain = ExposureMark("a", "CYP2C19 PM", 2.0, None, None)
    spanned = ExposureMark("b", "CYP2C19 PM", 2.0, 1.5, 3.0, is_read=False)
    drawn = exposure_figure([plain], width=WIDE, key="e")
    assert 'class="interval"' not in drawn and "null point" not in drawn
    drawn = exposure_figure([spanned], width=WIDE, key="e")
    assert drawn.count('class="interval"') == 1 and drawn.count("null point") == 1 and "2× (1.5–3)" in drawn
