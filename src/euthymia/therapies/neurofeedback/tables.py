"""The tables of neurofeedback: forms, limits, protocols, trained bands, checks and symptoms, one row class each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.case.criteria import parse
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.following import FollowRule
from euthymia.therapies.lookup import row_named
from euthymia.therapies.screening import Level

PACKAGE = "euthymia.therapies.neurofeedback"
NAME, TITLE = "neurofeedback", "Neurofeedback"
EEG, FMRI = "eeg_neurofeedback", "fmri_neurofeedback"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow(SourcedRow):
    """One form and the most that may be done in a session, a week and a course."""

    form: str
    title: str
    max_sessions_course: int
    max_minutes_session: float
    max_sessions_week: float
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow(SourcedRow):
    """One number that limits or warns; its unit is the end of its name."""

    name: str
    value: float
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRow(SourcedRow):
    """One protocol template and its course."""

    form: str
    protocol: str
    title: str
    rank: int
    sessions: int
    every_days: float
    block_min: float
    rest_s: float
    threshold_rule: str
    reward_target_frac: float
    baselines: tuple[str, ...]  # eyes: open, closed
    trauma_therapist: bool
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow(SourcedRow):
    """One part of a session: where, how long, and which bands (``name:low_hz:high_hz:direction``)."""

    form: str
    protocol: str
    order: int
    sites: tuple[str, ...]
    reference: str = ""
    eyes: Literal["open", "closed"]
    minutes: float
    feature: str
    bands: tuple[str, ...] = ()
    statement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow(SourcedRow):
    """One thing every reader must be told about a form."""

    code: str
    forms: tuple[str, ...]
    direction: Direction
    grade: EvidenceGrade
    statement: str

    def reason(self) -> Reason:
        """Return it as a reason."""
        words = f"{self.statement.rstrip('.')}."
        return Reason(words, (self.cite(),), self.grade, self.direction, code=self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRule(SourcedRow):
    """A rule about what is trained, not about the form: absolute drops the protocol, caution warns."""

    code: str
    feature: Literal["theta_up", "crossover", "beta"]
    level: Level
    criterion: str
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCheckRow(SourcedRow):
    """One question before each session and what a yes leads to."""

    check: str
    action: Literal["refuse", "no_baseline", "note"]
    alert: Literal["", "moderate"] = ""
    statement: str
    question: str


def forms() -> tuple[FormRow, ...]:
    """Return every form."""
    return load_table(PACKAGE, "forms.csv", FormRow, key="form")


def form_row(form: str) -> FormRow:
    """Return one form; raise :class:`InvalidInput` listing the known ones."""
    return row_named(forms(), "form", form)


@cache
def limits() -> Mapping[str, LimitRow]:
    """Return every limit by name."""
    return {row.name: row for row in load_table(PACKAGE, "limits.csv", LimitRow, key="name")}


def limit(name: str) -> float:
    """Return the value of one limit, in the unit its name ends with."""
    return limits()[name].value


def protocols() -> tuple[ProtocolRow, ...]:
    """Return every protocol."""
    return load_table(PACKAGE, "protocols.csv", ProtocolRow)


def protocol_row(form: str, protocol: str) -> ProtocolRow | None:
    """Return one protocol of a form, or None when it is not in the table."""
    return next((row for row in protocols() if (row.form, row.protocol) == (form, protocol)), None)


def part_rows(form: str, protocol: str) -> tuple[PartRow, ...]:
    """Return the parts of a protocol in order."""
    rows = load_table(PACKAGE, "parts.csv", PartRow)
    return tuple(sorted((r for r in rows if (r.form, r.protocol) == (form, protocol)), key=lambda r: r.order))


def statements(form: str) -> tuple[Reason, ...]:
    """Return what every reader must be told about ``form``."""
    rows = load_table(PACKAGE, "statements.csv", StatementRow, key="code")
    return tuple(row.reason() for row in rows if "*" in row.forms or form in row.forms)


def feature_rules() -> tuple[FeatureRule, ...]:
    """Return the rules about what is trained."""
    return load_table(PACKAGE, "feature_rules.csv", FeatureRule, key="code")


def day_checks() -> tuple[DayCheckRow, ...]:
    """Return the questions before each session."""
    return load_table(PACKAGE, "day_checks.csv", DayCheckRow, key="check")


def follow_rules() -> tuple[FollowRule, ...]:
    """Return the follow-up rules."""
    return load_table(PACKAGE, "follow.csv", FollowRule, key="form")
