"""What happens after the first visit: a course under way or none, and the severity at every visit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from euthymia.case.facts import CourseStarted, Medication, SessionDelivered, SideEffect
from euthymia.case.synthetic.person import Person
from euthymia.case.synthetic.stream import Stream
from euthymia.case.synthetic.tables import CourseShape, course_shapes

ADULT_YR = 18
DEVICES = {"vns": "vagus_nerve_stimulator", "dbs": "deep_brain_stimulator"}
LONGEST_WAIT_DAYS = 60


@dataclass(frozen=True, slots=True)
class Course:
    """A course under way: its fact, when it began, and how far the patient will improve (percent of baseline)."""

    shape: CourseShape
    started: datetime
    improvement_pct: float

    def left_of_baseline(self, moment: datetime) -> float:
        """Return the part of the baseline severity that is left at ``moment``, without noise."""
        days = (moment - self.started).total_seconds() / 86400
        if days <= 0:
            return 1.0
        half_times = days / self.shape.half_time_days
        return 1.0 - self.improvement_pct / 100.0 * (1.0 - math.pow(0.5, half_times))

    @property
    def fact(self) -> CourseStarted:
        """The course as a fact."""
        return CourseStarted(self.shape.therapy, self.shape.form, "", self.started.date())

    @property
    def device(self) -> str:
        """The implant that comes with the course, or an empty string."""
        return DEVICES.get(self.shape.therapy, "")


@dataclass(frozen=True, slots=True)
class Timetable:
    """The moments of a case: first visit, visits with ratings, and the days since the course began."""

    intake: datetime
    visits: tuple[datetime, ...]
    course_days: float | None


def draw_timetable(seed: int, profile: str, as_of: datetime) -> Timetable:
    """Draw the visits: the last shortly before ``as_of``, the first before a course that may be under way."""
    draw = Stream(seed, "timetable", profile)
    last = as_of - timedelta(minutes=draw.whole(20, 3 * 24 * 60))
    if draw.happens("course"):
        course_days = float(draw.whole(2, 70) if draw.chance(85) else draw.whole(71, 330))
        span_days = course_days + draw.whole(1, 14)
    else:
        course_days, span_days = None, float(draw.whole(0, LONGEST_WAIT_DAYS))
    intake = last - timedelta(days=span_days)
    step = 7 if span_days < 60 else 14 if span_days < 150 else 28
    inner = [intake + timedelta(days=d, minutes=draw.whole(-90, 90)) for d in range(step, int(span_days), step)]
    visits = (intake, *inner, last) if span_days >= 1 else (intake,)
    return Timetable(intake, visits, course_days)


def draw_course(
    seed: int, person: Person, timetable: Timetable, present: frozenset[str], taking: frozenset[str]
) -> Course | None:
    """Draw the course under way, one that the conditions of the patient do not forbid; None where there is none."""
    if timetable.course_days is None or person.age_yr < ADULT_YR:
        return None
    draw = Stream(seed, "course", person.profile)
    allowed = [
        (shape, shape.weight_pct)
        for shape in course_shapes()
        if not present & set(shape.not_with) and shape.form.removeprefix("augment_") not in taking
    ]
    if not allowed:
        return None
    shape = draw.weighted(allowed)
    started = timetable.visits[-1] - timedelta(days=timetable.course_days)
    gain = draw.within(shape.improvement_mean_pct, shape.improvement_sd_pct, -25.0, 95.0)
    return Course(shape, started, gain)


def added_medicine(course: Course) -> Medication | None:
    """Return the drug that an augmentation course adds to the list, or None."""
    name = course.shape.form.removeprefix("augment_")
    if name == course.shape.form:
        return None
    return Medication(name, 600.0 if name == "lithium" else 5.0, started_on=course.started.date())


def sessions(seed: int, course: Course, until: datetime) -> tuple[tuple[datetime, SessionDelivered], ...]:
    """Return the sessions delivered up to ``until``, on weekdays where there are several a week; some stopped early."""
    draw = Stream(seed, "sessions")
    found: list[tuple[datetime, SessionDelivered]] = []
    for i in range(course.shape.sessions):
        days = 7.0 * (i // course.shape.sessions_per_week) + _day_of_week(i, course.shape.sessions_per_week)
        if course.shape.sessions_per_week < 1:
            days = 7.0 * i / course.shape.sessions_per_week
        moment = course.started + timedelta(days=days, minutes=30)
        if moment > until:
            break
        status = draw.weighted((("completed", 96.0), ("stopped_early", 3.0), ("not_started", 1.0)))
        found.append((moment, SessionDelivered(course.shape.therapy, course.shape.form, "", i + 1, status)))
    return tuple(found)


def side_effects(seed: int, course: Course, until: datetime) -> tuple[tuple[datetime, SideEffect], ...]:
    """Return the side effects reported up to ``until``; a serious one is rare."""
    draw = Stream(seed, "side effects")
    span_days = (until - course.started).total_seconds() / 86400
    found = []
    for name in course.shape.side_effects:
        happens, at = draw.chance(30), draw.unit()
        severity = draw.weighted((("mild", 70), ("moderate", 25), ("severe", 5)))
        serious = draw.chance(1.5)
        if happens and span_days > 0:
            moment = course.started + timedelta(days=span_days * at)
            found.append((moment, SideEffect(name, severity, serious, course.shape.therapy)))
    return tuple(sorted(found, key=lambda pair: pair[0]))


def severity_at(draw: Stream, person: Person, course: Course | None, moment: datetime) -> float:
    """Return the severity at ``moment`` in MADRS points: the baseline, what the course leaves of it, and a drift."""
    left = course.left_of_baseline(moment) if course else 1.0
    return min(max(person.madrs * left + draw.normal(0.0, 1.0), 0.0), 58.0)


def ideation_at(person: Person, severity: float) -> int:
    """Return the step of suicidal ideation, which falls with severity."""
    return min(person.ideation, math.ceil(person.ideation * severity / person.madrs - 0.25))


def _day_of_week(i: int, per_week: float) -> float:
    place = i % max(1, int(per_week))
    return float(place if per_week >= 4 else round(place * 7 / max(1.0, per_week)))
