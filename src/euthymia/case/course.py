"""The symptom course: one scale followed from its baseline, read from the case only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from euthymia.case.facts import ScaleRecord
from euthymia.case.model import Case
from euthymia.case.scales import scale as scale_definition
from euthymia.case.scales import score

SYMPTOM_SCALES = ("MADRS", "HAM-D17", "QIDS-SR16", "PHQ-9", "HAM-D24", "IDS-SR30", "BDI-II")
"""Depression scales in the order of preference when several were rated equally often."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One total on one day."""

    day: date
    total: float


@dataclass(frozen=True, slots=True)
class OutcomeSeries:
    """One scale over a course: its baseline and what followed, oldest first."""

    scale: str
    started_on: date
    baseline: Rating
    ratings: tuple[Rating, ...]

    @property
    def now(self) -> Rating | None:
        """The newest rating after the start."""
        return self.ratings[-1] if self.ratings else None

    @property
    def best(self) -> Rating | None:
        """The lowest rating after the start."""
        return min(self.ratings, key=lambda r: r.total, default=None)

    def improvement_pct(self, rating: Rating) -> float:
        """Fall from baseline in percent (negative: worse than baseline)."""
        return 100.0 * (self.baseline.total - rating.total) / self.baseline.total

    def day_of(self, rating: Rating) -> float:
        """Days from the start of the course."""
        return float((rating.day - self.started_on).days)


def ratings_of(case: Case, scale: str) -> tuple[Rating, ...]:
    """Return every total of ``scale`` in the case, oldest first; forms without a total are left out."""
    found = []
    for event in case.of(ScaleRecord):
        if scale_definition(event.fact.scale).name != scale:
            continue
        total = score(event.fact.scale, event.fact.answers, total=event.fact.total).total
        if total is not None:
            found.append(Rating(event.day, float(total)))
    return tuple(found)


def outcome_series(case: Case, started_on: date, *, baseline_window_days: float) -> OutcomeSeries | None:
    """Return the best-followed depression scale of a course, or None when no scale has a usable baseline.

    The baseline is the newest total from ``baseline_window_days`` before the start up to the day of the start; a
    baseline of 0 cannot show a fall and is not used.
    """
    candidates: list[OutcomeSeries] = []
    earliest = started_on - timedelta(days=baseline_window_days)
    for scale in SYMPTOM_SCALES:
        ratings = ratings_of(case, scale)
        before = [r for r in ratings if earliest <= r.day <= started_on and r.total > 0]
        if before:
            after = tuple(r for r in ratings if r.day > started_on)
            candidates.append(OutcomeSeries(scale, started_on, before[-1], after))
    return max(candidates, key=lambda s: (len(s.ratings), -SYMPTOM_SCALES.index(s.scale)), default=None)
