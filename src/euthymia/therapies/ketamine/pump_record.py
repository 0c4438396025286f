"""What a pump did: started, paused, slowed, resumed, stopped; how much it has given, what is left and when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from euthymia.core.errors import InvalidInput

PumpStep = Literal["rate", "pause", "resume", "stop"]
_HOUR_S = 3600.0


@dataclass(slots=True)
class PumpRecord:
    """The history of one infusion, in seconds of the session.

    Parameters
    ----------
    total_mg
        Amount in the syringe; the pump stops by itself when it is given.
    rate_mg_s
        Rate at the start.
    started_s
        When it was started.
    steps
        What was done since: time, what, and the rate from then on (mg/s).
    """

    total_mg: float
    rate_mg_s: float
    started_s: float
    steps: list[tuple[float, PumpStep, float]] = field(default_factory=list)

    def add(self, at_s: float, step: PumpStep, rate_mg_s: float | None = None) -> None:
        """Note a step; one that finds nothing to act on is refused."""
        rate = self.rate_now if rate_mg_s is None else rate_mg_s
        if self.is_stopped:
            raise InvalidInput("step", step, "nothing after a stop")
        if step == "pause" and not self.is_running:
            raise InvalidInput("step", step, "a pump that runs")
        if step == "resume" and self.is_running:
            raise InvalidInput("step", step, "a pump that is paused")
        self.steps.append((at_s, step, rate))

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped for good."""
        return any(step == "stop" for _, step, _ in self.steps)

    @property
    def is_running(self) -> bool:
        """Whether it was left running; it may have given everything meanwhile."""
        for _, step, _ in reversed(self.steps):
            if step != "rate":
                return step == "resume"
        return True

    @property
    def rate_now(self) -> float:
        """The rate it has, or will have when it is resumed (mg/s)."""
        return self.steps[-1][2] if self.steps else self.rate_mg_s

    def given_mg(self, at_s: float) -> float:
        """Return how much it has given up to ``at_s``."""
        return min(self.total_mg, sum((min(end, at_s) - start) * rate for start, end, rate in self._runs(at_s)))

    def run_s(self, at_s: float) -> float:
        """Return for how long it has run up to ``at_s``, pauses left out."""
        return sum(min(end, at_s) - start for start, end, _ in self._runs(at_s))

    def left_mg(self, at_s: float) -> float:
        """Return what is left to give at ``at_s``."""
        return self.total_mg - self.given_mg(at_s)

    def ends_s(self, at_s: float) -> float:
        """Return when everything is given if it runs from ``at_s`` on at the rate it has."""
        return at_s + self.left_mg(at_s) / self.rate_now

    def plan_events(self, share: float = 1.0) -> tuple[tuple[float, str, float], ...]:
        """Return what happened as (h, what, mg/h or mg): ``start``, then the steps while there was something to give.

        ``share`` is the part of the drug that a model follows, e.g. one enantiomer.
        """
        events: list[tuple[float, str, float]] = [(self.started_s / _HOUR_S, "start", share * self.rate_mg_s * _HOUR_S)]
        for at_s, step, rate in self.steps:
            if self.left_mg(at_s) > 1e-9 * self.total_mg:
                events.append((at_s / _HOUR_S, step, share * rate * _HOUR_S))
        return tuple(events)

    def _runs(self, until_s: float) -> list[tuple[float, float, float]]:
        """Return each stretch at one rate up to ``until_s``: start, end, rate."""
        found: list[tuple[float, float, float]] = []
        begin, rate, running = self.started_s, self.rate_mg_s, True
        for at_s, step, new in self.steps:
            if at_s >= until_s:
                break
            if running:
                found.append((begin, at_s, rate))
            begin, rate = at_s, new
            running = running if step == "rate" else step == "resume"
        if running and until_s > begin:
            found.append((begin, until_s, rate))
        return found
