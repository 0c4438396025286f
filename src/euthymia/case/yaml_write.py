"""Writing ``case.yaml``: the events in force as a file that a person can read and :mod:`yaml_file` reads back.

The file holds what stands; superseded events are kept by the event log (JSON Lines) alone.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import UTC, datetime, time
from typing import Any

from euthymia.case.events import AnyEvent, plain
from euthymia.case.facts import Demographics, Finding, TreatmentTrial, Vital
from euthymia.case.model import Case
from euthymia.case.strict_yaml import dump
from euthymia.case.yaml_shape import SECTION_OF, SECTIONS, SOURCE, VERSION, VERSION_KEY, Section, default_moment


def case_to_yaml(case: Case) -> str:
    """Return the case as the text of a case file."""
    return dump(case_to_document(case))


def case_to_document(case: Case) -> dict[str, Any]:
    """Return the case as the plain values of a case file."""
    author = _usual_author(case)
    document: dict[str, Any] = {VERSION_KEY: VERSION, "case_id": case.case_id, "synthetic": case.synthetic}
    document["as_of"] = _moment(case.as_of)
    if author != "unknown":
        document["author"] = author
    for section in SECTIONS:
        events: tuple[AnyEvent, ...] = case.of(section.fact)
        if not events:
            continue
        if section.fact is Vital:
            document[section.key] = _vitals(events, case, author)
            continue
        if section.fact is Finding:
            document[section.key] = _conditions(events, case, author)
            continue
        entries = [_entry(event, section, case, author) for event in events]
        if section.fact is Demographics and len(entries) == 1 and not _about(events[0], case, author, section):
            document.update(entries[0])
        elif section.single and len(entries) == 1:
            document[section.key] = entries[0]
        else:
            document[section.key] = entries
    return document


def _usual_author(case: Case) -> str:
    counts = Counter(event.author for event in case.events)
    return min(counts, key=lambda a: (-counts[a], a)) if counts else "unknown"


def _moment(moment: datetime) -> str:
    """A bare date for midnight UTC, else date and time in UTC."""
    utc = moment.astimezone(UTC)
    return utc.date().isoformat() if utc.time() == time() else str(plain(utc))


def _about(event: AnyEvent, case: Case, author: str, section: Section) -> dict[str, Any]:
    """What an entry says about itself where it differs from the default."""
    about: dict[str, Any] = {}
    if section.dated or event.happened_at != default_moment(event.fact, case.as_of):
        about["on"] = _moment(event.happened_at)
    if event.recorded_at != case.as_of:
        about["recorded_at"] = _moment(event.recorded_at)
    if event.author != author:
        about["author"] = event.author
    if event.source != SOURCE:
        about["source"] = event.source
    return about


def _entry(event: AnyEvent, section: Section, case: Case, author: str) -> Any:
    record = dict(plain(event.fact))
    about = _about(event, case, author, section)
    fact = event.fact
    if isinstance(fact, TreatmentTrial):
        name, kind = record.pop("name"), record.pop("kind")
        record = {kind: name, **_without_defaults(fact, record)}
    else:
        record = _without_defaults(fact, record)
    if section.bare and not about and set(record) == {section.bare}:
        return record[section.bare]
    return {**({"on": about.pop("on")} if "on" in about else {}), **record, **about}


def _without_defaults(fact: object, record: dict[str, Any]) -> dict[str, Any]:
    """Leave out what reading puts back by itself: ``unknown`` words and plain defaults."""
    defaults = {f.name: f.default for f in dataclasses.fields(fact)}  # type: ignore[arg-type]
    return {k: v for k, v in record.items() if getattr(fact, k) != defaults[k]}


def _conditions(events: tuple[AnyEvent, ...], case: Case, author: str) -> dict[str, Any]:
    answers: dict[str, list[Any]] = {}
    for event in events:
        fact = event.fact
        assert isinstance(fact, Finding)
        word = {True: "yes", False: "no", None: "unknown"}[fact.present]
        record = {k: v for k, v in plain(fact).items() if k not in ("code", "present")}
        about = _about(event, case, author, SECTION_OF["conditions"])
        full = {"present": word, **record, **about}
        answers.setdefault(fact.code, []).append(word if set(full) == {"present"} else full)
    return {code: found[0] if len(found) == 1 else found for code, found in answers.items()}


def _vitals(events: tuple[AnyEvent, ...], case: Case, author: str) -> list[dict[str, Any]]:
    """One entry for all values of one moment."""
    entries: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for event in events:
        fact = event.fact
        assert isinstance(fact, Vital)
        about = _about(event, case, author, SECTION_OF["vitals"])
        group = next((values for known, values in entries if known == about and fact.name not in values), None)
        if group is None:
            group = {}
            entries.append((about, group))
        group[fact.name] = fact.value
    return [{"on": about.pop("on"), **values, **about} for about, values in entries]
