"""The order of drug options: points from a table, capped by group, every line shown; and why one is above another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction, Reason
from euthymia.core.source import Source
from euthymia.therapies.precision.option_rows import Group, groups, points
from euthymia.therapies.precision.tables import limit


@dataclass(frozen=True, slots=True)
class Line:
    """Points for one fact, with the words for it."""

    code: str
    group: Group
    points: float
    words: str
    source: Source


@dataclass(frozen=True, slots=True)
class OptionScore:
    """Points of an option by line, and what each group counts after its cap and the stated preferences."""

    lines: tuple[Line, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()

    def of_group(self, group: str) -> float:
        """Return what a group counts."""
        row = groups()[group]
        raw = sum(line.points for line in self.lines if line.group == group)
        return min(max(raw, row.least), row.most) * dict(self.weights).get(group, 1.0)

    @property
    def total(self) -> float:
        """Points of all groups together."""
        return sum(self.of_group(group) for group in groups())

    @property
    def words(self) -> str:
        """The points by group, e.g. ``3 (history +2, genes -1, evidence +2)``."""
        parts = [f"{g} {self.of_group(g):+g}" for g in groups() if any(line.group == g for line in self.lines)]
        return f"{self.total:g} ({', '.join(parts)})"


def line(code: str, words: str) -> Line:
    """Return the points that the table gives for ``code``."""
    row = points()[code]
    return Line(code, row.group, row.points, words, row.cite())


def preference_weights(stated: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Return the weight of each group from the weights a patient stated; 1 where none was stated.

    A criterion of average weight counts once, one of double weight or more twice, one of weight zero not at all.
    """
    if any(value < 0 for value in stated.values()):
        raise InvalidInput("preferences.weights", dict(stated), "0 or more")
    mean = sum(stated.values()) / len(stated) if stated else 0.0
    if mean == 0:
        return ()
    most = limit("preference_weight_max").value
    found = [(g.group, stated[g.preference] / mean) for g in groups().values() if g.preference in stated]
    return tuple((group, min(weight, most)) for group, weight in found if weight != 1)


def score_reason(score: OptionScore) -> Reason:
    """Return the points of an option as a reason; a rule of ours, not evidence."""
    said = "; ".join(f"{one.words} ({one.points:+g})" for one in score.lines)
    sources = tuple(dict.fromkeys(one.source for one in score.lines))
    words = f"Place among the drug options: {score.words} points by our own table: {said}."
    return Reason(words, sources, value=score.total, unit="points", code="option_score")


def why_above(above: str, first: OptionScore, below: str, second: OptionScore) -> Reason:
    """Return why one option stands above another: the groups that differ, the largest difference first."""
    apart = [(first.of_group(g) - second.of_group(g), g) for g in groups()]
    apart = [(gap, group) for gap, group in apart if gap]
    sources = _sources((first, second), {group for _, group in apart})
    if first.total == second.total:
        words = f"{above} and {below} have the same points; the order of the table decides."
    else:
        parts = [
            f"{groups()[group].statement} {gap:+g} ({_said(first, group)} against {_said(second, group)})"
            for gap, group in sorted(apart, key=lambda item: -abs(item[0]))
        ]
        words = f"Above {below} by {first.total - second.total:g} points: {'; '.join(parts)}."
    return Reason(words, sources, direction=Direction.NEUTRAL, code="why_above") if sources else _plain(words)


def _plain(words: str) -> Reason:
    any_row = next(iter(groups().values()))
    return Reason(words, (any_row.cite(),), direction=Direction.NEUTRAL, code="why_above")


def _said(score: OptionScore, group: str) -> str:
    return ", ".join(one.words for one in score.lines if one.group == group and one.points) or "nothing"


def _sources(scores: Iterable[OptionScore], wanted: set[str]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(one.source for s in scores for one in s.lines if one.group in wanted))
