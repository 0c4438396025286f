"""How much room a text takes: widths of a sans-serif face, and lines broken to fit.

No font is embedded in a report, so widths are those of Helvetica/Arial plus a margin for wider system faces.
"""

from __future__ import annotations

_WIDTHS = {
    "narrow": ("iIljt.,:;'|!()[]/\\ ·´`", 0.31),
    "slim": ('frst-*"°^{}', 0.38),
    "wide": ("mwMW%@—…", 0.92),
    "capital": ("ABCDEFGHJKLNOPQRSTUVXYZ&", 0.71),
}
_WIDTH_OF = {letter: width for letters, width in _WIDTHS.values() for letter in letters}
_OTHER = 0.575
_MARGIN = 1.06
_BOLD = 1.07

LINE_HEIGHT = 1.3
"""Distance of two lines of a paragraph in units of the font size."""


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the approximate width of ``text`` in user units, on the generous side."""
    width = sum(_WIDTH_OF.get(letter, _OTHER if ord(letter) < 0x2E80 else 1.0) for letter in text)
    return width * size * _MARGIN * (_BOLD if bold else 1.0)


def wrap(text: str, width: float, size: float, *, bold: bool = False, most: int = 3) -> list[str]:
    """Break ``text`` into at most ``most`` lines that fit ``width``; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(candidate, size, bold=bold) <= width:
            lines[-1] = candidate
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [shorten(line, width, size, bold=bold) for line in lines] or [""]


def shorten(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Return ``text``, cut with an ellipsis where it is wider than ``width``."""
    if text_width(text, size, bold=bold) <= width:
        return text
    while text and text_width(f"{text}…", size, bold=bold) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
