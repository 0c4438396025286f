"""A value beside its reference range, as a bar small enough for a table."""

from __future__ import annotations

from euthymia.report.figures.svg import Drawing

WIDTH, HEIGHT = 132.0, 16.0
_EDGE = 5.0


def range_bar(value: float, low: float | None, high: float | None, *, key: str, words: str) -> str:
    """Return the bar: the range as a band, the value as a mark; a value off the scale is an arrow at its edge.

    Parameters
    ----------
    value, low, high
        In one unit; one end of the range may be open. Nothing is drawn without a range or for ends that are equal.
    key, words
        Key that is unique on the page, and the same thing in words.
    """
    scale = _scale(low, high)
    if scale is None:
        return ""
    start, stop = scale
    drawing = Drawing(WIDTH)

    def x(at: float) -> float:
        share = (at - start) / (stop - start)
        return _EDGE + (WIDTH - 2 * _EDGE) * min(1.0, max(0.0, share))

    drawing.rectangle(_EDGE, 6, WIDTH - 2 * _EDGE, 4, "track", radius=2)
    left, right = x(start if low is None else low), x(stop if high is None else high)
    drawing.rectangle(left, 5, right - left, 6, "zone", radius=2)
    outside = (low is not None and value < low) or (high is not None and value > high)
    css = "needle out" if outside else "needle"
    if value > stop:
        drawing.path([(WIDTH - 9, 2), (WIDTH - 1, 8), (WIDTH - 9, 14)], css, closed=True)
    elif value < start:
        drawing.path([(9, 2), (1, 8), (9, 14)], css, closed=True)
    else:
        drawing.circle(x(value), 8, 4.5, css)
    return drawing.render(HEIGHT, key=key, title=words, description=words, css="range-bar")


def _scale(low: float | None, high: float | None) -> tuple[float, float] | None:
    """Return the ends of the scale: half a range beyond each end, or twice the only end."""
    if low is not None and high is not None:
        return (max(0.0, low - 0.5 * (high - low)), high + 0.5 * (high - low)) if high > low else None
    edge = high if high is not None else low
    return None if edge is None or edge <= 0 else (0.0, 2.0 * edge)
