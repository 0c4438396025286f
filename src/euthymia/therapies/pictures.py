"""Pictures: an image an engine made beforehand, with what is marked on it and a table of what it shows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from euthymia.core.errors import InvalidInput
from euthymia.core.png import png_size
from euthymia.core.reason import Reason


@dataclass(frozen=True, slots=True)
class PictureMark:
    """A point of the picture (pixels from its upper left corner), what is written beside it, and if it is the one."""

    x: float
    y: float
    label: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """An image with its words.

    Parameters
    ----------
    code, title
        Short name for machines, and the words above the picture.
    png
        The image.
    alt
        What it shows, for who cannot see it.
    caption
        What a reader must know to read it.
    reason
        What it rests on.
    scale
        Lowest and highest value of the colors, and their unit.
    colors
        Colors of the scale as ``#rrggbb``, from lowest to highest.
    marks
        Points in the picture.
    columns, rows
        Table below it; every row has one cell a column, the first names the row.

    Raises
    ------
    InvalidInput
        For bytes that are no PNG, marks outside it, a scale that does not rise, or rows of another length.
    """

    code: str
    title: str
    png: bytes
    alt: str
    caption: str
    reason: Reason
    scale: tuple[float, float, str]
    colors: tuple[str, ...]
    marks: tuple[PictureMark, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        width, height = png_size(self.png)
        for mark in self.marks:
            if not (0 <= mark.x <= width and 0 <= mark.y <= height):
                raise InvalidInput("marks", (mark.x, mark.y), f"within the picture, {width} by {height} pixels")
        low, high, _ = self.scale
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InvalidInput("scale", (low, high), "a lowest value below the highest")
        if len(self.colors) < 2:
            raise InvalidInput("colors", self.colors, "two or more")
        if not self.alt.strip() or not self.caption.strip():
            raise InvalidInput("alt, caption", "empty", "words for both")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise InvalidInput("rows", [len(row) for row in self.rows], f"{len(self.columns)} cells each")
