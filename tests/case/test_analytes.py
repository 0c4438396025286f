"""Analytes: units there and back, the traps between units, impossible values, and names."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.analytes import analyte, analytes, check_value, same_name
from euthymia.case.fhir.tables import LoincKind, loinc
from euthymia.case.lab_ranges import default_ranges
from euthymia.case.measurements import LabResult
from euthymia.core.errors import InvalidInput
from euthymia.core.units import convert

PAIRS = [(row.code, unit) for row in analytes().values() for unit in row.units]


@given(st.sampled_from(PAIRS), st.floats(0.0, 1.0))
def test_every_unit_of_every_analyte_goes_there_and_back(pair, share):
    row = analytes()[pair[0]]
    value = row.seen_low + share * (row.seen_high - row.seen_low)
    there = convert(value, row.unit, pair[1], analyte=row.code)
    assert row.value_of(there, pair[1]) == pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("code", list(analytes()))
def test_a_larger_value_stays_larger_in_every_unit(code):
    row = analytes()[code]
    for unit in row.units:
        ends = [convert(edge, row.unit, unit, analyte=code) for edge in (row.seen_low, row.seen_high)]
        assert ends[0] < ends[1]


@pytest.mark.parametrize(
    ("name", "value", "unit", "to", "expected"),
    [
        ("crp", 0.5, "mg/dL", "mg/L", 5.0),
        ("vitamin_b12", 200, "pg/mL", "pmol/L", 147.6),  # 148 pmol/L in labs.tsv
        ("vitamin_d", 20, "ng/mL", "nmol/L", 49.9),
        ("cortisol", 10, "ug/dL", "nmol/L", 275.9),
        ("testosterone", 300, "ng/dL", "nmol/L", 10.40),
        ("free_t4", 1.0, "ng/dL", "pmol/L", 12.87),
        ("folate", 4, "ng/mL", "nmol/L", 9.06),
        ("hba1c", 6.5, "%", "mmol/mol", 47.5),
        ("ferritin", 30, "ng/mL", "ug/L", 30),
        ("hemoglobin", 12, "g/dL", "mmol/L", 7.447),
        ("ldl_cholesterol", 100, "mg/dL", "mmol/L", 2.586),
        ("triglycerides", 150, "mg/dL", "mmol/L", 1.694),
        ("calcium", 10, "mg/dL", "mEq/L", 4.990),  # two charges an ion
        ("calcium", 2.5, "mmol/L", "mg/dL", 10.02),
        ("lithium", 0.8, "mEq/L", "mmol/L", 0.8),
        ("alt", 1.0, "ukat/L", "U/L", 60),
        ("urea_nitrogen", 14, "mg/dL", "mmol/L", 4.997),
        ("amitriptyline", 100, "ng/mL", "nmol/L", 360.5),
    ],
)
def test_published_factors(name, value, unit, to, expected):
    assert convert(value, unit, to, analyte=name) == pytest.approx(expected, rel=2e-3)


def test_a_charge_needs_its_ion():
    with pytest.raises(InvalidInput, match="unit"):
        convert(4.8, "mEq/L", "mmol/L")


@pytest.mark.parametrize("code", list(analytes()))
def test_values_beyond_what_can_be_are_refused_and_inside_are_not(code):
    row = analytes()[code]
    check_value(code, row.possible_high, row.unit)
    check_value(code, row.seen_low, row.unit)
    with pytest.raises(InvalidInput, match="value"):
        check_value(code, row.possible_high * 1.01, row.unit)
    with pytest.raises(InvalidInput, match="a unit of"):
        check_value(code, 1.0, "mmHg")


@pytest.mark.parametrize(
    ("name", "value", "unit", "meant"),
    [
        ("CRP", 120, "mg/dL", "mg/L"), ("HbA1c", 48, "%", "mmol/mol"), ("HbA1c", 5.8, "mmol/mol", "%"),
        ("cortisol", 400, "ug/dL", "nmol/L"), ("creatinine", 88, "mg/dL", "umol/L"), ("fT4", 16, "ng/dL", "pmol/L"),
        ("hemoglobin", 140, "g/dL", "g/L"), ("calcium", 9.5, "mmol/L", "mg/dL"),
    ],
)  # fmt: skip
def test_an_impossible_value_is_refused_with_the_unit_that_was_meant(name, value, unit, meant):
    with pytest.raises(InvalidInput, match=f"Was it measured in .*{meant}"):
        LabResult(name, value, unit)


def test_a_range_must_run_upwards():
    with pytest.raises(InvalidInput, match="reference_low"):
        LabResult("tsh", 2, "mIU/L", 4.0, 0.4)


def test_all_names_of_an_analyte_are_one():
    assert same_name("B12") == same_name("vitamin B12") == same_name("Cobalamin") == same_name("vitamin_b12")
    assert same_name("fT4") == same_name("free T4") and analyte("TSH") is analytes()["tsh"]
    assert same_name("CRP") != same_name("hs-CRP")
    assert analyte("zinc") is None and same_name("Zinc ") == "zinc"


def test_every_loinc_of_a_laboratory_value_names_an_analyte_in_a_unit_it_takes():
    for row in loinc().values():
        if row.kind is LoincKind.LAB:
            found = analytes().get(row.name) or pytest.fail(f"{row.code} {row.name}")
            found.value_of(1.0, row.unit)


def test_ranges_lie_inside_what_can_be_and_say_where_they_come_from():
    for row in default_ranges():
        found = analytes()[row.analyte]
        ends = [found.value_of(end, row.unit) for end in (row.low, row.high) if end is not None]
        assert all(found.possible_low <= end <= found.possible_high for end in ends)
        assert row.source and row.as_of == date(2026, 11, 23)
