"""Following DBS over months and years: optimize before judging, watch for hypomania, hardware and lost stimulation."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.course_facts import CourseStarted
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Advice, Decision, Prescription
from euthymia.therapies.course_watch import heed, heed_hardware, no_reflex_stop
from euthymia.therapies.courses import course_under_way
from euthymia.therapies.dbs.earlier import earlier, visits
from euthymia.therapies.dbs.simulate import as_dbs
from euthymia.therapies.dbs.tables import PACKAGE, form_row, limit
from euthymia.therapies.following import FollowRule, follow_course


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
    course = course_under_way(case, "dbs", rx.form)
    if course is None:
        return advice
    advice = no_reflex_stop(advice, limit("switch_off"))
    advice = _early_worsening(case, course, advice)
    advice = _optimize_first(case, rx.form, advice)
    advice = heed(case, course, advice, PACKAGE)
    found = visits(case, rx.form)
    if not found:
        return advice
    fault = found[-1].fact.summary.get("impedance_fault") is True
    return heed_hardware(advice, PACKAGE, found[-1], (fault, "impedance fault"))


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
