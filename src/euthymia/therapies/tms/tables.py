"""The tables of TMS: forms, limits, protocols, pulse patterns, targets, checks and symptoms, one row class each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from euthymia.case.criteria import parse
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.following import FollowRule
from euthymia.therapies.lookup import row_named
from euthymia.therapies.number_rows import NumberRow
from euthymia.therapies.tms.pattern import PulsePattern

PACKAGE = "euthymia.therapies.tms"
NAME, TITLE = "tms", "Transcranial magnetic stimulation (TMS)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow(SourcedRow):
    """One form of TMS and the most that may be given in a session, a day and a course."""

    form: str
    title: str
    max_pulses_session: int
    max_sessions_day: int
    max_pulses_day: int
    min_gap_min: float  # from the end of one session to the start of the next
    max_sessions_course: int
    depth_cap_pct: float | None = None  # most a depth-corrected output may be, in % of the uncorrected threshold
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainLimitRow(SourcedRow):
    """Longest single train (s) at a rate and intensity in one safety table."""

    table: str
    rate_hz: float
    intensity_pct_rmt: float
    max_train_s: float
    longest_tested: bool  # True: the longest duration tried, so nothing is known beyond it
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow(SourcedRow):
    """Where the coil goes and how the place is found."""

    target: str
    title: str
    hemisphere: Literal["left", "right", "midline"]
    method: str
    mni_x_mm: float | None = None
    mni_y_mm: float | None = None
    mni_z_mm: float | None = None
    handle_deg: float | None = None  # to the midline; from memory
    expected_error: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRow(SourcedRow):
    """One protocol: its course, and the justification where it leaves the safety tables."""

    form: str
    protocol: str
    title: str
    rank: int
    sessions_per_day: int
    gap_min: float | None = None
    acute_days: int
    acute_every_days: float
    taper: tuple[int, ...] = ()  # visits in each week after the acute course
    taper_name: str = ""
    justification: str = ""
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StimulationRow(SourcedRow):
    """One site of a protocol: its timing as onset-to-onset intervals, its intensity, and what it is cleared as."""

    form: str
    protocol: str
    order: int
    target: str
    pulses_per_burst: int
    pulse_interval_ms: float | None = None
    bursts_per_train: int
    burst_interval_ms: float
    trains: int
    train_interval_s: float | None = None
    intensity_pct_rmt: float
    depth_adjusted: bool
    clearance: str = ""

    def pattern(self) -> PulsePattern:
        """Return the timing in seconds."""
        return PulsePattern(
            pulses_per_burst=self.pulses_per_burst,
            pulse_interval_s=None if self.pulse_interval_ms is None else self.pulse_interval_ms / 1000,
            bursts_per_train=self.bursts_per_train,
            burst_interval_s=self.burst_interval_ms / 1000,
            trains=self.trains,
            train_interval_s=self.train_interval_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow(SourcedRow):
    """When its criterion is true for a case, the protocols it names move by ``shift`` places (negative: earlier)."""

    code: str
    forms: tuple[str, ...]
    protocols: tuple[str, ...]
    criterion: str
    earlier_course: Literal["", "helped", "not_helped"] = ""  # only after an earlier course that went so
    shift: int
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCheckRow(SourcedRow):
    """One question before each session and what a yes leads to."""

    check: str
    action: Literal["refuse", "hold", "recheck", "inform"]
    statement: str
    question: str


def forms() -> tuple[FormRow, ...]:
    """Return every form."""
    return load_table(PACKAGE, "forms.csv", FormRow, key="form")


def form_row(form: str) -> FormRow:
    """Return one form; raise :class:`InvalidInput` listing the known ones."""
    return row_named(forms(), "form", form)


@cache
def limits() -> Mapping[str, NumberRow]:
    """Return every limit by name."""
    return {row.name: row for row in load_table(PACKAGE, "limits.csv", NumberRow, key="name")}


def limit(name: str) -> float:
    """Return the value of one limit, in the unit of its row."""
    return limits()[name].value


def train_limits() -> tuple[TrainLimitRow, ...]:
    """Return the single-train safety tables."""
    return load_table(PACKAGE, "train_limits.csv", TrainLimitRow)


def target_row(target: str) -> TargetRow:
    """Return one target; raise :class:`InvalidInput` listing the known ones."""
    rows: tuple[TargetRow, ...] = load_table(PACKAGE, "targets.csv", TargetRow, key="target")
    return row_named(rows, "target", target)


def protocols() -> tuple[ProtocolRow, ...]:
    """Return every protocol."""
    return load_table(PACKAGE, "protocols.csv", ProtocolRow)


def protocol_row(form: str, protocol: str) -> ProtocolRow | None:
    """Return one protocol of a form, or None when it is not in the table."""
    return next((row for row in protocols() if (row.form, row.protocol) == (form, protocol)), None)


def stimulations(form: str, protocol: str) -> tuple[StimulationRow, ...]:
    """Return the sites of a protocol in the order in which they are stimulated."""
    rows = load_table(PACKAGE, "stimulations.csv", StimulationRow)
    return tuple(sorted((r for r in rows if (r.form, r.protocol) == (form, protocol)), key=lambda r: r.order))


def order_rules() -> tuple[OrderRow, ...]:
    """Return the rules that order protocols for a case."""
    return load_table(PACKAGE, "ordering.csv", OrderRow, key="code")


def day_checks() -> tuple[DayCheckRow, ...]:
    """Return the questions before each session."""
    return load_table(PACKAGE, "day_checks.csv", DayCheckRow, key="check")


def follow_rules() -> tuple[FollowRule, ...]:
    """Return the follow-up rules."""
    return load_table(PACKAGE, "follow.csv", FollowRule, key="form")
