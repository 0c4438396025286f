"""Forecasts from the evidence tables: what trials of this form found, against which comparator, at what price.

Nothing is invented on the way: an outcome is an estimate of ``engines.evidence``; a claim of benefit that may drive a
ranking rests on rows read in their source; results that no count supports are given as reasons in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.defaults import default
from euthymia.therapies.evidence_words import (
    contrast_reasons,
    cost_of,
    durability_span,
    harm_of,
    onset_spans,
    outcome_of,
)
from euthymia.therapies.forecast import Burden, Cost, CoursePoint, Forecast, Harm, Interval, Outcome, Span
from euthymia.therapies.schedule import Schedule

FIRST_YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRow(SourcedRow):
    """What evidence must look like for a grade; the first row that fits counts."""

    grade: EvidenceGrade
    randomized: bool
    double_blind: bool
    min_studies: int
    min_patients: int
    review_suffices: bool
    population: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRow(SourcedRow):
    """Evidence on another form that is shown beside a form's own, and why."""

    form: str
    related_form: str
    statement: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the tables hold on one form, in the words of a forecast; the same for every case."""

    outcomes: tuple[Outcome, ...]
    onset: tuple[Span, ...]
    durability: tuple[Span, ...]
    harms: tuple[Harm, ...]
    costs: tuple[Cost, ...]
    course: tuple[CoursePoint, ...]
    grade: EvidenceGrade
    grade_reason: Reason
    reasons: tuple[Reason, ...]


def forecast(
    case: Case,
    *,
    therapy: str,
    form: str,
    protocol: str,
    schedule: Schedule,
    seed: int,
    anesthesia: bool = False,
    surgery: bool = False,
    extra_reasons: tuple[Reason, ...] = (),
) -> Forecast:
    """Forecast a prescription from the evidence on its form.

    Parameters
    ----------
    case
        The case; its age chooses between adult and older-adult trials.
    therapy, form, protocol
        What would be done, in the words of the evidence tables.
    schedule
        When; burden is counted from it over the first year.
    seed
        Kept in the forecast; whoever samples from it uses this seed.
    anesthesia, surgery
        Whether the course needs general anesthesia or an operation.
    extra_reasons
        Reasons of the therapy's own to add.

    Returns
    -------
    Forecast
        Outcomes nearest to this case first.
    """
    from euthymia.therapies.evidence_words import is_older

    found = evidence_on(therapy, form, is_older(case.age_yr))
    visits, hours = schedule.visits_until(FIRST_YEAR_DAYS), schedule.hours_until(FIRST_YEAR_DAYS)
    needs = [w for w, needed in (("general anesthesia", anesthesia), ("an operation", surgery)) if needed]
    counted = f"{visits} {'visit' if visits == 1 else 'visits'}"
    words = f"Asks for {counted} and about {hours:.0f} h at the clinic in the first year"
    words += f", and {' and '.join(needs)}." if needs else "."
    burden = Burden(
        visits=visits, hours=hours, days_to_end_of_acute_course=schedule.phases[0].end_day, anesthesia=anesthesia,
        surgery=surgery,
        reason=Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, value=float(visits), unit="visits",
                      code="burden"),
    )  # fmt: skip
    return Forecast(
        therapy=therapy,
        form=form,
        protocol=protocol,
        outcomes=found.outcomes,
        onset=found.onset,
        durability=found.durability,
        harms=found.harms,
        burden=burden,
        costs=found.costs,
        course=found.course,
        grade=found.grade,
        reasons=(found.grade_reason, *found.reasons, *extra_reasons),
        seed=seed,
    )


@cache
def evidence_on(therapy: str, form: str, older: bool = False) -> Evidence:
    """Read all that the tables hold on ``form``; ``older`` prefers trials in people of 60 or 65 years and over."""
    from euthymia.engines import evidence as tables

    outcomes: list[Outcome] = []
    for name in ("response", "remission"):
        made = _outcomes(therapy, form, name, older)
        for row in load_table("euthymia.therapies", "related_evidence.csv", RelatedRow):
            if row.form == form:
                made += _outcomes(therapy, row.related_form, name, older, f"{row.statement} ({row.source})")
        outcomes += sorted(made, key=lambda o: not o.relevant)
    grade, grade_reason = _grade(outcomes)
    return Evidence(
        outcomes=tuple(outcomes),
        onset=tuple(s for row in tables.onset(therapy, form, include_unverified=True) for s in onset_spans(row)),
        durability=tuple(durability_span(r) for r in tables.durability(therapy, form, include_unverified=True)),
        harms=tuple(harm_of(r) for r in tables.harms(therapy, form)),
        costs=tuple(c for r in tables.costs(therapy, form, include_unverified=True) if (c := cost_of(r)) is not None),
        course=expected_course(therapy, form),
        grade=grade,
        grade_reason=grade_reason,
        reasons=contrast_reasons(therapy, form),
    )


def _outcomes(therapy: str, form: str, name: str, older: bool, related: str = "") -> list[Outcome]:
    """Outcomes of one form; a relative effect without counts is applied to the baseline risk, and says so."""
    from euthymia.engines import evidence as tables

    estimates = list(tables.absolute_benefit(therapy, form, name))
    if not any(e.risk_difference or e.odds_ratio or e.risk_ratio for e in estimates):
        estimates += [e for e in tables.absolute_benefit(therapy, form, name, include_unverified=True) if e.is_greyed]
    made = []
    for estimate in estimates:
        if estimate.active_probability is None and (estimate.odds_ratio or estimate.risk_ratio) and estimate.is_control:
            risk, words = baseline_risk(name)
            estimate = tables.with_baseline_risk(estimate, risk, words)
            outcome = outcome_of(estimate, older, f"{words} {related}".strip())
        else:
            outcome = outcome_of(estimate, older, related)
        if outcome is not None:
            made.append(outcome)
    return made


@cache
def baseline_risk(outcome: str) -> tuple[float, str]:
    """Return the risk under an inactive comparator in resistant depression, and how it was found.

    It is the middle of the rates in the inactive arms of trials in TRD held by ``engines.evidence``. No model by
    stage of resistance is held yet, so it is the same for every case.
    """
    from euthymia.engines import evidence as tables

    rates = sorted(
        rate.probability.value
        for form in tables.forms("control")
        for rate in tables.observed_rate("control", form, outcome)
        if rate.population.value == "trd"
    )
    middle = rates[len(rates) // 2] if len(rates) % 2 else (rates[len(rates) // 2 - 1] + rates[len(rates) // 2]) / 2
    words = (
        f"Baseline risk {100 * middle:.0f} %: the middle of {len(rates)} inactive arms in resistant depression "
        f"({100 * rates[0]:.0f} to {100 * rates[-1]:.0f} %); the relative effect is applied to it."
    )
    return middle, words


@cache
def expected_course(therapy: str, form: str) -> tuple[CoursePoint, ...]:
    """Return the expected course of the form: share of the baseline score gone by day, with the band between patients.

    Where a trial prints a mean without spread, the band is the default spread; where only onset and peak are known, the
    mean rises along them to the measured one. Empty when no mean was measured.
    """
    from euthymia.engines import evidence as tables

    points = tables.trajectory(therapy, form)
    measured = [p for p in points if p.mid is not None]
    if not measured:
        return ()
    peak = -min(p.mid for p in measured if p.mid is not None)
    spread = default("between_patient_sd").value
    by_day: dict[float, Interval] = {0.0: Interval(0.0, 0.0, 0.0)}
    for point in points:
        if point.mid is None and (point.fraction_of_peak is None or point.day in by_day):
            continue
        middle = -point.mid if point.mid is not None else peak * (point.fraction_of_peak or 0.0)
        low = middle - spread if point.high is None else -point.high
        high = middle + spread if point.low is None else -point.low
        by_day[point.day] = Interval(middle, min(low, middle), max(high, middle))
    return tuple(CoursePoint(day, by_day[day]) for day in sorted(by_day))


def band_at(points: Sequence[CoursePoint], day: float) -> CoursePoint | None:
    """Return the expected band at ``day``, interpolated; None before the first and beyond the last known point."""
    ordered = sorted(points, key=lambda p: p.day)
    for left, right in pairwise(ordered):
        if left.day <= day <= right.day and right.day > left.day:
            share = (day - left.day) / (right.day - left.day)
            ends = [
                a + share * (b - a)
                for a, b in zip(_numbers(left.improvement), _numbers(right.improvement), strict=True)
            ]
            return CoursePoint(day, Interval(ends[1], ends[0], ends[2]))
    return next((p for p in ordered if p.day == day), None)


def band_ends(point: CoursePoint) -> tuple[float, float]:
    """Return the lower and upper end of a point's band."""
    low, _, high = _numbers(point.improvement)
    return low, high


def _numbers(interval: Interval) -> tuple[float, float, float]:
    low = interval.value if interval.low is None else interval.low
    high = interval.value if interval.high is None else interval.high
    return low, interval.value, high


def _grade(outcomes: Sequence[Outcome]) -> tuple[EvidenceGrade, Reason]:
    """Grade the best-supported comparison with an inactive comparator by the rows of ``grading.csv``."""
    rows = load_table("euthymia.therapies", "grading.csv", GradeRow)
    for row in rows:
        for outcome in outcomes:
            if (
                (not row.randomized or outcome.randomized)
                and (not row.double_blind or outcome.blinding == "double_blind")
                and (
                    (outcome.from_review and row.review_suffices)
                    or (outcome.studies >= row.min_studies and outcome.patients >= row.min_patients)
                )
                and row.population in ("any", outcome.population)
                and (outcome.relevant or row.population == "any")
            ):
                words = f"Certainty of the evidence on benefit: {row.grade.value.replace('_', ' ')} ({row.statement})."
                return row.grade, Reason(words, (row.cite(),), row.grade, code="evidence_grade")
    lowest = rows[-1]
    words = "No comparison with counts is held for this form: certainty on benefit very low."
    return lowest.grade, Reason(words, (lowest.cite(),), lowest.grade, Direction.AGAINST, code="evidence_grade")


def forecast_sources(found: Forecast) -> tuple[Source, ...]:
    """Return every source a forecast rests on, each once."""
    reasons = [
        *(o.reason for o in found.outcomes), *(s.reason for s in (*found.onset, *found.durability)),
        *(h.reason for h in found.harms), *(c.reason for c in found.costs), found.burden.reason, *found.reasons,
        *found.physics, *(c.reason for c in found.curves),
        *(p.reason for p in found.pictures),
    ]  # fmt: skip
    return tuple(dict.fromkeys(source for reason in reasons for source in reason.sources))
