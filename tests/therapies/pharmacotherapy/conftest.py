"""Fixtures of the pharmacotherapy tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from euthymia.case import Case

from tests.therapies.therapy_cases import depressed_case


@pytest.fixture
def make_case() -> Callable[..., Case]:
    return depressed_case
