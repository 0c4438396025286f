"""Following DBS over months and years: optimize before judging, watch for hypomania, hardware and lost stimulation."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from euthymia.case.course_facts import CourseStarted
from euthymia.case.criteria import judge, parse
from euthymia.case.facts import SideEffect
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.contract import Advice, Decision, Prescription
from euthymia.therapies.dbs.earlier import earlier, visits
from euthymia.therapies.dbs.simulate import as_dbs
from euthymia.therapies.dbs.tables import PACKAGE, form_row, limit
from euthymia.therapies.following import FollowRule, follow_course

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
    within_days: float
    decision: Decision
    review_in_days: float
    statement: str

    def __post_init__(self) -> None:
        if self.criterion:
            parse(self.criterion)


def follow(case: Case, prescription: Prescription) -> Advice:
    """Advise on DBS under way.

    Day 0 of the course is the operation. A course is not given up before enough changes of the settings were tried,
    and a transient worsening of self-ratings in the first weeks is named as what is described.
    """
    rx = as_dbs(prescription)
    advice = follow_course(
        case, therapy="dbs", title=form_row(rx.form).title, form=rx.form,
        rules=load_table(PACKAGE, "follow.csv", FollowRule, key="form"),
    )  # fmt: skip
    course = next((c for c in reversed(case.courses) if c.therapy == "dbs" and c.form in (rx.form, "")), None)
    if course is None:
        return advice
    advice = _no_reflex_stop(advice)
    advice = _early_worsening(case, course, advice)
    advice = _optimize_first(case, rx.form, advice)
    for row in load_table(PACKAGE, "watch.csv", WatchRow, key="code"):
        evidence = _seen(case, course, row)
        if evidence:
            advice = _take(advice, row, evidence)
    return _last_visit(case, rx.form, advice)


def _no_reflex_stop(advice: Advice) -> Advice:
    """Turn a stop that rests on a serious event alone into an adjustment; deterioration and urgency stay."""
    if advice.decision is not Decision.STOP or any(r.code == "deterioration" for r in advice.reasons):
        return advice
    row = limit("switch_off")
    reason = Reason(f"{row.statement}.", (row.cite(),), direction=Direction.NEUTRAL, code="switch_off")
    return replace(advice, decision=Decision.ADJUST, reasons=(reason, *advice.reasons))


def _seen(case: Case, course: CourseStarted, row: WatchRow) -> str:
    """Return what in the case makes the row apply, or an empty string."""
    since = max(course.started_on, case.today - timedelta(days=row.within_days))
    for event in reversed(case.of(SideEffect)):
        named = event.fact.name.casefold().replace("_", " ")
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
    return _harder(advice, row.decision, reason, row.review_in_days)


def _harder(advice: Advice, decision: Decision, reason: Reason, review_in_days: float) -> Advice:
    """Add a reason and keep the harder of the two decisions and the earlier review."""
    first = min(advice.decision, decision, key=_HARDEST_FIRST.index)
    review = review_in_days if advice.review_in_days is None else min(advice.review_in_days, review_in_days)
    return replace(advice, decision=first, reasons=(reason, *advice.reasons), review_in_days=review)


def _early_worsening(case: Case, course: CourseStarted, advice: Advice) -> Advice:
    row = limit("early_worsening")
    day = (case.today - course.started_on).days
    if not row.allows(day) or not any(r.code == "deterioration" for r in advice.reasons):
        return advice
    words = (
        f"Day {day}: a transient worsening of self-ratings is described in the first weeks of DBS. It is no reason to "
        "switch off by itself, and every reason to watch suicidality closely."
    )
    reason = Reason(words, (row.cite(),), EvidenceGrade.LOW, Direction.NEUTRAL, code="early_worsening")
    return replace(advice, reasons=(*advice.reasons, reason))


def _optimize_first(case: Case, form: str, advice: Advice) -> Advice:
    """Turn "re-plan" or a non-serious "stop" into "adjust" while too few settings were tried."""
    if advice.decision is not Decision.REPLAN:
        return advice
    row, before = limit("programming_changes"), earlier(case, form)
    tried = before.changes if before else 0
    if row.allows(tried):
        return advice
    words = f"{tried} changes of the settings are on record, {row.words} should come first: optimize before judging."
    reason = Reason(words, (row.cite(),), direction=Direction.NEUTRAL, code="optimize_first", value=float(tried))
    return replace(advice, decision=Decision.ADJUST, reasons=(reason, *advice.reasons))


def _last_visit(case: Case, form: str, advice: Advice) -> Advice:
    """Repeat what the last visit found wrong with the hardware until a later visit finds it right."""
    found = visits(case, form)
    if not found:
        return advice
    summary, day = found[-1].fact.summary, found[-1].day
    rows = {row.code: row for row in load_table(PACKAGE, "watch.csv", WatchRow, key="code")}
    states = (
        (summary.get("impedance_fault") is True, "hardware", "impedance fault"),
        (summary.get("battery") == "depleted", "stimulation_lost", "battery depleted"),
        (summary.get("battery") == "replace_soon", "battery_low", "battery near its end"),
    )
    for wrong, code, words in states:
        if wrong and not any(reason.code == code for reason in advice.reasons):
            advice = _take(advice, rows[code], f"{words}, visit of {day}")
    return advice
