"""Scales scored by factor: percent of the maximum for each factor (MEQ-30, CEQ, 11-ASC, 5D-ASC, EBI)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from euthymia.case.scales.answers import read_answers
from euthymia.case.scales.definition import Answers, FactorRow, Item, ScaleDefinition, factor_rows
from euthymia.case.scales.result import ScaleScore
from euthymia.core.errors import InvalidInput


def score_factors(definition: ScaleDefinition, answers: Answers | None, total: float | None) -> ScaleScore:
    """Score a form by factor.

    Parameters
    ----------
    definition
        A scale scored by factor.
    answers
        A mapping from factor to its answers, or to their sum where only that is kept. Where the place of every item
        in the stand-alone form is in the table, a plain list in form order is understood too.
    total
        Must be None: a total says nothing about the factors.

    Notes
    -----
    A factor with an unanswered item has no percentage (no rule for missing items is held); factors not in the
    mapping count as unanswered. The total is given only when every item is answered.
    """
    if total is not None:
        raise InvalidInput("total", total, f"None: {definition.name} is scored by factor")
    if answers is None:
        raise InvalidInput("answers", answers, _expected(definition))
    rows = factor_rows(definition.name)
    grouped = _grouped(definition, rows, answers)
    domains: list[tuple[str, float | None]] = []
    flags: list[str] = []
    sums = _sums(definition, rows, answers)
    points: list[int | None] = []
    for row in rows:
        known = [a for a in grouped[row.factor] if a is not None]
        absent = row.n_items - len(known)
        found = sums.get(row.factor, sum(known) if absent == 0 else None)
        points.append(found)
        domains.append((row.factor, None if found is None else 100 * found / (row.item_maximum * row.n_items)))
        if row.factor in sums:
            flags.append(f"factor {row.factor} from the sum of its items, which are not kept")
        elif absent:
            flags.append(f"factor {row.factor} not scored: {absent} of {row.n_items} items missing")
    everything = tuple(a for row in rows for a in grouped[row.factor])
    answered = [p for p in points if p is not None]
    total_points = sum(answered) if len(answered) == len(points) else None
    return ScaleScore(
        definition.name, total_points, definition.minimum, definition.maximum, None, None, tuple(domains),
        tuple(flags), (), everything, rows[0].cite(),
    )  # fmt: skip


def _grouped(
    definition: ScaleDefinition, rows: Sequence[FactorRow], answers: Answers
) -> dict[str, tuple[int | None, ...]]:
    """Answers by factor, each checked."""
    if not isinstance(answers, Mapping):
        if any(len(row.positions) != row.n_items for row in rows):
            raise InvalidInput(
                "answers", type(answers).__name__, _expected(definition), "Its item order is not verified."
            )
        in_form = read_answers(definition.name, definition.items, answers)
        return {row.factor: tuple(in_form[place - 1] for place in row.positions) for row in rows}
    named = _named(answers)
    unknown = sorted(set(named) - {row.factor for row in rows})
    if unknown or len(named) != len(answers):
        raise InvalidInput("answers", ", ".join(map(str, answers)), _expected(definition))
    grouped: dict[str, tuple[int | None, ...]] = {}
    for row in rows:
        items = tuple(
            Item(str(n), f"{row.label} item", row.item_minimum, row.item_maximum) for n in range(1, row.n_items + 1)
        )
        given = named.get(row.factor, (None,) * row.n_items)
        if isinstance(given, int) and not isinstance(given, bool):
            given = (None,) * row.n_items  # a sum: read by `_sums`
        grouped[row.factor] = read_answers(f"{definition.name} {row.label}", items, given, f"answers[{row.factor}]")
    return grouped


def _named(answers: Mapping[str, Sequence[int | None] | int]) -> dict[str, Sequence[int | None] | int]:
    """The answers by the plain name of their factor."""
    return {str(key).strip().casefold().replace(" ", "_").replace("-", "_"): value for key, value in answers.items()}


def _sums(definition: ScaleDefinition, rows: Sequence[FactorRow], answers: Answers) -> dict[str, int]:
    """Factors that are given as the sum of their items, each within its range."""
    if not isinstance(answers, Mapping):
        return {}
    named = _named(answers)
    found = {}
    for row in rows:
        given = named.get(row.factor)
        if not isinstance(given, int) or isinstance(given, bool):
            continue
        low, high = row.item_minimum * row.n_items, row.item_maximum * row.n_items
        if not low <= given <= high:
            allowed = f"a sum from {low} to {high}, or the {row.n_items} answers"
            raise InvalidInput(f"answers[{row.factor}]", given, allowed, f"{definition.name}: {row.label}.")
        found[row.factor] = given
    return found


def _expected(definition: ScaleDefinition) -> str:
    """What an accepted input looks like."""
    parts = ", ".join(f"{factor}: {n} answers" for factor, n in definition.factors)
    return f"a mapping from factor to its answers, or to their sum ({parts})"
