"""The proposed course of an option: its phases, and the expected improvement where trials followed it over time."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.course import outcome_series
from euthymia.case.model import Case
from euthymia.plan.model import Option, Plan
from euthymia.report.figures import BandPoint, PhaseRow, ProposedCourse
from euthymia.report.wording import SPACE, days, number
from euthymia.therapies.contract import Prescription
from euthymia.therapies.defaults import default
from euthymia.therapies.forecast import CoursePoint, Forecast
from euthymia.therapies.forecasting import FIRST_YEAR_DAYS
from euthymia.therapies.schedule import Phase

MOST = 3
"""Options whose course is drawn."""

_SHORTEST = 14.0


@dataclass(frozen=True, slots=True)
class ProposedView:
    """The figure and its table."""

    anchor: str
    title: str
    prescription: str
    figure: ProposedCourse
    phases: tuple[tuple[str, str, str, str, str], ...]  # name, starts, visits, rhythm, minutes
    band: tuple[tuple[str, str, str], ...]  # when, expected, band
    totals: str
    is_running: bool


def proposed_courses(plan: Plan, case: Case, anchors: dict[str, str]) -> tuple[ProposedView, ...]:
    """Return courses under way, then those of the first options: open ones, else those that wait for an answer."""
    written = [o for o in plan.options if o.prescription and o.forecast and not o.is_companion]
    begun = {c.therapy for c in case.courses if c.ended_on is None}
    running = [o for o in written if o.therapy in begun]
    chosen = [o for o in written if o.rank is not None] or [o for o in written if o.standing.rank <= 1]
    chosen = running + [o for o in chosen if o not in running][:MOST]
    return tuple(_view(o, case, anchors[o.therapy], is_running=o in running) for o in chosen)


def _view(option: Option, case: Case, anchor: str, *, is_running: bool) -> ProposedView:
    assert option.prescription is not None and option.forecast is not None
    return course_view(option.title, option.prescription, option.forecast, case, anchor, is_running=is_running)


def course_view(
    title: str, prescription: Prescription, forecast: Forecast, case: Case, anchor: str, *, is_running: bool
) -> ProposedView:
    """Return the course of one prescription."""
    schedule, points = prescription.schedule, forecast.course
    until = min(FIRST_YEAR_DAYS, max(_SHORTEST, schedule.days))
    band = tuple(_point(p) for p in sorted(points, key=lambda p: p.day))
    if band:
        until = _until(until, band[-1].day, schedule.phases[0].end_day)
    band = tuple(p for p in band if p.day <= until)
    figure = ProposedCourse(
        title=title,
        phases=tuple(PhaseRow(_label(p), p.start_day, p.visits, p.every_days) for p in schedule.phases),
        band=band if len(band) > 1 else (),
        ratings=_ratings(prescription.therapy, case, until),
        until_day=until,
    )
    totals = f"{schedule.visits} visits and about {schedule.hours:.0f}{SPACE}h in all, over {days(schedule.days)}"
    if schedule.days > until:
        totals += f"; the figure shows the first {days(until)}"
    return ProposedView(
        anchor, title, prescription.title, figure,
        tuple(_phase_row(p) for p in schedule.phases),
        tuple((f"day {number(p.day)}", f"{p.value:.0f}{SPACE}%", f"{p.low:.0f}–{p.high:.0f}{SPACE}%") for p in band),
        f"{totals}.",
        is_running,
    )  # fmt: skip


def _until(course: float, band: float, acute: float) -> float:
    """Return the last day drawn: a short expected course is not squeezed by years of maintenance after it."""
    if course < band <= 2 * course:
        return min(FIRST_YEAR_DAYS, band)
    return max(3 * band, 1.5 * acute) if max(3 * band, 1.5 * acute) < course else course


def _point(point: CoursePoint) -> BandPoint:
    gone = point.improvement
    low = gone.value if gone.low is None else gone.low
    high = gone.value if gone.high is None else gone.high
    return BandPoint(point.day, 100 * gone.value, 100 * low, 100 * high)


def _ratings(therapy: str, case: Case, until: float) -> tuple[tuple[float, float], ...]:
    """Return what was measured so far when a course of this therapy is under way."""
    running = [c for c in case.courses if c.therapy == therapy and c.ended_on is None]
    if not running:
        return ()
    series = outcome_series(case, running[-1].started_on, baseline_window_days=default("baseline_window").value)
    if series is None:
        return ()
    found = [(series.day_of(r), series.improvement_pct(r)) for r in series.ratings]
    return tuple((day, gone) for day, gone in found if day <= until)


def _label(phase: Phase) -> str:
    visits = f"{phase.visits} visit{'' if phase.visits == 1 else 's'}"
    parts = [visits, _rhythm(phase), f"{phase.minutes:.0f}{SPACE}min each"]
    return f"{phase.name}: {', '.join(p for p in parts if p)}"


def _rhythm(phase: Phase) -> str:
    if phase.visits < 2:
        return ""
    if phase.every_days == 0:
        return "on one day"
    per_week = 7 / phase.every_days
    if abs(per_week - 7) < 0.05:
        return "daily"
    if abs(per_week - 5) < 0.05:
        return "on weekdays"
    if per_week >= 1.5 and abs(per_week - round(per_week)) < 0.05:
        return f"{round(per_week)} a week"
    if abs(per_week - 1) < 0.02:
        return "weekly"
    return f"every {number(round(phase.every_days, 1))} days"


def _phase_row(phase: Phase) -> tuple[str, str, str, str, str]:
    starts = f"day {number(phase.start_day)}"
    return phase.name, starts, str(phase.visits), _rhythm(phase) or "once", f"{phase.minutes:.0f}{SPACE}min"
