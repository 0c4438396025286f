"""Begin or resume a live session: a record is replayed through the pure step machine and compared line by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, final

from euthymia.case.codec import moment
from euthymia.case.events import plain
from euthymia.core.errors import InvalidInput
from euthymia.live.identity import SessionIdentity
from euthymia.live.inputs import Acknowledgement, Malformed, Reading
from euthymia.live.live_session import LiveSession
from euthymia.live.notices import Listener
from euthymia.live.record_file import Record
from euthymia.live.record_line import Line
from euthymia.live.recorder import Recorder
from euthymia.therapies.contract import Observation, Session

Replayed = Callable[[Line], None]
_NOT_REPLAYED = ("torn", "left", "resumed")


class _Later:
    """Writes to a recorder, with the moment at which it is written."""

    def __init__(self, recorder: Recorder | None, now: Callable[[], datetime]) -> None:
        self._recorder, self._now = recorder, now

    def write(self, kind: str, at_s: float, data: Mapping[str, Any], *, author: str, source: str) -> None:
        if self._recorder is not None:
            self._recorder.write(kind, at_s, data, recorded_at=self._now(), author=author, source=source)


@final
class _Comparing:
    """Holds what is written against the lines of a record, and goes on to the recorder when they are used up."""

    def __init__(self, lines: Sequence[Line], then: _Later) -> None:
        self.left = [line for line in lines if line.type not in _NOT_REPLAYED]
        self._then = then

    def write(self, kind: str, at_s: float, data: Mapping[str, Any], *, author: str, source: str) -> None:
        if not self.left:
            self._then.write(kind, at_s, data, author=author, source=source)
            return
        line = self.left.pop(0)
        given = (kind, float(at_s), author, source, plain(data))
        if given != (line.type, float(line.at_s), line.author, line.source, line.data):
            hint = (
                "The program or its tables changed since: what was written stays valid. Read it with the version named "
                "in the header, or close the session on paper."
            )
            raise InvalidInput(
                f"record: line {line.seq + 1}", f"{kind} {plain(data)}"[:100], f"{line.type} {line.data}"[:200],
                hint,
            )  # fmt: skip


def begin(
    session: Session, identity: SessionIdentity, recorder: Recorder | None, now: Callable[[], datetime],
    listeners: Sequence[Listener] = (),
) -> LiveSession:  # fmt: skip
    """Start a session; ``recorder`` None keeps no record. ``now`` gives the moment that goes into the record."""
    live = LiveSession(session, identity, _Later(recorder, now))
    for listener in listeners:
        live.listen(listener)
    live.start()
    return live


def resume(
    session: Session, record: Record, recorder: Recorder | None, now: Callable[[], datetime],
    listeners: Sequence[Listener] = (), replayed: Sequence[Replayed] = (),
) -> LiveSession:  # fmt: skip
    """Rebuild a live session from its record.

    Parameters
    ----------
    session
        The same session, new: same case, prescription and number.
    record
        What was written; every line is replayed and compared.
    recorder
        Goes on with the record; what a crash kept from being written is written now.
    listeners
        Told everything again, so that they know what happened.
    replayed
        Given every line before it is replayed, e.g. so that a simulated patient does not do it twice.

    Raises
    ------
    InvalidInput
        When the session is closed, or the program gives something else than the record says.
    """
    if record.is_closed:
        raise InvalidInput("record", "a closed session", "a session that was not closed", "Its events are in it.")
    writer = _Comparing(record.lines, _Later(recorder, now))
    live = LiveSession(session, record.identity, writer)
    for listener in listeners:
        live.listen(listener)
    live.start()
    for line in record.lines:
        for note in replayed:
            note(line)
        _replay(live, line)
    if writer.left:
        line = writer.left[0]
        raise InvalidInput(f"record: line {line.seq + 1}", line.type, "a line that the session leads to")
    return live


def _replay(live: LiveSession, line: Line) -> None:
    """Do again what one line says was done; lines that follow from another are written by it."""
    data: Any = line.data  # checked by the chain; what follows from it is compared
    if line.type == "observation":
        seen = Observation(data["kind"], line.at_s, data["values"])
        measured_at_s = data.get("measured_at_s")
        live.take(Reading(seen, line.author, line.source, measured_at_s))
    elif line.type == "acknowledged":
        live.acknowledge(Acknowledgement(data["code"], line.author, line.at_s, line.source))
    elif line.type == "malformed":
        live.malformed(Malformed(data["text"], data["line"], data["why"], line.at_s, line.source))
    elif line.type == "flag":
        for flag in live.due.overdue(line.at_s):
            live.flag(flag)
    elif line.type == "escalated":
        for alert in live.alerts.escalate(line.at_s):
            live.escalated(alert)


def started_at(record: Record) -> datetime:
    """Return the moment at which the session was begun."""
    return moment(record.header.recorded_at, "recorded_at")


def elapsed_s(record: Record, now: datetime) -> float:
    """Seconds since a real session was begun: its clock went on while nobody ran it."""
    return max(record.last.at_s, (now - started_at(record)).total_seconds())
