"""Outcome words: response, partial response, remission; each threshold is a named, sourced row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.case.scales.answers import read_total
from euthymia.case.scales.definition import PACKAGE, ScaleDefinition
from euthymia.case.scales.registry import find
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table


@dataclass(frozen=True, slots=True, kw_only=True)
class RemissionRow(SourcedRow):
    """Row of ``remission.csv``: remission is a total ``operator`` ``threshold``."""

    definition: str
    scale: str
    operator: Literal["<=", "<"]
    threshold: float
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRow(SourcedRow):
    """Row of ``response.csv``: a fall of ``minimum_fall_pct`` or more, and less than ``below_fall_pct`` if given."""

    definition: str
    word: Literal["response", "partial response"]
    scales: tuple[str, ...] = ()
    minimum_fall_pct: float
    below_fall_pct: float | None = None
    label: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether one named threshold is met; true in a condition when it is."""

    met: bool
    definition: str
    statement: str
    source: Source

    def __bool__(self) -> bool:
        return self.met

    def __str__(self) -> str:
        return f"{'yes' if self.met else 'no'}: {self.statement} ({self.source})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome in one word, with every threshold it rests on.

    Parameters
    ----------
    word
        ``remission``, ``response``, ``partial response``, ``no response`` or ``worse than baseline``; the first that
        applies in this order.
    scale, baseline, now
        What was compared.
    percent_change
        (now − baseline) / baseline · 100: negative is a fall.
    thresholds
        The response, partial response and (where the scale has one) remission judgements.
    flags
        What a reader must know, e.g. that the baseline was already below the remission threshold.
    """

    word: str
    scale: str
    baseline: float
    now: float
    percent_change: float
    thresholds: tuple[Judgement, ...]
    flags: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Sources of all thresholds used."""
        return tuple(judgement.source for judgement in self.thresholds)

    def __str__(self) -> str:
        head = f"{self.scale} {self.baseline:g} → {self.now:g} ({self.percent_change:+.1f} %): {self.word}"
        return "\n".join([head, *(f"  {t}" for t in self.thresholds), *(f"  flag: {f}" for f in self.flags)])


def response(baseline: float, now: float, scale: str, *, definition: str = "standard") -> Judgement:
    """Say whether the fall from baseline meets a named response definition.

    ``definition`` is ``standard`` (≥50 %), ``BROADEN`` (≥40 %, MADRS), ``VNS_meaningful`` (≥30 %), ``COMP006``
    (≥25 %, MADRS) or ``partial`` (25–49 %).

    Raises
    ------
    InvalidInput
        For totals outside the scale, a baseline of 0, a scale without totals from 0 where higher is worse, and an
        unknown definition or one that belongs to another scale.
    """
    found = _symptom_scale(scale)
    start, end = _fall(found, baseline, now)
    row = _response_row(definition, found)
    return _judge_response(row, found, start, end)


def remission(score: float, scale: str, *, definition: str | None = None) -> Judgement:
    """Say whether a total meets a remission threshold; without ``definition`` the default of the scale is used.

    Raises
    ------
    InvalidInput
        When the total is outside the scale, or the scale has no such definition.
    """
    found = find(scale)
    points = read_total(found, score, "score")
    rows = [r for r in load_table(PACKAGE, "remission.csv", RemissionRow) if r.scale == found.name]
    names = ", ".join(r.definition for r in rows) or f"none: no remission threshold is held for {found.name}"
    if not rows:
        raise InvalidInput("scale", scale, "a scale with a remission threshold: " + ", ".join(_remission_scales()))
    for row in rows:
        if row.is_default if definition is None else row.definition.casefold() == definition.casefold():
            met = points <= row.threshold if row.operator == "<=" else points < row.threshold
            statement = f"remission by {row.definition}: {found.name} {points} {row.operator} {row.threshold:g}"
            return Judgement(met, row.definition, statement, row.cite())
    raise InvalidInput("definition", definition, names)


def classify(
    baseline: float,
    now: float,
    scale: str,
    *,
    response_definition: str = "standard",
    remission_definition: str | None = None,
) -> Outcome:
    """Give the outcome in one word, with the thresholds used.

    Notes
    -----
    Remission comes before response, response before partial response. A scale without a remission threshold in the
    table gets a flag and no remission judgement.
    """
    found = _symptom_scale(scale)
    start, end = _fall(found, baseline, now)
    responded = _judge_response(_response_row(response_definition, found), found, start, end)
    partly = _judge_response(_response_row("partial", found), found, start, end)
    thresholds: tuple[Judgement, ...] = (responded, partly)
    flags: tuple[str, ...] = ()
    remitted: Judgement | None = None
    if remission_definition is not None or found.name in _remission_scales():
        remitted = remission(end, found.name, definition=remission_definition)
        thresholds = (remitted, *thresholds)
        if remission(start, found.name, definition=remission_definition):
            flags = ("the baseline already met the remission threshold",)
    else:
        flags = (f"no remission threshold is held for {found.name}",)
    if remitted:
        word = "remission"
    elif responded:
        word = "response"
    elif partly:
        word = "partial response"
    else:
        word = "worse than baseline" if end > start else "no response"
    return Outcome(word, found.name, start, end, 100 * (end - start) / start, thresholds, flags)


def _symptom_scale(name: str) -> ScaleDefinition:
    """A scale on which a percentage fall means something: totals from 0, higher is worse."""
    found = find(name)
    if found.minimum != 0 or not found.higher_is_worse:
        raise InvalidInput("scale", name, "a scale with totals from 0 on which higher is worse")
    return found


def _fall(found: ScaleDefinition, baseline: float, now: float) -> tuple[int, int]:
    return above_zero(read_total(found, baseline, "baseline")), read_total(found, now, "now")


def above_zero(baseline: int) -> int:
    if baseline == 0:
        raise InvalidInput("baseline", baseline, "a total above 0: no percentage fall can be computed from 0")
    return baseline


def _response_row(definition: str, found: ScaleDefinition) -> ResponseRow:
    rows: tuple[ResponseRow, ...] = load_table(PACKAGE, "response.csv", ResponseRow, key="definition")
    fitting = [row for row in rows if not row.scales or found.name in row.scales]
    for row in fitting:
        if row.definition.casefold() == definition.casefold():
            return row
    raise InvalidInput("definition", definition, f"for {found.name}: {', '.join(r.definition for r in fitting)}")


def _judge_response(row: ResponseRow, found: ScaleDefinition, start: int, end: int) -> Judgement:
    fall = 100 * (start - end)  # compared without division: exactly 50 % is met
    met = fall >= row.minimum_fall_pct * start and (row.below_fall_pct is None or fall < row.below_fall_pct * start)
    statement = f"{row.word} by {row.definition}: {found.name} fell {fall / start:.1f} % ({row.label})"
    return Judgement(met, row.definition, statement, row.cite())


def _remission_scales() -> tuple[str, ...]:
    return tuple(dict.fromkeys(r.scale for r in load_table(PACKAGE, "remission.csv", RemissionRow)))
