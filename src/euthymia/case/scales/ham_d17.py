"""HAM-D17: nine items 0–4 and eight items 0–2, clinician rated, past week, total 0–52.

Weight is rated once, by history (16A) or by measurement (16B).

References
----------
Hamilton 1960, J Neurol Neurosurg Psychiatry 23:56, doi 10.1136/jnnp.23.1.56.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from euthymia.case.scales.answers import read_answers
from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import sum_or_total
from euthymia.core.errors import InvalidInput

DEFINITION = define("HAM-D17")
WEIGHT_CODE = "16"


def score_ham_d17(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score a HAM-D17 by its ratings or by its total.

    Parameters
    ----------
    answers
        17 ratings, or 18 with 16A and 16B in places 16 and 17, of which exactly one may be rated.
    total, band_set
        See :func:`euthymia.case.scales.score`. Four band sets exist (``Zimmerman2013``, the default, ``Kearns1982``,
        ``Carlat``, ``ProgressInMind``); never mix them in one chart.

    Notes
    -----
    No published rule for missing items is held, so a missing item leaves no total, with a flag.
    """
    both_weights = isinstance(answers, Sequence) and len(answers) == len(DEFINITION.items) + 1
    if answers is not None and both_weights and not isinstance(answers, str | bytes | Mapping):
        answers = _one_weight(answers)
    return sum_or_total(DEFINITION, answers, total, band_set)


def _one_weight(answers: Sequence[int | None]) -> tuple[int | None, ...]:
    """Reduce 18 ratings to 17: keep whichever of 16A and 16B was rated."""
    place = [item.code for item in DEFINITION.items].index(WEIGHT_CODE)
    weight = DEFINITION.items[place]
    pair = (
        replace(weight, code="16A", label="weight, by history"),
        replace(weight, code="16B", label="weight, measured"),
    )
    read = read_answers(DEFINITION.name, (*DEFINITION.items[:place], *pair, *DEFINITION.items[place + 1 :]), answers)
    by_history, measured = read[place], read[place + 1]
    if by_history is not None and measured is not None:
        given = f"16A = {by_history}, 16B = {measured}"
        raise InvalidInput(
            "answers[16A], answers[16B]", given, "one of the two: weight by history or measured, never both"
        )
    return (*read[:place], measured if by_history is None else by_history, *read[place + 2 :])
