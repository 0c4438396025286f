"""Events: what was learned about a patient, when it happened, when it was recorded, by whom and from where.

Events are never edited. A correction is a new event that names the one it supersedes; both stay in the log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Generic, TypeVar

from euthymia.case.facts import KIND_OF, Fact
from euthymia.core.errors import InvalidInput

F = TypeVar("F", covariant=True)


@dataclass(frozen=True, slots=True)
class Event(Generic[F]):
    """One entry of the log.

    Parameters
    ----------
    fact
        What was learned (one of ``case.facts``).
    happened_at, recorded_at
        Timezone-aware. ``recorded_at`` may not be earlier than ``happened_at``: nothing is recorded before it is so.
    author
        Person or program that recorded it (a role or internal id, never a patient name).
    source
        Where it came from: ``case.yaml``, ``fhir``, ``form``, ``session`` …
    supersedes
        Id of the event this one replaces, or an empty string.
    retracts
        True when the superseded event was simply wrong and nothing takes its place.
    """

    fact: F
    happened_at: datetime
    recorded_at: datetime
    author: str = "unknown"
    source: str = "unknown"
    supersedes: str = ""
    retracts: bool = False
    id: str = field(init=False, default="")  # content hash: the same entry has the same id wherever it is read

    def __post_init__(self) -> None:
        for name, moment in (("happened_at", self.happened_at), ("recorded_at", self.recorded_at)):
            if not isinstance(moment, datetime) or moment.tzinfo is None:
                raise InvalidInput(name, moment, "a date and time with a time zone")
        if self.recorded_at < self.happened_at:
            raise InvalidInput(
                "recorded_at", self.recorded_at.isoformat(), f"at or after happened_at ({self.happened_at.isoformat()})"
            )
        if self.retracts and not self.supersedes:
            raise InvalidInput("supersedes", "", "the id of the event to retract")
        if type(self.fact) not in KIND_OF:
            raise InvalidInput("fact", self.fact, "one of the classes in euthymia.case.facts")
        content = json.dumps(event_to_dict(self), sort_keys=True).encode()
        object.__setattr__(self, "id", hashlib.sha256(content).hexdigest()[:24])

    @property
    def kind(self) -> str:
        """The word used in files for this kind of fact."""
        return KIND_OF[type(self.fact)]

    @property
    def day(self) -> date:
        """Calendar day (UTC) on which it happened."""
        return self.happened_at.astimezone(UTC).date()


AnyEvent = Event[Fact]


def plain(value: Any) -> Any:
    """Turn a fact (or any part of one) into JSON values; absent fields are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: plain(item)
            for f in fields(value)
            if (item := getattr(value, f.name)) is not None and item != "" and item != () and item != {}
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def event_to_dict(event: Event[Any]) -> dict[str, Any]:
    """Return the event as JSON values (the line of an event log, without its id)."""
    record = {
        "kind": event.kind,
        "happened_at": plain(event.happened_at),
        "recorded_at": plain(event.recorded_at),
        "author": event.author,
        "source": event.source,
        "fact": plain(event.fact),
    }
    if event.supersedes:
        record["supersedes"] = event.supersedes
    if event.retracts:
        record["retracts"] = True
    return record


def at_midnight(day: date) -> datetime:
    """Return the first moment (UTC) of ``day``; used where a file gives a date without a time."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
