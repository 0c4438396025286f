"""``euthymia case labs``: values, ranges of one's own, next tests; bad tables are refused."""

from __future__ import annotations

from pathlib import Path

from command_line import CommandLine

CASE = """euthymia: 1
case_id: labs
as_of: 2026-11-20
sex: female
birth_date: 1980-01-01
labs:
  - {analyte: TSH, value: 3.5, unit: mIU/L, on: 2026-11-10}
  - {analyte: B12, value: 120, unit: pmol/L, on: 2026-11-10}
"""
TABLE = """analyte,sex,age_from,age_to,low,high,unit,note,source,doi,verification,as_of
tsh,,,,0.5,3.0,mIU/L,,our laboratory,,read,2026-11-01
"""


def test_it_shows_values_what_they_change_and_what_is_next(euthymia: CommandLine, tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    case.write_text(CASE)
    told = euthymia.document("labs", "case", "labs", case)
    tsh, b12 = told["laboratory"]["values"]
    assert (tsh["state"], tsh["range_from"], b12["analyte"]) == ("in_range", "default", "vitamin_b12")
    assert [c["code"] for c in b12["changes"]] == ["b12_low"]
    assert told["laboratory"]["next_tests"][0]["purpose"] == "treatable_cause"
    out = euthymia.ok("case", "labs", case).out
    assert "B12 below 200" in out and "Next" in out


def test_ranges_of_ones_own_go_before_the_packaged_ones(euthymia: CommandLine, tmp_path: Path) -> None:
    case, table = tmp_path / "case.yaml", tmp_path / "own.csv"
    case.write_text(CASE)
    table.write_text(TABLE)
    told = euthymia.document("labs", "case", "labs", case, "--ranges", table)
    tsh = told["laboratory"]["values"][0]
    assert (tsh["state"], tsh["range_from"], tsh["high"]) == ("high", "reader", 3.0)


def test_a_bad_table_and_an_impossible_value_are_refused(euthymia: CommandLine, tmp_path: Path) -> None:
    case, table = tmp_path / "case.yaml", tmp_path / "own.csv"
    case.write_text(CASE)
    table.write_text(TABLE.replace("tsh,", "bananas,"))
    assert "bananas" in euthymia("case", "labs", case, "--ranges", table).err
    case.write_text(CASE.replace("value: 3.5, unit: mIU/L", "value: 3.5, unit: mg/L"))
    assert "labs[0].unit" in euthymia("case", "labs", case).err
    case.write_text(CASE.replace("120, unit: pmol/L", "90000, unit: pg/mL"))
    assert "labs[1].value" in euthymia("case", "labs", case).err
