"""The run sheet of one session and the milestones of the course: what is done when, and what if it goes wrong."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case import checks
from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.core.source import Source
from euthymia.therapies.schedule import Phase
from euthymia.therapies.tms.prescription import TmsPrescription
from euthymia.therapies.tms.tables import NAME, day_checks, follow_rules, limit, limits
from euthymia.therapies.tms.threshold_step import paused_too_long, threshold_overdue


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line: when (minutes from arrival; None for what may happen at any time), what, and what it rests on."""

    minute: float | None
    code: str
    text: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class RunSheet:
    """One session from arrival to leaving."""

    session: int
    of: int
    day: int
    phase: str
    minutes: float
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something due in a course, in days from its start."""

    day: float
    code: str
    text: str


def run_sheet(case: Case, prescription: TmsPrescription, n: int) -> RunSheet:
    """Return the sheet of session ``n`` (1 for the first)."""
    checks.integer("n", n, 1, prescription.sessions)
    day, phase = _place(prescription, n)
    setup = limit("setup_min")
    lines = [
        *(SheetLine(0.0, row.check, row.question, row.cite()) for row in day_checks()),
        SheetLine(0.0, "mood_check", "New or stronger suicidal thoughts since the last session? If so: C-SSRS first."),
        SheetLine(1.0, "ear_protection", "Ear protection for patient and operator."),
        *_threshold_lines(case, prescription, n),
    ]
    at = setup
    for i, site in enumerate(prescription.stimulations, start=1):
        pattern = site.pattern
        lines += [
            SheetLine(at, "position", f"Site {i}: {site.place.title}; {site.place.expected_error}.", site.place.cite()),
            SheetLine(at, "ramp", _ramp(prescription, site.intensity_pct_rmt, n), limits()["ramp_start_pct"].cite()),
            SheetLine(
                at, "trains", f"Site {i}: {pattern.words()}; ends {at + pattern.duration_s / 60:.1f} min after arrival."
            ),
        ]  # fmt: skip
        at += pattern.duration_s / 60
    lines.append(SheetLine(at, "after_check", "Look at the patient; ask for headache, pain, hearing; then release."))
    if prescription.gap_min is not None and n % prescription.sessions_per_day:
        lines.append(SheetLine(at, "gap", f"Next session {prescription.gap_min:g} minutes from now at the earliest."))
    lines += _rules()
    return RunSheet(n, prescription.sessions, day, phase.name, at, tuple(lines))


def ramp_pct(full_pct: float, n: int) -> float:
    """Return the intensity (% of threshold) to begin session ``n`` with: an even rise to the full one."""
    start, within = min(limit("ramp_start_pct"), full_pct), limit("ramp_sessions")
    return full_pct if n >= within else start + (full_pct - start) * (n - 1) / (within - 1)


def milestones(prescription: TmsPrescription) -> tuple[Milestone, ...]:
    """Return what is due in the course, by day: ratings, threshold, checks, taper, maintenance."""
    rule = next((r for r in follow_rules() if r.form == prescription.form), None) or next(
        r for r in follow_rules() if r.form == "*"
    )
    acute, *later = prescription.schedule.phases
    early, late = (words[0].lower() + words[1:] for words in (rule.early_statement, rule.decision_statement))
    found = [
        Milestone(0.0, "baseline", "PHQ-9 with item 9, a clinician's scale and the motor threshold before any train."),
        Milestone(
            rule.early_check_day, "early_check", f"Early check: {_when(rule.early_min_improvement_pct)} {early}."
        ),
        Milestone(
            float(int(acute.end_day)), "acute_end", f"Last of {acute.visits} treatment days of the acute course."
        ),
        Milestone(rule.decision_day, "decision", f"Decision: {_when(rule.decision_min_improvement_pct)} {late}."),
    ]
    found += [Milestone(p.start_day, "taper", f"{p.name}: {p.visits} sessions this week.") for p in later]
    found.append(Milestone(prescription.schedule.days + 1, "maintenance", f"{rule.maintenance_statement}."))
    week = rule.review_every_days
    ratings = int(prescription.schedule.days // week)
    words = (
        f"PHQ-9 with item 9; alert at +{limit('worse_points'):g} points or {limit('worse_pct'):g} % over the baseline, "
        f"or item 9 up by {limit('item9_rise'):g}."
    )
    found += [Milestone(week * k, "rating", words) for k in range(1, ratings + 1)]
    return tuple(sorted(found, key=lambda m: (m.day, m.code)))


def _when(least_pct: float) -> str:
    return f"with less than {least_pct:g} % improvement,"


def _place(rx: TmsPrescription, n: int) -> tuple[int, Phase]:
    """Return the day (0 for the first) and the phase of session ``n``."""
    visit = (n - 1) // rx.sessions_per_day
    for phase in rx.schedule.phases:
        if visit < phase.visits:
            return int(phase.start_day + visit * phase.every_days + 1e-9), phase
        visit -= phase.visits
    raise AssertionError("sessions are the visits of the phases")


def _threshold_lines(case: Case, rx: TmsPrescription, n: int) -> list[SheetLine]:
    past = [e for e in case.of(SessionDelivered) if e.fact.therapy == NAME and e.fact.status != "not_started"]
    if (n == 1 and rx.motor_threshold is None) or paused_too_long(past, case.today):
        why = "first session" if n == 1 else f"{limit('rethreshold_gap_days'):g} days or more without a session"
        row = limits()["rethreshold_gap_days"]
        return [SheetLine(2.0, "motor_threshold", f"Motor threshold before any train, by EMG: {why}.", row.cite())]
    overdue = threshold_overdue(past, rx.sessions_per_day)
    return [SheetLine(2.0, "threshold_overdue", overdue, limits()["rethreshold_sessions"].cite())] if overdue else []


def _ramp(rx: TmsPrescription, full_pct: float, n: int) -> str:
    begin = ramp_pct(full_pct, n)
    if begin >= full_pct:
        return f"{full_pct:g} % of threshold."
    return (
        f"Begin at {begin:.0f} % of threshold and raise as tolerated, at most {full_pct:g} %; "
        f"full by session {limit('ramp_sessions'):g}."
    )


def _rules() -> list[SheetLine]:
    """What to do when it goes wrong; the session machine holds to the same rows."""
    row = limits()
    missed, drift, moved, pain = (
        row[name].value for name in ("missed_share", "coil_drift_mm", "threshold_drift_pct", "pain_pause_0_10")
    )
    found = (
        (
            "missed_pulses", "missed_share",
            f"Missed pulses are counted, not made up; {100 * missed:.0f} % over the course puts the dose in doubt.",
        ),
        (
            "contact_loss", "missed_share",
            "Contact lost: stop the train, reposition, resume; pulses given meanwhile count as missed.",
        ),
        (
            "coil_drift", "coil_drift_mm",
            f"Coil more than {drift:g} mm or {row['coil_drift_deg'].value:g} degrees off: pause and reposition.",
        ),
        (
            "threshold_drift", "threshold_drift_pct",
            f"A new threshold {moved:g} % or more off the last: {row['threshold_drift_pct'].statement}.",
        ),
        ("pain", "pain_pause_0_10", f"Pain of {pain:g} of 10 or more: pause, turn the coil or ramp again."),
    )  # fmt: skip
    return [SheetLine(None, code, text, row[name].cite()) for code, name, text in found]


def phase_reason(prescription: TmsPrescription, day: float) -> Reason:
    """Say in which phase a course is on ``day``, and what is due next."""
    begun = [p for p in prescription.schedule.phases if p.start_day <= day]
    words = f"Day {day:g}: {begun[-1].name}." if begun else f"Day {day:g}: before the first session."
    if day > prescription.schedule.days:
        words = f"Day {day:g}: the prescribed sessions have ended."
    due = [m for m in milestones(prescription) if m.day > day and m.code != "rating"]
    if due:
        words += f" Next: {due[0].code.replace('_', ' ')} on day {due[0].day:g}."
    return Reason(words, grade=EvidenceGrade.CASE, code="course_phase")
