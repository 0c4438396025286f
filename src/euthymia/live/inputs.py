"""What can reach a running session: an observation, an acknowledgement, a line that cannot be read, an end."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.core.errors import InvalidInput
from euthymia.therapies.contract import Observation


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation with who made it and through what it came.

    ``measured_at_s`` is the instrument's own time where it differs from the time at which the session takes it.
    """

    observation: Observation
    author: str = "unknown"
    source: str = "typed"
    measured_at_s: float | None = None

    @property
    def at_s(self) -> float:
        """When it reaches the session."""
        return self.observation.at_s


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A named person takes on an alert."""

    code: str
    by: str
    at_s: float
    source: str = "typed"

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise InvalidInput("by", self.by, "the name or role of the person who takes the alert on")


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is no observation; it is shown and recorded, never fed."""

    text: str
    line: int
    why: str
    at_s: float
    source: str = "vitals"


@dataclass(frozen=True, slots=True)
class Leave:
    """End of the run: ``finish`` closes the session, ``break`` leaves it to be resumed."""

    at_s: float
    how: str = "finish"  # finish | break | crash


Input = Reading | Acknowledgement | Malformed | Leave
