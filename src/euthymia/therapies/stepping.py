"""The step machine under every session: order, gates, limits and the record, without a clock.

A therapy's session is a final class on :class:`StepMachine` that says which checks come first (``_begin``), what
each kind of observation leads to (``_handlers``), and which gates must be open before it may close (``_open_gates``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from euthymia.case.events import Event, plain
from euthymia.case.facts import SafetyAlert, SessionDelivered, SideEffect
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation

Handler = Callable[[Observation], list[Action]]


class StepMachine(ABC):
    """A session as a pure step machine; see the module text.

    The moment of an observation is the case's ``as_of`` plus ``at_s``, so the same observations always give the same
    events.
    """

    therapy: ClassVar[str]

    def __init__(self, case: Case, *, form: str, protocol: str, number: int) -> None:
        if isinstance(number, bool) or number < 1:
            raise InvalidInput("n", number, "1 for the first session, 2 for the second …")
        self._case, self._form, self._protocol, self._number = case, form, protocol, number
        self._state = "new"  # new -> running -> (stopped) -> closed
        self._now_s = 0.0
        self._log: list[dict[str, Any]] = []
        self._alerts: list[tuple[float, SafetyAlert]] = []
        self._side_effects: list[tuple[float, SideEffect]] = []
        self._began_treatment = False
        self._stopped_because = ""

    # --- the three calls --------------------------------------------------------------------------------------------

    def start(self) -> list[Action]:
        """Begin; give the checks to be made first."""
        if self._state != "new":
            raise InvalidInput("start", self._state, "one call on a new session")
        self._state = "running"
        return self._noted(self._begin())

    def feed(self, observation: Observation) -> list[Action]:
        """Take one observation; give what follows from it."""
        if self._state in ("new", "closed"):
            raise InvalidInput("feed", self._state, "a session that was started and is not closed")
        if observation.at_s < self._now_s:
            raise InvalidInput("at_s", observation.at_s, f"{self._now_s:g} or later: time does not run backwards")
        handlers = self._handlers()
        if observation.kind not in handlers:
            raise InvalidInput("kind", observation.kind, " | ".join(sorted(handlers)))
        before, self._now_s = self._now_s, observation.at_s
        try:
            actions = handlers[observation.kind](observation)
        except Exception:
            self._now_s = before  # a refused observation leaves the session as it was
            raise
        self._log.append({"at_s": observation.at_s, "observed": observation.kind, **plain(observation.values)})
        return self._noted(actions)

    def finish(self) -> list[Event[Any]]:
        """Close the session and give its events.

        Raises
        ------
        SafetyLimit
            While a gate is still closed; the message names each of them.
        """
        if self._state in ("new", "closed"):
            raise InvalidInput("finish", self._state, "a session that was started and is not closed")
        closed = self._closed_gates()
        if closed:
            raise SafetyLimit("finish", f"{len(closed)} closed", "every gate open", f"Closed: {'; '.join(closed)}.")
        status = (
            "not_started" if not self._began_treatment else "stopped_early" if self._stopped_because else "completed"
        )
        summary = dict(self._summary())
        if self._stopped_because:
            summary["stopped_because"] = self._stopped_because
        fact = SessionDelivered(
            self.therapy, self._form, self._protocol, self._number, status, plain(summary), tuple(self._log)
        )
        self._state = "closed"
        facts = [*self._alerts, *self._side_effects, (self._now_s, fact)]
        return [self._event(at_s, item) for at_s, item in facts] + [
            self._event(self._now_s, item) for item in self._extra_facts()
        ]

    def kinds(self) -> tuple[str, ...]:
        """Kinds of observation that can come now or later."""
        return tuple(self._handlers())

    def closed_gates(self) -> tuple[str, ...]:
        """What still forbids closing the session, in words; asking changes nothing."""
        return tuple(self._closed_gates()) if self._state not in ("new", "closed") else ()

    # --- what a therapy fills in ------------------------------------------------------------------------------------

    @abstractmethod
    def _begin(self) -> list[Action]:
        """Give the checks that come before anything else."""

    @abstractmethod
    def _handlers(self) -> Mapping[str, Handler]:
        """Give the handler of each kind of observation that can come now or later."""

    @abstractmethod
    def _closed_gates(self) -> list[str]:
        """Name each gate that still forbids closing the session, in words; empty when it may close."""

    @abstractmethod
    def _summary(self) -> Mapping[str, Any]:
        """Give what was delivered and measured, with units in the names."""

    def _extra_facts(self) -> list[Any]:
        """Give further facts for the log (scale records, vitals)."""
        return []

    # --- helpers for therapies --------------------------------------------------------------------------------------

    def _stop(self, because: str) -> Action:
        self._stopped_because = self._stopped_because or because
        return Action(ActionKind.STOP, "stop", because)

    def _raise_alert(self, level: str, code: str, statement: str) -> Action:
        self._alerts.append((self._now_s, SafetyAlert(level, code, statement)))
        return Action(ActionKind.ALERT, code, statement, level=level)

    def _note_side_effect(self, at_s: float, name: str, severity: str = "unknown", serious: bool = False) -> None:
        self._side_effects.append((at_s, SideEffect(name, severity, serious, self.therapy)))

    @staticmethod
    def _number_of(observation: Observation, name: str, low: float, high: float) -> float:
        """Read a number from an observation, or say what is wrong with it."""
        value = observation.values.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise InvalidInput(f"{observation.kind}.{name}", value, f"a number from {low:g} to {high:g}")
        return float(value)

    @staticmethod
    def _flag_of(observation: Observation, name: str) -> bool:
        """Read a yes or no from an observation, or say what is wrong with it."""
        value = observation.values.get(name)
        if not isinstance(value, bool):
            raise InvalidInput(f"{observation.kind}.{name}", value, "true or false")
        return value

    @staticmethod
    def _word_of(observation: Observation, name: str, allowed: tuple[str, ...] = ()) -> str:
        """Read a word from an observation, or say what is wrong with it."""
        value = observation.values.get(name)
        if not isinstance(value, str) or not value.strip() or (allowed and value not in allowed):
            raise InvalidInput(f"{observation.kind}.{name}", value, " | ".join(allowed) or "a non-empty text")
        return value

    def _noted(self, actions: list[Action]) -> list[Action]:
        for action in actions:
            self._log.append(
                {"at_s": self._now_s, "action": action.kind.value, "code": action.code, "text": action.text}
            )
        return actions

    def _event(self, at_s: float, fact: Any) -> Event[Any]:
        moment = self._case.as_of + timedelta(seconds=at_s)
        closed = self._case.as_of + timedelta(seconds=self._now_s)
        return Event(fact, moment, closed, author=f"session:{self.therapy}", source="session")
