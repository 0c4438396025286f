"""Vital signs as lines of text, from a file, a serial port's file or standard input: ``time_s,kind,name=value,…``.

``125.0,blood_pressure,systolic_mmhg=138,diastolic_mmhg=84``; an empty time means now; ``#`` begins a comment. A line
that cannot be read becomes an alert with its number and is never fed; so is a value the session calls impossible.
"Now" is only known for a line that comes while the session runs: one without a time that was in the file before is
not fed either, and one that the record of a resumed session holds is not fed twice.
"""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, final

from euthymia.core.errors import InvalidInput
from euthymia.live.inputs import Input, Malformed, Reading
from euthymia.live.record_line import Line
from euthymia.live.settings import setting
from euthymia.live.sources import Listed, Mailbox
from euthymia.therapies.contract import Observation

SOURCE = "vitals"
_SHAPE = "time_s,kind,name=value,… (an empty time means now)"


def parse_vitals_line(text: str, line: int, now_s: float, *, planned: bool = False) -> Input:
    """Return the reading in one line, or a :class:`Malformed` that says what to change.

    Parameters
    ----------
    text, line
        The line and its number, from 1.
    now_s
        The session's time; the reading gets it when the line has no time.
    planned
        True when the whole file is known beforehand: its times may then lie ahead.
    """
    try:
        return _reading(text.strip(), line, now_s, planned)
    except InvalidInput as error:
        return Malformed(text.rstrip("\n")[:500], line, str(error), now_s, SOURCE)


def planned_vitals(path: Path, kinds: tuple[str, ...] = ()) -> Listed:
    """Return every line of a complete file as inputs at their own times (for a simulated clock)."""
    try:
        lines = path.read_text(encoding="utf-8", errors="backslashreplace").splitlines()
    except OSError as error:
        raise InvalidInput("--vitals", str(path), f"a file that can be read ({error.strerror})") from None
    inputs: list[Input] = []
    now_s = 0.0
    for number, text in enumerate(lines, start=1):
        if not _is_content(text):
            continue
        found = parse_vitals_line(text, number, now_s, planned=True)
        if found.at_s < now_s:
            words = f"its time {found.at_s:g} s lies before {now_s:g} s, the line above; put the lines in order"
            found = Malformed(text[:500], number, words, now_s, SOURCE)
        now_s = found.at_s
        inputs.append(found)
    return Listed(inputs)


def vitals_taken(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a record that each hold one line of vital signs, oldest first."""
    return [line for line in lines if line.source == SOURCE and line.type in ("observation", "malformed")]


@final
class VitalsFeed:
    """Lines that arrive while the session runs, from a file that grows or a stream; read in a thread of its own.

    ``taken`` is what the record of a resumed session holds of the file already; see :func:`vitals_taken`.
    """

    def __init__(self, mailbox: Mailbox, taken: Sequence[Line] = ()) -> None:
        self._mailbox, self._stop = mailbox, threading.Event()
        self._line = 0
        self._taken = deque(taken)

    def follow(self, path: Path) -> None:
        """Follow a file as it grows, from its beginning (as ``tail -f`` does)."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise InvalidInput("--vitals", str(path), f"a file that can be read ({error.strerror})") from None
        threading.Thread(target=self._follow, args=(file,), daemon=True).start()

    def read(self, stream: Iterable[str]) -> None:
        """Read a stream to its end, e.g. standard input."""
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()

    def take(self, text: str, *, stood: bool = False) -> None:
        """Pass one line on; ``stood`` when it was in the file before this run of the session began."""
        self._line += 1
        if not _is_content(text) or (stood and self._was_taken(text)):
            return
        if stood and not text.split(",")[0].strip():
            self._mailbox.put(partial(_of_unknown_time, text, self._line))
        else:
            self._mailbox.put(partial(parse_vitals_line, text, self._line))

    def _was_taken(self, text: str) -> bool:
        """Whether the record holds this line; after the first that differs, it is another file or a later line."""
        if not self._taken:
            return False
        line, found = self._taken.popleft(), parse_vitals_line(text, self._line, 0.0, planned=True)
        data: Any = line.data
        if line.type == "malformed":
            same = bool(data["text"] == text.rstrip("\n")[:500])
        else:
            seen = found.observation if isinstance(found, Reading) else None
            same = seen is not None and (seen.kind, dict(seen.values)) == (data["kind"], data["values"])
        if not same:
            self._taken.clear()
        return same

    def _follow(self, file: Any) -> None:
        rest, stood, read = b"", os.fstat(file.fileno()).st_size, 0
        with file:
            while not self._stop.is_set():
                piece = file.read(65536)
                if not piece:
                    self._stop.wait(setting("poll"))
                    continue
                *whole, rest = (rest + piece).split(b"\n")
                for line in whole:
                    read += len(line) + 1
                    self.take(line.decode("utf-8", "backslashreplace"), stood=read <= stood)

    def _read(self, stream: Iterable[str]) -> None:
        for text in stream:
            self.take(text)
        self._mailbox.end()


def _of_unknown_time(text: str, line: int, now_s: float) -> Malformed:
    words = "it has no time and was in the file before this run began: when it was measured is not known; measure again"
    return Malformed(text.rstrip("\n")[:500], line, words, now_s, SOURCE)


def _is_content(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith("#")


def _reading(text: str, line: int, now_s: float, planned: bool) -> Reading:
    time_text, kind, *pairs = [part.strip() for part in text.split(",")] + ([""] if "," not in text else [])
    if not kind:
        raise InvalidInput("line", text[:80], _SHAPE)
    at_s = now_s if not time_text else _number("time_s", time_text)
    ahead = at_s - now_s
    if at_s < 0 or (ahead > setting("late_line_grace") and not planned):
        raise InvalidInput(
            "time_s", at_s, f"0 to {now_s:g} s, now", "Set the monitor's clock, or leave the time empty."
        )
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, raw = (p.strip() for p in pair.partition("="))
        if not equals or not name or not raw or name in values:
            raise InvalidInput(kind, pair, "name=value, each name once", f"Shape of a line: {_SHAPE}.")
        values[name] = _value(name, raw)
    if not values:
        raise InvalidInput(kind, "no value", "at least one name=value", f"Shape of a line: {_SHAPE}.")
    early = planned or at_s <= now_s
    return Reading(Observation(kind, at_s if early else now_s, values), "instrument", SOURCE, None if early else at_s)


def _value(name: str, raw: str) -> Any:
    if raw in ("true", "false"):
        return raw == "true"
    return raw if raw[0].isalpha() and raw.casefold() not in ("nan", "inf", "infinity") else _number(name, raw)


def _number(name: str, raw: str) -> float:
    try:
        number = float(raw)
    except ValueError:
        raise InvalidInput(name, raw, "a number without its unit, with a point for the decimals") from None
    if not math.isfinite(number):
        raise InvalidInput(name, raw, "a finite number")
    return number
