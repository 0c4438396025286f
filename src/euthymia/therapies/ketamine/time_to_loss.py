"""A patient's own time from a session to the loss of response, from the scores between sessions.

Times are log-normal around the patient's own typical time, which has a flat prior on the log scale; a loss is known to
lie between two ratings, and a response that held to the last rating is known to have lasted at least so long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.case.course import OutcomeSeries
from euthymia.case.scales import classify
from euthymia.core.errors import InvalidInput

_STEPS = 400


@dataclass(frozen=True, slots=True)
class Spell:
    """The time after one session: the response held to day ``held`` and was lost by day ``lost`` (None: not seen)."""

    held: float
    lost: float | None

    def __post_init__(self) -> None:
        if self.held < 0 or (self.lost is not None and self.lost <= self.held):
            raise InvalidInput("spell", (self.held, self.lost), "0 <= held < lost, in days after the session")


@dataclass(frozen=True, slots=True)
class TimeToLoss:
    """What the spells say: typical own time in days with its interval, and the chance that an interval holds."""

    days: float
    low: float
    high: float
    spells: int
    losses: int
    _grid: tuple[float, ...]
    _weights: tuple[float, ...]
    _spread: float

    def holds(self, interval_days: float) -> float:
        """Return the chance that the response holds for ``interval_days`` after a session."""
        return sum(
            w * (1.0 - _normal((math.log(interval_days) - m) / self._spread))
            for m, w in zip(self._grid, self._weights, strict=True)
        )


def spells_of(series: OutcomeSeries, session_days: Sequence[float], share_lost: float) -> tuple[Spell, ...]:
    """Return the informative spells of a course.

    Parameters
    ----------
    series
        Ratings of the course; a rating on the day of a session counts before it.
    session_days
        Day of every session that was given, ascending, from the start of the course.
    share_lost
        Share of the gain whose loss counts as loss of response.
    """
    found: list[Spell] = []
    best = series.baseline.total
    lost_before = True  # nobody has responded before the first rating says so
    ratings = [(series.day_of(r), r.total) for r in series.ratings]
    ends = [*session_days[1:], math.inf]
    for begin, end in zip(session_days, ends, strict=True):
        held, lost, was_held = 0.0, None, not lost_before
        for day, total in ratings:
            if not begin < day <= end:
                continue
            best = min(best, total)
            if _responds(series, best) and series.baseline.total - total > (1.0 - share_lost) * (
                series.baseline.total - best
            ):
                was_held, lost_before = True, False
                held = day - begin if lost is None else held
            elif was_held and lost is None:
                lost, lost_before = day - begin, True
        if lost is not None or held > 0:
            found.append(Spell(held, lost))
    return tuple(found)


def time_to_loss(
    spells: Sequence[Spell], *, spread: float, shortest: float, longest: float, credible: float
) -> TimeToLoss:
    """Return the posterior of the own typical time to loss.

    Parameters
    ----------
    spells
        At least one.
    spread
        Standard deviation of one person's times on the log scale.
    shortest, longest
        Ends of the flat prior (days).
    credible
        Share of the interval, between 0 and 1.
    """
    if not spells:
        raise InvalidInput("spells", 0, "at least one time between sessions with a score")
    low, high = math.log(shortest), math.log(longest)
    grid = tuple(low + (high - low) * (i + 0.5) / _STEPS for i in range(_STEPS))
    logs = [sum(math.log(max(_likelihood(s, m, spread), 1e-300)) for s in spells) for m in grid]
    top = max(logs)
    raw = [math.exp(value - top) for value in logs]
    weights = tuple(value / sum(raw) for value in raw)
    tail = (1.0 - credible) / 2.0
    ends = [math.exp(_quantile(grid, weights, q)) for q in (tail, 0.5, 1.0 - tail)]
    losses = sum(s.lost is not None for s in spells)
    return TimeToLoss(ends[1], ends[0], ends[2], len(spells), losses, grid, weights, spread)


def _responds(series: OutcomeSeries, total: float) -> bool:
    return classify(series.baseline.total, total, series.scale).word in ("response", "remission")


def _likelihood(spell: Spell, middle: float, spread: float) -> float:
    before = _normal((math.log(spell.held) - middle) / spread) if spell.held > 0 else 0.0
    after = 1.0 if spell.lost is None else _normal((math.log(spell.lost) - middle) / spread)
    return after - before


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _quantile(grid: Sequence[float], weights: Sequence[float], level: float) -> float:
    total = 0.0
    for value, weight in zip(grid, weights, strict=True):
        total += weight
        if total >= level:
            return value
    return grid[-1]
