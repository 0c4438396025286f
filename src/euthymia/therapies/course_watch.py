"""What changes the advice on an implanted stimulator whatever the scores say: side effects, criteria, hardware."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from euthymia.case.criteria import judge, parse
from euthymia.case.events import Event
from euthymia.case.facts import CourseStarted, SessionDelivered, SideEffect
from euthymia.case.model import Case
from euthymia.core.reason import Direction, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.contract import Advice, Decision
from euthymia.therapies.device_tables import RangeRow

_HARDEST_FIRST = (
    Decision.URGENT, Decision.STOP, Decision.ADJUST, Decision.REPLAN, Decision.START, Decision.MAINTAIN,
    Decision.CONTINUE,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRow(SourcedRow):
    """Something that changes the advice whatever the scores say: a criterion, or side effects by name."""

    code: str
    criterion: str = ""
    side_effects: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()  # only these count, where given
    within_days: float
    decision: Decision
    review_in_days: float
    statement: str

    def __post_init__(self) -> None:
        if self.criterion:
            parse(self.criterion)


def watched_for(package: str) -> tuple[WatchRow, ...]:
    """Return what the therapy in ``package`` watches for."""
    return load_table(package, "watch.csv", WatchRow, key="code")


def heed(case: Case, course: CourseStarted, advice: Advice, package: str) -> Advice:
    """Return the advice after every row of ``watch.csv`` that applies to the course."""
    for row in watched_for(package):
        evidence = _seen(case, course, row)
        if evidence:
            advice = _take(advice, row, evidence)
    return advice


def heed_hardware(advice: Advice, package: str, visit: Event[SessionDelivered], lead_fault: tuple[bool, str]) -> Advice:
    """Repeat what the last visit found wrong with the hardware until a later visit finds it right.

    ``lead_fault`` is whether the lead was found wrong, and the words for it.
    """
    summary, day = visit.fact.summary, visit.day
    rows = {row.code: row for row in watched_for(package)}
    states = (
        (lead_fault[0], "hardware", lead_fault[1]),
        (summary.get("battery") == "depleted", "stimulation_lost", "battery depleted"),
        (summary.get("battery") == "replace_soon", "battery_low", "battery near its end"),
    )
    for wrong, code, words in states:
        if wrong and not any(reason.code == code for reason in advice.reasons):
            advice = _take(advice, rows[code], f"{words}, visit of {day}")
    return advice


def no_reflex_stop(advice: Advice, row: RangeRow) -> Advice:
    """Turn a stop that rests on a serious event alone into an adjustment; deterioration and urgency stay."""
    if advice.decision is not Decision.STOP or any(r.code == "deterioration" for r in advice.reasons):
        return advice
    reason = Reason(f"{row.statement}.", (row.cite(),), direction=Direction.NEUTRAL, code="switch_off")
    return replace(advice, decision=Decision.ADJUST, reasons=(reason, *advice.reasons))


def harder(advice: Advice, decision: Decision, reason: Reason, review_in_days: float) -> Advice:
    """Add a reason and keep the harder of the two decisions and the earlier review."""
    first = min(advice.decision, decision, key=_HARDEST_FIRST.index)
    review = review_in_days if advice.review_in_days is None else min(advice.review_in_days, review_in_days)
    return replace(advice, decision=first, reasons=(reason, *advice.reasons), review_in_days=review)


def _seen(case: Case, course: CourseStarted, row: WatchRow) -> str:
    """Return what in the case makes the row apply, or an empty string."""
    since = max(course.started_on, case.today - timedelta(days=row.within_days))
    for event in reversed(case.of(SideEffect)):
        named = event.fact.name.casefold().replace("_", " ")
        if row.severities and event.fact.severity not in row.severities:
            continue
        # whole words: "mania" must not be read out of "hypomania"
        if event.day >= since and any(re.search(rf"\b{re.escape(word)}\b", named) for word in row.side_effects):
            return f"{event.fact.name} on {event.day}"
    if row.criterion:
        judgment = judge(case, row.criterion)
        if judgment.truth is True:
            return "; ".join(judgment.evidence)
    return ""


def _take(advice: Advice, row: WatchRow, evidence: str) -> Advice:
    reason = Reason(
        f"{row.statement.rstrip('.')} ({evidence}).", (row.cite(),), direction=Direction.AGAINST, code=row.code
    )
    return harder(advice, row.decision, reason, row.review_in_days)
