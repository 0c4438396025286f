"""What the symptom figure and its table show: ratings, thresholds and treatments, read from the case only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from euthymia.case.course import SYMPTOM_SCALES, Rating, ratings_of
from euthymia.case.facts import SessionDelivered, StoppedReason, TreatmentTrial, TrialKind, TrialOutcome
from euthymia.case.model import Case
from euthymia.case.scales.definition import PACKAGE, define
from euthymia.case.scales.outcome import RemissionRow, ResponseRow
from euthymia.core.tables import load_table
from euthymia.report.figures import SymptomCourse, TreatmentBar
from euthymia.report.wording import number, plain

LONGEST = timedelta(days=5 * 365)
"""The figure looks back no further than this; the table holds everything."""

_OUTCOMES = {
    TrialOutcome.REMISSION: "remission",
    TrialOutcome.RESPONSE: "response",
    TrialOutcome.PARTIAL: "partial response",
    TrialOutcome.NONE: "no response",
    TrialOutcome.WORSE: "worse",
    TrialOutcome.UNKNOWN: "outcome not recorded",
}

_KINDS = {
    TrialKind.ECT: "ECT",
    TrialKind.TMS: "TMS",
    TrialKind.KETAMINE: "ketamine",
    TrialKind.ESKETAMINE: "esketamine",
    TrialKind.DBS: "DBS",
    TrialKind.PSILOCYBIN: "psilocybin",
    TrialKind.MDMA: "MDMA",
    TrialKind.NEUROFEEDBACK: "neurofeedback",
}


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One line of the table of treatments."""

    name: str
    dose: str
    when: str
    outcome: str
    stopped: str
    episode: str


@dataclass(frozen=True, slots=True)
class SymptomHistory:
    """The figure (None without ratings) and the tables beside it."""

    course: SymptomCourse | None
    ratings: tuple[tuple[str, str, str], ...]  # day, scale, total
    trials: tuple[TrialRow, ...]
    threshold_note: str


def symptom_history(case: Case, titles: Mapping[str, str]) -> SymptomHistory:
    """Read ratings and treatments of ``case``; ``titles`` names the therapies of its courses."""
    series = {scale: found for scale in SYMPTOM_SCALES if (found := ratings_of(case, scale))}
    rows = sorted((r.day.isoformat(), scale, number(r.total)) for scale, found in series.items() for r in found)
    trials = tuple(_trial_row(t) for t in case.trials)
    if not series:
        return SymptomHistory(None, (), trials, "")
    scale = max(series, key=lambda s: (len(series[s]), -SYMPTOM_SCALES.index(s)))
    start = _start(case, series[scale])
    shown = [r for r in series[scale] if r.day >= start]
    thresholds, note = _thresholds(case, scale, shown)
    course = SymptomCourse(
        scale=scale,
        maximum=float(define(scale).maximum or max(r.total for r in shown)),
        ratings=tuple((r.day, r.total) for r in shown),
        thresholds=thresholds,
        bars=(*_trial_bars(case, start), *_course_bars(case, start, titles)),
        start=start,
        end=case.today,
    )
    return SymptomHistory(course, tuple(rows), trials, note)


def _start(case: Case, ratings: tuple[Rating, ...]) -> date:
    """Begin with the episode or the first rating, whichever is earlier, but not too long ago."""
    earliest = [ratings[0].day, *(c.started_on for c in case.courses)]
    if case.episode is not None:
        earliest.append(case.episode.started_on)
    longest_ago = case.today - LONGEST
    return max(min(earliest) - timedelta(days=7), min(longest_ago, ratings[-1].day - timedelta(days=7)))


def _thresholds(case: Case, scale: str, shown: list[Rating]) -> tuple[tuple[tuple[str, float], ...], str]:
    """Lines for remission and response; response counts from the start of the running course or the first rating."""
    lines = []
    note = ""
    begun = [c.started_on for c in case.courses if c.ended_on is None]
    before = [r for r in shown if begun and r.day <= begun[-1]]
    baseline = before[-1] if before else shown[0]
    responses = load_table(PACKAGE, "response.csv", ResponseRow, key="definition")
    standard = next(row for row in responses if row.definition == "standard")
    if baseline.total > 0:
        level = baseline.total * (1 - standard.minimum_fall_pct / 100)
        lines.append((f"response {number(level)}", level))
        note = f"Response: {standard.label} from {number(baseline.total)} on {baseline.day.isoformat()}."
    for row in load_table(PACKAGE, "remission.csv", RemissionRow):
        if row.scale == scale and row.is_default:
            lines.append((f"remission {number(row.threshold)}", row.threshold))
            word = "or less" if row.operator == "<=" else "or more is not remission"
            note += f" Remission: {number(row.threshold)} {word} ({row.definition})."
    return tuple(lines), note.strip()


def _trial_bars(case: Case, start: date) -> list[TreatmentBar]:
    bars = []
    for trial in case.trials:
        if trial.started_on is None or trial.started_on > case.today:
            continue
        end = _end(trial, case.today)
        if end < start:
            continue
        label = " · ".join(part for part in (_name(trial), _dose(trial), _OUTCOMES[trial.outcome]) if part)
        kind = "drug" if trial.kind in (TrialKind.DRUG, TrialKind.AUGMENTATION) else "other"
        is_on = trial.stopped_reason is StoppedReason.ONGOING
        bars.append(TreatmentBar(label, max(start, trial.started_on), end, kind, trial.started_on < start, is_on))
    return sorted(bars, key=lambda b: (b.start, b.end))


def _course_bars(case: Case, start: date, titles: Mapping[str, str]) -> list[TreatmentBar]:
    bars = []
    for course in case.courses:
        end = min(course.ended_on or case.today, case.today)
        if end < start or course.started_on > case.today:
            continue
        held = case.of(SessionDelivered)
        days = tuple(
            e.day
            for e in held
            if e.fact.therapy == course.therapy and course.started_on <= e.day <= end and e.day >= start
        )
        words = f"Course {'under way' if course.ended_on is None else 'ended'}: "
        words += titles.get(course.therapy, plain(course.therapy))
        words += f" · {len(days)} sessions recorded" if days else ""
        bars.append(
            TreatmentBar(
                words, max(start, course.started_on), end, "course", course.started_on < start,
                course.ended_on is None, days,
            )
        )  # fmt: skip
    return bars


def _end(trial: TreatmentTrial, today: date) -> date:
    if trial.ended_on is not None:
        return min(trial.ended_on, today)
    if trial.stopped_reason is StoppedReason.ONGOING or trial.weeks_at_dose is None or trial.started_on is None:
        return today if trial.stopped_reason is StoppedReason.ONGOING or trial.started_on is None else trial.started_on
    return min(trial.started_on + timedelta(weeks=trial.weeks_at_dose), today)


def _name(trial: TreatmentTrial) -> str:
    """Name a trial; where the name says only how, the kind of treatment comes first."""
    words = plain(f"{trial.name} added to {trial.added_to}" if trial.added_to else trial.name)
    kind = _KINDS.get(trial.kind, "")
    return words if not kind or kind.casefold() in words.casefold() else f"{kind}: {words}"


def _dose(trial: TreatmentTrial) -> str:
    if trial.dose_mg_day is not None:
        return f"{number(trial.dose_mg_day)} mg/day"
    return f"{trial.sessions} sessions" if trial.sessions is not None else ""


def _trial_row(trial: TreatmentTrial) -> TrialRow:
    ends = [d.isoformat() if d else "?" for d in (trial.started_on, trial.ended_on)]
    when = "dates not recorded" if ends == ["?", "?"] else f"{ends[0]} to {ends[1]}"
    if trial.stopped_reason is StoppedReason.ONGOING:
        when = f"since {ends[0]}" if trial.started_on else "ongoing"
    if trial.weeks_at_dose is not None:
        when += f", {number(trial.weeks_at_dose)} weeks at dose"
    outcome = _OUTCOMES[trial.outcome]
    if trial.improvement_pct is not None:
        outcome += f" ({number(trial.improvement_pct)} % better)"
    episode = {True: "this episode", False: "earlier episode", None: "episode not recorded"}[trial.current_episode]
    stopped = plain(trial.stopped_reason.value)
    return TrialRow(_name(trial), _dose(trial), when, outcome, stopped, episode)
