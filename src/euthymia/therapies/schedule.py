"""Schedules: when and how often, as phases that add up to visits, hours and days."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Phase:
    """A run of equal visits.

    Parameters
    ----------
    name
        For people: ``induction``, ``taper``, ``implant operation``.
    start_day
        Day of the first visit; the course begins on day 0.
    visits
        Number of visits in the phase.
    every_days
        Mean days between visits (7/5 for weekdays; 0 when all are on one day).
    minutes
        Time at the clinic for one visit.
    """

    name: str
    start_day: float
    visits: int
    every_days: float
    minutes: float

    def __post_init__(self) -> None:
        for name, value, high in (
            ("start_day", self.start_day, 36500), ("visits", self.visits, 5000),
            ("every_days", self.every_days, 3650), ("minutes", self.minutes, 30 * 24 * 60),
        ):  # fmt: skip
            if isinstance(value, bool) or not 0 <= value <= high:
                raise InvalidInput(name, value, f"0 to {high}")

    @property
    def end_day(self) -> float:
        """Day of the last visit."""
        return self.start_day + max(0, self.visits - 1) * self.every_days

    def visits_until(self, day: float) -> int:
        """Visits of this phase on or before ``day``."""
        if self.start_day > day or self.visits == 0:
            return 0
        if self.every_days == 0:
            return self.visits
        return min(self.visits, int((day - self.start_day) / self.every_days + 1e-9) + 1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Phases of a course in order."""

    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        if not self.phases:
            raise InvalidInput("phases", self.phases, "at least one phase")

    @property
    def visits(self) -> int:
        """Visits in the whole course."""
        return sum(p.visits for p in self.phases)

    @property
    def hours(self) -> float:
        """Hours at the clinic in the whole course."""
        return sum(p.visits * p.minutes for p in self.phases) / 60.0

    @property
    def days(self) -> float:
        """Length of the course in days."""
        return max(p.end_day for p in self.phases)

    def visits_until(self, day: float) -> int:
        """Visits on or before ``day``."""
        return sum(phase.visits_until(day) for phase in self.phases)

    def hours_until(self, day: float) -> float:
        """Hours at the clinic on or before ``day``."""
        return sum(phase.visits_until(day) * phase.minutes for phase in self.phases) / 60.0
