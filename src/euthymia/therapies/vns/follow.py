"""Following VNS over a year and more: dose before judgment, late gain, loss of response, airway, heart and device."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from euthymia.case.course import outcome_series
from euthymia.case.course_facts import CourseStarted
from euthymia.case.criteria import judge, parse
from euthymia.case.facts import SideEffect
from euthymia.case.model import Case
from euthymia.case.scales import classify
from euthymia.core.reason import Direction, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.contract import Advice, Decision, Prescription
from euthymia.therapies.defaults import default
from euthymia.therapies.following import FollowRule, follow_course
from euthymia.therapies.vns.earlier import earlier, visits
from euthymia.therapies.vns.prescription import VnsPrescription
from euthymia.therapies.vns.simulate import as_vns
from euthymia.therapies.vns.tables import PACKAGE, forms, limit, protocol_row
from euthymia.therapies.vns.visit import SAME

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


def follow(case: Case, prescription: Prescription) -> Advice:
    """Advise on VNS under way; day 0 of the course is the operation.

    A flat first month, or half-year, never stops VNS: the dose comes first, and many gain in the second year.
    """
    rx = as_vns(prescription)
    advice = follow_course(
        case, therapy="vns", title=forms()[0].title, form=rx.form,
        rules=load_table(PACKAGE, "follow.csv", FollowRule, key="form"),
    )  # fmt: skip
    course = next((c for c in reversed(case.courses) if c.therapy == "vns" and c.form in (rx.form, "")), None)
    if course is None:
        return advice
    advice = _no_reflex_stop(advice)
    advice = _against_vns_thresholds(case, course, advice)
    advice = _dose_first(case, rx, advice)
    for row in load_table(PACKAGE, "watch.csv", WatchRow, key="code"):
        evidence = _seen(case, course, row)
        if evidence:
            advice = _take(advice, row, evidence)
    return _last_visit(case, advice)


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
        if row.severities and event.fact.severity not in row.severities:
            continue
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


def _against_vns_thresholds(case: Case, course: CourseStarted, advice: Advice) -> Advice:
    """Name a meaningful benefit below response, and a response that has fallen below the VNS threshold."""
    series = outcome_series(case, course.started_on, baseline_window_days=default("baseline_window").value)
    if series is None or series.now is None or series.best is None:
        return advice
    gain, words = series.improvement_pct(series.now), ("response", "remission")
    responds = classify(series.baseline.total, series.now.total, series.scale).word in words
    responded = classify(series.baseline.total, series.best.total, series.scale).word in words
    benefit, lost = limit("meaningful_benefit"), limit("loss_of_response")
    if responded and gain < lost.least:
        text = f"Improvement was a response and is {gain:.0f} %: by the VNS threshold ({lost.least:g} %) it is lost."
        text += " Check device, battery and medication first."
        reason = Reason(text, (lost.cite(),), direction=Direction.AGAINST, code="vns_loss", value=gain, unit="%")
        return _harder(advice, Decision.ADJUST, reason, 14)
    if not responds and gain >= benefit.least:
        text = (
            f"Improvement of {gain:.0f} %: a meaningful benefit by the threshold of VNS reports ({benefit.least:g} %)"
        )
        text += ", though no response."
        reason = Reason(text, (benefit.cite(),), direction=Direction.FOR, code="vns_benefit", value=gain, unit="%")
        return replace(advice, reasons=(*advice.reasons, reason))
    return advice


def _dose_first(case: Case, rx: VnsPrescription, advice: Advice) -> Advice:
    """Turn "re-plan" into "adjust" while the target dose was never left running."""
    if advice.decision is not Decision.REPLAN:
        return advice
    before = earlier(case)
    highest = before.highest_ma if before else 0.0
    if highest >= rx.target.output_ma - SAME:
        return advice
    words = (
        f"The highest output on record is {highest:g} mA, the target {rx.target.output_ma:g} mA: reach the dose, or "
        "record why it cannot be, before the treatment is judged."
    )
    source = protocol_row(rx.protocol).cite()
    reason = Reason(words, (source,), direction=Direction.NEUTRAL, code="dose_first", value=highest, unit="mA")
    return replace(advice, decision=Decision.ADJUST, reasons=(reason, *advice.reasons))


def _last_visit(case: Case, advice: Advice) -> Advice:
    """Repeat what the last visit found wrong with the hardware until a later visit finds it right."""
    found = visits(case)
    if not found:
        return advice
    summary, day = found[-1].fact.summary, found[-1].day
    rows = {row.code: row for row in load_table(PACKAGE, "watch.csv", WatchRow, key="code")}
    states = (
        (summary.get("lead") in ("high", "low"), "hardware", "lead impedance out of range"),
        (summary.get("battery") == "depleted", "stimulation_lost", "battery depleted"),
        (summary.get("battery") == "replace_soon", "battery_low", "battery near its end"),
    )
    for wrong, code, words in states:
        if wrong and not any(reason.code == code for reason in advice.reasons):
            advice = _take(advice, rows[code], f"{words}, visit of {day}")
    return advice
