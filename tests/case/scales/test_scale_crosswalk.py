"""Crosswalks: ranges, monotone, several methods side by side, nothing extrapolated, pairs without a table refused."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.scales import Conversion, crosswalk, scale
from euthymia.core.errors import InvalidInput, OutOfRange
from euthymia.core.source import Verification

TABLED = ["QIDS-SR16", "IDS-SR30", "HAM-D17", "HAM-D21", "HAM-D24"]
OTHERS = [("HAM-D17", "MADRS"), ("MADRS", "HAM-D17"), ("QIDS-SR16", "MADRS"), ("MADRS", "QIDS-SR16")]


def by_method(pair: tuple[str, str]) -> dict[str, list[Conversion]]:
    top = scale(pair[0]).maximum
    assert top is not None
    found: dict[str, list[Conversion]] = {}
    for value in range(top + 1):
        try:
            conversions = crosswalk(value, *pair)
        except OutOfRange:
            continue
        for conversion in conversions:
            found.setdefault(conversion.method, []).append(conversion)
    return found


@pytest.mark.parametrize("pair", [*permutations(TABLED, 2), *OTHERS])
def test_every_method_is_monotone_and_stays_within_the_target_scale(pair: tuple[str, str]) -> None:
    target = scale(pair[1])
    assert target.minimum is not None and target.maximum is not None
    found = by_method(pair)
    assert found
    for conversions in found.values():
        for one, two in pairwise(conversions):
            assert one.low <= two.low and one.high <= two.high
        for conversion in conversions:
            assert target.minimum <= conversion.low <= conversion.midpoint <= conversion.high <= target.maximum


@pytest.mark.parametrize("pair", list(permutations(TABLED, 2)))
def test_the_published_table_covers_every_total_and_converts_back_to_the_start(pair: tuple[str, str]) -> None:
    top = scale(pair[0]).maximum
    assert top is not None
    for value in range(top + 1):
        (there,) = [c for c in crosswalk(value, *pair) if c.method == "published table"]
        back = [c for x in (int(there.low), int(there.high)) for c in crosswalk(x, pair[1], pair[0])]
        assert min(c.low for c in back) <= value <= max(c.high for c in back)


@given(value=st.integers(10, 40))
def test_between_anchors_the_answer_is_a_real_range_that_says_who_interpolated(value: int) -> None:
    (found,) = crosswalk(value, "HAM-D17", "MADRS")
    assert found.high > found.low
    assert found.low < 1.3 * value < found.high + 1e-9 or value == 40
    assert ("interpolated by us" in str(found)) == (value not in (10, 20, 30, 40))
    assert "item response theory" in str(found)  # the other method is shown beside


@pytest.mark.parametrize("value", [0, 6, 8, 9, 41, 52])
def test_nothing_is_extrapolated_beyond_the_anchors(value: int) -> None:
    with pytest.raises(OutOfRange, match="Leucht2018"):
        crosswalk(value, "HAM-D17", "MADRS")


def test_improvement_has_its_own_anchors() -> None:
    (found,) = crosswalk(20, "HAM-D17", "MADRS", kind="improvement")
    assert found.midpoint == 26
    with pytest.raises(OutOfRange):
        crosswalk(26, "HAM-D17", "MADRS", kind="improvement")
    with pytest.raises(InvalidInput, match="improvement"):
        crosswalk(5, "QIDS", "IDS-SR30", kind="improvement")
    with pytest.raises(InvalidInput, match="kind"):
        crosswalk(5, "QIDS", "IDS-SR30", kind="percent")  # type: ignore[arg-type]


def test_two_methods_are_returned_side_by_side_and_never_averaged() -> None:
    found = crosswalk(5, "QIDS-SR16", "MADRS")
    assert [(c.method, c.low, c.high) for c in found] == [("item response theory", 7, 8), ("band to band", 0, 8)]
    assert found[1].verification is Verification.PARTIAL


@pytest.mark.parametrize("pair", [("PHQ-9", "QIDS-SR16"), ("QIDS", "PHQ9")])
def test_phq9_and_qids_are_refused_with_the_reason(pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidInput, match="youth table"):
        crosswalk(10, *pair)


@pytest.mark.parametrize("pair", [("BDI-II", "HAM-D17"), ("PHQ-9", "MADRS"), ("MADRS", "HAM-D24"), ("MADRS", "MADRS")])
def test_pairs_without_a_table_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidInput, match="Why:"):
        crosswalk(10, *pair)


@pytest.mark.parametrize("bad", [28, -1, 2.5, True, float("nan"), None])
def test_a_value_that_is_not_a_total_is_refused(bad: object) -> None:
    with pytest.raises(InvalidInput, match="value"):
        crosswalk(bad, "QIDS", "IDS-SR30")  # type: ignore[arg-type]
