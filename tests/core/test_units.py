"""Units: exact factors, no silent nonsense."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InvalidInput
from euthymia.core.units import canonical_unit, convert, is_unit


@pytest.mark.parametrize(
    ("value", "unit", "to", "analyte", "expected"),
    [
        (0.5, "mg/dL", "mg/L", "", 5.0),  # CRP: the factor of ten that bites
        (100.0, "degF", "degC", "", 37.7777778),
        (37.0, "degC", "degF", "", 98.6),
        (154.0, "lb", "kg", "", 69.853225),
        (6.5, "%", "mmol/mol", "hba1c", 47.545),
        (50.0, "nmol/L", "ng/mL", "vitamin_d", 20.032),
        (1.0, "mg/dL", "umol/L", "creatinine", 88.40170),
        (2.0, "mIU/L", "uIU/mL", "", 2.0),
        (1.0, "h", "min", "", 60.0),
    ],
)
def test_known_conversions(value: float, unit: str, to: str, analyte: str, expected: float) -> None:
    assert convert(value, unit, to, analyte=analyte) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("unit", "to"), [("mg", "s"), ("mg/L", "nmol/L"), ("mmHg", "kg"), ("furlong", "m")])
def test_what_does_not_convert_is_an_error(unit: str, to: str) -> None:
    with pytest.raises(InvalidInput, match="unit"):
        convert(1.0, unit, to)


def test_ucum_spellings_are_understood() -> None:
    assert canonical_unit("mm[Hg]") == "mmHg"
    assert canonical_unit("m[IU]/L") == "mIU/L"
    assert not is_unit("parsec")


@given(st.floats(1e-6, 1e6), st.sampled_from([("mg/L", "mg/dL"), ("degC", "degF"), ("kg", "lb"), ("h", "s")]))
def test_there_and_back_is_the_same(value: float, pair: tuple[str, str]) -> None:
    there = convert(value, *pair)
    assert math.isclose(convert(there, pair[1], pair[0]), value, rel_tol=1e-9, abs_tol=1e-9)
