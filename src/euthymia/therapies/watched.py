"""What is watched in a session: readings in time, and symptoms with their onset and end."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pressure:
    """One blood pressure (mmHg) at ``at_s`` seconds of the session."""

    at_s: float
    systolic: float
    diastolic: float

    def words(self) -> str:
        """As a person writes it."""
        return f"{self.systolic:g}/{self.diastolic:g} mmHg"


@dataclass(slots=True)
class Readings:
    """A series of readings: time (s) and one or two values."""

    rows: list[tuple[float, tuple[float, ...]]] = field(default_factory=list)

    def add(self, at_s: float, *values: float) -> None:
        """Add a reading."""
        self.rows.append((at_s, values))

    @property
    def last(self) -> float | None:
        """First value of the newest reading."""
        return self.rows[-1][1][0] if self.rows else None

    @property
    def last_s(self) -> float | None:
        """Time of the newest reading."""
        return self.rows[-1][0] if self.rows else None

    def pressure(self) -> Pressure | None:
        """The newest reading as a blood pressure."""
        if not self.rows:
            return None
        at_s, (systolic, diastolic) = self.rows[-1]
        return Pressure(at_s, systolic, diastolic)

    def pressures(self) -> list[Pressure]:
        """All readings as blood pressures."""
        return [Pressure(at_s, *values) for at_s, values in self.rows]

    def between(self, start_s: float, end_s: float) -> list[tuple[float, tuple[float, ...]]]:
        """Readings from ``start_s`` to ``end_s``."""
        return [row for row in self.rows if start_s <= row[0] <= end_s]

    def peak(self, index: int = 0) -> float | None:
        """Largest value."""
        return max((values[index] for _, values in self.rows), default=None)

    def low(self, index: int = 0) -> float | None:
        """Smallest value."""
        return min((values[index] for _, values in self.rows), default=None)


@dataclass(slots=True)
class Episodes:
    """Symptoms with onset and end; one that comes back is a new episode."""

    rows: list[tuple[str, float, float | None]] = field(default_factory=list)

    def mark(self, name: str, at_s: float, present: bool) -> None:
        """Say that ``name`` is present or not at ``at_s``."""
        if present and not self.is_open(name):
            self.rows.append((name, at_s, None))
        elif not present:
            self.rows = [(n, a, at_s if n == name and b is None else b) for n, a, b in self.rows]

    def is_open(self, name: str) -> bool:
        """Whether ``name`` has begun and not ended."""
        return any(n == name and end is None for n, _, end in self.rows)

    def open_names(self) -> list[str]:
        """Names of episodes that have not ended."""
        return [n for n, _, end in self.rows if end is None]

    def of(self, name: str) -> list[tuple[float, float | None]]:
        """Onset and end of each episode of ``name``."""
        return [(a, b) for n, a, b in self.rows if n == name]
