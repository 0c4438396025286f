"""Packaged tables of facts: CSV and TOML, checked against a row class when they are loaded.

A table is a file beside the code that reads it. Its columns are the fields of a frozen dataclass that extends
:class:`SourcedRow`; a column too many or too few, an empty source, a unit nobody knows, a word outside an enum
or a duplicate key stops the load with the file, line and column.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import tomllib
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from euthymia.core.errors import TableError
from euthymia.core.source import Source, Verification
from euthymia.core.units import is_unit

LIST_SEPARATOR = "|"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SourcedRow:
    """Columns that every table of facts has."""

    source: str
    doi: str = ""
    verification: Verification
    as_of: date

    def cite(self) -> Source:
        """Return the row's source as a :class:`~euthymia.core.source.Source`."""
        return Source(self.source, self.doi, self.verification, self.as_of)


Row = TypeVar("Row", bound=SourcedRow)


@cache
def load_table(package: str, filename: str, row_class: type[Row], *, key: str | None = None) -> tuple[Row, ...]:
    """Load ``data/<filename>`` of ``package`` as a tuple of ``row_class``.

    Parameters
    ----------
    package
        Importable package that holds the folder ``data``, e.g. ``"euthymia.therapies.tms"``.
    filename
        ``*.csv`` (header row, ``|`` between list items, empty cell = absent) or ``*.toml`` (``[[row]]`` tables).
    row_class
        Frozen dataclass extending :class:`SourcedRow`; its fields are the columns.
    key
        Field that must be unique, or None.

    Raises
    ------
    TableError
        With file, line and column, when the table breaks its rules.
    """
    text = (resources.files(package) / "data" / filename).read_text(encoding="utf-8")
    return parse_table(text, row_class, name=f"{package}/data/{filename}", toml=filename.endswith(".toml"), key=key)


def parse_table(
    text: str, row_class: type[Row], *, name: str, toml: bool = False, key: str | None = None
) -> tuple[Row, ...]:
    """Parse a table's text; see :func:`load_table`."""
    records = _toml_records(text, name) if toml else _csv_records(text, name)
    columns = _columns(typing.cast("Hashable", row_class))
    names = frozenset(column.name for column in columns)
    rows: list[Row] = []
    seen: set[object] = set()
    for where, record in records:
        if not names.issuperset(record):
            unknown = ", ".join(sorted(set(record) - names))
            raise TableError(f"{where}: unknown column {unknown}; known: {', '.join(c.name for c in columns)}")
        values: dict[str, Any] = {}
        for column in columns:
            raw = record.get(column.name)
            if raw is None or raw == "":
                if column.is_optional:
                    continue
                raise TableError(f"{where}: column `{column.name}` is empty; every row needs it")
            try:
                value = column.convert(raw)
            except (TypeError, ValueError) as error:
                said = str(error) if isinstance(error, _Unreadable) else f"{raw!r} cannot be read"
                raise TableError(f"{where}: column `{column.name}`: {said}") from None
            if column.is_unit and not is_unit(value):
                raise TableError(f"{where}: column `{column.name}` has the unknown unit {value!r}")
            values[column.name] = value
        if key is not None:
            if values.get(key) in seen:
                raise TableError(f"{where}: duplicate {key} {values.get(key)!r}")
            seen.add(values.get(key))
        try:
            rows.append(row_class(**values))
        except ValueError as error:
            raise TableError(f"{where}: {error}") from error
    if not rows:
        raise TableError(f"{name}: no rows")
    return tuple(rows)


def _csv_records(text: str, name: str) -> list[tuple[str, Mapping[str, Any]]]:
    reader = csv.reader(io.StringIO(text))
    header = next(reader, None)
    if not header:
        raise TableError(f"{name}: no header row")
    if len(set(header)) != len(header):
        raise TableError(f"{name}: a column stands twice in the header")
    records: list[tuple[str, Mapping[str, Any]]] = []
    for cells in reader:
        where = f"{name}:{reader.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise TableError(f"{where}: {len(cells)} cells under {len(header)} columns")
        records.append((where, {k: c.strip() for k, c in zip(header, cells, strict=True)}))
    return records


def _toml_records(text: str, name: str) -> list[tuple[str, Mapping[str, Any]]]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"{name}: {error}") from error
    if set(content) != {"row"}:
        raise TableError(f"{name}: expected [[row]] tables only, found {sorted(content)}")
    return [(f"{name}: row {i}", record) for i, record in enumerate(content["row"], start=1)]


class _Unreadable(ValueError):
    """A cell that is not what its column holds; the message says what it should be."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Column:
    """One column: how its cells are read, worked out once a row class."""

    name: str
    convert: Callable[[Any], Any]
    is_optional: bool
    is_unit: bool


@cache
def _columns(row_class: Any) -> tuple[_Column, ...]:
    hints = typing.get_type_hints(row_class)
    missing = dataclasses.MISSING
    return tuple(
        _Column(
            f.name,
            _converter(hints[f.name]),
            f.default is not missing or f.default_factory is not missing,
            f.name == "unit" or f.name.endswith("_unit"),
        )
        for f in dataclasses.fields(row_class)
    )


@cache
def _converter(hint: Any) -> Callable[[Any], Any]:
    """Return what turns a cell (or TOML value) into the annotated type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = [a for a in arguments if a is not type(None)]
        if len(inner) != 1:
            return _refusal(f"a column may be optional but not of two types ({hint})")
        return _converter(inner[0])
    if origin is tuple:
        item = _converter(arguments[0])
        return lambda raw: tuple(
            item(part)
            for part in (raw if isinstance(raw, list) else [word.strip() for word in str(raw).split(LIST_SEPARATOR)])
        )
    if origin is typing.Literal:
        return _word_of({word: word for word in arguments}, ", ".join(map(repr, arguments)))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _word_of({member.value: member for member in hint}, ", ".join(m.value for m in hint))
    if hint is str:
        return str
    parser = _PARSERS.get(hint)
    if parser is None:
        return _refusal(f"columns of type {hint} are not supported")

    def parsed(raw: Any) -> Any:
        try:
            return parser(raw)
        except (TypeError, ValueError):
            raise _Unreadable(f"{raw!r} is not a {hint.__name__}") from None

    return parsed


def _word_of(known: Mapping[Any, Any], words: str) -> Callable[[Any], Any]:
    def parsed(raw: Any) -> Any:
        if raw not in known:
            raise _Unreadable(f"{raw!r} is none of {words}")
        return known[raw]

    return parsed


def _refusal(words: str) -> Callable[[Any], Any]:
    def refused(raw: Any) -> Any:
        raise _Unreadable(words)

    return refused


def _boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in ("yes", "true"):
        return True
    if raw in ("no", "false"):
        return False
    raise ValueError(raw)


def _finite(raw: Any) -> float:
    number = float(raw)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(raw)
    return number


def _day(raw: Any) -> date:
    return raw if isinstance(raw, date) else date.fromisoformat(raw)


_PARSERS: dict[Any, Callable[[Any], Any]] = {str: str, int: int, float: _finite, bool: _boolean, date: _day}
