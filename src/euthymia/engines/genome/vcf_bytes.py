"""Raw bytes of a file in blocks, counted and hashed on the way; the hash runs on a thread of its own."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO

BLOCK_BYTES = 1 << 20
_BLOCKS_AHEAD = 4  # blocks that may wait for the hash, so that memory stays flat


class HashedFile:
    """A file whose every read block is counted and goes into one SHA-256.

    Small files are hashed at once; a larger one on a thread, which costs no time where a second core is free because
    hashing holds no lock of the interpreter.
    """

    def __init__(self, file: IO[bytes], size: int, on_bytes: Callable[[int], None] | None = None) -> None:
        self._file, self._on_bytes, self._hash = file, on_bytes, hashlib.sha256()
        self._thread = ThreadPoolExecutor(1, "vcf-sha256") if size > BLOCK_BYTES else None
        self._waiting: deque[Future[None]] = deque()
        self.size, self.n_read = size, 0

    def read(self, n_bytes: int = BLOCK_BYTES) -> bytes:
        """Return the next bytes, at most ``n_bytes``; empty at the end of the file."""
        block = self._file.read(n_bytes)
        if block:
            self.n_read += len(block)
            if self._on_bytes is not None:
                self._on_bytes(len(block))
            if self._thread is None:
                self._hash.update(block)
            else:
                self._waiting.append(self._thread.submit(self._hash.update, block))
                if len(self._waiting) > _BLOCKS_AHEAD:
                    self._waiting.popleft().result()
        return block

    def seek(self, offset: int) -> None:
        """Go to a byte of the file."""
        self._file.seek(offset)

    def blocks(self, n_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
        """Yield the rest of the file."""
        while block := self.read(n_bytes):
            yield block

    def hexdigest(self) -> str:
        """SHA-256 of all bytes read, in the order in which they were read."""
        while self._waiting:
            self._waiting.popleft().result()
        return self._hash.hexdigest()

    def close(self) -> None:
        """Stop the thread."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)


def whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut a stream of bytes into pieces of whole lines; only the last piece may lack its line end."""
    rest: list[bytes] = []
    for block in blocks:
        cut = block.rfind(b"\n") + 1
        if not cut:
            rest.append(block)
            continue
        yield b"".join([*rest, memoryview(block)[:cut]])
        rest = [block[cut:]] if cut < len(block) else []
    if rest:
        yield b"".join(rest)
