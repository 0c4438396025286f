"""Index of a bgzip VCF (``.tbi`` or ``.csi``): where in the file the records over given intervals stand.

An index that does not fit its file (older, of another format, with offsets that lead nowhere) is not used.

References
----------
The Tabix index file format and the CSI format (samtools hts-specs: tabix, CSIv1)
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_VCF_FORMAT = 2
_RUN = 512  # bins looked at together
_SOME = 8  # bins of one piece in a row after which a run is tried again
_NEAR_BYTES = 1 << 16  # pieces of the file that are nearer than this are read as one
_WORDS = 7  # of the head of a tabix table: format, columns, meta, skip, length of the names


class UnusableIndex(Exception):
    """Why an index is not used; the file is read as a whole then."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The tree of bins: bases of a leaf as a power of two, and levels below the root; each bin parts into eight."""

    min_shift: int
    depth: int

    @property
    def summary(self) -> int:
        """The number beyond all bins under which the counts of a contig stand."""
        return self.first(self.depth + 1) + 1

    def first(self, level: int) -> int:
        """The lowest number of a level; level 0 is the whole contig."""
        return ((1 << 3 * level) - 1) // 7

    def bin(self, pos: int, level: int) -> int:
        """The bin of a base (from 0) on a level."""
        return self.first(level) + (pos >> (self.min_shift + 3 * (self.depth - level)))

    def over(self, start: int, end: int) -> Iterator[int]:
        """Every bin that overlaps ``start`` to ``end`` (excluded)."""
        for level in range(self.depth + 1):
            yield from range(self.bin(start, level), self.bin(end - 1, level) + 1)


@dataclass(slots=True)
class Contig:
    """What an index says of one contig: pieces of the file by bin, the first offset that matters by bin, the end."""

    chunks: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    first_offset: dict[int, int] = field(default_factory=dict)
    end: int = 0


@dataclass(frozen=True, slots=True)
class Spans:
    """Pieces of the file, as virtual offsets, that hold the records asked for; ``last`` is where all records end."""

    spans: tuple[tuple[int, int], ...]
    last: int


def find_index(path: Path) -> Path | None:
    """Return the index beside a file, or None."""
    for suffix in (".tbi", ".csi"):
        index = path.with_name(path.name + suffix)
        if index.is_file():
            return index
    return None


def read_index(path: Path, regions: Iterable[tuple[str, int, int]]) -> Spans:
    """Ask an index where the records over regions stand.

    Parameters
    ----------
    regions
        Contig as in the file, first and last base (from 1, both included).

    Raises
    ------
    UnusableIndex
        When it is no index of a VCF.
    """
    asked: dict[str, list[tuple[int, int]]] = {}
    for name, first, last in regions:
        asked.setdefault(name, []).append((max(first - 1, 0), max(last, 1)))
    try:
        with gzip.open(path) as file:
            return _parse(file.read(), asked)
    except (OSError, EOFError, zlib.error, struct.error, ValueError) as error:
        raise UnusableIndex(f"{path.name} is damaged ({type(error).__name__})") from None


def _parse(data: bytes, asked: Mapping[str, Sequence[tuple[int, int]]]) -> Spans:
    is_tbi = data[:4] == b"TBI\x01"
    if is_tbi:
        n_contigs = struct.unpack_from("<i", data, 4)[0]
        names, at = _names(data, 8)
        shape = Shape(14, 5)
    elif data[:4] == b"CSI\x01":
        min_shift, depth, n_aux = struct.unpack_from("<3i", data, 4)
        names, _ = _names(data, 16)
        n_contigs = struct.unpack_from("<i", data, 16 + n_aux)[0]
        at, shape = 20 + n_aux, Shape(min_shift, depth)
    else:
        raise UnusableIndex("it is no tabix or CSI index")
    if len(names) != n_contigs:
        raise UnusableIndex("its contig names and contigs differ in number")
    found: list[tuple[int, int]] = []
    end = 0
    for name in names:
        regions = asked.get(name, ())
        bins = frozenset(number for start, stop in regions for number in shape.over(start, stop))
        contig, at = _contig(data, at, is_tbi, shape.summary, bins)
        if is_tbi:
            n_offsets = struct.unpack_from("<i", data, at)[0]
            leaf = shape.first(shape.depth)
            for number in bins:
                if 0 <= number - leaf < n_offsets:
                    contig.first_offset[number] = struct.unpack_from("<Q", data, at + 4 + 8 * (number - leaf))[0]
            at += 4 + 8 * n_offsets
        for start, stop in regions:
            floor = contig.first_offset.get(shape.bin(start, shape.depth), 0)
            pieces = (piece for number in shape.over(start, stop) for piece in contig.chunks.get(number, ()))
            found += [(max(a, floor), b) for a, b in pieces if b > floor]
        end = max(end, contig.end)
    if at > len(data):
        raise UnusableIndex("it stops in the middle")
    return Spans(_merged(found), end)


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for a, b in sorted(spans):
        if merged and a >> 16 <= (merged[-1][1] >> 16) + _NEAR_BYTES:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    return tuple(merged)


def _names(data: bytes, at: int) -> tuple[Sequence[str], int]:
    words = struct.unpack_from(f"<{_WORDS}i", data, at)
    if words[0] & 0xFFFF != _VCF_FORMAT:
        raise UnusableIndex("it was not made for VCF")
    at += 4 * _WORDS
    return data[at : at + words[6]].decode().split("\0")[:-1], at + words[6]


def _contig(data: bytes, at: int, is_tbi: bool, summary: int, wanted: frozenset[int]) -> tuple[Contig, int]:
    """Read the wanted bins of one contig and pass over the others; give where its bins end in the index."""
    import numpy as np

    n_bins = struct.unpack_from("<i", data, at)[0]
    at += 4
    head = 8 if is_tbi else 16
    n_words = (head + 16) // 4
    kept = np.array([*wanted, summary], np.uint32)
    found = Contig()
    while n_bins > 0:
        # Most bins hold one piece: pass over a run of them together.
        n_look = min(n_bins, _RUN, (len(data) - at) // (4 * n_words))
        run = np.frombuffer(data, "<u4", n_look * n_words, at).reshape(n_look, n_words)
        is_stop = (run[:, n_words - 5] != 1) | np.isin(run[:, 0], kept)
        n_run = int(is_stop.argmax()) if is_stop.any() else n_look
        at, n_bins = at + n_run * 4 * n_words, n_bins - n_run
        n_plain = 0
        while n_bins > 0 and n_plain < _SOME:
            number, n_chunks = struct.unpack_from("<I", data, at)[0], struct.unpack_from("<i", data, at + head - 4)[0]
            if n_chunks < 0:
                raise UnusableIndex("a bin has a negative size")
            if number == summary or number in wanted:
                flat = struct.unpack_from(f"<{2 * n_chunks}Q", data, at + head)
                if number == summary:
                    found.end = flat[1] if flat else 0
                else:
                    found.chunks[number] = list(zip(flat[::2], flat[1::2], strict=True))
                    if not is_tbi:
                        found.first_offset[number] = struct.unpack_from("<Q", data, at + 4)[0]
            n_plain = n_plain + 1 if n_chunks == 1 else 0
            at += head + 16 * n_chunks
            n_bins -= 1
    return found, at
