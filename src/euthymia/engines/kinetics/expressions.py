"""Small arithmetic expressions of model files: read once, checked against a white list, then applied to arrays.

An expression may use numbers, names, ``+ - * / **``, comparisons and the functions of ``FUNCTIONS``. Nothing else of
Python is reachable: the text is parsed to a syntax tree and turned into array operations, never executed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import TableError

Array: TypeAlias = NDArray[np.float64]
Names: TypeAlias = Mapping[str, Any]
_Operation: TypeAlias = Callable[[Names], Any]

FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "exp": (np.exp, 1),
    "log": (np.log, 1),
    "sqrt": (np.sqrt, 1),
    "max": (np.maximum, 2),
    "min": (np.minimum, 2),
    "where": (np.where, 3),
}
"""Functions an expression may call, with their number of arguments."""
LONGEST = 400
"""Characters of an expression; a longer one is cut into parts under ``[derived]``."""
LARGEST = 1e30
"""Numbers of an expression are smaller than this."""

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression; call it with the values of its names."""

    text: str
    names: frozenset[str]
    _operation: _Operation = field(repr=False, compare=False)

    def __call__(self, values: Names) -> Any:
        """Return the value; arrays broadcast as in NumPy.

        Raises
        ------
        KeyError
            When ``values`` lacks one of :attr:`names`.
        """
        return self._operation(values)


def read_expression(text: str, allowed: Collection[str], where: str) -> Expression:
    """Parse ``text``.

    Parameters
    ----------
    text
        The expression, e.g. ``"Q1 / Vc"``.
    allowed
        Names it may use.
    where
        File and key, for the error.

    Raises
    ------
    TableError
        For anything outside the white list, with what is allowed.
    """
    if len(text) > LONGEST:
        raise TableError(
            f"{where}: an expression of {len(text)} characters; allowed: {LONGEST}. Use [derived] for parts"
        )
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise TableError(f"{where}: {text!r} is not an expression ({error})") from None
    names: set[str] = set()
    operation = _compile(tree.body, frozenset(allowed), names, f"{where}: {text!r}")
    return Expression(text, frozenset(names), operation)


def _compile(node: ast.expr, allowed: frozenset[str], names: set[str], where: str) -> _Operation:
    """Turn one node into a function of the names' values."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as number) if abs(number) < LARGEST:
            constant = float(number)
            return lambda values: constant
        case ast.Name(id=name):
            if name not in allowed:
                raise TableError(f"{where} uses the unknown name `{name}`; known: {', '.join(sorted(allowed))}")
            names.add(name)
            return lambda values: values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            negated = _compile(operand, allowed, names, where)
            return lambda values: np.negative(negated(values))
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _BINARY:
            return _two(_BINARY[type(operator)], left, right, allowed, names, where)
        case ast.Compare(left=left, ops=[comparison], comparators=[right]) if type(comparison) in _COMPARE:
            return _two(_COMPARE[type(comparison)], left, right, allowed, names, where)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            function, count = FUNCTIONS[name]
            if len(arguments) != count:
                raise TableError(f"{where}: `{name}` takes {count} argument(s), {len(arguments)} given")
            parts = [_compile(argument, allowed, names, where) for argument in arguments]
            return lambda values: function(*(part(values) for part in parts))
    raise TableError(
        f"{where}: {ast.unparse(node)!r} is not allowed here; allowed: numbers, names, + - * / **, one comparison, "
        f"and {', '.join(FUNCTIONS)}"
    )


def _two(
    function: Callable[[Any, Any], Any],
    left: ast.expr,
    right: ast.expr,
    allowed: frozenset[str],
    names: set[str],
    where: str,
) -> _Operation:
    """Join two operands by ``function``."""
    first, second = _compile(left, allowed, names, where), _compile(right, allowed, names, where)
    return lambda values: function(first(values), second(values))
