"""Fixtures of the precision tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from order_cases import build_case

from euthymia.case import Case


@pytest.fixture
def make_case() -> Callable[..., Case]:
    return build_case
