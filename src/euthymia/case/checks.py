"""Argument checks shared by the facts of a case; each names the field, what was given and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from numbers import Real

from euthymia.core.errors import InvalidInput


def text(name: str, value: object) -> None:
    """Require a non-empty string."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(name, value, "a non-empty text")


def number(name: str, value: object, low: float, high: float, *, optional: bool = False) -> None:
    """Require a finite number in ``[low, high]``; booleans are not numbers."""
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise InvalidInput(name, value, f"a finite number from {low:g} to {high:g}")
    if not low <= float(value) <= high:
        raise InvalidInput(name, value, f"{low:g} to {high:g}")


def integer(name: str, value: object, low: int, high: int, *, optional: bool = False) -> None:
    """Require an int in ``[low, high]``; booleans are not integers."""
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidInput(name, value, f"a whole number from {low} to {high}")


def one_of(name: str, value: object, allowed: Iterable[str]) -> None:
    """Require membership in a set of words."""
    words = list(allowed)
    if value not in words:
        raise InvalidInput(name, value, " | ".join(words))


def ordered(start_name: str, start: date | None, end_name: str, end: date | None) -> None:
    """Require ``start <= end`` where both are known."""
    if start is not None and end is not None and end < start:
        raise InvalidInput(end_name, end.isoformat(), f"on or after {start_name} ({start.isoformat()})")
