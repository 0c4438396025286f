"""Curves of a forecast as figures with their words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from euthymia.report.citations import Citations, CitedReason
from euthymia.report.figures import NARROW, WIDE, BandCurve, band_figure
from euthymia.therapies.curves import Curve

_STATUS = {
    "published": "Parameters of a published model.",
    "derived": "Derived from printed results, not a published parameter table.",
    "illustrative": "Illustrative: shows the shape, not this patient's values.",
    "prescribed": "What is prescribed, not a model.",
}


@dataclass(frozen=True, slots=True)
class CurveView:
    """One figure and what stands below it."""

    title: str
    drawings: tuple[tuple[str, str], ...]
    caption: str
    notes: tuple[str, ...]
    is_published: bool
    reason: CitedReason


def curve_views(curves: Iterable[Curve], cited: Citations, key: str) -> tuple[CurveView, ...]:
    """Return the figures of ``curves``; a note that several share stands below the first only."""
    told: set[str] = set()
    views = []
    for curve in curves:
        view = curve_view(curve, cited, key)
        views.append(replace(view, notes=tuple(note for note in view.notes if note not in told)))
        told.update(view.notes)
    return tuple(views)


def curve_view(curve: Curve, cited: Citations, key: str) -> CurveView:
    """Return the figure of ``curve``, drawn for a phone and for a wide page; ``key`` makes its ids unique."""
    drawn = BandCurve(
        title=curve.title,
        unit=curve.unit,
        time_unit=curve.time_unit,
        times=curve.times,
        median=curve.median,
        low=curve.low,
        high=curve.high,
        moments=tuple((m.time, m.label) for m in curve.marks if m.time is not None),
        levels=tuple((m.level, m.label) for m in curve.marks if m.level is not None),
        band=curve.band,
        since=curve.since,
    )
    index = _told_at(curve)
    at, value = curve.times[index], curve.median[index]
    has_band = any(low < high for low, high in zip(curve.low, curve.high, strict=True))
    falls = curve.peak[0] == curve.times[0]
    what = f"Falls from {_short(curve.median[0])} {curve.unit}; at" if falls else "Median highest at"
    words = f"{what} {_short(at)} {curve.time_unit}: {_short(value)} {curve.unit}"
    if falls and curve.median[-1] > value:
        words += f"; then it rises, to {_short(curve.median[-1])} {curve.unit} at {_short(curve.times[-1])}"
    if has_band and curve.band:
        words += f"; the band, {_short(curve.low[index])} to {_short(curve.high[index])} then, is {curve.band}"
    elif has_band:
        words += f"; 90 % of patients between {_short(curve.low[index])} and {_short(curve.high[index])} then"
    words += f". {_STATUS[curve.status]}"
    drawings = tuple(
        (name, band_figure(drawn, width=width, key=f"{key}-{curve.code}-{name}"))
        for name, width in (("narrow", NARROW), ("wide", WIDE))
    )
    return CurveView(curve.title, drawings, words, curve.notes, curve.status == "published", cited.reason(curve.reason))


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _told_at(curve: Curve) -> int:
    """Return where the curve is told: at its peak, else at its lowest point, its first later mark or its end."""
    peak = curve.times.index(curve.peak[0])
    if peak:
        return peak
    lowest = curve.median.index(min(curve.median))
    if lowest < len(curve.times) - 1:
        return lowest
    later = [m.time for m in curve.marks if m.time is not None and m.time > curve.times[0]]
    wanted = min(later, default=curve.times[-1])
    return min(range(len(curve.times)), key=lambda i: abs(curve.times[i] - wanted))
