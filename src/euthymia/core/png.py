"""A PNG writer with nothing but zlib: pictures of few colors by palette, others pixel by pixel."""

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
    before = _chunk(b"PLTE", palette.tobytes())
    if transparent is not None:
        before += _chunk(b"tRNS", bytes([255] * transparent + [0]))
    return _file(indices, 3, before)


def color_png_bytes(pixels: NDArray[np.uint8]) -> bytes:
    """Encode pixels ``(height, width, 4)`` uint8 (red, green, blue, opacity), top row first.

    Raises
    ------
    InvalidInput
        For an empty picture, another type or shape.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 4 or not pixels.size or pixels.dtype != np.uint8:
        raise InvalidInput("pixels", f"{pixels.dtype} of shape {pixels.shape}", "uint8 of shape (height, width, 4)")
    return _file(pixels, 6, b"")


def png_size(data: bytes) -> tuple[int, int]:
    """Return width and height of a PNG; refused when it is none."""
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or len(data) < 24:
        raise InvalidInput("data", f"{data[:8]!r} …", "the bytes of a PNG")
    width, height = struct.unpack(">II", data[16:24])
    return int(width), int(height)


def _file(values: NDArray[np.uint8], color_type: int, before: bytes) -> bytes:
    """Signature, header, chunks ``before`` the data, data with no filter, end."""
    height, width = values.shape[:2]
    flat = values.reshape(height, -1)
    rows = np.zeros((height, flat.shape[1] + 1), dtype=np.uint8)  # filter 0 before each row
    rows[:, 1:] = flat
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0))
    data = _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
    return b"\x89PNG\r\n\x1a\n" + header + before + data + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
