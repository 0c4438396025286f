"""Fixtures of the contract suite."""

from __future__ import annotations

from datetime import date

import pytest

from euthymia.case import Case
from euthymia.case.facts import Demographics, Sex

from tests.contract.cases import COMPLETE, make_case


@pytest.fixture
def complete_case() -> Case:
    """Everything reviewed, five failed trials, nothing that forbids."""
    return make_case(*COMPLETE)


@pytest.fixture
def empty_case() -> Case:
    """A person of whom nothing but the age and the country is known."""
    return make_case(Demographics(date(1980, 5, 1), Sex.UNKNOWN, "US"))
