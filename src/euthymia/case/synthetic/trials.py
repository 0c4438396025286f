"""The treatment history of a synthetic patient: line after line, backwards from the first visit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from euthymia.case.facts import Adherence, StoppedReason, TreatmentTrial, TrialKind, TrialOutcome
from euthymia.case.synthetic.person import Person
from euthymia.case.synthetic.stream import Stream
from euthymia.case.synthetic.tables import Treatment, dose_steps, drug_of, marginals, shares, treatments

OTHER_KINDS = (
    "psychotherapy",
    "tms",
    "esketamine",
    "ketamine",
    "ect",
    "neurofeedback",
    "psilocybin",
    "mdma",
    "vns",
    "dbs",
)
"""Kinds that are drawn one by one, by how often a profile has tried them."""

LEAST_WEEKS = 4.0
DRUG_KINDS = (TrialKind.DRUG, TrialKind.AUGMENTATION)


@dataclass(frozen=True, slots=True)
class History:
    """What was tried, and when the current episode began."""

    episode_started: date
    trials: tuple[TreatmentTrial, ...]

    @property
    def ongoing(self) -> tuple[TreatmentTrial, ...]:
        """Drugs still taken at intake."""
        return tuple(t for t in self.trials if t.stopped_reason is StoppedReason.ONGOING)


@dataclass(slots=True)
class _Step:
    """One line of treatment before it is dated."""

    row: Treatment
    kind: TrialKind
    weeks: float
    gap: float
    intolerant: bool
    base: _Step | None = None

    @property
    def seen_through(self) -> bool:
        """Whether it was tolerated and given four weeks: only these count as failed."""
        return not self.intolerant and self.weeks >= LEAST_WEEKS

    @property
    def beside(self) -> bool:
        """Whether it runs beside the drugs instead of taking its turn."""
        return self.kind in (TrialKind.PSYCHOTHERAPY, TrialKind.VNS, TrialKind.DBS)


def draw_history(seed: int, person: Person) -> History:
    """Draw the treatment history before the first visit."""
    draw = Stream(seed, "trials", person.profile)
    room_weeks = (person.intake.date() - person.earliest_onset).days / 7
    steps = _steps(draw, _number_failed(draw, person.profile))
    while len(steps) > 1 and _needed(steps) > room_weeks - 8:
        steps.pop()
    lag = draw.between(3, 26)
    spare = max(0.0, min(person.episode_weeks, room_weeks) - _needed(steps) - lag)
    for step, share in zip(steps, _split(draw, len(steps)), strict=True):
        step.gap += spare * share
    unmedicated = draw.happens("unmedicated")
    trials, first = _dated(draw, person, steps, unmedicated)
    drawn = person.intake.date() - timedelta(weeks=min(person.episode_weeks, room_weeks))
    started = max(min(first - timedelta(weeks=lag), drawn), person.earliest_onset)
    earlier = _earlier(draw, person, started)
    return History(started, (*earlier, *trials))


def _number_failed(draw: Stream, profile: str) -> int:
    """Failed treatments in the current episode, from shares or from a least number and a mean."""
    if ("failures.mean", profile) not in marginals():
        return int(draw.weighted(shares("failures", profile)))
    least, mean = draw.value("failures.least"), draw.value("failures.mean")
    log_sd = 0.6
    over = draw.lognormal((mean - least) * 2.718281828459045 ** (-log_sd * log_sd / 2), log_sd)
    return min(int(least) + round(over), 40)


def _steps(draw: Stream, wanted: int) -> list[_Step]:
    """Lines until ``wanted`` were seen through, with what else the patient has tried put among them."""
    others = [_other(draw, kind) for kind in OTHER_KINDS if draw.happens(f"tried.{kind}")]
    all_count = ("failures.mean", draw.profile) in marginals()  # counted with added agents, devices and ECT
    if all_count:
        wanted = max(2, wanted - sum(step.kind is not TrialKind.PSYCHOTHERAPY for step in others))
    steps: list[_Step] = []
    used: set[str] = set()
    line = seen_through = 0
    while seen_through < wanted:
        line += 1
        before = steps[-1] if steps else None
        can_add = line > 2 and before is not None and before.kind is TrialKind.DRUG and before.seen_through
        adds = can_add and draw.happens("step.augmentation")
        step = _drug(draw, "augmentation" if adds else "drug", line, used)
        if step is None:
            break
        step.base = before if adds else None
        steps.append(step)
        seen_through += step.seen_through and (all_count or not adds)
    for other in others:
        steps.insert(draw.whole(min(2, len(steps)), len(steps)), other)
    return _mended(steps)


def _mended(steps: list[_Step]) -> list[_Step]:
    """Put every added agent right after the drug it was added to."""
    ordered: list[_Step] = []
    for step in steps:
        if step.base is None:
            ordered.append(step)
            ordered.extend(s for s in steps if s.base is step)
    return ordered


def _drug(draw: Stream, kind: str, line: int, used: set[str]) -> _Step | None:
    rows = [r for r in treatments() if r.kind == kind and drug_of(r.name).ingredient not in used]
    weighted = [(row, row.weight(line)) for row in rows if row.weight(line) > 0]
    if not weighted:
        return None
    row = draw.weighted(weighted)
    used.add(drug_of(row.name).ingredient)
    intolerant = draw.happens("intolerance")
    if intolerant or draw.happens("weeks.too_short"):
        weeks = draw.between(0.5, 3.5)
    else:
        weeks = min(max(draw.lognormal(draw.value("weeks.median"), draw.value("weeks.log_sd")), LEAST_WEEKS), 60.0)
    return _Step(row, TrialKind(kind), float(round(weeks)) or 1.0, draw.between(0, 3), intolerant)


def _other(draw: Stream, kind: str) -> _Step:
    row = draw.weighted([(r, r.weight_later) for r in treatments() if r.kind == kind])
    spans = {"psychotherapy": (8, 40), "vns": (30, 90), "dbs": (30, 90), "ect": (3, 6), "esketamine": (4, 16)}
    low, high = spans.get(kind, (3, 7))
    return _Step(
        row, TrialKind(kind), float(draw.whole(low, high)), draw.between(0, 3), kind != "vns" and draw.chance(6)
    )


def _needed(steps: list[_Step]) -> float:
    return sum(step.weeks + step.gap + 1.5 for step in steps if not step.beside)


def _split(draw: Stream, parts: int) -> list[float]:
    weights = [draw.between(0.05, 1) for _ in range(parts)]
    return [weight / sum(weights) for weight in weights]


def _dated(draw: Stream, person: Person, steps: list[_Step], unmedicated: bool) -> tuple[list[TreatmentTrial], date]:
    """Date the steps backwards from intake; the last drug and what was added to it go on unless ``unmedicated``."""
    newest = next((step for step in reversed(steps) if step.kind in DRUG_KINDS), None)
    goes_on_with = newest if newest is not None and not unmedicated else None
    if goes_on_with is not None:
        goes_on_with.intolerant = False
    cursor = person.intake.date() - timedelta(days=draw.whole(3, 40) if unmedicated else draw.whole(0, 5))
    trials: list[TreatmentTrial] = []
    open_base: date | None = None  # end of the drug that an added agent belongs to
    open_goes_on = False
    for step in reversed(steps):
        goes_on = open_goes_on if open_base is not None else step is goes_on_with
        if step.beside:
            begun = max(cursor - timedelta(weeks=step.weeks), person.earliest_onset)
            trials.append(_trial(draw, person, step, min(begun, cursor), cursor))
            continue
        ended = open_base or cursor
        started = cursor - timedelta(days=max(7, round(step.weeks * 7) + draw.whole(0, 9)))
        trial = _trial(draw, person, step, started, ended)
        if goes_on:
            trial = _still_taken(trial)
        trials.append(trial)
        if step.base is not None:
            open_base, open_goes_on = ended, goes_on
            cursor = started
        else:
            open_base, open_goes_on = None, False
            cursor = started - timedelta(days=round(step.gap * 7))
    return trials[::-1], min(t.started_on or cursor for t in trials)


def _still_taken(trial: TreatmentTrial) -> TreatmentTrial:
    """The same trial without an end; a response would not go with the severity at intake."""
    going = replace(trial, ended_on=None, stopped_reason=StoppedReason.ONGOING)
    return (
        replace(going, outcome=TrialOutcome.NONE, improvement_pct=None)
        if going.outcome is TrialOutcome.RESPONSE
        else going
    )


def _trial(draw: Stream, person: Person, step: _Step, started: date, ended: date) -> TreatmentTrial:
    outcome = TrialOutcome.UNKNOWN if step.intolerant and draw.chance(40) else TrialOutcome(draw.word("outcome"))
    if step.intolerant and outcome is TrialOutcome.RESPONSE:
        outcome = TrialOutcome.NONE
    reason = StoppedReason.INEFFICACY
    if step.intolerant:
        reason = StoppedReason.INTOLERANCE
    elif outcome is TrialOutcome.RESPONSE:
        reason = StoppedReason.LOSS_OF_EFFECT
    elif step.kind not in DRUG_KINDS:
        reason = StoppedReason.COMPLETED
    elif outcome is TrialOutcome.UNKNOWN:
        reason = StoppedReason.UNKNOWN
    drug = step.kind in DRUG_KINDS
    sessions = None if drug else draw.whole(int(step.row.low or 1), int(step.row.high or 1))
    return TreatmentTrial(
        kind=step.kind,
        name=step.row.name,
        dose_mg_day=_dose(draw, step.row) if drug else None,
        weeks_at_dose=min(step.weeks, (ended - started).days / 7.0) if drug else None,
        sessions=max(1, sessions // 3) if sessions and step.intolerant else sessions,
        started_on=started,
        ended_on=ended,
        adherence=Adherence(draw.word("adherence")) if drug else Adherence.GOOD,
        outcome=outcome,
        improvement_pct=_improvement(draw, outcome),
        stopped_reason=reason,
        current_episode=True,
        added_to=step.base.row.name if step.base else "",
        optimized=drug and draw.chance(20),
        laterality=draw.one(("bilateral", "right_unilateral", "bifrontal")) if step.kind is TrialKind.ECT else "",
    )


def _dose(draw: Stream, row: Treatment) -> float | None:
    """Daily dose: a share of the least adequate dose within the usual range, or a dose between the row's bounds."""
    drug = drug_of(row.name)
    times = float(draw.word("dose").removeprefix("pct_")) / 100.0
    if row.low is not None and row.high is not None:
        return draw.one(dose_steps(row.low, row.high))
    if drug.min_adequate_mg_day is None:
        return None
    most = max(drug.usual_high_mg_day or drug.min_adequate_mg_day, drug.min_adequate_mg_day)
    return float(f"{min(times * drug.min_adequate_mg_day, most):.3g}")


def _improvement(draw: Stream, outcome: TrialOutcome) -> float | None:
    spans = {"none": (0, 24), "partial": (25, 49), "response": (50, 74), "remission": (75, 100), "worse": (-30, -1)}
    span = spans.get(outcome.value)
    return float(draw.whole(*span)) if span and draw.chance(70) else None


def _earlier(draw: Stream, person: Person, started: date) -> list[TreatmentTrial]:
    """One trial of an earlier episode, where there was one and there is room for it."""
    if person.previous_episodes == 0 or not draw.happens("before.any"):
        return []
    row = draw.weighted([(r, r.weight_line_1) for r in treatments() if r.kind == "drug" and r.weight_line_1 > 0])
    weeks = float(draw.whole(12, 60))
    ended = started - timedelta(weeks=draw.whole(20, 200))
    begun = ended - timedelta(weeks=weeks)
    outcome = TrialOutcome(draw.word("outcome_before"))
    dose, gain = _dose(draw, row), _improvement(draw, outcome)
    if begun < person.earliest_onset:
        return []
    helped = outcome in (TrialOutcome.REMISSION, TrialOutcome.RESPONSE)
    reason = StoppedReason.COMPLETED if helped else StoppedReason.INEFFICACY
    return [
        TreatmentTrial(
            TrialKind.DRUG, row.name, dose, weeks, started_on=begun, ended_on=ended, adherence=Adherence.GOOD,
            outcome=outcome, improvement_pct=gain, stopped_reason=reason, current_episode=False,
        )
    ]  # fmt: skip
