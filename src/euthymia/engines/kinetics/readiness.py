"""Time until a person is ready to leave, from simulated courses, with the definition in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.kinetics.inputs import FloatArray, finite

ELAPSED = "elapsed"


@dataclass(frozen=True, slots=True)
class ReadinessCriterion(SourcedRow):
    """One condition: the course of ``quantity`` at most, or at least, ``limit``; ``elapsed`` is the time itself."""

    criterion: str
    quantity: str
    rule: Literal["at_most", "at_least"]
    limit: float
    unit: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """When each person is ready.

    Parameters
    ----------
    times_h
        ``(n,)`` hours after the start, infinite when not ready by the end of the courses.
    floor_h
        The time that everybody is watched.
    last
        Name of the criterion met last by each person, ``(n,)``.
    not_modelled
        Criteria without a course: they are **not** met by this forecast and must be judged at the bedside.
    """

    times_h: FloatArray
    floor_h: float
    last: tuple[str, ...]
    not_modelled: tuple[str, ...]

    @property
    def share_not_ready(self) -> float:
        """Share of people not ready by the end of the courses."""
        return float(np.isinf(self.times_h).mean())


def readiness_criteria() -> tuple[ReadinessCriterion, ...]:
    """Return the default definition; a clinic may give its own rows."""
    return load_table("euthymia.engines.kinetics", "readiness.csv", ReadinessCriterion, key="criterion")


def time_to_readiness(
    times_h: FloatArray, courses: Mapping[str, FloatArray], criteria: Sequence[ReadinessCriterion] | None = None
) -> Readiness:
    """Return when every criterion is met and stays met to the end of the courses.

    Parameters
    ----------
    times_h
        Times after the start of the dose (h), ascending, ``(T,)``.
    courses
        For each quantity its course ``(n, T)``; a value that is not a number counts as not met.
    criteria
        The definition; None takes :func:`readiness_criteria`.

    Raises
    ------
    InvalidInput
        For a course that no criterion reads, shapes that differ, no course at all, or a definition without a time that
        everybody is watched.
    """
    rules = readiness_criteria() if criteria is None else tuple(criteria)
    times = finite("times_h", times_h)
    if times.ndim != 1 or times.size < 2 or (np.diff(times) <= 0).any():
        raise InvalidInput("times_h", times.shape, "two or more strictly ascending times")
    floor = max((r.limit for r in rules if r.quantity == ELAPSED and r.rule == "at_least"), default=None)
    if floor is None:
        raise InvalidInput("criteria", [r.criterion for r in rules], f"a row of quantity `{ELAPSED}`, at_least")
    known = {r.quantity for r in rules} - {ELAPSED}
    unknown = sorted(set(courses) - known)
    if unknown or not courses:
        raise InvalidInput("courses", unknown or "none", f"some of {', '.join(sorted(known))}")
    shapes = {np.shape(course) for course in courses.values()}
    if len(shapes) > 1 or len(next(iter(shapes))) != 2 or next(iter(shapes))[1] != times.size:
        raise InvalidInput("courses", sorted(shapes), f"one shape (n, {times.size}) for all")
    applied = [r for r in rules if r.quantity in courses]
    met_at = np.stack([_met_from(times, np.asarray(courses[r.quantity], dtype=float), r) for r in applied])
    slowest = met_at.argmax(axis=0)
    reached = met_at.max(axis=0)
    floor_name = next(r.criterion for r in rules if r.quantity == ELAPSED and r.limit == floor)
    last = tuple(applied[i].criterion if t > floor else floor_name for i, t in zip(slowest, reached, strict=True))
    missing = tuple(r.criterion for r in rules if r.quantity not in courses and r.quantity != ELAPSED)
    return Readiness(np.maximum(reached, floor), floor, last, missing)


def _met_from(times: FloatArray, course: FloatArray, rule: ReadinessCriterion) -> FloatArray:
    """Return the first time ``(n,)`` from which the rule holds to the end; infinite when it does not hold there."""
    met = course <= rule.limit if rule.rule == "at_most" else course >= rule.limit
    unmet = ~met
    # One past the last sample that is not met; zero when all are met.
    position = np.where(unmet.any(axis=1), course.shape[1] - unmet[:, ::-1].argmax(axis=1), 0)
    return np.append(times, np.inf)[position]
