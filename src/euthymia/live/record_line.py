"""One line of a session record: what happened, its two times, who and whence, and a hash over all lines before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from euthymia.case.jsonl import parse_json
from euthymia.core.errors import InvalidInput

VERSION: Final = 1
KEY: Final = "euthymia_session"
TYPES: Final = (
    "header", "observation", "actions", "refused", "acknowledged", "escalated", "flag", "malformed", "resumed",
    "torn", "left", "closed",
)  # fmt: skip
_FIELDS = ("seq", "type", "at_s", "happened_at", "recorded_at", "author", "source", "data", "hash")


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Parameters
    ----------
    seq
        0 for the header, then 1, 2, …
    type
        One of :data:`TYPES`.
    at_s
        Seconds since the session began.
    happened_at, recorded_at
        Moments (UTC, ISO 8601): when it was so, and when it was written down.
    author, source
        Who made it (a role or internal id, never a patient's name), and through what it came.
    data
        The content; JSON values only.
    hash
        SHA-256 over the hash of the line before and this line without its hash.
    """

    seq: int
    type: str
    at_s: float
    happened_at: str
    recorded_at: str
    author: str
    source: str
    data: Mapping[str, Any]
    hash: str = ""

    def sealed(self, previous: str) -> Line:
        """Return the line with its hash after ``previous``."""
        return replace(self, hash=chain(previous, self))

    def text(self) -> str:
        """Return the line as JSON, without a line end."""
        return _json(dict(zip(_FIELDS, (*self._content(), self.hash), strict=True)))

    def _content(self) -> tuple[Any, ...]:
        return (
            self.seq, self.type, self.at_s, self.happened_at, self.recorded_at, self.author, self.source, self.data
        )  # fmt: skip


def chain(previous: str, line: Line) -> str:
    """Return the hash of ``line`` after a line with the hash ``previous``."""
    content = _json([previous, *line._content()])
    return hashlib.sha256(content.encode()).hexdigest()


def parse_line(text: str, where: str) -> Line:
    """Return the line in ``text``; raise :class:`InvalidInput` that names ``where`` when it is none."""
    record = parse_json(text, where)
    if not isinstance(record, dict) or set(record) != set(_FIELDS):
        raise InvalidInput(where, text[:60], f"one JSON object with {', '.join(_FIELDS)}")
    line = Line(**record)
    if line.type not in TYPES:
        raise InvalidInput(f"{where}.type", line.type, " | ".join(TYPES))
    if not isinstance(line.data, dict) or isinstance(line.seq, bool) or not isinstance(line.seq, int):
        raise InvalidInput(where, text[:60], "a whole number `seq` and an object `data`")
    if isinstance(line.at_s, bool) or not isinstance(line.at_s, (int, float)):
        raise InvalidInput(f"{where}.at_s", line.at_s, "seconds since the session began")
    return line


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
