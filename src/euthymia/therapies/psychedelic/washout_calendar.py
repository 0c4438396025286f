"""The dated wash-out: taper, last dose and the earliest dosing day, medicine by medicine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from euthymia.case import drugs
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.psychedelic.tables import PACKAGE
from euthymia.therapies.psychedelic.washout import OpenWashout, open_washouts, unknown_medicines


@dataclass(frozen=True, slots=True, kw_only=True)
class TaperRow(SourcedRow):
    """Days over which a drug or class is reduced before its last dose, at the least."""

    group: str
    days: float
    statement: str


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One medicine: when it is last taken at the earliest, and when its wash-out is over."""

    washout: OpenWashout
    last_dose_on: date
    over_on: date
    over_on_if_slow: date
    taper: TaperRow | None

    @property
    def words(self) -> str:
        """In words."""
        found = self.washout
        if self.taper is not None and self.taper.days:
            last = f"reduced from today ({self.taper.statement}), last dose {self.last_dose_on} at the earliest"
        elif found.taken_now and found.last_dose_on is None:
            last = f"taken now: were today ({self.last_dose_on}) its last day"
        elif found.taken_now:
            last = f"last dose planned for {self.last_dose_on}"
        elif found.last_dose_on is None:
            last = f"stopped on a day that is not recorded: counted from today ({self.last_dose_on})"
        else:
            last = f"last dose {self.last_dose_on}"
        if found.is_endless:
            return f"{found.medicine}: a long-acting injection whose half-life is not held; no end can be given, ask"
        said = f"{found.medicine}: {last}; {found.needed_days:g} days, over on {self.over_on}"
        if self.over_on_if_slow > self.over_on:
            said += f" (at the slowest {self.over_on_if_slow})"
        return said

    def reason(self) -> Reason:
        """As a reason against dosing now."""
        sources = (*((self.taper.cite(),) if self.taper else ()), *self.washout.sources)
        words = f"Wash-out of {self.words}. Rule: {self.washout.because}."
        return Reason(
            words, sources, EvidenceGrade.RULE, Direction.AGAINST, value=self.washout.needed_days, unit="days",
            code=f"washout_{self.washout.row.code}",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WashoutCalendar:
    """Every open wash-out with its days; ``unknown`` are medicines nobody can plan for until they are named right."""

    lines: tuple[CalendarLine, ...]
    unknown: tuple[str, ...]

    @property
    def earliest(self) -> date | None:
        """The first day on which every wash-out is over; None when there is none to wait for or no end can be given."""
        if any(line.washout.is_endless for line in self.lines):
            return None
        return max((line.over_on for line in self.lines), default=None)

    def reasons(self) -> tuple[Reason, ...]:
        """The earliest day first, then the lines."""
        found = []
        if self.lines:
            last = max(self.lines, key=lambda line: line.over_on)
            words = f"Earliest dosing day as far as medicines go: {last.over_on}, because of {last.washout.medicine}."
            slow = max(line.over_on_if_slow for line in self.lines)
            endless = [line.washout.medicine for line in self.lines if line.washout.is_endless]
            if endless:
                words = f"No dosing day can be given: the half-life of {', '.join(endless)} is not held."
            elif slow > last.over_on:
                words += f" In a slow metabolizer of what is still open, or at the longest half-life: {slow}."
            words += " Nothing is stopped by this program: who prescribed a medicine decides."
            found.append(
                Reason(words, last.washout.sources, EvidenceGrade.RULE, Direction.AGAINST, code="earliest_dosing_day")
            )
            found += [line.reason() for line in self.lines]
        if self.unknown:
            words = f"Not in the drug table, so without a wash-out: {', '.join(self.unknown)}. Ask what it is."
            found.append(
                Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="washout_unknown_medicine")
            )
        return tuple(found)


def washout_calendar(case: Case, form: str) -> WashoutCalendar:
    """Return the dated wash-out of ``form``, the longest first."""
    lines = [_line(case, washout) for washout in open_washouts(case, form)]
    return WashoutCalendar(tuple(sorted(lines, key=lambda line: line.over_on, reverse=True)), unknown_medicines(case))


def _line(case: Case, washout: OpenWashout) -> CalendarLine:
    planned = washout.last_dose_on
    taper = _taper(washout.medicine) if washout.taken_now and planned is None and not washout.depot else None
    last = planned or case.today + timedelta(days=taper.days if taper else 0.0)
    return CalendarLine(
        washout, last, last + timedelta(days=washout.needed_days), last + timedelta(days=washout.days_if_slow), taper
    )


def _taper(medicine: str) -> TaperRow | None:
    """Return the taper of the drug itself where it has one, else the longest of its classes."""
    rows: tuple[TaperRow, ...] = load_table(PACKAGE, "taper.csv", TaperRow, key="group")
    known = drugs.drug(medicine)
    if known is None:
        return None
    own = [row for row in rows if row.group == known.ingredient]
    fitting = own or [row for row in rows if row.group in known.classes]
    return max(fitting, key=lambda row: row.days, default=None)
