"""Reading a session record: every line checked against the chain; a torn last line set aside, never dropped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from euthymia.core.errors import InvalidInput
from euthymia.live.identity import SessionIdentity, identity_from
from euthymia.live.record_line import Line, chain, parse_line


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands on disk.

    ``torn`` is the text of a last line that a crash cut off (empty: none); ``whole_bytes`` is where it begins.
    ``needs_newline`` is True when only the end of the last line's line was cut.
    """

    identity: SessionIdentity
    lines: tuple[Line, ...]  # without the header
    header: Line
    torn: str
    whole_bytes: int
    needs_newline: bool

    @property
    def last(self) -> Line:
        """The newest whole line."""
        return self.lines[-1] if self.lines else self.header

    @property
    def is_closed(self) -> bool:
        """Whether the session was closed."""
        return any(line.type == "closed" for line in self.lines)


def read_record(path: Path) -> Record:
    """Read the record at ``path``.

    Raises
    ------
    InvalidInput
        When the file is missing, a line inside it cannot be read, or the chain is broken; the message names the line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput("record", str(path), f"a file that can be read ({error.strerror})") from None
    pieces = content.split(b"\n")
    ends_whole = pieces[-1] == b""
    if ends_whole:
        pieces.pop()
    lines: list[Line] = []
    previous, whole_bytes, torn = "", 0, ""
    for i, piece in enumerate(pieces):
        where = f"{path.name}: line {i + 1}"
        cut_here = i == len(pieces) - 1 and not ends_whole
        try:
            line = parse_line(piece.decode("utf-8"), where)
        except (InvalidInput, UnicodeDecodeError) as error:
            if cut_here:
                torn = piece.decode("utf-8", "backslashreplace")
                break
            hint = "The record was changed or damaged; restore it from a copy. Nothing was read."
            raise InvalidInput(where, str(error)[:80], "a line as it was written", hint) from None
        if line.seq != i or line.hash != chain(previous, line):
            hint = "This line, or one before it, was changed, removed or added. Nothing was read."
            raise InvalidInput(where, f"seq {line.seq} with a hash that does not fit", "an unbroken chain", hint)
        lines.append(line)
        previous = line.hash
        whole_bytes += len(piece) + 1
    if not lines:
        hint = "No session was begun with it: remove the file and begin again." if torn else ""
        raise InvalidInput("record", path.name, "a session record with a header line", hint)
    if lines[0].type != "header":
        raise InvalidInput(f"{path.name}: line 1", lines[0].type, "the header")
    needs_newline = not ends_whole and not torn
    identity = identity_from(lines[0].data, f"{path.name}: line 1")
    return Record(identity, tuple(lines[1:]), lines[0], torn, whole_bytes - needs_newline, needs_newline)
