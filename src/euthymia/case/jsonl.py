"""The event log as JSON Lines: a header, then one event a line, superseded and retracted ones included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from euthymia.case import chronology, codec
from euthymia.case.edge_checks import checked
from euthymia.case.events import AnyEvent, Event, event_to_dict, plain
from euthymia.case.facts import KINDS
from euthymia.case.model import Case, fold
from euthymia.core.errors import InvalidInput

VERSION = 1
HEADER_KEY = "euthymia_log"
_HEADER_KEYS = (HEADER_KEY, "case_id", "synthetic", "as_of")
_EVENT_KEYS = ("kind", "happened_at", "recorded_at", "author", "source", "fact", "supersedes", "retracts")


def parse_json(text: str, name: str) -> Any:
    """Return the JSON in ``text``; a key that stands twice, NaN and endless nesting are refused."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) != len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise InvalidInput(name, f"the key {twice!r} twice", "each key once")
        return result

    def constant(word: str) -> Any:
        raise InvalidInput(name, word, "a finite number")

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise InvalidInput(name, f"{error.msg} at line {error.lineno}, column {error.colno}", "JSON") from None
    except RecursionError:
        raise InvalidInput(name, "nesting without end", "JSON as documented") from None
    except ValueError as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(name, str(error), "JSON") from None


def case_to_jsonl(case: Case) -> str:
    """Return the whole log of a case, one event a line."""
    header = {
        HEADER_KEY: VERSION,
        "case_id": case.case_id,
        "synthetic": case.synthetic,
        "as_of": plain(case.as_of),
    }
    records = [header, *(event_to_dict(event) for event in case.log)]
    return "".join(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records)


def parse_jsonl(text: str, *, name: str, now: datetime | None = None) -> Case:
    """Return the case whose log is ``text``.

    Raises
    ------
    InvalidInput
        With the number of the line, e.g. for a last line that was cut off.
    """
    lines = text.split("\n")
    ends_whole = lines[-1] == ""
    numbered = [(i, line) for i, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        raise InvalidInput(name, "an empty file", "a header line and one event a line")
    first, header_text = numbered[0]
    header = _line(header_text, name, first, last=False)
    case_id, synthetic, as_of = _header(header, f"{name}: line {first}", now)
    placed: list[tuple[str, AnyEvent]] = []
    for i, line in numbered[1:]:
        last = i == numbered[-1][0] and not ends_whole
        path = f"{name}: line {i}"
        placed.append((path, event_from_dict(_line(line, name, i, last=last), path)))
    events = [event for _, event in placed]
    known = {event.id for event in events}
    for path, event in placed:
        if event.supersedes and event.supersedes not in known:
            raise InvalidInput(f"{path}.supersedes", event.supersedes, "the id of an event in this file")
    if as_of is None:
        if not events:
            raise InvalidInput(f"{name}: line {first}.as_of", "absent", "a date and time", "A log without events.")
        as_of = max(event.recorded_at for event in events)
        chronology.check_as_of(as_of, now, whole_day=False)
    for path, event in placed:
        chronology.check_events([(path, event)], max(as_of, event.recorded_at))
        if now is not None and event.recorded_at > now:
            raise InvalidInput(f"{path}.recorded_at", event.recorded_at.isoformat(), "not later than now")
    return fold(case_id, events, as_of=as_of, synthetic=synthetic)


def _line(line: str, name: str, number: int, *, last: bool) -> Mapping[str, Any]:
    where = f"{name}: line {number}"
    try:
        record = parse_json(line, where)
    except InvalidInput as error:
        hint = "The last line seems to be cut off; remove it or restore the rest." if last else error.hint
        raise InvalidInput(where, error.given, "one JSON object a line", hint) from None
    if not isinstance(record, Mapping):
        raise InvalidInput(where, record, "one JSON object a line")
    return record


def _header(record: Mapping[str, Any], path: str, now: datetime | None) -> tuple[str, bool, datetime | None]:
    if record.get(HEADER_KEY) != VERSION or isinstance(record.get(HEADER_KEY), bool):
        given = record.get(HEADER_KEY, "absent")
        raise InvalidInput(f"{path}.{HEADER_KEY}", given, str(VERSION), "The first line is the header.")
    for key in record:
        if key not in _HEADER_KEYS:
            raise codec.unknown_key(path, key, _HEADER_KEYS)
    case_id = codec.text(record.get("case_id", ""), f"{path}.case_id")
    if not case_id.strip():
        raise InvalidInput(f"{path}.case_id", case_id, "an internal id, never a name")
    synthetic = record.get("synthetic", False)
    if not isinstance(synthetic, bool):
        raise InvalidInput(f"{path}.synthetic", synthetic, "true or false")
    if "as_of" not in record:
        return case_id, synthetic, None
    as_of = codec.moment(record["as_of"], f"{path}.as_of")
    chronology.check_as_of(as_of, now, whole_day=False, path=f"{path}.as_of")
    return case_id, synthetic, as_of


def event_from_dict(record: Mapping[str, Any], path: str = "event") -> AnyEvent:
    """Return the event that ``event_to_dict`` wrote.

    Raises
    ------
    InvalidInput
        With the path of the field.
    """
    for key in record:
        if key not in _EVENT_KEYS:
            raise codec.unknown_key(path, key, _EVENT_KEYS)
    for key in ("kind", "happened_at", "recorded_at", "fact"):
        if key not in record:
            raise InvalidInput(f"{path}.{key}", "absent", "a value", "This field is required.")
    kind = record["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidInput(f"{path}.kind", kind, " | ".join(KINDS))
    fact: Any = codec.decode_fact(KINDS[kind], record["fact"], f"{path}.fact")
    checked(fact, f"{path}.fact")
    happened = codec.moment(record["happened_at"], f"{path}.happened_at")
    recorded = codec.moment(record["recorded_at"], f"{path}.recorded_at")
    author = codec.text(record.get("author", "unknown"), f"{path}.author")
    source = codec.text(record.get("source", "unknown"), f"{path}.source")
    supersedes = codec.text(record.get("supersedes", ""), f"{path}.supersedes")
    retracts = record.get("retracts", False)
    if not isinstance(retracts, bool):
        raise InvalidInput(f"{path}.retracts", retracts, "true or false")
    try:
        return Event(fact, happened, recorded, author, source, supersedes, retracts)
    except InvalidInput as error:
        raise InvalidInput(f"{path}.{error.argument}", error.given, error.allowed, error.hint) from None
