"""What a simulated session and its live picture ask of a therapy: a patient who answers, a body, a predicted band.

A therapy may give its own by two functions in a module ``live_patient.py`` of its package::

    def simulated_patient(case, prescription, seed, *, number=1) -> SimulatedPatient: ...
    def live_figure(case, prescription, *, number=1) -> LiveFigure: ...

Without them the rows of ``data/simulated_visit.csv`` answer (:mod:`euthymia.therapies.simulated_visit`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from euthymia.core.errors import InvalidInput
from euthymia.therapies.contract import Action, Observation


class SimulatedPatient(Protocol):
    """A patient, and the staff around them, who answer what a session asks for.

    The same calls in the same order give the same observations, so that a session that broke off can be replayed. A
    reading is made when it is given, not when it is planned, so that it shows what was done in between.
    """

    def answers(self, action: Action, at_s: float) -> list[Observation]:
        """Give what follows from ``action``, asked for at ``at_s``; nothing earlier than ``at_s``."""

    def spontaneous(self, until_s: float) -> list[Observation]:
        """Give, once, what has become due up to ``until_s`` and was not given yet, oldest first."""

    def next_s(self) -> float:
        """When :meth:`spontaneous` has something next; infinity when nothing is planned."""

    def took(self, observation: Observation) -> None:
        """Note what the session took in, whoever observed it: a dose, a pause, a reading."""


class Physiology(Protocol):
    """A body: what an instrument would read."""

    def reading(self, kind: str, at_s: float) -> Mapping[str, Any] | None:
        """Values of the reading ``kind`` at ``at_s``; None when this body does not know it."""

    def took(self, observation: Observation) -> None:
        """Note a dose, a pause or a reading."""


@dataclass(frozen=True, slots=True)
class BandRow:
    """A prediction at one time: the middle and the two ends of an interval."""

    at_s: float
    median: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.median <= self.high:
            raise InvalidInput("median", self.median, f"from low ({self.low:g}) to high ({self.high:g})")


class LiveFigure(Protocol):
    """A predicted course that is drawn beside a running session, and drawn again as it goes."""

    @property
    def title(self) -> str:
        """What is predicted, e.g. ``esketamine in venous plasma``."""

    @property
    def unit(self) -> str:
        """Its unit."""

    @property
    def note(self) -> str:
        """Model, interval and verification state in one line."""

    def took(self, observation: Observation) -> None:
        """Take account of a dose, a pause or a reading."""

    def rows(self) -> Sequence[BandRow]:
        """The band over the whole session as it looks now, in order of time; empty before there is one."""


@runtime_checkable
class ShowsReadings(Protocol):
    """A live figure that also shows what was read of the quantity it predicts."""

    def readings(self) -> Sequence[tuple[float, float]]:
        """Time (s) and value of each reading, oldest first."""


@runtime_checkable
class Simulates(Protocol):
    """A therapy that can give a simulated patient."""

    def simulated_patient(self, case: Any, prescription: Any, seed: int, *, number: int = 1) -> SimulatedPatient:
        """Return the patient of session ``number``; raise ``MissingData`` when the therapy has none."""


@runtime_checkable
class Draws(Protocol):
    """A therapy that can give a live figure."""

    def live_figure(self, case: Any, prescription: Any, *, number: int = 1) -> LiveFigure | None:
        """Return the figure of session ``number``, or None."""
