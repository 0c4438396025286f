"""The packaged tables: internally consistent, fully sourced, free of item text, and free of case imports."""

from __future__ import annotations

import csv
import re
from importlib import resources
from pathlib import Path

import pytest

import euthymia.case.scales as package
from euthymia.case.scales import Entry, band_sets, scales
from euthymia.case.scales.definition import factor_rows

DATA = Path(str(resources.files("euthymia.case.scales") / "data"))
SOURCE = Path(package.__file__).parent


@pytest.mark.parametrize("table", sorted(p.name for p in DATA.glob("*.csv")))
def test_every_row_has_source_state_and_date_and_a_well_formed_doi(table: str) -> None:
    with (DATA / table).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert rows
    for row in rows:
        assert row["source"].strip()
        assert row["verification"] in ("read", "partial", "unverified")
        assert row["as_of"] == "2026-11-23"
        assert row["doi"] == "" or re.fullmatch(r"10\.\d{4,9}/\S+", row["doi"]), row["doi"]
        if row["source"].startswith("Euthymia design rule"):
            assert row["verification"] == "unverified"


@pytest.mark.parametrize("definition", scales(), ids=lambda d: d.name)
def test_item_ranges_add_up_to_the_range_of_the_total(definition: package.ScaleDefinition) -> None:
    if definition.name in ("QIDS-SR16", "FIBSER", "C-SSRS") or definition.entry is Entry.TOTAL:
        return  # domains, one item, no total, no items
    assert sum(i.maximum for i in definition.items) == definition.maximum
    lowest = sum(i.minimum for i in definition.items)
    assert lowest == definition.minimum


@pytest.mark.parametrize("definition", scales(), ids=lambda d: d.name)
def test_bands_lie_in_the_range_in_order_and_leave_no_gap_inside(definition: package.ScaleDefinition) -> None:
    for band_set in band_sets(definition.name):
        assert band_set.bands[-1].high == definition.maximum
        for lighter, graver in zip(band_set.bands, band_set.bands[1:], strict=False):
            overlap = (definition.name, band_set.name, graver.low) == ("HAM-D17", "ProgressInMind", 24)
            assert graver.low == lighter.high + (0 if overlap else 1)


@pytest.mark.parametrize("definition", scales(), ids=lambda d: d.name)
def test_labels_are_short_and_neutral_not_item_text(definition: package.ScaleDefinition) -> None:
    for item in (*definition.items, *definition.extra_items):
        assert len(item.label.split()) <= 8
        assert "?" not in item.label and " you" not in item.label.casefold()


def test_factor_positions_use_every_place_once() -> None:
    places = [place for row in factor_rows("MEQ-30") for place in row.positions]
    assert sorted(places) == list(range(1, 31))
    assert all(len(row.positions) == row.n_items for row in factor_rows("MEQ-30"))


def test_scales_import_neither_events_nor_the_case_model() -> None:
    for path in SOURCE.glob("*.py"):
        assert not re.search(r"euthymia\.case\.(events|model)", path.read_text(encoding="utf-8")), path.name
