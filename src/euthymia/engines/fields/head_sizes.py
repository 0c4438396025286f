"""The three tape measures of a head, checked for slips of unit, order and reading."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table

_SLIPS = ((0.1, "millimeters: divide by 10"), (100.0, "meters: multiply by 100"), (2.54, "inches: multiply by 2.54"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimit(SourcedRow):
    """Least and most a length, or a ratio of two, may be."""

    size: str
    title: str
    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class HeadSizes:
    """Three lengths over the scalp, cm.

    Parameters
    ----------
    tragus_cm
        Tragus to tragus over the vertex.
    nasion_inion_cm
        Nasion to inion over the vertex.
    circumference_cm
        Circumference at the level of FPz and Oz.

    Raises
    ------
    InvalidInput
        For a length that no head has, or three that no head has together; a likely slip is named.
    """

    tragus_cm: float
    nasion_inion_cm: float
    circumference_cm: float

    def __post_init__(self) -> None:
        limits = size_limits()
        for field in fields(self):
            _check(limits[field.name], getattr(self, field.name))
        for name in ("tragus", "nasion_inion"):
            length, limit = getattr(self, f"{name}_cm"), limits[f"{name}_share"]
            share = length / self.circumference_cm
            if not limit.low <= share <= limit.high:
                raise InvalidInput(
                    f"{name}_cm",
                    length,
                    f"{limit.low:g} to {limit.high:g} of the circumference ({self.circumference_cm:g} cm)",
                    f"It is {share:.2f} of it. Are two lengths swapped? Measure again over the vertex.",
                )


def size_limits() -> dict[str, SizeLimit]:
    """Limits of each length and ratio."""
    return {row.size: row for row in load_table("euthymia.engines.fields", "head_sizes.csv", SizeLimit, key="size")}


def _check(limit: SizeLimit, value: object) -> None:
    allowed = f"{limit.low:g} to {limit.high:g} {limit.unit} ({limit.title})"
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidInput(limit.size, value, allowed)
    if limit.low <= value <= limit.high:
        return
    slips = [words for factor, words in _SLIPS if limit.low <= value * factor <= limit.high]
    hint = f"It looks like {slips[0]}." if slips else "Measure again; give centimeters."
    raise InvalidInput(limit.size, value, allowed, hint)
