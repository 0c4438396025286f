"""Logic with three values: True, False and None for 'not known'."""

from __future__ import annotations

from collections.abc import Iterable


def all_of(values: Iterable[bool | None]) -> bool | None:
    """Return False when any is False, else None when any is unknown, else True."""
    seen = tuple(values)
    return False if False in seen else None if None in seen else True


def any_of(values: Iterable[bool | None]) -> bool | None:
    """Return True when any is True, else None when any is unknown, else False."""
    seen = tuple(values)
    return True if True in seen else None if None in seen else False
