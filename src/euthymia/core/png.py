"""A PNG writer for pictures of few colors: palette images, with nothing but zlib."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput

MOST_COLORS = 256


def png_bytes(indices: NDArray[np.uint8], palette: NDArray[np.uint8], *, transparent: int | None = None) -> bytes:
    """Encode a picture as an 8-bit palette PNG; the same input gives the same bytes.

    Parameters
    ----------
    indices : (height, width) uint8
        Color of each pixel, top row first.
    palette : (n, 3) uint8
        Red, green and blue of up to 256 colors.
    transparent
        Index of the color that lets the page show through.

    Raises
    ------
    InvalidInput
        For an empty picture, another type or shape, or an index without a color.

    References
    ----------
    W3C, Portable Network Graphics (PNG) Specification, Third Edition.
    """
    if indices.ndim != 2 or not indices.size or indices.dtype != np.uint8:
        raise InvalidInput("indices", f"{indices.dtype} of shape {indices.shape}", "uint8 of shape (height, width)")
    if palette.ndim != 2 or palette.shape[1] != 3 or not 0 < len(palette) <= MOST_COLORS or palette.dtype != np.uint8:
        raise InvalidInput("palette", f"{palette.dtype} of shape {palette.shape}", "uint8 of shape (1 to 256, 3)")
    if int(indices.max()) >= len(palette):
        raise InvalidInput("indices", int(indices.max()), f"0 to {len(palette) - 1}: the palette has no other color")
    if transparent is not None and not 0 <= transparent < len(palette):
        raise InvalidInput("transparent", transparent, f"0 to {len(palette) - 1}")
    height, width = indices.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # filter 0 before each row
    rows[:, 1:] = indices
    parts = [
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", palette.tobytes()),
    ]
    if transparent is not None:
        parts.append(_chunk(b"tRNS", bytes([255] * transparent + [0])))
    parts += [_chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def png_size(data: bytes) -> tuple[int, int]:
    """Return width and height of a PNG; refused when it is none."""
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or len(data) < 24:
        raise InvalidInput("data", f"{data[:8]!r} …", "the bytes of a PNG")
    width, height = struct.unpack(">II", data[16:24])
    return int(width), int(height)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
