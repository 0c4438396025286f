"""Courses under way: what to do with each of them comes before anything new is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euthymia.case.facts import CourseStarted
from euthymia.case.model import Case
from euthymia.core.errors import MissingData
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.plan.model import FirstStep
from euthymia.therapies.contract import Advice, Decision, Prescription, Therapy

_TOLD = ("outcome", "nonresponse", "deterioration", "loss_of_response", "maintenance", "nothing_proposed")
_GOES_ON = (Decision.CONTINUE, Decision.ADJUST, Decision.MAINTAIN)


@dataclass(frozen=True, slots=True)
class FollowedCourse:
    """A course, the prescription it is followed by (None when none can be written now), and the advice on it."""

    therapy: Therapy
    course: CourseStarted | None
    prescription: Prescription | None
    advice: Advice

    @property
    def title(self) -> str:
        """One line for people."""
        return self.therapy.title if self.prescription is None else self.prescription.title


def follow_therapy(case: Case, therapy: Therapy) -> FollowedCourse:
    """Follow the newest course of one therapy (or say that none has begun).

    A course whose form is forbidden now is not passed over in silence: the advice is to plan again, with the reasons
    of the screen.
    """
    course = next((c for c in reversed(case.courses) if c.therapy == therapy.name), None)
    try:
        proposed = therapy.propose(case)
    except MissingData:
        proposed = []
    if course is not None:
        same = [p for p in proposed if p.form == course.form or not course.form]
        proposed = [p for p in same if p.protocol == course.protocol] or same
    if proposed:
        return FollowedCourse(therapy, course, proposed[0], therapy.follow(case, proposed[0]))
    screening = therapy.screen(case)
    own = next((s for s in screening.forms if course is not None and s.form == course.form), screening)
    words = f"{therapy.title}: no prescription can be written now (verdict: {own.verdict.value.replace('_', ' ')})."
    reason = Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="nothing_proposed")
    decision = Decision.START if course is None else Decision.REPLAN
    return FollowedCourse(
        therapy, course, None, Advice(therapy.name, decision, (reason, *own.blocking), 1.0, own.missing)
    )


def follow_courses(case: Case, therapies: Sequence[Therapy]) -> tuple[FollowedCourse, ...]:
    """Follow every course that has begun and not ended."""
    begun = {c.therapy for c in case.courses if c.ended_on is None or c.ended_on >= case.today}
    return tuple(follow_therapy(case, t) for t in therapies if t.name in begun)


def steps_under_way(followed: Sequence[FollowedCourse]) -> tuple[FirstStep, ...]:
    """Return a first step for each course under way; one that goes on leads the open options."""
    steps = []
    for found in followed:
        if found.course is None:
            continue
        advice = found.advice
        words = f"{found.therapy.title} is under way since {found.course.started_on}: {advice.decision.value}."
        told = " ".join(r.statement for r in advice.reasons if r.code in _TOLD)
        sources = tuple(dict.fromkeys(source for r in advice.reasons for source in r.sources))
        reason = Reason(f"{words} {told}".strip(), sources, EvidenceGrade.CASE, code=f"under_way_{found.therapy.name}")
        favors = found.therapy.name if advice.decision in _GOES_ON else ""
        steps.append(FirstStep(reason.code, reason, favors))
    return tuple(steps)
