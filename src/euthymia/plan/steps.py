"""Something that comes before any comparison."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.reason import Reason


@dataclass(frozen=True, slots=True)
class UrgentStep:
    """Something that comes before any comparison."""

    code: str
    level: str  # now | today
    reason: Reason
    favors: str = ""
