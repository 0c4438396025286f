"""The interval between maintenance sessions: the least frequent step that holds, from this patient's own time to loss.

Too few scores between sessions give no interval; a longer one is never more than one step beyond the present one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from euthymia.case.concepts import Question
from euthymia.case.course import outcome_series
from euthymia.case.facts import CourseStarted
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.contract import Decision
from euthymia.therapies.defaults import default
from euthymia.therapies.ketamine.tables import PACKAGE, protocol
from euthymia.therapies.ketamine.time_to_loss import TimeToLoss, spells_of, time_to_loss
from euthymia.therapies.number_rows import NumberRow, number_row
from euthymia.therapies.schedule import Schedule

_WEEK_DAYS = 7.0
_PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class IntervalAdvice:
    """What the interval asks for; ``every_days`` is None when none can be proposed."""

    reasons: tuple[Reason, ...]
    missing: tuple[Question, ...] = ()
    decision: Decision | None = None
    every_days: float | None = None


def interval_advice(
    case: Case, course: CourseStarted, schedule: Schedule, protocol_name: str, session_days: Sequence[float]
) -> IntervalAdvice:
    """Advise on the interval of a course whose schedule has steps of a week or more.

    Parameters
    ----------
    case, course
        The case and its course under way.
    schedule, protocol_name
        What was prescribed: its phases give the steps and from when each is open.
    session_days
        Day of every session given, from the start of the course, ascending.
    """
    today = float((case.today - course.started_on).days)
    steps = _steps(schedule, today)
    gaps = [b - a for a, b in pairwise(session_days) if b > a]
    drift = _drift(gaps)
    if not steps or len(gaps) < 1:
        return IntervalAdvice(drift)
    series = outcome_series(case, course.started_on, baseline_window_days=default("baseline_window").value)
    spells = spells_of(series, session_days, default("relapse_share").value) if series is not None else ()
    least = _number("least_spells")
    if len(spells) < least.value:
        words = (
            f"The interval is not individualized: {len(spells)} of at least {least.value:g} times between sessions "
            "hold a score in response. Rate before every session, and between sessions when they are two weeks apart."
        )
        asked = Question(
            "scores_between_sessions", "What was the depression score before each session, and between them?",
            "`scales:` with the dates",
        )  # fmt: skip
        reason = Reason(words, (least.cite(),), EvidenceGrade.RULE, code="interval_not_individualized")
        return IntervalAdvice((*drift, reason), (asked,))
    found = time_to_loss(
        spells, spread=_number("log_spread").value, shortest=_number("shortest").value,
        longest=_number("longest").value, credible=_number("credible").value / _PERCENT,
    )  # fmt: skip
    reason, chosen, decision = _proposal(found, steps, gaps[-1], protocol_name)
    return IntervalAdvice((*drift, _own(found), reason), (), decision, chosen)


def _steps(schedule: Schedule, today: float) -> list[float]:
    """Return the intervals of a week or more whose phase has begun, shortest first."""
    open_now = {p.every_days for p in schedule.phases if p.every_days >= _WEEK_DAYS and p.start_day <= today}
    return sorted(open_now)


def _own(found: TimeToLoss) -> Reason:
    spread = _number("log_spread")
    seen = f"{found.spells} times between sessions with scores, {found.losses} with a loss"
    limits = "" if found.losses else "; no loss was seen, so only its lower end is informed"
    words = (
        f"Own time from a session to loss of response: about {found.days:.0f} days ({_number('credible').value:g} % "
        f"interval {found.low:.0f} to {found.high:.0f}), from {seen}{limits}."
    )
    return Reason(
        words, (spread.cite(),), EvidenceGrade.VERY_LOW, value=found.days, low=found.low, high=found.high, unit="days",
        code="own_interval",
    )  # fmt: skip


def _proposal(
    found: TimeToLoss, steps: Sequence[float], now_days: float, protocol_name: str
) -> tuple[Reason, float, Decision | None]:
    """Return the least frequent step that holds, at most one step beyond the present interval."""
    share, row = _number("hold_share"), protocol(protocol_name)
    reach = [s for s in steps if s <= now_days + 1.0] or [steps[0]]
    further = [s for s in steps if s > reach[-1]]
    allowed = [*reach, *further[:1]]
    holding = [s for s in allowed if found.holds(s) >= share.value / _PERCENT]
    chosen = holding[-1] if holding else allowed[0]
    chances = ", ".join(f"every {s:g} days {found.holds(s):.0%}" for s in allowed)
    if not holding:
        words = (
            f"Even every {chosen:g} days the response is not expected to hold in {share.value:g} % ({chances}): keep "
            "the shortest step of the label and look again at dose, co-medication and diagnosis."
        )
        decision: Decision | None = Decision.ADJUST
    else:
        what = "shorter than now" if chosen < now_days - 1 else "longer than now" if chosen > now_days + 1 else "as now"
        words = (
            f"Proposed: a session every {chosen:g} days ({what}), the least frequent open step of the schedule that is "
            f"expected to hold in {share.value:g} % or more ({chances})."
        )
        decision = Decision.ADJUST if chosen < now_days - 1 else None
    direction = Direction.AGAINST if decision else Direction.NEUTRAL
    return (
        Reason(
            words, (share.cite(), row.cite()), EvidenceGrade.VERY_LOW, direction, value=chosen, unit="days",
            code="interval_proposal",
        ),
        chosen,
        decision,
    )  # fmt: skip


def _drift(gaps: Sequence[float]) -> tuple[Reason, ...]:
    """Say when the last sessions came closer together than those before."""
    count, row = round(_number("gaps_compared").value), _number("drift_share")
    recent, before = gaps[-count:], gaps[-2 * count : -count]
    if len(recent) < count or len(before) < count:
        return ()
    now, then = sum(recent) / count, sum(before) / count
    if now >= row.value / _PERCENT * then:
        return ()
    words = f"Interval drift: the last {count} sessions were {now:.0f} days apart, the {count} before {then:.0f} days."
    return (Reason(words, (row.cite(),), direction=Direction.AGAINST, code="interval_drift"),)


def _number(name: str) -> NumberRow:
    return number_row(PACKAGE, "interval.csv", name)
