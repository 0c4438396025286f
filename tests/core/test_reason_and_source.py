"""Reasons and sources: nothing is said without saying what it rests on."""

from __future__ import annotations

from datetime import date

import pytest

from euthymia.core import EvidenceGrade, InvalidInput, Reason, Source, Verification
from euthymia.core.source import weakest

READ = Source("Somebody 2020", "10.1001/jama.2020.1", Verification.READ, date(2026, 11, 23))
SHAKY = Source("A page", "", Verification.UNVERIFIED)


def test_a_reason_without_a_source_must_be_a_fact_of_the_case() -> None:
    with pytest.raises(InvalidInput, match="sources"):
        Reason("Works well.")
    assert Reason("Age 44.", grade=EvidenceGrade.CASE).verification is Verification.READ


def test_the_weakest_source_decides_how_a_reason_is_marked() -> None:
    assert Reason("x", (READ, SHAKY)).verification is Verification.UNVERIFIED
    assert weakest(()) is Verification.UNVERIFIED


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(InvalidInput, match="finite"):
        Reason("x", (READ,), value=number)


def test_an_interval_turned_round_is_refused() -> None:
    with pytest.raises(InvalidInput, match="low"):
        Reason("x", (READ,), low=2, high=1)


def test_a_doi_becomes_a_link_and_its_absence_an_empty_one() -> None:
    assert READ.url == "https://doi.org/10.1001/jama.2020.1"
    assert SHAKY.url == ""
    assert Source("two", "10.1/a").url == ""  # a registrant code has four digits or more
    assert Source("two", "10.1093/ijnp/pyz039;10.1176/appi").url == "https://doi.org/10.1093/ijnp/pyz039"
