"""What only the whole house knows of a fact: that a scale exists and its answers fit, and that a concept is listed.

Facts check themselves when they are made; these checks are for input, where a slip of the pen must not pass.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from euthymia.case.facts import Finding, Implant, ListReviewed, ScaleRecord
from euthymia.core.errors import InvalidInput

F = TypeVar("F")
SHOWN = 16
"""A list of allowed words longer than this is not printed whole."""


def checked(fact: F, path: str) -> F:
    """Return ``fact`` (a scale under its own name), or refuse it with the path of the field.

    Raises
    ------
    InvalidInput
        For an unknown scale, answers that do not fit it, and unknown concepts or categories.
    """
    try:
        _check(fact)
    except InvalidInput as error:
        raise InvalidInput(f"{path}.{error.argument}", error.given, error.allowed, error.hint) from None
    if isinstance(fact, ScaleRecord):
        from euthymia.case.scales import scale

        return replace(fact, scale=scale(fact.scale).name)
    return fact


def _check(fact: object) -> None:
    if isinstance(fact, ScaleRecord):
        _check_scale(fact)
    elif isinstance(fact, Finding):
        from euthymia.case.concepts import concepts

        _listed("code", fact.code, concepts())
    elif isinstance(fact, Implant):
        from euthymia.case.concepts import concepts

        _listed("code", fact.code, [c.code for c in concepts().values() if c.category == "implant"])
    elif isinstance(fact, ListReviewed):
        from euthymia.case.concepts import categories

        _listed("category", fact.category, categories())


def _check_scale(record: ScaleRecord) -> None:
    from euthymia.case.scales import score

    if record.answers is None:
        score(record.scale, total=record.total)
        return
    scored = score(record.scale, list(record.answers))
    if record.total is not None and record.total != scored.total:
        raise InvalidInput("total", record.total, f"{scored.total}, the sum of the answers", "Leave `total` out.")


def _listed(argument: str, given: str, known: Iterable[str]) -> None:
    names = list(known)
    if given in names:
        return
    if len(names) <= SHOWN:
        allowed = f"one of {', '.join(names)}"
    else:
        near = difflib.get_close_matches(given, names, n=3, cutoff=0.3) or names[:3]
        allowed = f"one of the {len(names)} codes of case/data/concepts.csv, e.g. {', '.join(near)}"
    close = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
    hint = f"Did you mean `{close[0]}`?" if close else ""
    raise InvalidInput(argument, given, allowed, hint)
