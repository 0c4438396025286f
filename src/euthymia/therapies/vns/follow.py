"""Following VNS over a year and more: dose before judgment, late gain, loss of response, airway, heart and device."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.course import outcome_series
from euthymia.case.course_facts import CourseStarted
from euthymia.case.model import Case
from euthymia.case.scales import classify
from euthymia.core.reason import Direction, Reason
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Advice, Decision, Prescription
from euthymia.therapies.course_watch import harder, heed, heed_hardware, no_reflex_stop
from euthymia.therapies.courses import course_under_way
from euthymia.therapies.defaults import default
from euthymia.therapies.following import FollowRule, follow_course
from euthymia.therapies.vns.earlier import earlier, visits
from euthymia.therapies.vns.prescription import VnsPrescription
from euthymia.therapies.vns.simulate import as_vns
from euthymia.therapies.vns.tables import PACKAGE, forms, limit, protocol_row
from euthymia.therapies.vns.visit import SAME


def follow(case: Case, prescription: Prescription) -> Advice:
    """Advise on VNS under way; day 0 of the course is the operation.

    A flat first month, or half-year, never stops VNS: the dose comes first, and many gain in the second year.
    """
    rx = as_vns(prescription)
    advice = follow_course(
        case, therapy="vns", title=forms()[0].title, form=rx.form,
        rules=load_table(PACKAGE, "follow.csv", FollowRule, key="form"),
    )  # fmt: skip
    course = course_under_way(case, "vns", rx.form)
    if course is None:
        return advice
    advice = no_reflex_stop(advice, limit("switch_off"))
    advice = _against_vns_thresholds(case, course, advice)
    advice = _dose_first(case, rx, advice)
    advice = heed(case, course, advice, PACKAGE)
    found = visits(case)
    if not found:
        return advice
    fault = found[-1].fact.summary.get("lead") in ("high", "low")
    return heed_hardware(advice, PACKAGE, found[-1], (fault, "lead impedance out of range"))


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
        return harder(advice, Decision.ADJUST, reason, 14)
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
