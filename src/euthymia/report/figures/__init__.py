"""Figures of a report: pure functions from small frozen values to inline SVG."""

from euthymia.report.figures.band import BandCurve, band_figure
from euthymia.report.figures.comparison import EffectRow, comparison_figure
from euthymia.report.figures.course import SymptomCourse, TreatmentBar, course_figure
from euthymia.report.figures.score import ScoreRow, score_figure
from euthymia.report.figures.svg import NARROW, WIDE
from euthymia.report.figures.timeline import BandPoint, PhaseRow, ProposedCourse, timeline_figure

__all__ = [
    "NARROW",
    "WIDE",
    "BandCurve",
    "BandPoint",
    "EffectRow",
    "PhaseRow",
    "ProposedCourse",
    "ScoreRow",
    "SymptomCourse",
    "TreatmentBar",
    "band_figure",
    "comparison_figure",
    "course_figure",
    "score_figure",
    "timeline_figure",
]
