"""The PNG writer: what it writes is read back by the format's own rules, chunk by chunk."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.core.png import color_png_bytes, png_bytes, png_size

PALETTE = np.array([(255, 255, 255), (0, 0, 0), (200, 30, 60)], dtype=np.uint8)


def _chunks(data: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(data):
        size = struct.unpack(">I", data[at : at + 4])[0]
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + body)
        found[kind], at = body, at + 12 + size
    return found


def test_pixels_palette_and_transparency_survive() -> None:
    indices = np.random.default_rng(5).integers(0, 3, (7, 11), dtype=np.uint8)
    data = png_bytes(indices, PALETTE, transparent=1)
    chunks = _chunks(data)
    assert list(chunks) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (11, 7, 8, 3, 0, 0, 0)
    assert chunks[b"PLTE"] == PALETTE.tobytes()
    assert chunks[b"tRNS"] == b"\xff\x00"
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(7, 12)
    assert not rows[:, 0].any()
    assert np.array_equal(rows[:, 1:], indices)
    assert png_size(data) == (11, 7)
    assert data == png_bytes(indices, PALETTE, transparent=1)


@pytest.mark.parametrize(
    ("indices", "palette", "transparent"),
    [
        (np.full((2, 2), 3, dtype=np.uint8), PALETTE, None),
        (np.zeros((0, 2), dtype=np.uint8), PALETTE, None),
        (np.zeros((2, 2)), PALETTE, None),
        (np.zeros((2, 2), dtype=np.uint8), PALETTE[:0], None),
        (np.zeros((2, 2), dtype=np.uint8), PALETTE, 3),
    ],
)
def test_what_cannot_be_a_picture_is_refused(indices: np.ndarray, palette: np.ndarray, transparent: int | None) -> None:
    with pytest.raises(InvalidInput):
        png_bytes(indices, palette, transparent=transparent)


def test_pixels_of_any_color_survive() -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (5, 3, 4), dtype=np.uint8)
    data = color_png_bytes(pixels)
    chunks = _chunks(data)
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"] and png_size(data) == (3, 5)
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (3, 5, 8, 6, 0, 0, 0)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(5, 13)
    assert not rows[:, 0].any() and np.array_equal(rows[:, 1:].reshape(5, 3, 4), pixels)


@pytest.mark.parametrize("pixels", [np.zeros((2, 2, 4)), np.zeros((2, 2, 3), np.uint8), np.zeros((0, 2, 4), np.uint8)])
def test_other_arrays_are_no_pixels(pixels: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        color_png_bytes(pixels)


def test_other_bytes_are_no_png() -> None:
    with pytest.raises(InvalidInput):
        png_size(b"GIF89a" + bytes(30))
