"""The possible states of genes as short words: scores of one class as a range, genes once where states combine."""

from __future__ import annotations

from collections.abc import Iterable

from euthymia.engines.genome.advice_types import INDETERMINATE_CODE, NO_RESULT_CODE, GeneState

_PLAIN = {NO_RESULT_CODE: "not tested", INDETERMINATE_CODE: "indeterminate"}


def state_words(states: Iterable[GeneState]) -> str:
    """Return the possible states of one gene without its name; scores of one class are written as their range.

    Examples
    --------
    >>> state_words([GeneState("CYP2D6", "IM", 0.25), GeneState("CYP2D6", "IM", 1.0), GeneState("CYP2D6", "PM", 0.0)])
    'IM (score 0.25 to 1) or PM (score 0)'
    """
    scores: dict[str, list[float]] = {}
    for state in states:
        scores.setdefault(state.phenotype, []).extend([] if state.score is None else [state.score])
    return " or ".join(_class_words(phenotype, held) for phenotype, held in scores.items()) or "not tested"


def combination_words(combinations: Iterable[tuple[GeneState, ...]]) -> str:
    """Return combinations of states as text, or an empty string where no gene is asked for.

    Examples
    --------
    >>> pm, um, im = GeneState("CYP2D6", "PM", 0.0), GeneState("CYP2C19", "UM"), GeneState("CYP2C19", "IM")
    >>> combination_words([(pm, um), (pm, im)])
    'CYP2D6 PM (score 0) × CYP2C19 UM or IM'
    """
    held = [combination for combination in dict.fromkeys(combinations) if combination]
    together: dict[tuple[tuple[GeneState, ...], ...], list[GeneState]] = {}
    rest: dict[GeneState, list[tuple[GeneState, ...]]] = {}
    for first, *others in held:
        rest.setdefault(first, []).append(tuple(others))
    for first, tail in rest.items():
        together.setdefault(tuple(tail), []).append(first)
    parts = []
    for tails, firsts in together.items():
        words = f"{firsts[0].gene} {state_words(firsts)}"
        after = combination_words(tails)
        parts.append(f"{words} × {after}" if after else words)
    return "; ".join(parts)


def _class_words(phenotype: str, scores: list[float]) -> str:
    words = _PLAIN.get(phenotype, phenotype)
    if not scores:
        return words
    low, high = min(scores), max(scores)
    return f"{words} (score {low:g})" if low == high else f"{words} (score {low:g} to {high:g})"
