"""Laboratory values as they are read: whose range, how old, at what time of day, in which unit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from euthymia.case import Event, fold
from euthymia.case.analytes import analytes
from euthymia.case.facts import Demographics, LabResult, Sex
from euthymia.case.lab_ranges import read_ranges
from euthymia.case.labs import LabState, normalized, reading_of
from euthymia.core.errors import InvalidInput, TableError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEADER = "analyte,sex,age_from,age_to,low,high,unit,note,source,doi,verification,as_of\n"


def case_with(*labs, sex=Sex.FEMALE, days_ago=10.0, at=None):
    when = at or NOW - timedelta(days=days_ago)
    when = when if at else when.replace(hour=0)
    facts = [Event(Demographics(date(1980, 1, 1), sex, "US"), NOW, NOW)]
    return fold("labs", [*facts, *(Event(lab, when, NOW) for lab in labs)], as_of=NOW)


def one(*labs, **about):
    ranges = about.pop("ranges", ())
    return normalized(case_with(*labs, **about), ranges=ranges)[-1]


def test_the_laboratorys_range_goes_before_the_readers_and_that_before_the_default(tmp_path):
    own = tmp_path / "ranges.csv"
    own.write_text(HEADER + "tsh,,,,0.5,3.0,mIU/L,,our laboratory,,read,2026-11-01\n")
    ranges = read_ranges(own)
    printed = one(LabResult("tsh", 3.5, "mIU/L", 0.3, 5.0), ranges=ranges)
    assert (printed.range.whose, printed.state) == ("laboratory", LabState.IN_RANGE)
    reader = one(LabResult("tsh", 3.5, "mIU/L"), ranges=ranges)
    assert (reader.range.whose, reader.state, reader.range.source.text) == ("reader", LabState.HIGH, "our laboratory")
    default = one(LabResult("tsh", 3.5, "mIU/L"))
    assert (default.range.whose, default.state) == ("default", LabState.IN_RANGE)


def test_a_range_printed_in_another_unit_moves_with_the_value():
    found = one(LabResult("free_t4", 25, "pmol/L", 12, 22))
    assert found.unit == "ng/dL" and found.state is LabState.HIGH
    assert found.range.high == pytest.approx(22 / 12.872, rel=1e-3)


def test_a_range_that_depends_on_sex_is_not_guessed():
    lab = LabResult("hemoglobin", 12.5, "g/dL")
    assert one(lab).state is LabState.IN_RANGE
    assert one(lab, sex=Sex.MALE).state is LabState.LOW
    for sex in (Sex.UNKNOWN, Sex.OTHER):
        found = one(lab, sex=sex)
        assert found.state is LabState.NOT_JUDGED and "sex" in found.range.note


@pytest.mark.parametrize("code", list(analytes()))
def test_age_is_counted_and_said(code):
    row = analytes()[code]
    lab = LabResult(code, row.seen_low + 0.3 * (row.seen_high - row.seen_low), row.unit)
    fresh, old = one(lab, days_ago=row.stale_days), one(lab, days_ago=row.stale_days + 1)
    assert not fresh.is_stale and old.is_stale and old.age_days == row.stale_days + 1


def test_only_the_newest_value_counts_whatever_it_is_called():
    old = Event(LabResult("vitamin_b12", 150, "pg/mL"), NOW - timedelta(days=90), NOW)
    new = Event(LabResult("B12", 400, "pmol/L"), NOW - timedelta(days=5), NOW)
    case = fold("labs", [new, old], as_of=NOW)
    (found,) = normalized(case)
    assert found.analyte == "vitamin_b12" and found.value == pytest.approx(542, abs=1)
    assert case.latest("cobalamin") is case.latest("Vitamin B12") is not None


@pytest.mark.parametrize("name", ["cortisol", "testosterone"])
def test_what_follows_the_clock_needs_a_morning(name):
    value = {"cortisol": 2.0, "testosterone": 150.0}[name]
    lab = LabResult(name, value, analytes()[name].unit)
    unknown = one(lab, sex=Sex.MALE)
    assert unknown.state is LabState.NOT_JUDGED and "not recorded" in unknown.time_note
    assert [q.code for q in unknown.questions] == [f"time:{name}"]
    evening = one(lab, sex=Sex.MALE, at=datetime(2026, 11, 10, 18, tzinfo=UTC))
    assert evening.state is LabState.NOT_JUDGED and "18:00 UTC, outside" in evening.time_note
    assert one(lab, sex=Sex.MALE, at=datetime(2026, 11, 10, 8, tzinfo=UTC)).state is LabState.LOW
    named = LabResult(f"morning {name}", value, lab.unit)
    assert one(named, sex=Sex.MALE).state is LabState.LOW


@pytest.mark.parametrize(
    ("lab", "meant"),
    [
        (LabResult("testosterone", 14, "ng/dL"), "nmol/L"), (LabResult("calcium", 2.3, "mg/dL"), "mmol/L"),
        (LabResult("glucose", 5.4, "mg/dL"), "mmol/L"), (LabResult("vitamin_d", 300, "ng/mL"), "nmol/L"),
        (LabResult("crp", 40, "mg/dL"), "mg/L"),
    ],
)  # fmt: skip
def test_a_suspected_slip_is_a_question_and_never_a_conversion(lab, meant):
    found = one(lab, sex=Sex.MALE)
    (asked,) = [q for q in found.questions if q.code.startswith("unit:")]
    assert meant in asked.text and found.is_doubted
    assert found.reported == f"{lab.value:g} {lab.unit}"
    assert found.value == pytest.approx(analytes()[found.analyte].value_of(lab.value, lab.unit))


def test_ordinary_values_are_not_doubted():
    for lab in (LabResult("tsh", 2, "mIU/L"), LabResult("crp", 0.4, "mg/dL"), LabResult("testosterone", 14, "nmol/L")):
        assert not one(lab, sex=Sex.MALE).is_doubted


def test_critical_values_are_named_in_any_unit():
    assert one(LabResult("lithium", 1.6, "mEq/L")).critical
    assert not one(LabResult("lithium", 1.49, "mEq/L")).critical
    assert one(LabResult("glucose", 2.0, "mmol/L")).critical  # 36 mg/dL


def test_an_unknown_analyte_is_shown_by_its_printed_range_only():
    assert one(LabResult("zinc", 50, "ug/dL")).state is LabState.NOT_JUDGED
    assert one(LabResult("zinc", 50, "ug/dL", 60, 120)).state is LabState.LOW
    assert reading_of(case_with(), "zinc") is None


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        ("tsh,,,,4,0.4,mIU/L,,x,,read,2026-11-01", TableError, "below"),
        ("tsh,,,,,,mIU/L,,x,,read,2026-11-01", TableError, "low"),
        ("bananas,,,,1,2,mIU/L,,x,,read,2026-11-01", TableError, "bananas"),
        ("tsh,,,,0.4,4,mg/L,,x,,read,2026-11-01", TableError, "unit"),
        ("tsh,,,,0.4,4,mIU/L,,,,read,2026-11-01", TableError, "source"),
    ],
)
def test_a_bad_range_table_is_refused_with_its_line(tmp_path, line, error, words):
    path = tmp_path / "own.csv"
    path.write_text(HEADER + line + "\n")
    with pytest.raises(error, match=words):
        read_ranges(path)
    with pytest.raises(InvalidInput, match="can be read"):
        read_ranges(tmp_path / "absent.csv")
