"""Ranking: weighted scores, how sure the first place is, and what weight would change it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from euthymia.plan.model import CriterionScore, OptionScore, WeightChange

DRAWS = 1000


def total(scores: Sequence[CriterionScore]) -> OptionScore:
    """Return the weighted sum with the range that the criteria's own ranges allow, combined as independent errors."""
    middle = sum(s.weight * s.value for s in scores)
    down = sum((s.weight * (s.value - s.low)) ** 2 for s in scores) ** 0.5
    up = sum((s.weight * (s.high - s.value)) ** 2 for s in scores) ** 0.5
    return OptionScore(middle, max(0.0, middle - down), min(1.0, middle + up), tuple(scores))


def first_shares(options: Mapping[str, Sequence[CriterionScore]], *, seed: int) -> dict[str, float]:
    """Return how often each option comes first when every criterion is drawn from its range.

    Draws are triangular between low, value and high, independent between criteria and options; the same seed gives
    the same shares.
    """
    if not options:
        return {}
    rng = random.Random(seed)
    wins = dict.fromkeys(options, 0)
    fixed = {name: sum(s.weight * s.value for s in scores if s.high <= s.low) for name, scores in options.items()}
    wide = {
        name: [(s.weight, s.low, s.high, s.value) for s in scores if s.high > s.low] for name, scores in options.items()
    }
    for _ in range(DRAWS):
        best, best_score = "", -1.0
        for name, open_ends in wide.items():
            drawn = fixed[name] + sum(w * rng.triangular(low, high, mode) for w, low, high, mode in open_ends)
            if drawn > best_score:
                best, best_score = name, drawn
        wins[best] += 1
    return {name: count / DRAWS for name, count in wins.items()}


def sensitivity(options: Mapping[str, Sequence[CriterionScore]]) -> tuple[WeightChange, ...]:
    """Say for each criterion which weight (share of the whole) would put another option first.

    With the other weights kept in proportion, a score is a line in one weight, so the crossing is exact:
    S(w) = w·v + (1−w)·r, where v is the value on the criterion and r the mean on all others.
    """
    if len(options) < 2:
        return ()
    ranked = sorted(options, key=lambda name: -sum(s.weight * s.value for s in options[name]))
    leader = ranked[0]
    changes = []
    for index, criterion in enumerate(options[leader]):
        now = criterion.weight
        if now >= 1 - 1e-12:  # no other weight to keep in proportion: nothing can be said
            changes.append(WeightChange(criterion.name, now, None, leader))
            continue
        own, rest = _line(options[leader], index)
        nearest: tuple[float, str] | None = None
        for rival in ranked[1:]:
            rival_own, rival_rest = _line(options[rival], index)
            slope = (own - rest) - (rival_own - rival_rest)
            if abs(slope) < 1e-12:
                continue
            crossing = (rival_rest - rest) / slope
            if 0 < crossing < 1 and (nearest is None or abs(crossing - now) < abs(nearest[0] - now)):
                nearest = (crossing, rival)
        needed, then = nearest or (None, leader)
        changes.append(WeightChange(criterion.name, now, needed, then))
    return tuple(sorted(changes, key=lambda c: 9.0 if c.weight_needed is None else abs(c.weight_needed - c.weight_now)))


def _line(scores: Sequence[CriterionScore], index: int) -> tuple[float, float]:
    """Return the value on one criterion and the weighted mean on all others."""
    others = [s for i, s in enumerate(scores) if i != index]
    weight = sum(s.weight for s in others)
    mean = sum(s.weight * s.value for s in others) / weight if weight > 0 else 0.0
    return scores[index].value, mean
