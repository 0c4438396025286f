"""Text files in and out: bytes that are not readable text are refused by name; writing is all or nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from euthymia.core.errors import InvalidInput

MAX_BYTES = 64 * 2**20
"""Largest case file that is read whole (64 MiB); larger data belongs in an attachment."""


def read_text(path: Path) -> str:
    """Return the text of ``path`` (UTF-8, a byte-order mark allowed).

    Raises
    ------
    InvalidInput
        When there is no such file, or it is a folder, empty, binary, not UTF-8 or too large.
    """
    name = path.name
    try:
        if path.is_dir():
            raise InvalidInput(name, "a folder", "a case file (.yaml, .json or .jsonl)")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InvalidInput(
                name, f"{size} bytes", f"at most {MAX_BYTES} bytes", "Large data belongs in `attachments`."
            )
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(name, str(path), "a file that exists and can be read", f"{reason}.") from None
    return decode_text(raw, name)


def decode_text(raw: bytes, name: str) -> str:
    """Return ``raw`` as text; ``name`` is what an error calls it."""
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        raise InvalidInput(name, "an empty file", "a case file with content", "`euthymia case new` writes a template.")
    if b"\x00" in raw:
        raise InvalidInput(name, "a binary file", "a text file in UTF-8", "Binary data belongs in `attachments`.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{raw[error.start]:02x} on line {line}"
        raise InvalidInput(name, found, "text in UTF-8", "Save the file again with the encoding UTF-8.") from None


def write_text(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Write ``text`` to ``path`` in one step: afterwards the file is whole, or it is as it was.

    Raises
    ------
    InvalidInput
        When ``path`` exists and ``overwrite`` is false, when its folder does not, or when the text holds half of a
        surrogate pair, which no UTF-8 file can hold.
    """
    try:
        raw = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput(path.name, text[error.start : error.end], "text that UTF-8 can hold") from None
    if path.exists() and not overwrite:
        raise InvalidInput("path", str(path), "a file that does not exist yet", "Pass overwrite=True to replace it.")
    if not path.parent.is_dir():
        raise InvalidInput("path", str(path), "a path in a folder that exists")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        if overwrite:
            Path(temporary).replace(path)
        else:
            _link_new(Path(temporary), path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _link_new(temporary: Path, path: Path) -> None:
    """Give ``temporary`` the name ``path`` unless somebody took it meanwhile."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise InvalidInput("path", str(path), "a file that does not exist yet") from None
    except OSError:  # a file system without hard links
        temporary.replace(path)
