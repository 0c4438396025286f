"""Change that matters: the reliable change index with its inputs shown, service rules, and important differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Literal

from euthymia.case.scales.answers import read_total
from euthymia.case.scales.definition import PACKAGE
from euthymia.case.scales.meq30 import criterion
from euthymia.case.scales.registry import find
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table

IMPROVED, DETERIORATED, NO_CHANGE = "improved", "deteriorated", "no reliable change"


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """A change measured against the error of the scale, with everything it was computed from.

    Parameters
    ----------
    before, after, sd, reliability, higher_is_worse
        The inputs. ``sd`` and ``reliability`` belong to one population and one kind of reliability: name them in
        any report.
    sem
        Standard error of measurement, SD·√(1−r).
    rci
        (after − before) / (√2·SEM).
    z
        The index must be beyond this value.
    threshold
        Smallest change that counts, z·√2·SEM, in points; ``whole_points`` is the next whole number.
    verdict
        ``improved``, ``deteriorated`` or ``no reliable change``.
    """

    before: float
    after: float
    sd: float
    reliability: float
    higher_is_worse: bool
    sem: float
    rci: float
    z: float
    threshold: float
    verdict: str
    source: Source

    @property
    def change(self) -> float:
        """After minus before, in points."""
        return self.after - self.before

    @property
    def whole_points(self) -> int:
        """Smallest whole number of points beyond the threshold."""
        return math.floor(self.threshold) + 1

    def __str__(self) -> str:
        return (
            f"{self.verdict}: {self.before:g} → {self.after:g} (change {self.change:+g}); "
            f"SD {self.sd:g}, reliability {self.reliability:g}, SEM {self.sem:.2f}, RCI {self.rci:.2f}, "
            f"threshold {self.threshold:.2f} → {self.whole_points} points ({self.source})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeRow(SourcedRow):
    """Row of ``reliable_change.csv``."""

    programme: str
    scale: str
    reliable_points: int
    recovered_below: int


@dataclass(frozen=True, slots=True)
class ProgrammeChange:
    """A change judged by the rule of a treatment program.

    Parameters
    ----------
    verdict
        ``improved``, ``deteriorated`` or ``no reliable change``.
    recovered
        Whether the total went from at or above the cut-off to below it.
    reliably_recovered
        Recovered and reliably improved.
    """

    scale: str
    before: int
    after: int
    verdict: str
    recovered: bool
    rule: ProgrammeRow

    @property
    def reliably_recovered(self) -> bool:
        """Recovered and reliably improved."""
        return self.recovered and self.verdict == IMPROVED

    def __str__(self) -> str:
        state = "recovered" if self.recovered else "not recovered"
        return (
            f"{self.scale} {self.before} → {self.after}: {self.verdict}, {state} ({self.rule.programme}: "
            f"{self.rule.reliable_points} points, below {self.rule.recovered_below}; {self.rule.cite()})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class McidRow(SourcedRow):
    """Row of ``mcid.csv``: a difference called important, in points, in percent of baseline, or both."""

    scale: str
    points: float | None = None
    percent: float | None = None
    level: Literal["person", "group"]
    method: str
    note: str


def reliable_change(
    before: float, after: float, *, sd: float, reliability: float, higher_is_worse: bool = True
) -> ReliableChange:
    """Judge a change by the reliable change index.

    Parameters
    ----------
    before, after
        Totals of the same scale.
    sd
        Standard deviation of the scale in the reference population, above 0.
    reliability
        Reliability coefficient, from 0 up to but not including 1.
    higher_is_worse
        Direction of the scale.

    Raises
    ------
    InvalidInput
        For a number that is not finite, sd ≤ 0, or reliability outside [0, 1).

    Examples
    --------
    >>> reliable_change(20, 13, sd=6.1, reliability=0.84).verdict
    'improved'
    """
    first, second = _finite("before", before), _finite("after", after)
    spread, r = _finite("sd", sd), _finite("reliability", reliability)
    if spread <= 0:
        raise InvalidInput("sd", sd, "a standard deviation above 0")
    if not 0 <= r < 1:
        raise InvalidInput("reliability", reliability, "a coefficient from 0 up to, not including, 1")
    rule = criterion("reliable_change_z")
    sem = spread * math.sqrt(1 - r)
    rci = (second - first) / (math.sqrt(2) * sem)
    worse = rci > 0 if higher_is_worse else rci < 0
    verdict = NO_CHANGE if abs(rci) <= rule.value else DETERIORATED if worse else IMPROVED
    return ReliableChange(
        first, second, spread, r, higher_is_worse, sem, rci, rule.value, rule.value * math.sqrt(2) * sem, verdict,
        rule.cite(),
    )  # fmt: skip


def programme_change(
    before: float, after: float, scale: str, *, programme: str = "NHS_talking_therapies"
) -> ProgrammeChange:
    """Judge a change by a program's own rule (English talking therapies: PHQ-9 ≥6 and <10, GAD-7 ≥4 and <8).

    Raises
    ------
    InvalidInput
        When the program has no rule for the scale, or a total is outside it.
    """
    found = find(scale)
    rows = load_table(PACKAGE, "reliable_change.csv", ProgrammeRow)
    fitting = [r for r in rows if r.programme.casefold() == programme.casefold() and r.scale == found.name]
    if not fitting:
        held = ", ".join(f"{r.programme} for {r.scale}" for r in rows)
        raise InvalidInput("programme, scale", f"{programme}, {scale}", held)
    rule = fitting[0]
    first, second = read_total(found, before, "before"), read_total(found, after, "after")
    fall = first - second
    verdict = IMPROVED if fall >= rule.reliable_points else DETERIORATED if -fall >= rule.reliable_points else NO_CHANGE
    return ProgrammeChange(found.name, first, second, verdict, second < rule.recovered_below <= first, rule)


def mcid(scale: str) -> tuple[McidRow, ...]:
    """Return every important difference held for a scale, with its method and source; they do not agree."""
    name = find(scale).name
    return tuple(row for row in load_table(PACKAGE, "mcid.csv", McidRow) if row.scale == name)


def _finite(argument: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(float(value)):
        raise InvalidInput(argument, value, "a finite number")
    return float(value)
