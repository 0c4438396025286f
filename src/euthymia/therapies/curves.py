"""Curves: what an engine expects over time, as a median with the band between patients, and what is marked on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Reason

Status = Literal["published", "derived", "illustrative", "prescribed"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to see on a curve: a moment (``time``, e.g. a dose) or a level (``level``, e.g. a limit)."""

    label: str
    time: float | None = None
    level: float | None = None

    def __post_init__(self) -> None:
        if (self.time is None) == (self.level is None):
            raise InvalidInput("mark", (self.time, self.level), "a time or a level, one of the two")


@dataclass(frozen=True, slots=True)
class Curve:
    """A quantity over time, as an engine expects it for this prescription.

    Parameters
    ----------
    code, title
        Short name for machines, and the words above the figure.
    unit
        Unit of the values.
    times
        Increasing times.
    time_unit
        ``min``, ``h`` or ``days``.
    median, low, high
        One value a time; ``low`` and ``high`` are the 5th and 95th percentile between patients, or what ``band`` says,
        and equal the median where no spread is known (then the words must say so).
    reason
        What the curve rests on.
    status
        Whether the parameters are a paper's, derived from printed results or only illustrative; ``prescribed`` is no
        model but what the prescription asks for.
    marks
        Doses, checks, limits.
    band
        What the band is, where it is not the spread between patients: "the distance between two tracers".
    since
        What the times count from.
    notes
        What a reader must know: outside the studied range, sampling site, one tracer only.

    Raises
    ------
    InvalidInput
        When lengths differ, times do not increase, a value is not finite or the band does not hold the median.
    """

    code: str
    title: str
    unit: str
    times: tuple[float, ...]
    time_unit: Literal["min", "h", "days"]
    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    reason: Reason
    status: Status
    marks: tuple[Mark, ...] = ()
    notes: tuple[str, ...] = ()
    band: str = ""
    since: str = "the start"

    def __post_init__(self) -> None:
        n = len(self.times)
        if n < 2 or any(later <= before for before, later in pairwise(self.times)):
            raise InvalidInput("times", self.times[:5], "two or more increasing times")
        for name, values in (("median", self.median), ("low", self.low), ("high", self.high)):
            if len(values) != n:
                raise InvalidInput(name, len(values), f"{n} values, one a time")
            if not all(math.isfinite(v) for v in values):
                raise InvalidInput(name, "not a number", "finite values")
        for low, middle, high in zip(self.low, self.median, self.high, strict=True):
            if not low <= middle <= high:
                raise InvalidInput("median", middle, f"within the band from {low} to {high}")

    @property
    def peak(self) -> tuple[float, float]:
        """Time and value of the highest median."""
        index = max(range(len(self.median)), key=self.median.__getitem__)
        return self.times[index], self.median[index]


def thinned(curve: Curve, most: int) -> tuple[int, ...]:
    """Return at most ``most`` indices of a curve that keep its first, last and highest point, evenly spread else."""
    n = len(curve.times)
    if n <= most:
        return tuple(range(n))
    keep = {round(i * (n - 1) / (most - 2)) for i in range(most - 1)}
    keep.add(curve.median.index(max(curve.median)))
    return tuple(sorted(keep))
