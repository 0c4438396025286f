"""Criteria: conditions over a case, written in tables, judged in three values.

A criterion is a small expression such as ``has(pregnancy) or age() < 18``. It is true, false or not known; what is
not known carries the question that would settle it. The functions are the keys of ``FUNCTIONS``; operators are
``and or not < <= > >= == !=``; bare words are text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from euthymia.case.concepts import Question
from euthymia.case.measures import FUNCTIONS, Reading
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Judgment:
    """Outcome of a criterion: True, False or None (not known), with the evidence and the open questions."""

    truth: bool | None
    evidence: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def judge(case: Case, criterion: str) -> Judgment:
    """Judge ``criterion`` for ``case`` in Kleene's three-valued logic.

    Parameters
    ----------
    case
        The case.
    criterion
        Expression text, e.g. ``taking(maoi) and not has(escort_available)``.

    Raises
    ------
    InvalidInput
        When the expression is not one of this language.
    """
    return _judge(case, parse(criterion))


@cache
def parse(criterion: str) -> ast.expr:
    """Parse and check ``criterion``; tables call this when they are loaded, so a typo never waits for a patient."""
    try:
        tree = ast.parse(criterion, mode="eval").body
    except SyntaxError as error:
        raise InvalidInput("criterion", criterion, "an expression such as has(pregnancy) or age() < 18") from error
    _check(tree, criterion)
    return tree


def _check(node: ast.expr, criterion: str) -> None:
    if isinstance(node, ast.BoolOp):
        for part in node.values:
            _check(part, criterion)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        _check(node.operand, criterion)
    elif isinstance(node, ast.Compare):
        if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARE or not _is_call(node.left):
            raise InvalidInput("criterion", criterion, "comparisons of the form function(…) < value")
        _check(node.left, criterion)
        _constant(node.comparators[0], criterion)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id not in FUNCTIONS:
            raise InvalidInput("criterion", criterion, f"functions {', '.join(FUNCTIONS)}")
        arguments = [_constant(a, criterion) for a in node.args]
        if node.keywords or any(not isinstance(a, (str, int, float)) for a in arguments):
            raise InvalidInput("criterion", criterion, "plain arguments")
        FUNCTIONS[node.func.id].check(*arguments)
    else:
        raise InvalidInput("criterion", criterion, "functions joined by and, or, not and one comparison each")


def _is_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call)


def _constant(node: ast.expr, criterion: str) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float)):
        return node.value
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return -node.operand.value  # type: ignore[operator]
    raise InvalidInput("criterion", criterion, "numbers, words or quoted text as values")


def _judge(case: Case, node: ast.expr) -> Judgment:
    if isinstance(node, ast.BoolOp):
        parts = [_judge(case, part) for part in node.values]
        deciding = isinstance(node.op, ast.Or)  # the value that settles the whole
        settled = [p for p in parts if p.truth is deciding]
        if settled:
            return Judgment(deciding, _distinct(settled))
        unknown = [p for p in parts if p.truth is None]
        evidence = _distinct(unknown or parts)
        return Judgment(None if unknown else not deciding, evidence, tuple(q for p in unknown for q in p.questions))
    if isinstance(node, ast.UnaryOp):
        inner = _judge(case, node.operand)
        return Judgment(None if inner.truth is None else not inner.truth, inner.evidence, inner.questions)
    if isinstance(node, ast.Compare):
        reading = _read(case, node.left)
        if reading.value is None:
            return Judgment(None, (reading.evidence,), reading.questions)
        limit = _constant(node.comparators[0], "")
        truth = _COMPARE[type(node.ops[0])](reading.value, limit)
        return Judgment(bool(truth), (reading.evidence,))
    reading = _read(case, node)
    known = None if reading.value is None else bool(reading.value)
    return Judgment(known, (reading.evidence,), reading.questions if known is None else ())


def _distinct(parts: list[Judgment]) -> tuple[str, ...]:
    """The evidence of several parts, each said once."""
    return tuple(dict.fromkeys(words for part in parts for words in part.evidence))


def _read(case: Case, node: ast.expr) -> Reading:
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return FUNCTIONS[node.func.id].read(case, *[_constant(a, "") for a in node.args])


_COMPARE: Mapping[type, Callable[[Any, Any], bool]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}
