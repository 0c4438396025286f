"""Packaged tables: what breaks a table stops its load, with file, line and column."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path

import pytest

from euthymia.core import SourcedRow, TableError
from euthymia.core.tables import parse_table


class _Color(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row(SourcedRow):
    name: str
    dose_mg: float
    unit: str = "mg"
    count: int | None = None
    color: _Color = _Color.RED
    words: tuple[str, ...] = ()
    is_default: bool = False


HEADER = "name,dose_mg,unit,count,color,words,is_default,source,doi,verification,as_of\n"
GOOD = "a,1.5,mg,3,blue,x|y,yes,Somebody 2020,10.1/x,read,2026-11-23\n"


def test_a_good_row_is_read_with_its_types() -> None:
    (row,) = parse_table(HEADER + GOOD, _Row, name="t.csv")
    assert (row.name, row.dose_mg, row.count, row.color, row.words, row.is_default) == (
        "a", 1.5, 3, _Color.BLUE, ("x", "y"), True,
    )  # fmt: skip
    assert row.cite().text == "Somebody 2020"
    assert row.cite().is_verified


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (HEADER.replace("count", "cuont") + GOOD, "unknown column cuont"),
        (HEADER + GOOD.replace("Somebody 2020", ""), "column `source` is empty"),
        (HEADER + GOOD.replace(",mg,", ",furlong,"), "unknown unit 'furlong'"),
        (HEADER + GOOD.replace("1.5", "many"), "'many' is not a float"),
        (HEADER + GOOD.replace("1.5", "nan"), "'nan' is not a float"),
        (HEADER + GOOD.replace("blue", "green"), "none of red, blue"),
        (HEADER + GOOD.replace("read", "sure"), "none of read, partial, unverified"),
        (HEADER + GOOD.replace("2026-11-23", "yesterday"), "`as_of`"),
        (HEADER + GOOD.replace("yes", "maybe"), "`is_default`"),
        (HEADER + GOOD + "b,1\n", "2 cells under 11 columns"),
        (HEADER + GOOD + GOOD, "duplicate name 'a'"),
        (HEADER, "no rows"),
        ("", "no header"),
        ("name,name\n", "stands twice"),
    ],
)
def test_a_broken_table_is_refused_and_says_where(bad: str, words: str) -> None:
    with pytest.raises(TableError, match=r"t\.csv") as caught:
        parse_table(bad, _Row, name="t.csv", key="name")
    assert words in str(caught.value)


def test_toml_rows_follow_the_same_rules() -> None:
    text = '[[row]]\nname="a"\ndose_mg=2\nsource="S"\nverification="partial"\nas_of=2026-11-23\nwords=["x"]\n'
    (row,) = parse_table(text, _Row, name="t.toml", toml=True)
    assert row.dose_mg == 2.0 and row.words == ("x",)
    with pytest.raises(TableError, match="unknown column dose"):
        parse_table(text.replace("dose_mg", "dose"), _Row, name="t.toml", toml=True)
    with pytest.raises(TableError, match="expected"):
        parse_table("[other]\nx=1\n", _Row, name="t.toml", toml=True)


def _tables() -> list[Path]:
    root = Path(str(resources.files("euthymia")))
    return sorted(root.rglob("data/*.csv"))


@pytest.mark.parametrize("path", _tables(), ids=lambda p: f"{p.parent.parent.name}/{p.name}")
def test_every_packaged_row_has_a_source_a_state_and_a_date(path: Path) -> None:
    import csv

    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert rows, path
    for number, row in enumerate(rows, start=2):
        assert row.get("source", "").strip(), f"{path}:{number} has no source"
        assert row.get("verification") in ("read", "partial", "unverified"), f"{path}:{number}"
        assert row.get("as_of", "").startswith("202"), f"{path}:{number} has no date"
