"""Reading answers and totals: out of range, wrong length, booleans and fractions are refused, never clamped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real

from euthymia.case.scales.definition import Item, ScaleDefinition
from euthymia.core.errors import InvalidInput


def read_answers(
    scale: str, items: Sequence[Item], answers: object, argument: str = "answers"
) -> tuple[int | None, ...]:
    """Return ``answers`` as whole numbers or None, one for each of ``items``.

    Raises
    ------
    InvalidInput
        For a wrong length, and for any answer that is not None or a whole number in its item's range; booleans,
        NaN and fractions are refused.
    """
    if isinstance(answers, str | bytes | Mapping) or not isinstance(answers, Sequence):
        raise InvalidInput(argument, answers, f"a list of {len(items)} whole numbers for {scale}")
    if len(answers) != len(items):
        raise InvalidInput(
            argument,
            f"{len(answers)} answers",
            f"exactly {len(items)} for {scale}",
            "Write None for an unanswered item.",
        )
    return tuple(_read_one(item, answer, argument) for item, answer in zip(items, answers, strict=True))


def _read_one(item: Item, answer: object, argument: str) -> int | None:
    """One answer, or None when it is absent."""
    if answer is None:
        return None
    allowed = f"a whole number from {item.minimum} to {item.maximum}, or None when unanswered"
    name = f"{argument}[{item.code}] ({item.label})"
    if isinstance(answer, bool) or not isinstance(answer, Integral):
        raise InvalidInput(name, answer, allowed)
    if not item.minimum <= int(answer) <= item.maximum:
        raise InvalidInput(name, answer, allowed)
    return int(answer)


def read_total(definition: ScaleDefinition, total: object, argument: str = "total") -> int:
    """Return a total as a whole number within the scale's range.

    Raises
    ------
    InvalidInput
        For booleans, NaN, fractions, and anything outside the range.
    """
    if definition.minimum is None or definition.maximum is None:
        raise InvalidInput(argument, total, f"nothing: {definition.name} has no total")
    allowed = f"a whole number from {definition.minimum} to {definition.maximum} for {definition.name}"
    if isinstance(total, bool) or not isinstance(total, Real):
        raise InvalidInput(argument, total, allowed)
    number = float(total)
    if not math.isfinite(number) or number != math.floor(number):
        raise InvalidInput(argument, total, allowed)
    if not definition.minimum <= number <= definition.maximum:
        raise InvalidInput(argument, total, allowed)
    return int(number)


def require_one(answers: object, total: object) -> None:
    """Refuse both and neither of answers and total."""
    if (answers is None) == (total is None):
        given = "neither" if answers is None else "both"
        raise InvalidInput("answers, total", given, "exactly one of the two")


def missing_codes(items: Sequence[Item], answers: Sequence[int | None]) -> tuple[str, ...]:
    """Codes of the unanswered items."""
    return tuple(item.code for item, answer in zip(items, answers, strict=True) if answer is None)
