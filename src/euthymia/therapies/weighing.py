"""What speaks for or against a protocol for a case, each statement a row with its source and grade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from euthymia.case.criteria import judge, parse
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighingRow(SourcedRow):
    """What speaks for or against a protocol, for cases that meet ``criterion`` (empty = all)."""

    code: str
    protocols: tuple[str, ...]
    criterion: str = ""
    direction: Direction
    grade: EvidenceGrade
    statement: str

    def __post_init__(self) -> None:
        if self.criterion:
            parse(self.criterion)

    def reason(self) -> Reason:
        """The row as a reason."""
        return Reason(f"{self.statement}.", (self.cite(),), self.grade, self.direction, code=self.code)


def weighed(case: Case, rows: Iterable[WeighingRow], protocol: str) -> list[Reason]:
    """Return what speaks for and against ``protocol`` for this case; a warning that cannot be judged is kept."""
    found = []
    for row in rows:
        if protocol not in row.protocols:
            continue
        truth = judge(case, row.criterion).truth if row.criterion else True
        if truth or (truth is None and row.direction is Direction.AGAINST):
            found.append(row.reason())
    return found
