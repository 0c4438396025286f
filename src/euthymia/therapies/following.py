"""Following a course: safety first, then outcome against baseline, early non-response, burden and expectation.

The therapy gives its own thresholds as rows of ``follow.csv`` (:class:`FollowRule`); what is common to all is in
``therapies/data``. Outcomes are read from the case only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from euthymia.case.concepts import Question
from euthymia.case.course import OutcomeSeries, Rating, outcome_series
from euthymia.case.facts import CourseStarted, ScaleRecord, SideEffect
from euthymia.case.model import Case
from euthymia.case.scales import classify, score
from euthymia.case.scales import scale as scale_definition
from euthymia.case.suicide import safety_signals
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Source, Verification
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.contract import Advice, Decision
from euthymia.therapies.courses import course_under_way
from euthymia.therapies.defaults import default
from euthymia.therapies.forecast import CoursePoint

PACKAGE = "euthymia.therapies"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRule(SourcedRow):
    """When a course is early, when it is decided, and what follows if it does not help."""

    form: str
    early_check_day: float
    early_min_improvement_pct: float
    early_action: Literal["continue", "adjust", "replan", "stop"]
    early_statement: str
    decision_day: float
    decision_min_improvement_pct: float
    decision_action: Literal["adjust", "replan", "stop"]
    decision_statement: str
    earliest_stop_day: float
    review_every_days: float
    maintenance_statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeteriorationRow(SourcedRow):
    """What counts as reliably worse on a scale (``*`` = any other)."""

    scale: str
    points: float | None = None
    percent_of_baseline: float | None = None
    statement: str


@dataclass
class _Findings:
    """What the checks found, in the order in which it is told."""

    decision: Decision
    reasons: list[Reason] = field(default_factory=list)
    missing: list[Question] = field(default_factory=list)
    would_change: list[str] = field(default_factory=list)


def follow_course(
    case: Case,
    *,
    therapy: str,
    title: str,
    form: str,
    rules: tuple[FollowRule, ...],
    expected: tuple[CoursePoint, ...] | None = None,
    extra_reasons: tuple[Reason, ...] = (),
) -> Advice:
    """Advise on a course under way from the outcomes in the case.

    Parameters
    ----------
    case
        The case; the course is the newest ``CourseStarted`` of ``therapy`` and ``form``.
    therapy, title, form
        Which course.
    rules
        Rows of the therapy's ``follow.csv``.
    expected
        Expected course; read from the evidence tables when not given.
    extra_reasons
        Reasons of the therapy's own to add.

    Returns
    -------
    Advice
        ``urgent`` when suicide safety comes first; otherwise start, continue, adjust, stop, maintain or replan.
    """
    rule = next(r for r in sorted(rules, key=lambda r: r.form == "*") if r.form in (form, "*"))
    found = _Findings(Decision.CONTINUE)
    urgent = _safety(case, found)
    course = course_under_way(case, therapy, form)
    if course is None:
        found.reasons.append(_fact(f"No course of {title} is recorded as begun.", Direction.NEUTRAL))
        found.missing.append(
            Question(
                "course_started", f"Has {title} begun, and on which day?", "`courses: [{therapy: …, started_on: …}]`"
            )
        )
        found.decision = Decision.START
    else:
        _judge_course(case, course, rule, title, found, therapy, form, expected)
    _side_effects(case, course, found)
    if urgent:
        found.decision = Decision.URGENT
    review = 1.0 if urgent else rule.review_every_days
    return Advice(
        therapy,
        found.decision,
        (*found.reasons, *extra_reasons),
        review,
        tuple(found.missing),
        tuple(found.would_change),
    )


def _safety(case: Case, found: _Findings) -> bool:
    """Put suicide signals first; say whether they outrank everything."""
    signals = safety_signals(case)
    for signal in signals:
        grade = EvidenceGrade.RULE if signal.sources else EvidenceGrade.CASE
        found.reasons.append(Reason(signal.statement, signal.sources, grade, Direction.AGAINST, code=signal.code))
    return any(signal.level == "high" for signal in signals)


def _judge_course(
    case: Case, course: CourseStarted, rule: FollowRule, title: str, found: _Findings, therapy: str, form: str,
    expected: tuple[CoursePoint, ...] | None,
) -> None:  # fmt: skip
    series = outcome_series(case, course.started_on, baseline_window_days=default("baseline_window").value)
    today = float((case.today - course.started_on).days)
    if series is None:
        found.missing.append(
            Question("baseline", "What was the depression score at the start?", "`scales:` with a date at the start")
        )
        found.reasons.append(_fact("There is no baseline score, so change cannot be measured.", Direction.NEUTRAL))
        return
    now = series.now
    rating_gap = today if now is None else today - series.day_of(now)
    overdue = default("rating_every").value * default("ratings_overdue").value
    if rating_gap > max(overdue, rule.review_every_days):
        found.missing.append(
            Question(
                f"scale:{series.scale}", f"What is the {series.scale} score now?", f"`euthymia score {series.scale} …`"
            )
        )
        found.reasons.append(
            Reason(
                f"No {series.scale} for {rating_gap:.0f} days: the course is not being watched.",
                (default("ratings_overdue").cite(),),
                direction=Direction.AGAINST,
            )
        )
    if now is None:
        found.reasons.append(_fact(f"Day {today:.0f} of {title}; no rating since the start yet.", Direction.NEUTRAL))
        return
    day, gain = series.day_of(now), series.improvement_pct(now)
    outcome = classify(series.baseline.total, now.total, series.scale)
    found.reasons.append(
        Reason(
            f"{series.scale} {series.baseline.total:g} at the start, {now.total:g} on day {day:.0f}: "
            f"{gain:+.0f} % improvement, {outcome.word}.",
            outcome.sources,
            direction=Direction.FOR if gain > 0 else Direction.NEUTRAL,
            value=gain,
            unit="%",
            code="outcome",
        )
    )
    _against_expectation(series, now, found, therapy, form, expected)
    if _deteriorated(series, now, found):
        found.decision = Decision.STOP if day >= rule.earliest_stop_day else Decision.ADJUST
        found.would_change.append("a rating back at or below the baseline, or another explanation for the worsening")
        return
    if _lost(series, now, found):
        found.decision = Decision.ADJUST
        return
    if outcome.word in ("response", "remission"):
        done = course.ended_on is not None or day >= rule.decision_day
        found.decision = Decision.MAINTAIN if done else Decision.CONTINUE
        text = rule.maintenance_statement if done else "It helps: complete the course as planned."
        found.reasons.append(Reason(text, (rule.cite(),), direction=Direction.FOR, code="maintenance"))
        found.would_change.append("a loss of half of the improvement, or a rise that is reliable")
        return
    _not_yet_responded(day, gain, rule, title, found)


def _not_yet_responded(day: float, gain: float, rule: FollowRule, title: str, found: _Findings) -> None:
    """Early check, decision day, and the days before which a flat course is no reason to stop."""
    action, statement = "continue", ""
    if day >= rule.decision_day and gain < rule.decision_min_improvement_pct:
        action, statement = rule.decision_action, rule.decision_statement
    elif day >= rule.early_check_day and gain < rule.early_min_improvement_pct:
        action, statement = rule.early_action, rule.early_statement
    if action in ("stop", "replan") and day < rule.earliest_stop_day:
        action = "continue"
        statement = (
            f"Day {day:.0f} is too early to give up {title}: a flat course before day {rule.earliest_stop_day:.0f} "
            "is expected in many who benefit later"
        )
    if action == "continue" and not statement and day < rule.early_check_day:
        statement = f"Day {day:.0f} is too early to judge {title}: the first check is on day {rule.early_check_day:.0f}"
    found.decision = Decision(action)
    if statement:
        direction = Direction.NEUTRAL if action == "continue" else Direction.AGAINST
        found.reasons.append(
            Reason(f"{statement.rstrip('.')}.", (rule.cite(),), direction=direction, code="nonresponse")
        )
    checks = [(rule.early_check_day, rule.early_min_improvement_pct)]
    checks.append((rule.decision_day, rule.decision_min_improvement_pct))
    for check_day, needed in checks:
        if day < check_day:
            found.would_change.append(f"less than {needed:g} % improvement on day {check_day:g}")


def _deteriorated(series: OutcomeSeries, now: Rating, found: _Findings) -> bool:
    """Does the treatment make it worse? Compare with the baseline by the scale's own rule."""
    rows = load_table(PACKAGE, "deterioration.csv", DeteriorationRow, key="scale")
    row = next((r for r in rows if r.scale == series.scale), rows[-1])
    limit = row.points if row.points is not None else (row.percent_of_baseline or 0.0) / 100 * series.baseline.total
    rise = now.total - series.baseline.total
    if rise < limit:
        return False
    found.reasons.append(
        Reason(
            f"{series.scale} is {rise:g} points above the baseline ({row.statement}): reliably worse since the start.",
            (row.cite(),), direction=Direction.AGAINST, value=rise, unit="points", code="deterioration",
        )
    )  # fmt: skip
    return True


def _lost(series: OutcomeSeries, now: Rating, found: _Findings) -> bool:
    """Whether a response once reached has been lost by half."""
    best = series.best
    if best is None or classify(series.baseline.total, best.total, series.scale).word not in ("response", "remission"):
        return False
    share = default("relapse_share")
    gained, kept = series.baseline.total - best.total, series.baseline.total - now.total
    if gained <= 0 or kept > (1 - share.value) * gained:
        return False
    words = f"{series.scale} was {best.total:g} on {best.day} and is {now.total:g}: half or more of the gain is lost."
    found.reasons.append(Reason(words, (share.cite(),), direction=Direction.AGAINST, code="loss_of_response"))
    return True


def _against_expectation(
    series: OutcomeSeries, now: Rating, found: _Findings, therapy: str, form: str,
    expected: tuple[CoursePoint, ...] | None,
) -> None:  # fmt: skip
    from euthymia.therapies.forecasting import band_at, band_ends, expected_course

    points = expected_course(therapy, form) if expected is None else expected
    band = band_at(points, series.day_of(now))
    if band is None:
        return
    gain = series.improvement_pct(now) / 100
    low, high = band_ends(band)
    where = "below" if gain < low else "above" if gain > high else "inside"
    direction = {"below": Direction.AGAINST, "above": Direction.FOR, "inside": Direction.NEUTRAL}[where]
    words = (
        f"On day {series.day_of(now):.0f} the improvement of {100 * gain:.0f} % is {where} the band expected for this "
        f"therapy ({100 * low:.0f} to {100 * high:.0f} %)."
    )
    source = Source("Expected course from the trial arms held by engines/evidence", "", Verification.PARTIAL)
    found.reasons.append(Reason(words, (source,), EvidenceGrade.LOW, direction, code="expected_band"))


def _side_effects(case: Case, course: CourseStarted | None, found: _Findings) -> None:
    """Side-effect burden (FIBSER) and serious adverse events since the start."""
    since = course.started_on if course else None
    window = default("serious_event_window").value
    for event in case.of(SideEffect):
        if not event.fact.serious or (since is not None and event.day < since):
            continue
        recent = (case.today - event.day).days <= window
        words = f"Serious adverse event on {event.day}: {event.fact.name}."
        words += " Review before the next session." if recent else " Was it reviewed?"
        found.reasons.append(_fact(words, Direction.AGAINST if recent else Direction.NEUTRAL))
        if recent and found.decision is not Decision.URGENT:
            found.decision = Decision.STOP
    forms = [e for e in case.of(ScaleRecord) if scale_definition(e.fact.scale).name == "FIBSER"]
    if not forms or (since is not None and forms[-1].day < since):
        return
    newest = forms[-1].fact  # the burden is one of its three items, and what a total alone stands for
    burden = newest.total if newest.answers is None else score("FIBSER", newest.answers).domain("burden")
    change, address = default("side_effect_burden_change"), default("side_effect_burden_address")
    if burden is None or burden < address.value:
        return
    row = change if burden >= change.value else address
    words = f"{row.statement[0].upper()}{row.statement[1:]} (burden {burden:g} on {forms[-1].day})."
    found.reasons.append(Reason(words, (row.cite(),), direction=Direction.AGAINST, code="side_effect_burden"))
    if row is change and found.decision in (Decision.CONTINUE, Decision.MAINTAIN):
        found.decision = Decision.ADJUST


def _fact(words: str, direction: Direction) -> Reason:
    return Reason(words, grade=EvidenceGrade.CASE, direction=direction)
