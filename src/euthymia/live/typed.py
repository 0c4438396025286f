"""What a person types in a session: ``blood_pressure systolic_mmhg=124; diastolic_mmhg=78``, ``ack CODE``, …"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import final

from euthymia.core.errors import InvalidInput
from euthymia.live.inputs import Acknowledgement, Input, Leave, Malformed, Reading
from euthymia.live.sources import Mailbox
from euthymia.therapies.contract import Observation
from euthymia.therapies.simulated_visit import read_values

SOURCE = "typed"
HELP = (
    "KIND name=value; name=value   feed a reading or a step, e.g. blood_pressure systolic_mmhg=124; diastolic_mmhg=78\n"
    "ack CODE [NAME]               take on an alert by name\n"
    "finish                        close the session (refused while a gate is closed)\n"
    "break                         leave it; resume later with --resume\n"
    "?                             this help and the kinds that can come"
)


def parse_typed(text: str, line: int, by: str, now_s: float) -> Input:
    """Return what one typed line means, or a :class:`Malformed` that says what to change."""
    word, _, rest = text.strip().partition(" ")
    try:
        if word == "ack":
            code, _, name = rest.strip().partition(" ")
            return Acknowledgement(code, name.strip() or by, now_s, SOURCE)
        if word in ("finish", "break"):
            return Leave(now_s, word)
        values = read_values(rest.replace(",", ";") if ";" not in rest else rest, word)
        return Reading(Observation(word, now_s, values), by, SOURCE)
    except InvalidInput as error:
        return Malformed(text.strip()[:500], line, str(error), now_s, SOURCE)


@final
class Keyboard:
    """Reads typed lines in a thread of its own and puts what they mean into a mailbox."""

    def __init__(self, mailbox: Mailbox, by: str, ask_help: Callable[[], None]) -> None:
        self._mailbox, self._by, self._ask_help = mailbox, by, ask_help

    def read(self, stream: Iterable[str]) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: Iterable[str]) -> None:
        for number, text in enumerate(stream, start=1):
            if text.strip() in ("?", "help"):
                self._ask_help()
            elif text.strip():
                self._mailbox.put(partial(parse_typed, text, number, self._by))
        self._mailbox.end()
