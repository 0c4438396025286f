"""Block-gzip files with a tabix or CSI index, written as their specifications say, for tests of the reader."""

from __future__ import annotations

import gzip
import os
import re
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path

END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
DEPTH = 5


def bgzip(text: bytes, block: int = 4096) -> bytes:
    """Block-gzip as the specification of SAM/BAM section 4.1 writes it."""
    return b"".join(_blocks(text, block)) + END


def _blocks(text: bytes, block: int) -> list[bytes]:
    made = []
    for start in range(0, len(text), block):
        part = text[start : start + block]
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = deflate.compress(part) + deflate.flush()
        head = bytes.fromhex("1f8b08040000000000ff060042430200") + (len(body) + 25).to_bytes(2, "little")
        made.append(head + body + zlib.crc32(part).to_bytes(4, "little") + len(part).to_bytes(4, "little"))
    return made


def span_of(line: str) -> tuple[int, int]:
    """First base from 0 and end (excluded) of a record: its REF, or its END."""
    fields = line.split("\t")
    start = int(fields[1]) - 1
    end = re.search(r"(?:\A|;)END=(\d+)", fields[7])
    return start, int(end.group(1)) if end else start + len(fields[3])


def bin_of(start: int, end: int, shift: int = 14) -> int:
    """The smallest bin that holds ``start`` to ``end`` (excluded)."""
    for level in range(DEPTH, -1, -1):
        size = shift + 3 * (DEPTH - level)
        if start >> size == (end - 1) >> size:
            return ((1 << 3 * level) - 1) // 7 + (start >> size)
    raise AssertionError(start)


def write_indexed(path: Path, head: str, lines: Iterable[str], kind: str = "tbi", block: int = 400) -> Path:
    """Write a bgzip file of sorted records and its index beside it."""
    ordered = sorted(lines, key=lambda t: (t.split("\t")[0], int(t.split("\t")[1])))
    text = head.encode() + "".join(f"{one}\n" for one in ordered).encode()
    blocks = _blocks(text, block)
    path.write_bytes(b"".join(blocks) + END)
    starts, total = [], 0
    for one in [*blocks, END]:
        starts.append(total)
        total += len(one)

    def virtual(at: int) -> int:
        return starts[at // block] << 16 | at % block

    names = list(dict.fromkeys(t.split("\t")[0] for t in ordered))
    bins: dict[str, dict[int, list[tuple[int, int]]]] = {name: {} for name in names}
    first: dict[str, dict[int, int]] = {name: {} for name in names}
    at = len(head.encode())
    for one in ordered:
        name, (start, end) = one.split("\t")[0], span_of(one)
        offsets = virtual(at), virtual(at + len(one.encode()) + 1)
        at += len(one.encode()) + 1
        chunks = bins[name].setdefault(bin_of(start, end), [])
        if chunks and chunks[-1][1] == offsets[0]:
            chunks[-1] = (chunks[-1][0], offsets[1])
        else:
            chunks.append(offsets)
        for leaf in range(start >> 14, ((end - 1) >> 14) + 1):
            first[name].setdefault(leaf, offsets[0])
    joined = b"".join(name.encode() + b"\0" for name in names)
    words = struct.pack("<7i", 2, 1, 2, 0, ord("#"), 0, len(joined)) + joined
    if kind == "tbi":
        data = b"TBI\x01" + struct.pack("<i", len(names)) + words
    else:
        data = b"CSI\x01" + struct.pack("<3i", 14, DEPTH, len(words)) + words + struct.pack("<i", len(names))
    for name in names:
        data += _contig(bins[name], first[name], kind)
    index = path.with_name(f"{path.name}.{kind}")
    index.write_bytes(gzip.compress(data))
    os.utime(path, (1e9, 1e9))
    return path


def _contig(bins: dict[int, list[tuple[int, int]]], first: dict[int, int], kind: str) -> bytes:
    leaf = ((1 << 3 * DEPTH) - 1) // 7
    leaves = sorted(first)
    data = struct.pack("<i", len(bins) + 1)
    for number, chunks in bins.items():
        # A bin above the leaves gets 0, "from the start of the file", which is always true.
        low = struct.pack("<Q", first.get(number - leaf, 0)) if kind == "csi" else b""
        data += struct.pack("<I", number) + low + struct.pack("<i", len(chunks))
        data += b"".join(struct.pack("<2Q", *chunk) for chunk in chunks)
    ends = [end for chunks in bins.values() for _, end in chunks]
    summary = struct.pack("<4Q", min(first.values()), max(ends), len(ends), 0)
    data += struct.pack("<I", 37450) + (struct.pack("<Q", 0) if kind == "csi" else b"") + struct.pack("<i", 2) + summary
    if kind == "tbi":
        filled = [first[leaves[max(bisect_right(leaves, i) - 1, 0)]] for i in range(leaves[-1] + 1)]
        filled[: leaves[0]] = [0] * leaves[0]
        data += struct.pack("<i", len(filled)) + struct.pack(f"<{len(filled)}Q", *filled)
    return data
