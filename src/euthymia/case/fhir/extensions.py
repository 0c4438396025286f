"""What FHIR has no element for travels in extensions: times, author and source of an event, and the fact's own fields.

A field that has a home in the resource stands there and only there, so that the two can never disagree.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from euthymia.case import codec
from euthymia.case.events import AnyEvent, plain
from euthymia.case.facts import KIND_OF
from euthymia.case.fhir.node import Node
from euthymia.case.fhir.systems import EVENT_EXTENSION, FACT_EXTENSION
from euthymia.case.jsonl import parse_json
from euthymia.core.errors import InvalidInput

_JSON = "json:"
_KIND = "factKind"
_MAX_INTEGER = 2**31 - 1


def event_extension(event: AnyEvent) -> dict[str, Any]:
    """Times, author and source of an event."""
    parts: list[dict[str, Any]] = [
        {"url": "happenedAt", "valueDateTime": plain(event.happened_at)},
        {"url": "recordedAt", "valueDateTime": plain(event.recorded_at)},
    ]
    parts += [{"url": k, "valueString": v} for k, v in (("author", event.author), ("source", event.source)) if v]
    return {"url": EVENT_EXTENSION, "extension": parts}


def fact_extension(fact: object, homed: tuple[str, ...] = ()) -> dict[str, Any]:
    """Kind of a fact and those of its fields that have no home in the resource."""
    parts: list[dict[str, Any]] = [{"url": _KIND, "valueCode": KIND_OF[type(fact)]}]
    parts += [_part(name, value) for name, value in plain(fact).items() if name not in homed]
    return {"url": FACT_EXTENSION, "extension": parts}


def extensions(event: AnyEvent, homed: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Both extensions of a resource that holds one event."""
    return [event_extension(event), fact_extension(event.fact, homed)]


def _part(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"url": name, "valueBoolean": value}
    if isinstance(value, int) and abs(value) <= _MAX_INTEGER:
        return {"url": name, "valueInteger": value}
    if isinstance(value, (int, float)):
        return {"url": name, "valueDecimal": value}
    if isinstance(value, str):
        return {"url": name, "valueString": value}
    return {"url": _JSON + name, "valueString": json.dumps(value, sort_keys=True)}


def find(resource: Node, url: str) -> Node:
    """Return the extension called ``url``, or an empty node."""
    return next((e for e in resource.nodes("extension") if e.text("url") == url), Node({}, resource.at("extension")))


def is_ours(resource: Node) -> bool:
    """Whether Euthymia wrote this resource."""
    return bool(find(resource, EVENT_EXTENSION))


def read_event_extension(resource: Node) -> tuple[datetime, datetime, str, str] | None:
    """Return (happened_at, recorded_at, author, source), or None for a resource that is not ours."""
    extension = find(resource, EVENT_EXTENSION)
    if not extension:
        return None
    parts = {part.text("url"): part for part in extension.nodes("extension")}
    for required in ("happenedAt", "recordedAt"):
        if required not in parts:
            raise InvalidInput(extension.at(required), "absent", "a date and time")

    def moment(name: str) -> datetime:
        return codec.moment(parts[name].text("valueDateTime"), extension.at(name))

    def word(name: str) -> str:
        return parts[name].text("valueString") if name in parts else ""

    return moment("happenedAt"), moment("recordedAt"), word("author"), word("source")


def read_fact_extension(resource: Node) -> tuple[str, dict[str, Any]]:
    """Return the kind of fact and its fields that stand in the extension; an empty kind when there is none."""
    extension = find(resource, FACT_EXTENSION)
    record: dict[str, Any] = {}
    kind = ""
    for part in extension.nodes("extension"):
        name = part.text("url")
        if name == _KIND:
            kind = part.text("valueCode")
        elif name.startswith(_JSON):
            record[name.removeprefix(_JSON)] = parse_json(part.text("valueString"), part.path)
        else:
            record[name] = _value(part)
    return kind, record


def _value(part: Node) -> Any:
    values: Mapping[str, Any] = {k: v for k, v in part.value.items() if k.startswith("value")}
    if len(values) != 1:
        raise InvalidInput(part.path, sorted(values), "exactly one value")
    return next(iter(values.values()))
