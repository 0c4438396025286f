"""Index of a bgzip VCF (``.tbi`` or ``.csi``): where in the file the records over given intervals stand.

An index that does not fit its file (older, of another format, with offsets that lead nowhere) is not used.

References
----------
The Tabix index file format and the CSI format, https://samtools.github.io/hts-specs/tabix.pdf, CSIv1.pdf
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_VCF_FORMAT = 2
_RUN = 512  # bins looked at together
_WORDS = 7  # of the head of a tabix table: format, columns, meta, skip, length of the names


class UnusableIndex(Exception):
    """Why an index is not used; the file is read as a whole then."""


@dataclass(frozen=True, slots=True)
class Bins:
    """The bins of one contig: pieces of the file by bin, and the first offset that matters by leaf (or by bin)."""

    chunks: dict[int, list[tuple[int, int]]]
    first_offset: dict[int, int]


@dataclass(frozen=True, slots=True)
class Index:
    """A parsed index: bins of the contigs that were asked for, and the virtual offset where the last record ends."""

    min_shift: int
    depth: int
    contigs: dict[str, Bins]
    last: int

    def spans(self, regions: Iterable[tuple[str, int, int]]) -> list[tuple[int, int]]:
        """Return the pieces of the file that hold the records over regions, merged and in order.

        Parameters
        ----------
        regions
            Contig as in the file, first and last base (from 1, both included).
        """
        found: list[tuple[int, int]] = []
        for contig, first, last in regions:
            bins = self.contigs.get(contig)
            if bins is None:
                continue
            start, end = max(first - 1, 0), max(last, 1)
            floor = bins.first_offset.get(self._bin(start, self.depth), 0)
            for level in range(self.depth + 1):
                for number in range(self._bin(start, level), self._bin(end - 1, level) + 1):
                    found += [(max(a, floor), b) for a, b in bins.chunks.get(number, ()) if b > floor]
        merged: list[tuple[int, int]] = []
        for a, b in sorted(found):
            if merged and a <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
            else:
                merged.append((a, b))
        return merged

    def _bin(self, pos: int, level: int) -> int:
        """Number of the bin of a base (from 0) on a level; level 0 is the whole contig."""
        return ((1 << 3 * level) - 1) // 7 + (pos >> (self.min_shift + 3 * (self.depth - level)))


def find_index(path: Path) -> Path | None:
    """Return the index beside a file, or None."""
    for suffix in (".tbi", ".csi"):
        index = path.with_name(path.name + suffix)
        if index.is_file():
            return index
    return None


def read_index(path: Path, wanted: frozenset[str]) -> Index:
    """Read an index; only ``wanted`` contigs are kept.

    Raises
    ------
    UnusableIndex
        When it is no index of a VCF.
    """
    try:
        with gzip.open(path) as file:
            data = file.read()
        return _parse(data, wanted)
    except (OSError, EOFError, zlib.error, struct.error, ValueError, UnicodeDecodeError) as error:
        raise UnusableIndex(f"{path.name} is damaged ({type(error).__name__})") from None


def _parse(data: bytes, wanted: frozenset[str]) -> Index:
    is_tbi = data[:4] == b"TBI\x01"
    if is_tbi:
        n_contigs, at = struct.unpack_from("<i", data, 4)[0], 8
        names, at = _names(data, at)
        min_shift, depth = 14, 5
    elif data[:4] == b"CSI\x01":
        min_shift, depth, n_aux = struct.unpack_from("<3i", data, 4)
        names, _ = _names(data, 16)
        n_contigs = struct.unpack_from("<i", data, 16 + n_aux)[0]
        at = 20 + n_aux
    else:
        raise UnusableIndex("it is no tabix or CSI index")
    if len(names) != n_contigs:
        raise UnusableIndex("its contig names and contigs differ in number")
    contigs: dict[str, Bins] = {}
    summary = ((1 << 3 * (depth + 1)) - 1) // 7 + 1  # bin of counts, not of records
    end_of_all = 0
    for name in names:
        bins, at, end = _bins(data, at, is_tbi, summary, keep=name in wanted)
        end_of_all = max(end_of_all, end)
        if is_tbi:
            n_offsets = struct.unpack_from("<i", data, at)[0]
            if bins is not None and n_offsets:
                leaf = ((1 << 3 * depth) - 1) // 7
                offsets = struct.unpack_from(f"<{n_offsets}Q", data, at + 4)
                bins.first_offset.update({leaf + i: offset for i, offset in enumerate(offsets)})
            at += 4 + 8 * n_offsets
        if bins is not None:
            contigs[name] = bins
    if at > len(data):
        raise UnusableIndex("it stops in the middle")
    return Index(min_shift, depth, contigs, end_of_all)


def _names(data: bytes, at: int) -> tuple[Sequence[str], int]:
    words = struct.unpack_from(f"<{_WORDS}i", data, at)
    if words[0] & 0xFFFF != _VCF_FORMAT:
        raise UnusableIndex("it was not made for VCF")
    at += 4 * _WORDS
    return data[at : at + words[6]].decode().split("\0")[:-1], at + words[6]


def _bins(data: bytes, at: int, is_tbi: bool, summary: int, *, keep: bool) -> tuple[Bins | None, int, int]:
    """Read or skip the bins of one contig; give where they end in the index and in the file."""
    import numpy as np

    n_bins = struct.unpack_from("<i", data, at)[0]
    at += 4
    head = 8 if is_tbi else 16
    words = (head + 16) // 4
    found = Bins({}, {}) if keep else None
    end = 0
    while n_bins > 0:
        n_run = 0
        if not keep:  # most bins hold one piece: pass over a run of them together
            n_look = min(n_bins, _RUN, (len(data) - at) // (4 * words))
            run = np.frombuffer(data, "<u4", n_look * words, at).reshape(n_look, words)
            is_other = (run[:, words - 5] != 1) | (run[:, 0] == summary)
            n_run = int(is_other.argmax()) if is_other.any() else n_look
        if n_run:
            at += n_run * 4 * words
            n_bins -= n_run
            continue
        number, n_chunks = struct.unpack_from("<I", data, at)[0], struct.unpack_from("<i", data, at + head - 4)[0]
        if n_chunks < 0:
            raise UnusableIndex("a bin has a negative size")
        flat = struct.unpack_from(f"<{2 * n_chunks}Q", data, at + head)
        if number == summary:
            end = flat[1] if n_chunks else 0
        elif found is not None:
            found.chunks[number] = list(zip(flat[::2], flat[1::2], strict=True))
            if not is_tbi:
                found.first_offset[number] = struct.unpack_from("<Q", data, at + 4)[0]
        at += head + 16 * n_chunks
        n_bins -= 1
    return found, at, end
