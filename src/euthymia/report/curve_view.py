"""Curves of a forecast as figures with their words."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.report.citations import Citations, CitedReason
from euthymia.report.figures import NARROW, WIDE, BandCurve, band_figure
from euthymia.report.wording import number
from euthymia.therapies.curves import Curve

_STATUS = {
    "published": "Parameters of a published model.",
    "derived": "Derived from printed results, not a published parameter table.",
    "illustrative": "Illustrative: shows the shape, not this patient's values.",
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
    )
    at, value = curve.peak
    index = curve.times.index(at)
    has_band = any(low < high for low, high in zip(curve.low, curve.high, strict=True))
    words = f"Median highest at {number(at)} {curve.time_unit}: {number(value)} {curve.unit}"
    if has_band and curve.band:
        words += f"; the band, {number(curve.low[index])} to {number(curve.high[index])} then, is {curve.band}"
    elif has_band:
        words += f"; 90 % of patients between {number(curve.low[index])} and {number(curve.high[index])} then"
    words += f". {_STATUS[curve.status]}"
    drawings = tuple(
        (name, band_figure(drawn, width=width, key=f"{key}-{curve.code}-{name}"))
        for name, width in (("narrow", NARROW), ("wide", WIDE))
    )
    return CurveView(curve.title, drawings, words, curve.notes, curve.status == "published", cited.reason(curve.reason))
