"""What is left when a session has ended: its events as an event log, the fields of its form, and what is missing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from euthymia.case.events import Event
from euthymia.case.facts import SessionDelivered
from euthymia.case.jsonl import case_to_jsonl
from euthymia.case.model import Case, fold
from euthymia.core.errors import InvalidInput


def check_free(path: Path, option: str) -> None:
    """Raise :class:`InvalidInput` unless ``path`` can be written without replacing anything."""
    if path.exists():
        raise InvalidInput(option, str(path), "a file that does not exist yet", "Nothing of a session is overwritten.")
    if not path.absolute().parent.is_dir():
        raise InvalidInput(option, str(path), "a file in a folder that exists")


def write_events(case: Case, events: Sequence[Event[Any]], path: Path) -> None:
    """Write the events of a session as an event log (JSON Lines) that can be read, or appended to the case's own."""
    as_of = max([case.as_of, *(event.recorded_at for event in events)])
    log = fold(case.case_id, events, as_of=as_of, synthetic=case.synthetic)
    check_free(path, "--output")
    with path.open("x", encoding="utf-8") as file:
        file.write(case_to_jsonl(log))
        file.flush()
        os.fsync(file.fileno())


def delivered(events: Sequence[Event[Any]]) -> SessionDelivered | None:
    """The fact that the session was held, or None."""
    return next((event.fact for event in events if isinstance(event.fact, SessionDelivered)), None)


def form_fields(events: Sequence[Event[Any]]) -> Mapping[str, Any]:
    """Fields of the monitoring form that the session filled, by name; empty when it has none."""
    fact = delivered(events)
    fields = fact.summary.get("monitoring_form") if fact is not None else None
    return fields if isinstance(fields, Mapping) else {}


def missing_fields(events: Sequence[Event[Any]]) -> list[str]:
    """Names of the fields of the form that nobody has filled."""
    fact = delivered(events)
    found = fact.summary.get("monitoring_form_missing") if fact is not None else None
    return [str(name) for name in found] if isinstance(found, (list, tuple)) else []
