"""Runs a session against a clock: takes inputs from its sources in order of time, and lets due times fire."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Literal, final

from euthymia.case.events import Event
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.live.clock import Clock
from euthymia.live.inputs import Acknowledgement, Input, Leave, Malformed, Reading
from euthymia.live.interrupts import InterruptGuard
from euthymia.live.live_session import LiveSession
from euthymia.live.settings import setting
from euthymia.live.simulated_patient import SOURCE as SIMULATED
from euthymia.live.simulated_patient import SimulatedSource
from euthymia.live.sources import Source

How = Literal["closed", "interrupted", "crash", "break", "gates_closed", "sources_over"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended; ``events`` when the session was closed, else the gates that are still closed."""

    how: How
    at_s: float
    events: tuple[Event[Any], ...] = ()
    gates: tuple[str, ...] = ()


@final
class Runner:
    """One run of one live session.

    Parameters
    ----------
    live
        The session, started or resumed.
    clock
        Real or stepped.
    sources
        Where inputs come from.
    closes_itself
        Close the session when the patient has left and nothing is planned (a simulated session, a complete file).
    """

    def __init__(
        self, live: LiveSession, clock: Clock, sources: Sequence[Source], *, closes_itself: bool = False
    ) -> None:  # fmt: skip
        self._live, self._clock, self._sources, self._closes_itself = live, clock, tuple(sources), closes_itself
        self._wake, self._guard = threading.Event(), InterruptGuard()
        self._waiting: list[tuple[float, int, Input]] = []
        self._order = count()
        for source in self._sources:
            source.attach(self._wake)

    def run(self) -> Ended:
        """Run until the session is closed or the run has to end; Ctrl-C leaves a record that can be resumed."""
        with self._guard:
            try:
                return self._run()
            except KeyboardInterrupt:
                at_s = self._clock.now_s()
                self._live.leave(at_s, "interrupted")
                return Ended("interrupted", at_s, gates=tuple(self._live.gates()))
            finally:
                for source in self._sources:
                    source.close()

    def _run(self) -> Ended:
        while True:
            ended = self._end()
            if ended is not None:
                return ended
            now_s = max(self._clock.now_s(), self._live.now_s)
            horizon_s = min(self._live.next_s(), now_s + setting("step"))
            for source in self._sources:
                for item in source.until(horizon_s, now_s):
                    heapq.heappush(self._waiting, (item.at_s, next(self._order), item))
            next_s = min(horizon_s, self._waiting[0][0]) if self._waiting else horizon_s
            self._guard.wait(partial(self._clock.wait_until, next_s, self._wake))
            self._wake.clear()
            now_s = self._clock.now_s()
            if self._waiting and self._waiting[0][0] <= now_s:
                ended = self._take(heapq.heappop(self._waiting)[2])
                if ended is not None:
                    return ended
            elif now_s >= horizon_s:
                self._live.tick(max(horizon_s, now_s))

    def _take(self, item: Input) -> Ended | None:
        if isinstance(item, Reading):
            self._live.take(item)
        elif isinstance(item, Malformed):
            self._live.malformed(item)
        elif isinstance(item, Acknowledgement):
            self._acknowledge(item)
        else:
            return self._leave(item)
        return None

    def _acknowledge(self, item: Acknowledgement) -> None:
        try:
            self._live.acknowledge(item)
        except InvalidInput as error:  # nothing open has this code: somebody else was first, or it was mistyped
            if item.source != SIMULATED:
                self._live.told(str(error))

    def _leave(self, item: Leave) -> Ended | None:
        if item.how == "finish":
            return self._finish()
        self._live.leave(item.at_s, item.how)
        how: How = "crash" if item.how == "crash" else "break"
        return Ended(how, item.at_s, gates=tuple(self._live.gates()))

    def _finish(self) -> Ended | None:
        """Close the session; while a gate is closed, say so and go on."""
        try:
            return Ended("closed", self._live.now_s, self._live.finish())
        except SafetyLimit as error:
            self._live.told(str(error))
            return None

    def _end(self) -> Ended | None:
        """Whether the run ends by itself now."""
        if self._live.events is not None:
            return Ended("closed", self._live.now_s, self._live.events)
        if self._waiting or any(self._has_plans(s) for s in self._sources):
            return None
        if not self._closes_itself:
            return self._without_sources()
        now_s = max(self._clock.now_s(), self._live.now_s)
        idle = now_s - self._live.last_input_s > setting("idle_end") and not self._live.due_later(now_s)
        over = now_s > setting("longest") or all(source.is_over for source in self._sources)
        if not (self._live.released or idle or over):
            return None
        gates = self._live.gates()
        if not gates:
            return self._finish()
        if self._live.alerts.open and not (idle or over):
            return None  # the staff have yet to take on an alert
        if over and not idle and self._live.due_later(now_s):
            return None  # a waiting time may still open a gate
        self._live.leave(now_s, "gates_closed")
        return Ended("gates_closed", now_s, gates=tuple(gates))

    def _without_sources(self) -> Ended | None:
        """End, to be resumed, when nobody is there any more to say anything."""
        if not self._sources or not all(source.is_over for source in self._sources):
            return None
        self._guard.check()  # Ctrl-C closes the keyboard too
        at_s = max(self._clock.now_s(), self._live.now_s)
        self._live.leave(at_s, "sources_over")
        return Ended("sources_over", at_s, gates=tuple(self._live.gates()))

    @staticmethod
    def _has_plans(source: Source) -> bool:
        return source.has_plans if isinstance(source, SimulatedSource) else False
