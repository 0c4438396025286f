"""Reading ``case.yaml``: a whole file becomes a Case, or one error names the field, the line and the next step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from euthymia.case import chronology, codec
from euthymia.case.attachments import read_attachment
from euthymia.case.edge_checks import checked
from euthymia.case.events import AnyEvent, Event
from euthymia.case.facts import (
    VITAL_LIMITS,
    Attachment,
    Demographics,
    Finding,
    TreatmentTrial,
    Vital,
)
from euthymia.case.model import Case, fold
from euthymia.case.strict_yaml import load
from euthymia.case.yaml_shape import (
    ENTRY_KEYS,
    NAMED_KINDS,
    PERSON_KEYS,
    SECTIONS,
    SOURCE,
    TOP_KEYS,
    TRIAL_KEYS,
    VERSION,
    VERSION_KEY,
    Section,
    default_moment,
)
from euthymia.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class _Header:
    """What every entry inherits unless it says otherwise."""

    as_of: datetime
    author: str
    folder: Path


def parse_yaml(text: str, *, name: str, folder: Path, now: datetime | None = None) -> Case:
    """Return the case written in ``text``; ``name`` is what errors call the file.

    Raises
    ------
    InvalidInput
        With the path of the field and its line.
    """
    document = load(text, name)
    try:
        return case_from_document(document.value, folder=folder, now=now, name=name)
    except InvalidInput as error:
        line = document.line_of(error.argument)
        where = f"({name}, line {line})" if line else f"({name})"
        hint = f"{error.hint} {where}" if error.hint else where
        raise InvalidInput(error.argument, error.given, error.allowed, hint) from None


def case_from_document(document: object, *, folder: Path, now: datetime | None = None, name: str = "file") -> Case:
    """Return the case held by the plain values of a case file (YAML or JSON)."""
    if not isinstance(document, Mapping):
        raise InvalidInput(name, document, f"a mapping that begins with `{VERSION_KEY}: {VERSION}`")
    for key in document:
        if key not in TOP_KEYS:
            raise codec.unknown_key("", key, TOP_KEYS)
    version = document.get(VERSION_KEY)
    if version != VERSION or isinstance(version, bool):
        given = "absent" if VERSION_KEY not in document else version
        raise InvalidInput(VERSION_KEY, given, str(VERSION), f"The first line is `{VERSION_KEY}: {VERSION}`.")
    for required in ("case_id", "as_of"):
        if document.get(required) is None:
            allowed = "an internal id, never a name" if required == "case_id" else "the day the file speaks of"
            raise InvalidInput(required, "absent", allowed, "This field is required.")
    as_of = codec.moment(document["as_of"], "as_of")
    chronology.check_as_of(as_of, now, whole_day=len(str(document["as_of"])) == 10)
    author = codec.text(document["author"], "author") if document.get("author") is not None else "unknown"
    header = _Header(as_of, author, folder)
    placed = list(_events(document, header))
    chronology.check_events(placed, as_of)
    synthetic = codec.boolean(document["synthetic"], "synthetic") if document.get("synthetic") is not None else False
    case_id = codec.text(document["case_id"], "case_id")
    return fold(case_id, [event for _, event in placed], as_of=as_of, synthetic=synthetic)


def _events(document: Mapping[str, Any], header: _Header) -> Iterator[tuple[str, AnyEvent]]:
    person = {key: document[key] for key in PERSON_KEYS if document.get(key) is not None}
    if person:
        yield "", _event(Demographics, person, {}, "", header)
    for section in SECTIONS:
        content = document.get(section.key)
        if content is None:
            continue
        if section.fact is Finding:
            yield from _conditions(content, section.key, header)
            continue
        for path, entry in _entries(content, section):
            if section.bare and isinstance(entry, str):
                entry = {section.bare: entry}
            if not isinstance(entry, Mapping):
                raise InvalidInput(path, entry, f"a mapping of {section.key}")
            record, about = _split(entry)
            if section.dated and about.get("on") is None:
                raise InvalidInput(f"{path}.on", "absent", "the date of it (YYYY-MM-DD)", "This field is required.")
            if section.fact is Vital:
                yield from _vitals(record, about, path, header)
            else:
                yield path, _event(section.fact, record, about, path, header)


def _entries(content: object, section: Section) -> list[tuple[str, Any]]:
    if isinstance(content, list):
        return [(f"{section.key}[{i}]", entry) for i, entry in enumerate(content)]
    if section.single:
        return [(section.key, content)]
    raise InvalidInput(section.key, content, "a list; each entry begins with a dash")


def _split(entry: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    record = {k: v for k, v in entry.items() if k not in ENTRY_KEYS}
    return record, {k: entry[k] for k in ENTRY_KEYS if k in entry}


def _event(cls: type, record: dict[str, Any], about: Mapping[str, Any], path: str, header: _Header) -> AnyEvent:
    if cls is TreatmentTrial:
        record = _trial_record(record, path)
    fact: Any
    if cls is Attachment:
        fact = read_attachment(record, path, header.folder)
    else:
        fact = checked(codec.decode_fact(cls, record, path), path)
    return _dated(fact, about, path, header)


def _dated(fact: Any, about: Mapping[str, Any], path: str, header: _Header) -> AnyEvent:
    def given(key: str) -> bool:
        return about.get(key) is not None

    def at(key: str) -> str:
        return codec.join(path, key)

    happened = codec.moment(about["on"], at("on")) if given("on") else default_moment(fact, header.as_of)
    recorded = codec.moment(about["recorded_at"], at("recorded_at")) if given("recorded_at") else header.as_of
    if happened > header.as_of:
        hint = ""
        if happened.date() == header.as_of.date():
            hint = "Give `as_of` a time of day too, e.g. 2026-11-20T18:00:00Z."
        raise InvalidInput(at("on"), happened.isoformat(), f"not after as_of ({header.as_of.isoformat()})", hint)
    author = codec.text(about["author"], at("author")) if given("author") else header.author
    source = codec.text(about["source"], at("source")) if given("source") else SOURCE
    try:
        return Event(fact, happened, recorded, author, source)
    except InvalidInput as error:
        raise InvalidInput(at(error.argument), error.given, error.allowed, error.hint) from None


def _trial_record(record: dict[str, Any], path: str) -> dict[str, Any]:
    """Turn ``{drug: sertraline, …}`` into ``{kind: drug, name: sertraline, …}``."""
    heads = [key for key in record if key in TRIAL_KEYS]
    if not heads:
        if "kind" not in record:
            hint = "For example `drug: sertraline`, or `kind: drug` with `name: sertraline`."
            raise InvalidInput(path, sorted(record), f"an entry that begins with one of {', '.join(TRIAL_KEYS)}", hint)
        return record
    if len(heads) > 1 or "kind" in record or "name" in record:
        both = sorted({*heads, *(k for k in ("kind", "name") if k in record)})
        raise InvalidInput(path, ", ".join(both), "one treatment an entry", "Write each treatment as its own entry.")
    head = heads[0]
    name = record[head]
    if name is None and head not in NAMED_KINDS:
        name = head
    elif name is None:
        raise InvalidInput(f"{path}.{head}", "empty", "the name of the treatment")
    rest = {k: v for k, v in record.items() if k != head}
    return {"kind": head, "name": codec.text(name, f"{path}.{head}"), **rest}


def _vitals(
    record: dict[str, Any], about: dict[str, Any], path: str, header: _Header
) -> Iterator[tuple[str, AnyEvent]]:
    if not record:
        raise InvalidInput(path, "no value", f"one or more of {', '.join(VITAL_LIMITS)}")
    for name, value in record.items():
        if name not in VITAL_LIMITS:
            raise codec.unknown_key(path, name, (*VITAL_LIMITS, *ENTRY_KEYS))
        if value is None:
            raise InvalidInput(f"{path}.{name}", None, f"a number in {VITAL_LIMITS[name][0]}", "Leave the key out.")
        fact = codec.decode_fact(Vital, {"name": name, "value": codec.number(value, f"{path}.{name}")}, path)
        yield path, _dated(fact, about, path, header)


def _conditions(content: object, key: str, header: _Header) -> Iterator[tuple[str, AnyEvent]]:
    if not isinstance(content, Mapping):
        raise InvalidInput(key, content, "a mapping such as {pregnancy: no, sleep_apnea: yes}")
    for code, answers in content.items():
        path = f"{key}.{code}"
        for i, answer in enumerate(answers if isinstance(answers, list) else [answers]):
            place = f"{path}[{i}]" if isinstance(answers, list) else path
            record, about = _split(answer) if isinstance(answer, Mapping) else ({"present": answer}, {})
            if "present" not in record:
                raise InvalidInput(f"{place}.present", "absent", "yes, no or unknown", "This field is required.")
            if "code" in record:
                raise codec.unknown_key(place, "code", ("present", "detail", "since", *ENTRY_KEYS))
            if not isinstance(answer, Mapping) and not (isinstance(answer, bool) or answer in ("yes", "no", "unknown")):
                raise InvalidInput(place, answer, "yes, no or unknown")
            try:
                yield place, _event(Finding, {"code": code, **record}, about, place, header)
            except InvalidInput as error:
                at = error.argument.removesuffix(".code")
                raise InvalidInput(at, error.given, error.allowed, error.hint) from None
