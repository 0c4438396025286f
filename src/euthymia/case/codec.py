"""From plain values to facts and back, driven by the types of the fact classes; every error names its path."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import re
import types
import typing
from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from euthymia.core.errors import InvalidInput

T = TypeVar("T")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?\Z"
)
MAY_BE_EMPTY = {
    ("CourseStarted", "form"),
    ("CourseStarted", "protocol"),
    ("SessionDelivered", "form"),
    ("SessionDelivered", "protocol"),
    ("SafetyAlert", "code"),
}
"""Fields without a default that files leave out when they are empty."""

_WORDS: Mapping[object, bool] = {"yes": True, "no": False, "true": True, "false": False}


@functools.cache
def _field_types(cls: Hashable) -> Mapping[str, Any]:
    return typing.get_type_hints(cls)


def field_types(cls: type) -> Mapping[str, Any]:
    """Return the resolved type of every field of a fact class."""
    return _field_types(cls)


def is_required(field: dataclasses.Field[Any]) -> bool:
    """Whether a field has no default."""
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def unknown_key(path: str, key: object, known: Iterable[str]) -> InvalidInput:
    """Return the error for a key nobody knows, with the closest one that exists."""
    names = sorted(known)
    close = difflib.get_close_matches(str(key), names, n=1, cutoff=0.6)
    hint = f"Did you mean `{close[0]}`?" if close else ""
    return InvalidInput(join(path, key), "an unknown key", f"one of {', '.join(names)}", hint)


def join(path: str, key: object) -> str:
    """Return the path of ``key`` under ``path``."""
    return f"{path}.{key}" if path else str(key)


def decode_fact(cls: type[T], record: object, path: str) -> T:
    """Make a ``cls`` from a mapping; keys too many, missing or of the wrong type are refused with their path."""
    if not isinstance(record, Mapping):
        raise InvalidInput(path, record, f"a mapping with {', '.join(field_types(cls))}")
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]
    for key in record:
        if key not in fields:
            raise unknown_key(path, key, fields)
    hints = field_types(cls)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        raw = record.get(name)
        if raw is None:
            if (cls.__name__, name) in MAY_BE_EMPTY:
                values[name] = ""
            elif is_required(field) and _takes_null(hints[name]):
                values[name] = None
            elif is_required(field):
                raise InvalidInput(join(path, name), "absent", expected(hints[name]), "This field is required.")
            continue
        values[name] = decode(hints[name], raw, join(path, name))
    return _made(cls, values, path)


def _made(cls: type[T], values: Mapping[str, Any], path: str) -> T:
    try:
        return cls(**values)
    except InvalidInput as error:
        raise InvalidInput(join(path, error.argument), error.given, error.allowed, error.hint) from None


def _takes_null(hint: Any) -> bool:
    return type(None) in typing.get_args(hint)


def decode(hint: Any, raw: object, path: str) -> Any:
    """Turn a plain value into the annotated type, or say at which path it cannot be."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        if raw is None:
            return None
        inner = [a for a in arguments if a is not type(None)]
        if inner == [bool] and raw == "unknown":
            return None
        return decode(inner[0], raw, path)
    if origin is tuple:
        if not isinstance(raw, (list, tuple)):
            raise InvalidInput(path, raw, "a list")
        return tuple(decode(arguments[0], item, f"{path}[{i}]") for i, item in enumerate(raw))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(raw, Mapping):
            raise InvalidInput(path, raw, "a mapping")
        return {text(key, path): decode(arguments[1], item, join(path, key)) for key, item in raw.items()}
    if hint is object:
        return json_value(raw, path)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _word(hint, raw, path)
    return _SCALARS[hint](raw, path)


def expected(hint: Any) -> str:
    """Say in words what a field takes."""
    inner = [a for a in typing.get_args(hint) if a is not type(None)] or [hint]
    if isinstance(inner[0], type) and issubclass(inner[0], StrEnum):
        return " | ".join(inner[0])
    names = {str: "text", bool: "yes or no", int: "a whole number", float: "a number", date: "a date (YYYY-MM-DD)"}
    return names.get(inner[0], "a value")


def _word(hint: type[StrEnum], raw: object, path: str) -> StrEnum:
    if isinstance(raw, str):
        try:
            return hint(raw)
        except ValueError:
            close = difflib.get_close_matches(raw.casefold(), list(hint), n=1, cutoff=0.6)
            hint_text = f"Did you mean `{close[0]}`?" if close else ""
            raise InvalidInput(path, raw, " | ".join(hint), hint_text) from None
    raise InvalidInput(path, raw, " | ".join(hint))


def text(raw: object, path: str) -> str:
    """Require text; numbers are not text until they are quoted."""
    if isinstance(raw, str):
        if any("\ud800" <= ch <= "\udfff" for ch in raw):
            raise InvalidInput(path, raw, "text that UTF-8 can hold")
        return raw
    quoted = isinstance(raw, (int, float))
    raise InvalidInput(path, raw, "text", f'Write it in quotes: "{raw}".' if quoted else "")


def boolean(raw: object, path: str) -> bool:
    """Require yes, no, true or false."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw in _WORDS:
        return _WORDS[raw]
    raise InvalidInput(path, raw, "yes or no")


def integer(raw: object, path: str) -> int:
    """Require a whole number written as one."""
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise InvalidInput(path, raw, "a whole number", _number_hint(raw))
    return raw


def number(raw: object, path: str) -> float:
    """Require a finite number; an int stays an int, so that what is written back is what was read."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise InvalidInput(path, raw, "a number", _number_hint(raw))
    if (isinstance(raw, int) and abs(raw) > 2**63) or not math.isfinite(raw):
        raise InvalidInput(path, raw, "a finite number")
    return raw


def _number_hint(raw: object) -> str:
    if not isinstance(raw, str):
        return ""
    try:
        float(raw)
    except ValueError:
        return "Write the number alone; the unit is part of the field's name or has a field of its own."
    return f"Remove the quotes: {raw.strip()}."


def day(raw: object, path: str) -> date:
    """Require a calendar day written YYYY-MM-DD."""
    if isinstance(raw, str) and _DAY.match(raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            pass
    raise InvalidInput(path, raw, "a date written YYYY-MM-DD")


def moment(raw: object, path: str) -> datetime:
    """Require a day (its first moment, UTC) or a date and time with a time zone; the result is in UTC."""
    if isinstance(raw, str) and _MOMENT.match(raw):
        try:
            parsed = datetime.fromisoformat(raw)
            if parsed.tzinfo is None:
                raise InvalidInput(
                    path, raw, "a date and time with a time zone", f"Write {raw}Z for UTC or {raw}+01:00."
                )
            return parsed.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            if isinstance(error, InvalidInput):
                raise
    elif isinstance(raw, str):
        found = day(raw, path)
        return datetime(found.year, found.month, found.day, tzinfo=UTC)
    raise InvalidInput(path, raw, "a date YYYY-MM-DD, or a date and time such as 2026-11-01T09:30:00Z")


def json_value(raw: object, path: str) -> Any:
    """Require plain JSON values with finite numbers."""
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, (int, float)):
        return number(raw, path)
    if isinstance(raw, str):
        return text(raw, path)
    if isinstance(raw, Mapping):
        return {text(k, path): json_value(v, join(path, k)) for k, v in raw.items()}
    if isinstance(raw, list):
        return [json_value(v, f"{path}[{i}]") for i, v in enumerate(raw)]
    raise InvalidInput(path, raw, "a plain value")


_SCALARS: Mapping[Any, Any] = {
    str: text,
    bool: boolean,
    int: integer,
    float: number,
    date: day,
    datetime: moment,
    Mapping[str, object]: json_value,
}
