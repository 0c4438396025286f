"""Clocks of a session: a real one (monotonic, perhaps faster), and one that steps to whatever is waited for."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, final

from euthymia.core.errors import InvalidInput


class Clock(Protocol):
    """Seconds since the session began, and the moment that goes into the record."""

    def now_s(self) -> float:
        """Seconds since the session began; never decreases."""

    def moment(self) -> datetime:
        """Moment (UTC) at which something is recorded now."""

    def wait_until(self, at_s: float, wake: threading.Event) -> None:
        """Return at ``at_s``, or as soon as ``wake`` is set; at once when that time is over."""


@final
class RealClock:
    """A monotonic clock that runs ``speed`` times as fast as the wall clock.

    Parameters
    ----------
    speed
        1 for a real session; more to watch a simulated one.
    begun_s
        Seconds of the session that are over already (a resumed session).
    monotonic, wall
        The machine's clocks; a test passes its own.
    """

    def __init__(
        self,
        speed: float = 1.0,
        begun_s: float = 0.0,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not (0 < speed <= 3600) or isinstance(speed, bool):
            raise InvalidInput("speed", speed, "more than 0, up to 3600, or inf to run without waiting")
        if not (begun_s >= 0 and math.isfinite(begun_s)):
            raise InvalidInput("begun_s", begun_s, "0 or more seconds")
        self._speed, self._begun_s, self._monotonic, self._wall = speed, begun_s, monotonic, wall
        self._zero = monotonic()

    def now_s(self) -> float:
        """Seconds since the session began."""
        return self._begun_s + (self._monotonic() - self._zero) * self._speed

    def moment(self) -> datetime:
        """The wall clock (UTC)."""
        return self._wall()

    def wait_until(self, at_s: float, wake: threading.Event) -> None:
        """Sleep until ``at_s`` or until woken; no busy loop."""
        left_s = (at_s - self.now_s()) / self._speed
        if left_s > 0:
            wake.wait(left_s)


@final
class SteppedClock:
    """A clock that is wherever it was last told to wait until; the same run gives the same moments."""

    def __init__(self, started_at: datetime, begun_s: float = 0.0) -> None:
        if started_at.tzinfo is None:
            raise InvalidInput("started_at", started_at, "a date and time with a time zone")
        self._started_at, self._now_s = started_at, begun_s

    def now_s(self) -> float:
        """Seconds since the session began."""
        return self._now_s

    def moment(self) -> datetime:
        """Start of the session plus the seconds since."""
        return self._started_at + timedelta(seconds=self._now_s)

    def wait_until(self, at_s: float, wake: threading.Event) -> None:
        """Step to ``at_s``."""
        self._now_s = max(self._now_s, at_s)
