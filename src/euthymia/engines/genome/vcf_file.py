"""Open a VCF file (plain, gzip or bgzip) as a stream of lines, hash it on the way, and read its header.

A truncated file is refused: a gzip stream that stops early, and a bgzip file without its end-of-file block.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from euthymia.core.errors import InvalidInput

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_BUFFER_BYTES = 1 << 20
_FIXED = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]


class HashingReader(io.RawIOBase):
    """A raw reader that hashes what passes through and counts it."""

    def __init__(self, file: IO[bytes], on_bytes: Callable[[int], None] | None = None) -> None:
        self._file, self._on_bytes, self._hash = file, on_bytes, hashlib.sha256()

    def readable(self) -> bool:
        """A reader can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill ``buffer`` from the file."""
        view = memoryview(buffer)
        n_read = self._file.readinto(view)  # type: ignore[attr-defined]
        self._hash.update(view[:n_read])
        if self._on_bytes is not None:
            self._on_bytes(n_read)
        return int(n_read)

    def hexdigest(self) -> str:
        """SHA-256 of the whole file, reading what is left of it first."""
        block = bytearray(_BUFFER_BYTES)
        while self.readinto(block):
            pass
        return self._hash.hexdigest()


@dataclass(frozen=True, slots=True)
class VcfHeader:
    """Meta lines and sample names, with the number of header lines."""

    meta: tuple[str, ...]
    samples: tuple[str, ...]
    n_lines: int


@dataclass(frozen=True, slots=True)
class OpenVcf:
    """An open file whose stream stands behind the header."""

    name: str
    header: VcfHeader
    stream: IO[bytes]
    raw: HashingReader

    def chunks(self) -> Iterator[bytes]:
        """Yield the records in pieces of whole lines."""
        while chunk := self.stream.read(_BUFFER_BYTES):
            yield chunk + self.stream.readline()


@contextmanager
def open_vcf(path: Path, on_bytes: Callable[[int], None] | None = None) -> Iterator[OpenVcf]:
    """Open a VCF file and read its header; faults of the stream become one-line errors.

    Raises
    ------
    InvalidInput
        When the file is absent, empty, truncated, not a VCF, or its header is faulty.
    """
    if not path.is_file():
        raise InvalidInput("file", str(path), "an existing VCF file")
    with path.open("rb", buffering=0) as file:
        start = file.read(18)
        if not start:
            raise InvalidInput("file", path.name, "a VCF file with content", "The file is empty.")
        zipped = start[:2] == b"\x1f\x8b"
        if zipped and start[3:4] == b"\x04" and start[12:14] == b"BC":
            file.seek(max(0, path.stat().st_size - len(_BGZF_END)))
            if file.read() != _BGZF_END:
                raise InvalidInput("file", path.name, "a whole bgzip file", "It has no end-of-file block: truncated.")
        file.seek(0)
        raw = HashingReader(file, on_bytes)
        stream: IO[bytes] = io.BufferedReader(raw, _BUFFER_BYTES)
        if zipped:
            stream = io.BufferedReader(gzip.GzipFile(fileobj=stream), _BUFFER_BYTES)
        try:
            yield OpenVcf(path.name, _read_header(stream, path.name), stream, raw)
        except EOFError:
            raise InvalidInput("file", path.name, "a whole gzip file", "It stops in the middle: truncated.") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise InvalidInput("file", path.name, "a readable gzip file", str(error)) from None


def _read_header(stream: IO[bytes], name: str) -> VcfHeader:
    meta: list[str] = []
    for number, raw_line in enumerate(stream, start=1):
        line = raw_line.rstrip(b"\r\n").decode("utf-8", "replace").removeprefix("\ufeff")
        if number == 1 and not line.startswith("##fileformat=VCFv4"):
            raise InvalidInput(f"{name}: line 1", line, "##fileformat=VCFv4.x", "This is not a VCF 4 file.")
        if line.startswith("##"):
            meta.append(line)
        elif line.startswith("#"):
            return VcfHeader(tuple(meta), _samples(line, f"{name}: line {number}"), number)
        else:
            break
    raise InvalidInput(f"{name}: header", "no #CHROM line", "a line that starts with #CHROM before the first record")


def _samples(line: str, where: str) -> tuple[str, ...]:
    columns = line.split("\t")
    if columns[:8] != _FIXED:
        raise InvalidInput(where, line, "the columns #CHROM to INFO, parted by tabs")
    if len(columns) < 10 or columns[8] != "FORMAT":
        raise InvalidInput(where, f"{len(columns)} columns", "FORMAT and at least one sample", "It has no genotypes.")
    samples = tuple(columns[9:])
    if len(set(samples)) != len(samples):
        twice = next(s for s in samples if samples.count(s) > 1)
        raise InvalidInput(where, twice, "every sample name once", "Rename the duplicate sample.")
    return samples
