"""What a Bundle becomes while it is read: events kept, resources not read, and warnings under stated rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from euthymia.case import codec
from euthymia.case.edge_checks import checked
from euthymia.case.events import AnyEvent, Event
from euthymia.case.facts import Medication
from euthymia.case.fhir.extensions import read_event_extension, read_fact_extension
from euthymia.case.fhir.moments import Moment, read_day, read_moment
from euthymia.case.fhir.node import Node
from euthymia.case.yaml_shape import default_moment
from euthymia.core.errors import InvalidInput

SOURCE = "fhir"


@dataclass(frozen=True, slots=True)
class UnreadResource:
    """A resource of the Bundle that did not become part of the case, and why."""

    type: str
    id: str
    why: str


@dataclass(slots=True)
class Intake:
    """State of one import; resource readers write into it and return nothing."""

    as_of: datetime
    resources: Mapping[str, Node]  # by every name a reference may use
    placed: list[tuple[str, AnyEvent]] = field(default_factory=list)
    origins: list[tuple[bool, str]] = field(default_factory=list)  # behind each of ``placed``; see ``in_order``
    unread: list[UnreadResource] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)  # paths of resources that another resource has taken up

    def leave(self, resource: Node, why: str) -> None:
        """List a resource as not read."""
        self.unread.append(UnreadResource(resource.text("resourceType"), resource.text("id"), why))

    def warn(self, path: str, words: str) -> None:
        """Note that something was read under a rule the reader should know of."""
        self.warnings.append(f"{path}: {words}")

    def resolve(self, reference: Node, inside: Node | None = None) -> Node | None:
        """Return the resource that a Reference names, in the Bundle or contained in ``inside``."""
        name = reference.text("reference")
        if name.startswith("#") and inside is not None:
            return next((c for c in inside.nodes("contained") if c.text("id") == name[1:]), None)
        return self.resources.get(name)

    def in_order(self, paths: list[str]) -> list[tuple[str, AnyEvent]]:
        """Return the events in the order of their resources, because of two at one moment the later one counts.

        Medicines that another system lists as stopped come first, so that a stopped entry without a date never hides
        an active one of the same name.
        """
        rank = {path: i for i, path in enumerate(paths)}
        pairs = sorted(zip(self.origins, self.placed, strict=True), key=lambda pair: (pair[0][0], rank[pair[0][1]]))
        return [placed for _, placed in pairs]

    # --- times ----------------------------------------------------------------------------------------------------

    def day(self, node: Node, key: str) -> str | None:
        """Return a calendar day for a field of a fact; a partial date gives its first day and a warning."""
        raw = node.text(key)
        if not raw:
            return None
        day, partial = read_day(raw, node.at(key))
        if partial:
            self.warn(node.at(key), f"{raw} is taken as {day}")
        return day

    def moment(self, node: Node, *keys: str) -> Moment | None:
        """Return the first of ``keys`` that holds a time."""
        for key in keys:
            raw = node.text(key)
            if raw:
                found = read_moment(raw, node.at(key))
                if found.partial:
                    self.warn(node.at(key), f"{raw} is taken as {found.start.date().isoformat()}")
                return found
        return None

    def effective(self, resource: Node, stem: str = "effective") -> Moment | None:
        """Return when something was so: ``effectiveDateTime``, ``effectiveInstant``, or the start of its period."""
        found = self.moment(resource, f"{stem}DateTime", f"{stem}Instant")
        return found or self.moment(resource.node(f"{stem}Period"), "start", "end")

    # --- facts ----------------------------------------------------------------------------------------------------

    def keep(
        self,
        cls: type,
        record: Mapping[str, Any],
        resource: Node,
        *,
        happened: Moment | None = None,
        recorded: Moment | None = None,
        path: str = "",
    ) -> None:
        """Add one fact.

        Parameters
        ----------
        cls, record
            Class of the fact, and its fields as read from the elements of the resource.
        resource
            The resource; when Euthymia wrote it, its extensions give the remaining fields, the times and the author.
        happened, recorded
            Times read from a resource of another system. A fact without a recording time counts as recorded at
            ``as_of``; one without a time of its own is placed as in a case file (``yaml_shape.default_moment``).
        path
            Path for errors; the resource's when empty.
        """
        where = path or resource.path
        _, rest = read_fact_extension(resource)
        known = {k: v for k, v in record.items() if v is not None and v != ""}
        fact: Any = checked(codec.decode_fact(cls, {**known, **rest}, where), where)
        own = read_event_extension(resource)
        if own is None:
            when, written = self._times(fact, happened, recorded, where)
            event = Event(fact, when, written, _author(resource), SOURCE)
        else:
            try:
                event = Event(fact, own[0], own[1], own[2], own[3])
            except InvalidInput as error:
                raise InvalidInput(f"{where}.{error.argument}", error.given, error.allowed, error.hint) from None
        self.placed.append((where, event))
        stopped = own is None and isinstance(fact, Medication) and not fact.active
        self.origins.append((not stopped, resource.path))

    def _times(
        self, fact: object, happened: Moment | None, recorded: Moment | None, path: str
    ) -> tuple[datetime, datetime]:
        written = recorded.start if recorded else self.as_of
        when = happened.start if happened else default_moment(fact, written)
        if when > written and recorded is not None and when < recorded.end:
            written = when  # recorded "on that day" without a time of day
        if when > self.as_of:
            raise InvalidInput(path, when.isoformat(), f"not after the Bundle's time ({self.as_of.isoformat()})")
        if when > written:
            raise InvalidInput(path, written.isoformat(), f"recorded at or after it happened ({when.isoformat()})")
        return when, written


def _author(resource: Node) -> str:
    """Name the author by role or internal id; never by a person's name."""
    for key in ("recorder", "asserter", "performer", "author", "informationSource", "requester"):
        raw = resource.value.get(key)
        if raw is None:
            continue
        node = resource.first(key) if isinstance(raw, list) else resource.node(key)
        name = node.text("reference") or node.node("actor").text("reference")
        kind = name.rsplit("/", 2)[-2] if "/" in name else ""
        if kind == "Patient":
            return "patient"
        if kind in ("Practitioner", "PractitionerRole", "Organization", "Device"):
            return "/".join(name.rsplit("/", 2)[-2:])
    return "unknown"
