"""Fixtures of the ECT tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from euthymia.case import Case

from tests.therapies.therapy_cases import depressed_case


@pytest.fixture
def make_case() -> Callable[..., Case]:
    return partial(depressed_case, setting="inpatient")
