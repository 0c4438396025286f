"""Rating scales: structure and scoring rules, severity bands, outcome words, reliable change and crosswalks.

Pure functions over numbers. No copyrighted item text is held; every cut-off, threshold and anchor is a row of a table
in ``data/`` with its source and its verification state.
"""

from euthymia.case.scales.alerts import Alert, AlertLevel
from euthymia.case.scales.bands import Band, BandSet
from euthymia.case.scales.bands import band_sets as _band_sets
from euthymia.case.scales.change import (
    McidRow,
    ProgrammeChange,
    ReliableChange,
    mcid,
    programme_change,
    reliable_change,
)
from euthymia.case.scales.crosswalk import Conversion, crosswalk
from euthymia.case.scales.cssrs import Triage, TriageLevel, triage
from euthymia.case.scales.definition import Answers, Entry, Item, Rater, ScaleDefinition
from euthymia.case.scales.outcome import Judgement, Outcome, classify, remission, response
from euthymia.case.scales.registry import scale, scales, score
from euthymia.case.scales.relapse import relapse
from euthymia.case.scales.result import ScaleScore

__all__ = [
    "Alert",
    "AlertLevel",
    "Answers",
    "Band",
    "BandSet",
    "Conversion",
    "Entry",
    "Item",
    "Judgement",
    "McidRow",
    "Outcome",
    "ProgrammeChange",
    "Rater",
    "ReliableChange",
    "ScaleDefinition",
    "ScaleScore",
    "Triage",
    "TriageLevel",
    "band_sets",
    "classify",
    "crosswalk",
    "mcid",
    "programme_change",
    "relapse",
    "reliable_change",
    "remission",
    "response",
    "scale",
    "scales",
    "score",
    "triage",
]


def band_sets(name: str) -> tuple[BandSet, ...]:
    """Return the competing severity band sets of a scale, the default first; sets are never mixed."""
    return _band_sets(scale(name).name)
