"""What tables of implanted stimulators have in common: ranges, timetables with an operation, what fits a patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from euthymia.case.criteria import judge, parse
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.schedule import Phase, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeRow(SourcedRow):
    """One limit, or a number that a session or a follow-up reads; ``values`` are the only ones where given."""

    name: str
    low: float | None = None
    high: float | None = None
    values: tuple[float, ...] = ()
    unit_text: str = ""
    statement: str

    @property
    def words(self) -> str:
        """The allowed range in words."""
        unit = f" {self.unit_text}" if self.unit_text else ""
        if self.values:
            return f"{', '.join(f'{v:g}' for v in self.values)}{unit}"
        if self.low is None:
            return f"at most {self.high:g}{unit}"
        return f"at least {self.low:g}{unit}" if self.high is None else f"{self.low:g} to {self.high:g}{unit}"

    def allows(self, value: float) -> bool:
        """Whether ``value`` is inside."""
        if self.values:
            return value in self.values
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def least(self) -> float:
        """The low end, which this row must have."""
        if self.low is None:
            raise InvalidInput("low", None, f"a low end for {self.name}")
        return self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class TimetableRow(SourcedRow):
    """One phase of a timetable; day 0 is the operation.

    ``acute`` phases make up the acute course; ``implanting`` ones fall away when the device is in place already.
    """

    timetable: str
    phase: str
    start_day: float
    visits: int
    every_days: float
    minutes: float
    acute: bool
    implanting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRow(SourcedRow):
    """Something about the patient that moves a protocol up (+) or down (−) the list."""

    code: str
    protocols: tuple[str, ...]
    criterion: str
    points: float
    statement: str

    def __post_init__(self) -> None:
        parse(self.criterion)


def fitting(case: Case, rows: Iterable[FitRow], protocol: str) -> tuple[FitRow, ...]:
    """Return the rows about ``protocol`` that are true of the patient."""
    return tuple(row for row in rows if protocol in row.protocols and judge(case, row.criterion).truth is True)


def fit_points(case: Case, rows: Iterable[FitRow], protocol: str) -> float:
    """Return by how many places the patient moves ``protocol`` up the list."""
    return sum(row.points for row in fitting(case, rows, protocol))


def fit_reasons(case: Case, rows: Iterable[FitRow], protocol: str) -> list[Reason]:
    """Return what it is about the patient that moves ``protocol``."""
    return [
        Reason(
            row.statement, (row.cite(),), code=row.code,
            direction=Direction.FOR if row.points > 0 else Direction.AGAINST,
        )
        for row in fitting(case, rows, protocol)
    ]  # fmt: skip


def timetable_schedule(package: str, timetable: str, *, implanted: bool) -> Schedule:
    """Return a timetable as a schedule; day 0 is the operation, or the first visit with a device in place."""
    kept = [row for row in _timetable(package, timetable) if not (implanted and row.implanting)]
    shift = min(row.start_day for row in kept) if implanted else 0.0
    return Schedule(tuple(Phase(r.phase, r.start_day - shift, r.visits, r.every_days, r.minutes) for r in kept))


def acute_end_day(package: str, timetable: str, schedule: Schedule) -> float:
    """Return the day of the last visit of the phases that the timetable calls acute."""
    acute = {row.phase for row in _timetable(package, timetable) if row.acute}
    return max((p.end_day for p in schedule.phases if p.name in acute), default=schedule.days)


def _timetable(package: str, timetable: str) -> tuple[TimetableRow, ...]:
    return tuple(row for row in load_table(package, "timetable.csv", TimetableRow) if row.timetable == timetable)
