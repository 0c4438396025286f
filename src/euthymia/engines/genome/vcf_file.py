"""Open a VCF file (plain, gzip or bgzip) as pieces of whole lines, hash it on the way, and read its header.

A truncated file is refused: a gzip stream that stops early, and a bgzip file without its end-of-file block. A bgzip
file with an index beside it may be read where the index points only.
"""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.vcf_bgzf import END_BLOCK, inflate_all, inflate_spans, is_bgzf
from euthymia.engines.genome.vcf_bytes import BLOCK_BYTES, HashedFile, whole_lines
from euthymia.engines.genome.vcf_index import UnusableIndex, find_index, read_index

_FIRST_LINE = "##fileformat=VCFv4"
_FIXED = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class VcfHeader:
    """Meta lines and sample names, with the number of header lines."""

    meta: tuple[str, ...]
    samples: tuple[str, ...]
    n_lines: int


@dataclass(frozen=True, slots=True)
class OpenVcf:
    """An open file whose pieces stand behind the header."""

    path: Path
    header: VcfHeader
    raw: HashedFile
    is_bgzf: bool
    changed_at: float
    rest: Iterator[bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    def pieces(self) -> Iterator[bytes]:
        """Yield the records in pieces of whole lines; the last line of the file may lack its end."""
        return self.rest

    def indexed_pieces(self, regions: Sequence[tuple[str, int, int]]) -> list[bytes] | None:
        """Return the whole lines that the index beside the file gives for regions; None where there is no index.

        Raises
        ------
        UnusableIndex
            When there is one that does not fit the file.
        """
        where = find_index(self.path) if self.is_bgzf else None
        if where is None:
            return None
        if where.stat().st_mtime < self.changed_at:
            raise UnusableIndex(f"{where.name} is older than the file")
        index = read_index(where, regions)
        try:
            tail = b"".join(inflate_spans(self.raw, [(index.last, (self.raw.size - len(END_BLOCK)) << 16)]))
            pieces = list(inflate_spans(self.raw, index.spans))
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise UnusableIndex(f"{where.name} points where no block starts") from None
        if tail or not index.last:
            raise UnusableIndex(f"{where.name} does not cover the whole file")
        if not all(piece.endswith(b"\n") for piece in pieces if piece):
            raise UnusableIndex(f"{where.name} points into the middle of a line")
        return [piece for piece in pieces if piece]

    def part_read(self) -> str:
        """What was read by index, and so what the hash is of; with size and time to tell the file again."""
        changed = datetime.fromtimestamp(self.changed_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{self.raw.n_read} bytes by index of a file of {self.raw.size}, last changed {changed}"


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
        start, status = file.read(18), os.fstat(file.fileno())
        if not start:
            raise InvalidInput("file", path.name, "a VCF file with content", "The file is empty.")
        in_blocks = is_bgzf(start)
        if in_blocks:
            file.seek(max(0, status.st_size - len(END_BLOCK)))
            if file.read() != END_BLOCK:
                raise InvalidInput("file", path.name, "a whole bgzip file", "It has no end-of-file block: truncated.")
        file.seek(0)
        raw = HashedFile(file, status.st_size, on_bytes)
        try:
            if in_blocks:
                text = inflate_all(raw)
            elif start[:2] == b"\x1f\x8b":
                text = _unzipped(raw)
            else:
                text = raw.blocks()
            header, rest = _read_header(whole_lines(_checked(text, path.name)), path.name)
            yield OpenVcf(path, header, raw, in_blocks, status.st_mtime, rest)
        except EOFError:
            raise InvalidInput("file", path.name, "a whole gzip file", "It stops in the middle: truncated.") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise InvalidInput("file", path.name, "a readable gzip file", str(error)) from None
        finally:
            raw.close()


class _Raw(io.RawIOBase):
    """The hashed file as the standard library's gzip reader wants it."""

    def __init__(self, file: HashedFile) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size if size > 0 else BLOCK_BYTES)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        block = self._file.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def _unzipped(raw: HashedFile) -> Iterator[bytes]:
    source: IO[bytes] = io.BufferedReader(_Raw(raw), BLOCK_BYTES)
    with gzip.GzipFile(fileobj=source) as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def _checked(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Refuse what does not begin like a VCF before anything of it is gathered; drop a byte-order mark."""
    first = next(blocks, b"").removeprefix(_BYTE_ORDER_MARK)
    while len(first) < len(_FIRST_LINE) and (more := next(blocks, b"")):
        first += more
    if not first.startswith(_FIRST_LINE.encode()):
        shown = first[:60].split(b"\n")[0].decode("utf-8", "replace").rstrip("\r")
        raise InvalidInput(f"{name}: line 1", shown, "##fileformat=VCFv4.x", "This is not a VCF 4 file.")
    yield first
    yield from blocks


def _read_header(pieces: Iterator[bytes], name: str) -> tuple[VcfHeader, Iterator[bytes]]:
    """Read the header; give the pieces that stand behind it too."""
    meta: list[str] = []
    for piece in pieces:
        start = 0
        while start < len(piece):
            end = piece.find(b"\n", start) % (len(piece) + 1)
            line = piece[start:end].rstrip(b"\r").decode("utf-8", "replace")
            start = end + 1
            if line.startswith("##"):
                meta.append(line)
            elif line.startswith("#"):
                number = len(meta) + 1
                header = VcfHeader(tuple(meta), _samples(line, f"{name}: line {number}"), number)
                return header, _behind(piece[start:], pieces)
            else:
                raise _no_columns(name)
    raise _no_columns(name)


def _behind(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from pieces


def _no_columns(name: str) -> InvalidInput:
    return InvalidInput(f"{name}: header", "no #CHROM line", "a line that starts with #CHROM before the first record")


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
