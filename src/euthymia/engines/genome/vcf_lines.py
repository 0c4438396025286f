"""Which lines of a piece of a VCF can touch the panel, told without splitting the others.

A large piece is looked at with array operations: its columns are counted, its contig and positions are compared for
all lines at once. A piece that is not plain sailing (several contigs, a wrong number of columns, a position that is no
number) is read line by line, where a fault gets its line number.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.build import BUILDS, contig_names
from euthymia.engines.genome.positions import gene_rows, panel, tag_rows

UPSTREAM_BASES = 5000
"""How far before the panel a record may start and still reach it by its REF."""
_LARGE_BYTES = 1 << 16
_MOST_DIGITS = 12
_SHORT_RUN = 20  # lines on one contig that are worth array operations of their own


@dataclass(frozen=True, slots=True)
class Window:
    """The parts of a contig that may matter: ``first[i]`` to ``last[i]``, in order and apart from each other.

    ``reaching`` finds the END of a block that starts before the first part and may get there.
    """

    chrom: str
    first: tuple[int, ...]
    last: tuple[int, ...]
    reaching: re.Pattern[bytes] = field(repr=False)

    def holds(self, pos: int) -> bool:
        """Whether a position lies in one of the parts."""
        i = bisect_right(self.first, pos) - 1
        return i >= 0 and pos <= self.last[i]


@dataclass(frozen=True, slots=True)
class Line:
    """A line that may touch the panel: its number after the header, canonical contig, position and text."""

    number: int
    chrom: str
    pos: int
    text: bytes


@cache
def windows(build: str) -> dict[bytes, Window]:
    """Contig name as in a file -> what of it may matter (on both builds)."""
    made: dict[str, Window] = {}
    for chrom in {chrom for chrom, _, _ in intervals(build)}:
        parts = parts_around(build, chrom, UPSTREAM_BASES, 0)
        first, last = tuple(a for a, _ in parts), tuple(b for _, b in parts)
        made[chrom] = Window(chrom, first, last, _end_from(first[0]))
    return {spelling.encode(): made[chrom] for spelling, chrom in contig_names(build).items() if chrom in made}


def parts_around(build: str, chrom: str, before: int, behind: int) -> list[tuple[int, int]]:
    """Return the intervals of a contig, widened and then merged, in order."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted((max(1, a - before), b + behind) for c, a, b in intervals(build) if c == chrom):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


@cache
def intervals(build: str) -> tuple[tuple[str, int, int], ...]:
    """Contig, first and last base of everything looked at in a file on ``build``, the sites of both builds included."""
    found = [(site.chrom, site.pos, site.pos + len(site.ref)) for name in BUILDS for site in panel(name).sites]
    if build == "GRCh38":
        found += [(tag.chrom, tag.pos38, tag.pos38) for tag in tag_rows()]
    found += [(gene.chrom, *region) for gene in gene_rows() if (region := gene.region(build)) is not None]
    return tuple(sorted(found))


def _end_from(low: int) -> re.Pattern[bytes]:
    """Find ``END=`` with a number from ``low`` on."""
    text = str(max(low, 1))
    ways = [text, rf"[1-9]\d{{{len(text)},}}"]
    for i, digit in enumerate(text):
        if digit < "9":
            ways.append(rf"{text[:i]}[{int(digit) + 1}-9]\d{{{len(text) - i - 1}}}")
    return re.compile(rf"END=0*(?:{'|'.join(ways)})(?!\d)".encode())


def wanted(piece: bytes, before: int, known: Mapping[bytes, Window], n_tabs: int, name: str) -> tuple[int, list[Line]]:
    """Return the number of lines of a piece and those that may touch the panel.

    Parameters
    ----------
    piece
        Whole lines; the last one may lack its end.
    before
        Lines of the file before the piece.
    known
        Window of each spelling of a contig that matters.
    n_tabs
        Tabs of a whole record.

    Raises
    ------
    InvalidInput
        For a record with another number of columns, or with a position that is no number; with the line number.
    """
    if len(piece) >= _LARGE_BYTES and piece.endswith(b"\n"):
        found = _wanted_at_once(piece, before, known, n_tabs)
        if found is not None:
            return found
    return _wanted_one_by_one(piece, before, known, n_tabs, name)


def _wanted_one_by_one(
    piece: bytes, before: int, known: Mapping[bytes, Window], n_tabs: int, name: str
) -> tuple[int, list[Line]]:
    lines = piece.removesuffix(b"\n").split(b"\n")
    found = []
    for number, text in enumerate(lines, start=before + 1):
        if text.count(b"\t") != n_tabs:
            if not text.strip(b"\r"):
                continue
            raise malformed(name, number, text, n_tabs)
        tab = text.find(b"\t")
        window = known.get(text[:tab])
        if window is None:
            continue
        digits = text[tab + 1 : text.find(b"\t", tab + 1)]
        if not digits.isdigit() or len(digits) > _MOST_DIGITS:
            raise malformed(name, number, text, n_tabs)
        pos = int(digits)
        if window.holds(pos) or (pos <= window.last[-1] and window.reaching.search(text)):
            found.append(Line(number, window.chrom, pos, text))
    return len(lines), found


def _wanted_at_once(
    piece: bytes, before: int, known: Mapping[bytes, Window], n_tabs: int
) -> tuple[int, list[Line]] | None:
    """The same for a piece without a fault; None where only a look at each line can tell."""
    import numpy as np

    data = np.frombuffer(piece, np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    n_lines = len(ends)
    if np.count_nonzero(data == ord("\t")) != n_lines * n_tabs:
        return None
    contig = piece[: piece.find(b"\t")]
    starts = np.concatenate(([0], ends[:-1] + 1))
    is_same = np.ones(n_lines, bool)
    for i, letter in enumerate(contig + b"\t"):
        is_same &= data.take(starts + i, mode="clip") == letter
    if not is_same.all():
        n_same = int(is_same.argmin())
        if n_same < _SHORT_RUN:
            return None
        cut = int(starts[n_same])
        one = _wanted_at_once(piece[:cut], before, known, n_tabs)
        two = None if one is None else _wanted_at_once(piece[cut:], before + n_same, known, n_tabs)
        return None if one is None or two is None else (n_lines, one[1] + two[1])
    window = known.get(contig)
    if window is None:
        return n_lines, []
    at = starts + len(contig) + 1
    pos = np.zeros(n_lines, np.int64)
    is_open = np.ones(n_lines, bool)
    for i in range(_MOST_DIGITS + 1):
        byte = data.take(at + i, mode="clip")
        is_digit = is_open & (byte >= ord("0")) & (byte <= ord("9"))
        if (is_open & ~is_digit & ((byte != ord("\t")) | (i == 0))).any():
            return None
        is_open = is_digit
        if not is_open.any():
            break
        pos[is_open] = pos[is_open] * 10 + (byte[is_open] - ord("0"))
    else:
        return None
    if pos.min() > window.last[-1]:
        return n_lines, []
    part = np.searchsorted(window.first, pos, "right") - 1
    is_wanted = (part >= 0) & (pos <= np.array(window.last)[part])
    if b"END=" in piece:
        for match in window.reaching.finditer(piece):
            i = int(np.searchsorted(ends, match.start()))
            is_wanted[i] |= pos[i] <= window.last[-1]
    return n_lines, [
        Line(before + i + 1, window.chrom, int(pos[i]), piece[starts[i] : ends[i]])
        for i in np.flatnonzero(is_wanted).tolist()
    ]


def malformed(name: str, number: int, line: bytes, n_tabs: int) -> InvalidInput:
    """The error for a line that is no record."""
    return InvalidInput(
        f"{name}: line {number}",
        line[:60].decode("utf-8", "replace"),
        f"{n_tabs + 1} columns parted by tabs with a position in the second",
        "The line is malformed or cut.",
    )
