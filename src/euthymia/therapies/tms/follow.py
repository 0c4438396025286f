"""Following a TMS course: the common rules, then dose delivered, early worsening, late responders and maintenance."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.course import outcome_series
from euthymia.case.facts import CourseStarted, Medication, ScaleRecord, SessionDelivered
from euthymia.case.model import Case
from euthymia.case.scales import scale as scale_definition
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.contract import Advice, Decision, Prescription
from euthymia.therapies.courses import course_under_way
from euthymia.therapies.defaults import default
from euthymia.therapies.following import follow_course
from euthymia.therapies.tms.prescription import TmsPrescription, as_tms
from euthymia.therapies.tms.run_sheet import phase_reason
from euthymia.therapies.tms.tables import NAME, day_checks, follow_rules, form_row, limit, limits


def follow(case: Case, prescription: Prescription) -> Advice:
    """Advise on the TMS course under way from what the case holds."""
    rx = as_tms(prescription)
    form = rx.form
    title = form_row(form).title
    advice = follow_course(case, therapy=NAME, title=title, form=form, rules=follow_rules())
    course = course_under_way(case, NAME, form)
    if course is None:
        return advice
    findings = [
        (phase_reason(rx, (case.today - course.started_on).days), False),
        *_dose(case, course, rx),
        *_early_worsening(case, course),
        *_late_responder(case, course, rx, advice),
        *_threshold_stale(case, course),
    ]
    decision = advice.decision
    if decision is Decision.CONTINUE and any(adjusts for _, adjusts in findings):
        decision = Decision.ADJUST
    return replace(advice, decision=decision, reasons=(*advice.reasons, *(reason for reason, _ in findings)))


def _sessions(case: Case, course: CourseStarted) -> list[SessionDelivered]:
    events = [e for e in case.of(SessionDelivered) if e.fact.therapy == NAME and e.day >= course.started_on]
    return [e.fact for e in events if e.fact.status != "not_started"]


def _dose(case: Case, course: CourseStarted, rx: TmsPrescription) -> list[tuple[Reason, bool]]:
    """Was the prescribed dose given at all? A flat course on half a dose says nothing about TMS."""
    given = _sessions(case, course)
    if not given:
        return []
    found: list[tuple[Reason, bool]] = []
    days = (case.today - course.started_on).days
    due = min(rx.sessions, rx.schedule.visits_until(days) * rx.sessions_per_day)
    words = f"{len(given)} of {due} sessions due by day {days} were given."
    few = len(given) < limit("early_window_sessions")
    if few:
        words += f" With fewer than {limit('early_window_sessions'):g} sessions a flat course says little."
    found.append((Reason(words, grade=EvidenceGrade.CASE, code="sessions_given", value=float(len(given))), False))
    planned = sum(_number(s, "pulses_planned") for s in given)
    missed = planned - sum(_number(s, "pulses_delivered") for s in given)
    row = limits()["missed_share"]
    if planned and missed / planned >= row.value:
        text = f"{missed / planned:.0%} of the planned pulses did not reach the patient: the dose is in doubt."
        found.append((Reason(text, (row.cite(),), direction=Direction.AGAINST, code="missed_pulses"), True))
    full = max(site.intensity_pct_rmt for site in rx.stimulations)
    last = given[-1].summary.get("lowest_intensity_pct_rmt")
    if isinstance(last, (int, float)) and last < full and len(given) >= limit("early_window_sessions"):
        text = f"The last session still ran at {last:g} % of threshold instead of {full:g} %: ramp up or re-measure."
        found.append((Reason(text, (form_row(rx.form).cite(),), direction=Direction.AGAINST, code="under_dose"), True))
    return found


def _early_worsening(case: Case, course: CourseStarted) -> list[tuple[Reason, bool]]:
    """PHQ-9 rise or item 9 rise over the baseline: watch closely, whatever the decision."""
    forms = [e for e in case.of(ScaleRecord) if scale_definition(e.fact.scale).name == "PHQ-9"]
    found: list[tuple[Reason, bool]] = []
    series = outcome_series(case, course.started_on, baseline_window_days=default("baseline_window").value)
    if series is not None and series.scale == "PHQ-9" and series.now is not None:
        rise = series.now.total - series.baseline.total
        row = limits()["worse_points"]
        if rise >= row.value or rise >= limit("worse_pct") / 100 * series.baseline.total:
            text = (
                f"PHQ-9 is {rise:g} points above the baseline: ask about a dip, sleep, medicines and suicidal thoughts."
            )
            found.append((Reason(text, (row.cite(),), direction=Direction.AGAINST, code="early_worsening"), True))
    before = [e for e in forms if e.day <= course.started_on and e.fact.answers]
    after = [e for e in forms if e.day > course.started_on and e.fact.answers]
    if before and after:
        old, new = (before[-1].fact.answers or ())[8], (after[-1].fact.answers or ())[8]
        if old is not None and new is not None and new - old >= limit("item9_rise"):
            row = limits()["item9_rise"]
            text = f"PHQ-9 item 9 rose from {old} to {new}: C-SSRS screener the same day."
            found.append((Reason(text, (row.cite(),), direction=Direction.AGAINST, code="item9_rise"), True))
    return found


def _late_responder(
    case: Case, course: CourseStarted, rx: TmsPrescription, advice: Advice
) -> list[tuple[Reason, bool]]:
    """At the end of the acute course some improvement is a reason to weigh an extension."""
    series = outcome_series(case, course.started_on, baseline_window_days=default("baseline_window").value)
    if advice.decision is Decision.MAINTAIN:
        row = limits()["maintenance_min_per_month"]
        return [(Reason(f"{row.statement.capitalize()}.", (row.cite(),), code="maintenance_dose"), False)]
    if series is None or series.now is None:
        return []
    day, gain = series.day_of(series.now), series.improvement_pct(series.now)
    rule = next(r for r in sorted(follow_rules(), key=lambda r: r.form == "*") if r.form in (rx.form, "*"))
    low, responded = limit("late_responder_min_pct"), limit("response_pct")
    if day < rx.schedule.phases[0].end_day or not low <= gain < responded:
        return []
    text = f"{gain:.0f} % better at the end of the acute course: a late responder is possible; weigh an extension."
    return [(Reason(text, (rule.cite(),), direction=Direction.FOR, code="extension"), False)]


def _threshold_stale(case: Case, course: CourseStarted) -> list[tuple[Reason, bool]]:
    """A medicine changed since the threshold was measured: measure it again."""
    measured = [
        e.day
        for e in case.of(SessionDelivered)
        if e.fact.therapy == NAME and e.day >= course.started_on and e.fact.summary.get("threshold_measured")
    ]
    if not measured:
        return []
    changes = [
        day
        for e in case.of(Medication)
        for day in (e.fact.started_on, e.fact.ended_on)
        if day is not None and measured[-1] < day <= case.today
    ]
    if not changes:
        return []
    text = f"A medicine changed on {max(changes)}, after the last motor threshold ({measured[-1]}): measure it again."
    source = next(row for row in day_checks() if row.check == "medication_change").cite()
    return [(Reason(text, (source,), direction=Direction.AGAINST, code="threshold_stale"), True)]


def _number(session: SessionDelivered, name: str) -> float:
    value = session.summary.get(name, 0)
    return float(value) if isinstance(value, (int, float)) else 0.0
