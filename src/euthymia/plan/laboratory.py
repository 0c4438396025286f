"""The laboratory part of a plan: every value beside its range, what it changes and how strongly, and what to order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from euthymia.case.critical_values import critical_row
from euthymia.case.lab_ranges import RangeRow
from euthymia.case.labs import LabReading, normalized
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.plan.steps import UrgentStep
from euthymia.therapies.precision.markers import marker_reasons
from euthymia.therapies.precision.next_tests import NextTest, next_tests
from euthymia.therapies.precision.tables import MarkerRow, Strength, measured_by, never_used


@dataclass(frozen=True, slots=True)
class LabChange:
    """What one result changes; ``reaches`` names the therapies it is a reason about."""

    code: str
    action: str
    strength: Strength
    effect: str
    patients: int | None
    reaches: tuple[str, ...]
    is_acted_on: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class LabRow:
    """One value with what it changes."""

    reading: LabReading
    changes: tuple[LabChange, ...]


@dataclass(frozen=True, slots=True)
class LaboratoryTable:
    """The table; ``other_changes`` rest on no laboratory value (QTc, body mass index)."""

    rows: tuple[LabRow, ...]
    other_changes: tuple[LabChange, ...]
    next_tests: tuple[NextTest, ...]
    never_used: tuple[Reason, ...]

    @property
    def changes(self) -> tuple[LabChange, ...]:
        """Every change of the table, each once."""
        return (*dict.fromkeys(c for row in self.rows for c in row.changes), *self.other_changes)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every reason the table shows."""
        ranges = (range_reason(row.reading) for row in self.rows)
        cited = tuple(reason for reason in ranges if reason is not None)
        return (*(c.reason for c in self.changes), *(t.reason for t in self.next_tests), *self.never_used, *cited)

    def reasons_about(self, therapy: str) -> tuple[Reason, ...]:
        """Return what speaks against ``therapy`` for now; rows without weight stay in the table."""
        found = [c.reason for c in self.changes if c.is_acted_on and therapy in c.reaches]
        return tuple(replace(reason, direction=Direction.AGAINST) for reason in found)


def laboratory_table(case: Case, *, ranges: Sequence[RangeRow] = ()) -> LaboratoryTable:
    """Return the laboratory table of a case.

    Parameters
    ----------
    case
        The case.
    ranges
        The reader's own reference ranges; see :func:`~euthymia.case.labs.normalized`.
    """
    held = [(row, _change(row, reason)) for row, reason in marker_reasons(case, ranges=ranges)]
    rows, placed = [], set()
    for reading in normalized(case, ranges=ranges):
        own = [(row, change) for row, change in held if reading.analyte in measured_by(row)]
        placed |= {row.code for row, _ in own}
        rows.append(LabRow(reading, tuple(change for _, change in own)))
    others = tuple(change for row, change in held if row.code not in placed)
    return LaboratoryTable(tuple(rows), others, next_tests(case, ranges), tuple(r.reason() for r in never_used()))


def range_reason(reading: LabReading) -> Reason | None:
    """Return where the range of a value comes from; None where the laboratory printed it or there is none."""
    used = reading.range
    if used.source is None:
        return None
    whose = "from your table" if used.whose == "reader" else "a default: the laboratory's own goes before it"
    note = f" ({used.note})" if used.note else ""
    words = f"Range of {reading.title}{note}: {whose}."
    return Reason(words, (used.source,), EvidenceGrade.RULE, code=f"range_{reading.analyte}")


def critical_steps(case: Case) -> tuple[UrgentStep, ...]:
    """Return an urgent step for every critical value that no later value has replaced, however old it is."""
    steps = []
    for reading in normalized(case):
        row = critical_row(reading.analyte, reading.value, reading.unit)
        if row is not None:
            old = (
                f"{reading.age_days} day{'' if reading.age_days == 1 else 's'} ago, no later value"
                if reading.age_days
                else "today"
            )
            words = f"Critical value: {reading.title} {reading.reported} on {reading.day} ({old}): {row.statement}. "
            words += "Call a clinician, and repeat it."
            words += "".join(f" {q.text}" for q in reading.questions if q.code.startswith("unit:"))
            code = f"critical_{row.analyte}"
            reason = Reason(words, (row.cite(),), direction=Direction.AGAINST, code=code)
            steps.append(UrgentStep(code, "now", reason))
    return tuple(steps)


def _change(row: MarkerRow, reason: Reason) -> LabChange:
    return LabChange(row.code, row.action, row.strength, row.effect, row.patients, row.reaches, row.is_acted_on, reason)
