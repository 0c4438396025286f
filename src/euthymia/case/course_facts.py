"""Facts about treatment under way: courses, sessions, side effects and safety alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from euthymia.case import checks
from euthymia.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class CourseStarted:
    """A prescription was begun: the anchor of expected course and follow-up."""

    therapy: str
    form: str
    protocol: str
    started_on: date
    ended_on: date | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checks.text("therapy", self.therapy)
        checks.ordered("started_on", self.started_on, "ended_on", self.ended_on)


@dataclass(frozen=True, slots=True)
class SessionDelivered:
    """One session took place; written by ``Session.finish``."""

    therapy: str
    form: str
    protocol: str
    number: int
    status: str  # completed | stopped_early | not_started
    summary: Mapping[str, object] = field(default_factory=dict)
    log: tuple[Mapping[str, object], ...] = ()

    def __post_init__(self) -> None:
        checks.text("therapy", self.therapy)
        checks.integer("number", self.number, 1, 10000)
        checks.one_of("status", self.status, ("completed", "stopped_early", "not_started"))


@dataclass(frozen=True, slots=True)
class SideEffect:
    """A side effect or adverse event, pleasant ones included."""

    name: str
    severity: str = "unknown"  # mild | moderate | severe | unknown
    serious: bool = False
    therapy: str = ""

    def __post_init__(self) -> None:
        checks.text("name", self.name)
        checks.one_of("severity", self.severity, ("mild", "moderate", "severe", "unknown"))


@dataclass(frozen=True, slots=True)
class SafetyAlert:
    """A safety alert; open until a named person acknowledges it; closed with a reason, never deleted."""

    level: str  # high | moderate | low
    code: str
    statement: str
    acknowledged_by: str = ""
    closed_because: str = ""

    def __post_init__(self) -> None:
        checks.one_of("level", self.level, ("high", "moderate", "low"))
        checks.text("statement", self.statement)
        if self.closed_because and not self.acknowledged_by:
            raise InvalidInput("acknowledged_by", "", "the name of the person who closes the alert")
