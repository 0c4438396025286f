"""What comes before the comparison: the urgent path, and standard care or ECT first where the evidence says so."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.criteria import judge, parse
from euthymia.case.model import Case
from euthymia.core.reason import Direction, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.plan.model import FirstStep, UrgentStep

PACKAGE = "euthymia.plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentRow(SourcedRow):
    """When something must be done now or today, before any ranking."""

    code: str
    criterion: str
    level: str
    statement: str
    favors: str = ""

    def __post_init__(self) -> None:
        parse(self.criterion)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRow(SourcedRow):
    """When something standard comes first."""

    code: str
    criterion: str
    statement: str
    favors: str = ""

    def __post_init__(self) -> None:
        parse(self.criterion)


def urgent_steps(case: Case) -> tuple[UrgentStep, ...]:
    """Return every urgent step that applies, most urgent first."""
    steps = []
    for row in load_table(PACKAGE, "urgent.csv", UrgentRow, key="code"):
        judgment = judge(case, row.criterion)
        if judgment.truth:
            words = f"{row.statement} ({'; '.join(judgment.evidence)})."
            reason = Reason(words, (row.cite(),), direction=Direction.AGAINST, code=row.code)
            steps.append(UrgentStep(row.code, row.level, reason, row.favors))
    return tuple(sorted(steps, key=lambda s: s.level != "now"))


def first_steps(case: Case) -> tuple[FirstStep, ...]:
    """Return what standard care asks for before or beside the options compared."""
    steps = []
    for row in load_table(PACKAGE, "first_steps.csv", FirstRow, key="code"):
        judgment = judge(case, row.criterion)
        if judgment.truth:
            words = f"{row.statement.rstrip('.')} ({'; '.join(judgment.evidence)})."
            steps.append(FirstStep(row.code, Reason(words, (row.cite(),), code=row.code), row.favors))
    return tuple(steps)
