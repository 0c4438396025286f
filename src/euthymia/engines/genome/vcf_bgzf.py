"""Block-gzip (BGZF): blocks that inflate alone, several at a time, and in any order.

References
----------
SAM/BAM format specification, section 4.1 (BGZF) (samtools hts-specs: SAMv1)
"""

from __future__ import annotations

import gzip
import itertools
import os
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from euthymia.engines.genome.vcf_bytes import HashedFile

END_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends a whole file."""
_FIXED_BYTES = 12
_TAIL_BYTES = 8
_READ_BYTES = 1 << 18
_MOST_BLOCK_BYTES = 1 << 16


def is_bgzf(start: bytes) -> bool:
    """Whether a file that starts so is block-gzip."""
    return start[:4] == b"\x1f\x8b\x08\x04" and start[12:14] == b"BC"


def block_size(data: bytes, at: int) -> int | None:
    """Return the whole size of the block at ``at``, or None when its head is cut off.

    Raises
    ------
    BadGzipFile
        When no block starts there.
    """
    if len(data) < at + _FIXED_BYTES:
        return None
    if data[at : at + 4] != b"\x1f\x8b\x08\x04":
        raise gzip.BadGzipFile("Not a gzip block where one must start")
    end = at + _FIXED_BYTES + int.from_bytes(data[at + 10 : at + 12], "little")
    if len(data) < end:
        return None
    at += _FIXED_BYTES
    while at + 4 <= end:
        length = int.from_bytes(data[at + 2 : at + 4], "little")
        if data[at : at + 2] == b"BC" and length == 2:
            return int.from_bytes(data[at + 4 : at + 6], "little") + 1
        at += 4 + length
    raise gzip.BadGzipFile("A gzip block without its size")


def inflate(block: memoryview) -> bytes:
    """Return the content of one block.

    Raises
    ------
    BadGzipFile, zlib.error
        When it is damaged.
    """
    head = _FIXED_BYTES + int.from_bytes(block[10:12], "little")
    size = int.from_bytes(block[-4:], "little")
    text = zlib.decompress(block[head:-_TAIL_BYTES], -15, max(size, 1))
    if len(text) != size or zlib.crc32(text) != int.from_bytes(block[-8:-4], "little"):
        raise gzip.BadGzipFile("CRC or length check of a block failed")
    return text


def inflate_all(raw: HashedFile) -> Iterator[bytes]:
    """Yield the content of a file from where it stands, inflated on as many threads as there are cores."""
    groups = _groups(raw)
    for group in groups:  # the first alone and at once: it holds the header, and who has an index needs no more
        yield _inflate_group(group)
        break
    n_threads = max(1, min(4, os.cpu_count() or 1))
    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(n_threads, "vcf-inflate") as pool:
        for group in groups:
            waiting.append(pool.submit(_inflate_group, group))
            if len(waiting) > n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _groups(raw: HashedFile) -> Iterator[bytes]:
    """Cut the file between blocks."""
    rest = b""
    for read in itertools.chain((raw.read(_MOST_BLOCK_BYTES),), raw.blocks(_READ_BYTES)):
        data, end = rest + read, 0
        while (size := block_size(data, end)) is not None and end + size <= len(data):
            end += size
        if end:
            yield data[:end]
        rest = data[end:]
    if rest:
        raise EOFError


def _inflate_group(group: bytes) -> bytes:
    view, at, made = memoryview(group), 0, []
    while at < len(group):
        size = block_size(group, at) or len(group)
        made.append(inflate(view[at : at + size]))
        at += size
    return b"".join(made)


def inflate_spans(raw: HashedFile, spans: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """Yield the text between pairs of virtual offsets (block start << 16 | byte in the block), one value a span.

    Raises
    ------
    BadGzipFile, zlib.error, EOFError
        When no whole block stands where an offset points.
    """
    for first, last in spans:
        start, end = first >> 16, last >> 16
        raw.seek(start)
        data = b""
        want = end - start + (_MOST_BLOCK_BYTES if last & 0xFFFF else 0)
        while len(data) < want and (read := raw.read(want - len(data))):
            data += read
        made, at = [], 0
        while at < end - start or (at == end - start and last & 0xFFFF):
            size = block_size(data, at)
            if size is None or at + size > len(data):
                raise EOFError
            text = inflate(memoryview(data)[at : at + size])
            stop = last & 0xFFFF if at == end - start else len(text)
            if stop > len(text):
                raise gzip.BadGzipFile("An offset beyond its block")
            made.append(text[(first & 0xFFFF) if at == 0 else 0 : stop])
            at += size
        yield b"".join(made)
