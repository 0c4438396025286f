"""The append-only record of a session: one JSON line for everything, on disk before anything follows from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, final

from euthymia.case.events import plain
from euthymia.core.errors import EuthymiaError, InvalidInput
from euthymia.live.identity import SessionIdentity
from euthymia.live.record_file import Record
from euthymia.live.record_line import Line

try:
    import fcntl
except ImportError:  # a system without advisory locks: two writers are then caught by the chain
    fcntl = None  # type: ignore[assignment]


class Sink(Protocol):
    """Where the bytes of a record go; :class:`DiskSink` unless a test looks closer."""

    def write(self, line: bytes) -> None:
        """Put one line, with its line end, on disk before returning."""

    def close(self) -> None:
        """Let go of the file."""


@final
class DiskSink:
    """A file that is only ever appended to; each line is flushed to the disk before the next step."""

    def __init__(self, path: Path, *, new: bool) -> None:
        flags = os.O_WRONLY | os.O_APPEND | (os.O_CREAT | os.O_EXCL if new else 0)
        try:
            self._file = os.open(path, flags, 0o600)
        except FileExistsError:
            hint = f"Go on with it: --resume {path}; or name another file."
            raise InvalidInput("record", str(path), "a file that does not exist yet", hint) from None
        except OSError as error:
            raise InvalidInput("record", str(path), f"a file that can be written ({error.strerror})") from None
        self._lock(path)

    def write(self, line: bytes) -> None:
        """Append ``line`` and wait until the disk has it."""
        left = memoryview(line)
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)

    def cut_to(self, size: int) -> None:
        """Remove a torn last line, whose text the caller has kept."""
        os.ftruncate(self._file, size)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _lock(self, path: Path) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            hint = "Another process runs this session; end it first."
            raise InvalidInput("record", str(path), "a record that nobody else writes", hint) from None


@final
class Recorder:
    """Writes the lines of one session, in order and chained; see :mod:`euthymia.live.record_line`."""

    def __init__(self, sink: Sink, identity: SessionIdentity, last: Line | None) -> None:
        self._sink, self._identity = sink, identity
        self._seq = -1 if last is None else last.seq
        self._hash = "" if last is None else last.hash
        self._is_whole = True

    @classmethod
    def begin(cls, path: Path, identity: SessionIdentity, recorded_at: datetime) -> Recorder:
        """Begin a new record at ``path``; raise :class:`InvalidInput` when the file exists."""
        return cls.on(DiskSink(path, new=True), identity, recorded_at)

    @classmethod
    def on(cls, sink: Sink, identity: SessionIdentity, recorded_at: datetime) -> Recorder:
        """Begin a new record on ``sink``."""
        made = cls(sink, identity, None)
        author = identity.by or "unknown"
        made.write("header", 0.0, identity.as_data(), recorded_at=recorded_at, author=author, source="program")
        return made

    @classmethod
    def go_on(cls, path: Path, record: Record, recorded_at: datetime) -> Recorder:
        """Go on with a record that was read; a torn last line is moved into a line of its own."""
        sink = DiskSink(path, new=False)
        made = cls(sink, record.identity, record.last)
        if record.needs_newline:
            sink.write(b"\n")
        if record.torn:
            kept = path.with_name(f"{path.name}.torn")
            with kept.open("a", encoding="utf-8") as file:  # on disk twice before it leaves the record
                file.write(record.torn + "\n")
                file.flush()
                os.fsync(file.fileno())
            sink.cut_to(record.whole_bytes)
            data = {"text": record.torn, "kept_in": kept.name}
            made.write("torn", record.last.at_s, data, recorded_at=recorded_at, source="program")
        return made

    def write(
        self, kind: str, at_s: float, data: Mapping[str, Any], *, recorded_at: datetime, author: str = "session",
        source: str = "session",
    ) -> Line:  # fmt: skip
        """Write one line and return it; when this returns, it is on disk.

        Raises
        ------
        EuthymiaError
            After a write that failed or was broken off: nothing may follow a line that is perhaps not whole.
        """
        if not self._is_whole:
            raise EuthymiaError("The last line of the record was broken off. Resume the session from its record.")
        happened = self._identity.begins_at + timedelta(seconds=at_s)
        line = Line(
            self._seq + 1, kind, at_s, plain(happened), plain(max(recorded_at, happened)), author, source, plain(data)
        ).sealed(self._hash)
        self._is_whole = False
        self._sink.write(line.text().encode("utf-8") + b"\n")
        self._seq, self._hash, self._is_whole = line.seq, line.hash, True
        return line

    def close(self) -> None:
        """Let go of the file."""
        self._sink.close()
