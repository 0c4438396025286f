"""A session as it runs: every input is written down first, then fed; what follows is written down, then told.

There is no clock in here: the caller says when something is. Replaying a record is the same code with a writer that
compares (:mod:`euthymia.live.resume`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol, final

from euthymia.case.events import Event, event_to_dict, plain
from euthymia.case.facts import SafetyAlert
from euthymia.core.errors import EuthymiaError, InvalidInput, SafetyLimit
from euthymia.live.alerts import Alert, AlertBook
from euthymia.live.identity import SessionIdentity
from euthymia.live.inputs import Acknowledgement, Malformed, Reading
from euthymia.live.notices import Listener, Notice
from euthymia.live.settings import setting
from euthymia.live.windows import DueList, Flag
from euthymia.therapies.contract import Action, ActionKind, Observation, OpenSession, Session

_TAKES_ACKNOWLEDGEMENTS = "alert_acknowledged"
_CLOCK = "clock"


class Writer(Protocol):
    """Where lines go; when ``write`` returns, the line is safe."""

    def write(self, kind: str, at_s: float, data: Mapping[str, Any], *, author: str, source: str) -> None:
        """Write one line."""


@final
class LiveSession:
    """Feeds one session and keeps what is around it: due list, alerts, gates.

    Parameters
    ----------
    session
        A session that was not started yet.
    identity
        Whose it is; see :func:`~euthymia.live.identity.identity_of`.
    writer
        Gets every line before anything follows from it.
    """

    def __init__(self, session: Session, identity: SessionIdentity, writer: Writer) -> None:
        self._session, self.identity, self._writer = session, identity, writer
        self._kinds = session.kinds() if isinstance(session, OpenSession) else ()
        self.alerts, self.due = AlertBook(), DueList()
        self.now_s = 0.0
        self.last_input_s = 0.0
        self.released = False
        self.events: tuple[Event[Any], ...] | None = None
        self._last_clock_s = self._ticked_s = 0.0
        self._listeners: list[Listener] = []

    # --- looking on -------------------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Tell ``listener`` everything from now on."""
        self._listeners.append(listener)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of observation the session takes; empty when it does not say."""
        return self._kinds

    @property
    def is_closed(self) -> bool:
        """Whether the session was closed."""
        return self.events is not None

    def gates(self) -> list[str]:
        """What still forbids closing, in words: the session's own gates and alerts that nobody took on."""
        own = list(self._session.closed_gates()) if isinstance(self._session, OpenSession) else []
        return list(dict.fromkeys([*own, *self.alerts.gates()]))

    # --- inputs -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin the session."""
        self._outcome(self._session.start(), [])

    def take(self, reading: Reading) -> bool:
        """Write an observation down, feed it, and write down what follows; False when the session refused it."""
        reading = self._in_order(reading)
        try:
            values = _storable(reading.observation)
        except InvalidInput as error:  # it could not even be written down as it is
            text = repr(dict(reading.observation.values))[:500]
            self.malformed(Malformed(text, 0, str(error), reading.at_s, reading.source))
            return False
        seen = replace(reading.observation, values=values)  # the session gets what a replay would give it
        data: dict[str, Any] = {"kind": seen.kind, "values": values}
        if reading.measured_at_s is not None:
            data["measured_at_s"] = reading.measured_at_s
        self._write("observation", seen.at_s, data, author=reading.author, source=reading.source)
        if seen.kind == _CLOCK:
            self._last_clock_s = self._ticked_s = seen.at_s
        else:
            self.last_input_s = max(self.last_input_s, seen.at_s)
        try:
            actions = self._session.feed(seen)
        except EuthymiaError as error:
            self._refused(reading, error)
            return False
        self.now_s = max(self.now_s, seen.at_s)
        self._tell(Notice("took", seen.at_s, seen.kind, reading=reading))
        self._outcome(actions, self.due.took(seen.kind, seen.at_s))
        return True

    def acknowledge(self, taken_on: Acknowledgement) -> None:
        """Put a person's name behind an alert; raise :class:`InvalidInput` when no open alert has the code."""
        at_s = max(taken_on.at_s, self.now_s)
        if all(alert.code != taken_on.code for alert in self.alerts.open):
            self.alerts.acknowledge(taken_on.code, taken_on.by, at_s)  # says which codes are open
        self._write("acknowledged", at_s, {"code": taken_on.code}, author=taken_on.by, source=taken_on.source)
        for alert in self.alerts.acknowledge(taken_on.code, taken_on.by, at_s):
            self._tell(Notice("acknowledged", at_s, f"{alert.code} taken on by {taken_on.by}", alert=alert))
        if _TAKES_ACKNOWLEDGEMENTS in self._kinds and not self._is_ours(taken_on.code):
            seen = Observation(_TAKES_ACKNOWLEDGEMENTS, at_s, {"code": taken_on.code, "by": taken_on.by})
            self.now_s = at_s
            self._outcome(self._session.feed(seen), [])

    def malformed(self, bad: Malformed) -> None:
        """Show and keep a line that is no observation."""
        at_s = max(bad.at_s, self.now_s)
        data = {"text": bad.text, "line": bad.line, "why": bad.why}
        self._write("malformed", at_s, data, author="unknown", source=bad.source)
        words = f"line {bad.line} ({bad.source}) cannot be read: {bad.why}"
        self._tell(Notice("malformed", at_s, words))
        if bad.source == "vitals":  # a typing error is seen by who typed; an instrument's is not
            self._own_alert("vitals_line", words, at_s)

    def tick(self, at_s: float) -> None:
        """Let time pass to ``at_s``: overdue readings, alerts that go further, the session's own clock."""
        self._ticked_s = max(self._ticked_s, at_s)
        for flag in self.due.overdue(at_s):
            self.flag(flag)
        for alert in self.alerts.escalate(at_s):
            self.escalated(alert)
        was_due = any(t.due_s is not None and self._last_clock_s < t.due_s <= at_s for t in self.due.tasks)
        if _CLOCK in self._kinds and (was_due or at_s >= self._last_clock_s + setting("clock_every")):
            self.take(Reading(Observation(_CLOCK, at_s, {}), "clock", "clock"))
        self.due.waits_over(at_s)

    def flag(self, flag: Flag) -> None:
        """Write down and tell that a reading is overdue."""
        self._write("flag", flag.at_s, {"code": flag.code, "statement": flag.statement})
        self._tell(Notice("flag", flag.at_s, flag.statement))

    def escalated(self, alert: Alert) -> None:
        """Write down and tell that an alert went further."""
        at_s = alert.escalated_at_s if alert.escalated_at_s is not None else self.now_s
        data = {"code": alert.code, "to": alert.rule.to, "raised_at_s": alert.raised_at_s}
        self._write("escalated", at_s, data)
        self._tell(Notice("escalated", at_s, f"{alert.code}: nobody took it on; call {alert.rule.to}", alert=alert))

    def leave(self, at_s: float, how: str) -> None:
        """Write down that the run ends here without closing the session."""
        self._write("left", max(at_s, self.now_s), {"how": how})
        self._tell(Notice("left", at_s, how))

    def resumed(self, at_s: float, by: str) -> None:
        """Write down that the run goes on here."""
        self._write("resumed", max(at_s, self.now_s), {"by": by}, author=by or "unknown", source="program")
        self._tell(Notice("resumed", at_s, f"resumed by {by or 'unknown'}"))

    def told(self, words: str) -> None:
        """Tell whoever looks on something that is no part of the record."""
        self._tell(Notice("told", self.now_s, words))

    def due_later(self, at_s: float) -> bool:
        """Whether something is due after ``at_s``."""
        return any(t.due_s is not None and t.due_s > at_s for t in self.due.tasks)

    def next_s(self) -> float:
        """The next moment at which :meth:`tick` has something to do; it may be over when nobody ran the session."""
        moments = [self.due.next_s(self._ticked_s), self.alerts.next_escalation_s()]
        clock_s = self._last_clock_s + setting("clock_every") if _CLOCK in self._kinds else None
        return min([m for m in (*moments, clock_s) if m is not None and m > self._ticked_s], default=float("inf"))

    def finish(self) -> tuple[Event[Any], ...]:
        """Close the session and give its events.

        Raises
        ------
        SafetyLimit
            While a gate is closed or an alert has no name behind it; each is named.
        """
        if self.events is not None:
            return self.events
        unmet = self.gates()
        if unmet:
            raise SafetyLimit("finish", f"{len(unmet)} closed", "every gate open", f"Closed: {'; '.join(unmet)}.")
        events = (*self._session.finish(), *self._taken_on())
        at_s = max(self.now_s, self._latest_s())
        self._write("closed", at_s, {"events": [event_to_dict(e) for e in events]})
        self.events = events
        self._tell(Notice("closed", at_s, f"{len(events)} events"))
        return events

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _in_order(self, reading: Reading) -> Reading:
        """Take a reading that came a moment late at the session's own time; its own time stays in the record."""
        late_s = self.now_s - reading.at_s
        if not 0 < late_s <= setting("late_line_grace"):
            return reading
        seen = reading.observation
        return replace(reading, observation=Observation(seen.kind, self.now_s, seen.values), measured_at_s=reading.at_s)

    def _outcome(self, actions: list[Action], flags: list[Flag]) -> None:
        told = [_action_data(action) for action in actions]
        flagged = [{"code": flag.code, "statement": flag.statement} for flag in flags]
        self._write("actions", self.now_s, {"actions": told, "flags": flagged})
        for flag in flags:
            self._tell(Notice("flag", self.now_s, flag.statement))
        for action in actions:
            self.due.note(action, self.now_s, self._kinds)
            self.released = self.released or action.kind is ActionKind.RELEASE
            alert = self.alerts.note(action, self.now_s)
            self._tell(Notice("action", self.now_s, action.text, action=action))
            if alert is not None:
                self._tell(Notice("alert", self.now_s, alert.statement, alert=alert))

    def _refused(self, reading: Reading, error: EuthymiaError) -> None:
        at_s = max(reading.at_s, self.now_s)
        argument = getattr(error, "argument", "")
        data = {"error": type(error).__name__, "argument": argument, "message": str(error)}
        self._write("refused", at_s, data)
        self._tell(Notice("refused", at_s, str(error), reading=reading))
        if reading.source == "vitals":
            self._own_alert("vitals_refused", f"A reading of the instrument was refused: {error}", at_s)

    def _own_alert(self, code: str, words: str, at_s: float) -> None:
        """Raise an alert of the runner itself, once while it is open."""
        if all(alert.code != code for alert in self.alerts.open):
            alert = Alert(code, "moderate", words, at_s)
            self.alerts.alerts.append(alert)
            self._tell(Notice("alert", at_s, words, alert=alert))

    def _is_ours(self, code: str) -> bool:
        return code in ("vitals_line", "vitals_refused")

    def _taken_on(self) -> list[Event[Any]]:
        """Alerts with the name behind them, where the session does not keep the names itself."""
        found = []
        for alert in self.alerts.alerts:
            if _TAKES_ACKNOWLEDGEMENTS in self._kinds and not self._is_ours(alert.code):
                continue
            fact = SafetyAlert(alert.level, alert.code, alert.statement, acknowledged_by=alert.acknowledged_by)
            happened = self.identity.begins_at + timedelta(seconds=alert.acknowledged_at_s or alert.raised_at_s)
            closed = self.identity.begins_at + timedelta(seconds=max(self.now_s, self._latest_s()))
            found.append(Event(fact, happened, closed, author=f"session:{self.identity.therapy}", source="session"))
        return found

    def _latest_s(self) -> float:
        return max((a.acknowledged_at_s or 0.0 for a in self.alerts.alerts), default=0.0)

    def _write(
        self, kind: str, at_s: float, data: Mapping[str, Any], *, author: str = "session", source: str = "session"
    ) -> None:  # fmt: skip
        self._writer.write(kind, at_s, data, author=author, source=source)

    def _tell(self, notice: Notice) -> None:
        for listener in self._listeners:
            listener(notice)


def _action_data(action: Action) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": action.kind.value, "code": action.code, "text": action.text}
    for name in ("due_s", "window_s", "level"):
        if getattr(action, name) not in (None, ""):
            found[name] = getattr(action, name)
    return found


def _storable(seen: Observation) -> dict[str, Any]:
    """Return the values as JSON values; raise :class:`InvalidInput` for NaN, infinity or what is no JSON."""
    values = plain(seen.values)
    try:
        json.dumps(values, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput(seen.kind, str(error), "finite numbers, true, false, words, lists and maps") from None
    return dict(values)
