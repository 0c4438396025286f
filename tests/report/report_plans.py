"""Plans and cases for the report tests: one built by hand with every standing, and those of the demo cases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from euthymia.case.concepts import Question
from euthymia.case.events import Event, at_midnight
from euthymia.case.facts import (
    CourseStarted,
    Demographics,
    Diagnosis,
    Episode,
    ScaleRecord,
    SessionDelivered,
    Sex,
    StoppedReason,
    TreatmentTrial,
    TrialKind,
    TrialOutcome,
)
from euthymia.case.model import Case, fold
from euthymia.case.suicide import SafetySignal
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Source, Verification
from euthymia.plan.criteria import criteria, judge_option, weights
from euthymia.plan.model import (
    Alternative,
    FirstStep,
    MissingAnswer,
    Option,
    OptionScore,
    Plan,
    Situation,
    Standing,
    UrgentStep,
    WeightChange,
)
from euthymia.plan.rank import total
from euthymia.therapies.contract import LabelFinding, Legality, Screening, Verdict
from euthymia.therapies.forecast import Burden, Cost, CoursePoint, Forecast, Harm, Interval, Outcome, Span
from euthymia.therapies.schedule import Phase, Schedule

NOW = datetime(2026, 11, 20, tzinfo=UTC)
READ = Source("Trial A 2024, table 2", "10.1000/trial.a", Verification.READ, date(2026, 11, 1))
HALF = Source("Trial B 2023, abstract", "10.1000/trial.b", Verification.PARTIAL, date(2026, 11, 1))
UNREAD = Source("From memory", "", Verification.UNVERIFIED, date(2026, 11, 1))

STANDINGS = (
    ("tms", "Transcranial magnetic stimulation", Standing.OPEN, Verdict.ELIGIBLE),
    ("ect", "Electroconvulsive therapy", Standing.OPEN, Verdict.CAUTION),
    ("pharmacotherapy", "Next drug or augmentation", Standing.OPEN, Verdict.ELIGIBLE),
    ("ketamine", "Ketamine and esketamine", Standing.ANSWER_FIRST, Verdict.UNKNOWN),
    ("vns", "Vagus nerve stimulation", Standing.ANSWER_FIRST, Verdict.UNKNOWN),
    ("neurofeedback", "Neurofeedback", Standing.DECLINED, Verdict.ELIGIBLE),
    ("psychedelic", "Psilocybin with support", Standing.NOT_OUTSIDE_TRIAL, Verdict.NOT_OUTSIDE_TRIAL),
    ("dbs", "Deep brain stimulation", Standing.CONTRAINDICATED, Verdict.CONTRAINDICATED),
    ("precision", "Tests that guide treatment", Standing.OPEN, Verdict.ELIGIBLE),
)


@dataclass(frozen=True, slots=True)
class MadeUpPrescription:
    """A prescription that says whatever a test wants."""

    therapy: str
    form: str
    protocol: str
    title: str
    schedule: Schedule
    reasons: tuple[Reason, ...]
    parameters: tuple[tuple[str, str], ...]

    def details(self) -> tuple[tuple[str, str], ...]:
        return self.parameters


def made_up_case(words: str = "") -> Case:
    """A case with ratings, trials and a course; ``words`` goes into every free text."""
    days = [NOW - timedelta(days=n) for n in (300, 200, 120, 60, 20)]
    facts: list[tuple[object, datetime]] = [
        (Demographics(date(1980, 1, 1), Sex.FEMALE, "US"), days[0]),
        (Diagnosis("F33.2", f"Major depressive disorder, severe{words}"), days[0]),
        (Episode(date(2025, 12, 1)), days[0]),
        (_trial(f"sertraline{words}", date(2025, 12, 10), date(2026, 3, 1), TrialOutcome.NONE), days[0]),
        (_trial(f"venlafaxine{words}", date(2026, 3, 5), None, TrialOutcome.PARTIAL), days[0]),
        (TreatmentTrial(TrialKind.ECT, f"bilateral{words}", sessions=8), days[0]),
        (CourseStarted("tms", "tms_itbs", "itbs", (NOW - timedelta(days=60)).date()), days[3]),
        (SessionDelivered("tms", "tms_itbs", "itbs", 1, "completed"), days[4]),
    ]
    facts += [(ScaleRecord("MADRS", total=t), day) for t, day in zip((36, 34, 35, 33, 22), days, strict=True)]
    log = [Event(fact, at_midnight(day.date()), NOW - timedelta(hours=1), "test", "test") for fact, day in facts]
    return fold(f"case-1{words}", log, as_of=NOW, synthetic=True)


def made_up_plan(case: Case, words: str = "", *, urgent: bool = True) -> Plan:
    """A small but whole plan: nine options, every standing, intervals, alternatives, urgent steps and questions."""
    shares = weights(None)
    options = [_option(index, row, words, shares) for index, row in enumerate(STANDINGS)]
    rank = 0
    for index, option in enumerate(options):
        if option.therapy == "precision":
            options[index] = replace(option, is_companion=True)
        elif option.standing is Standing.OPEN and option.score is not None:
            rank += 1
            options[index] = replace(option, rank=rank, score=replace(option.score, first_share=0.25))
    options.sort(key=lambda o: (o.standing.rank, o.rank or 99))
    question = Question("past_seizure", f"Ever a seizure?{words}", "`conditions: {past_seizure: yes|no}`")
    steps = (UrgentStep("suicide_high", "now", _reason(f"Suicide risk is high{words}", UNREAD), "ect"),)
    signals = (SafetySignal("high", "cssrs", f"C-SSRS screener: high risk{words}", NOW.date(), (READ,)),)
    return Plan(
        case_id=case.case_id, synthetic=True, as_of=NOW, version="0.1.0", seed=0,
        situation=Situation((("Patient", f"46 years{words}"), ("MADRS", "22")), (_reason("Two trials failed", HALF),)),
        urgent=steps if urgent else (), signals=signals if urgent else (),
        first_steps=(FirstStep("sleep_apnea", _reason(f"Sleep apnea: is it treated?{words}", UNREAD), "precision"),),
        options=tuple(options), weights=shares, weights_from="default",
        sensitivity=(
            WeightChange("benefit", shares["benefit"], 0.4, "ect"), WeightChange("cost", shares["cost"], None, "tms"),
        ),
        missing=(MissingAnswer(question, ("ketamine", "vns"), ("vns",)),),
        sources=(READ, HALF, UNREAD),
    )  # fmt: skip


def _trial(name: str, start: date, end: date | None, outcome: TrialOutcome) -> TreatmentTrial:
    stopped = StoppedReason.ONGOING if end is None else StoppedReason.INEFFICACY
    return TreatmentTrial(
        TrialKind.DRUG, name, 150.0, 10.0, started_on=start, ended_on=end, outcome=outcome, stopped_reason=stopped
    )


def _reason(words: str, source: Source, direction: Direction = Direction.NEUTRAL, code: str = "") -> Reason:
    return Reason(f"{words}.", (source,), EvidenceGrade.LOW, direction, code=code)


def _option(
    index: int, row: tuple[str, str, Standing, Verdict], words: str, shares: dict[str, float]
) -> Option:  # fmt: skip
    therapy, name, standing, verdict = row
    title = f"{name}{words}"
    question = Question("past_seizure", f"Ever a seizure?{words}", "`conditions: {past_seizure: yes|no}`")
    asks = (question,) if standing is Standing.ANSWER_FIRST else ()
    label = LabelFinding(f"US label{words}", "adult", (True, False, None)[index % 3], _reason("Adult: met", READ))
    rule = _reason(f"A rule about {therapy}{words}", HALF, Direction.AGAINST)
    form = Screening(
        therapy, verdict, (rule,), asks, f"{therapy}_form", f"{name}, usual form{words}", Legality.APPROVED, (label,)
    )
    screening = replace(form, form="", forms=(form,))
    is_closed = standing is Standing.CONTRAINDICATED
    made = [] if is_closed else [_alternative(therapy, index, n, words) for n in range(2)]
    score: OptionScore | None = None
    if made:
        score = total(judge_option(made[0].forecast, form, shares))
        assert [c.name for c in score.criteria] == [c.name for c in criteria()]
    return Option(
        therapy, title, therapy in ("ect", "pharmacotherapy"), standing, None, screening,
        made[0].prescription if made else None, made[0].forecast if made else None, score, tuple(made[1:]),
        (_reason(f"It helped in trials{words}", READ, Direction.FOR),), (rule,),
    )  # fmt: skip


def _alternative(therapy: str, index: int, number: int, words: str) -> Alternative:
    phases = (
        Phase(f"acute{words}", 0, 30, 1.4, 45), Phase("taper", 42, 6, 3.5, 45), Phase("maintenance", 70, 40, 30, 45),
    )  # fmt: skip
    schedule = Schedule(phases)
    prescription = MadeUpPrescription(
        therapy, f"{therapy}_form", f"p{number}", f"Protocol {number} of {therapy}{words}", schedule,
        (_reason("Chosen for speed", UNREAD),), (("Dose", f"10 mg{words}"), ("Time", "45 min")),
    )  # fmt: skip
    return Alternative(prescription, _forecast(therapy, index, schedule, words))


def _forecast(therapy: str, index: int, schedule: Schedule, words: str) -> Forecast:
    gap = (0.2, 0.05, -0.04)[index % 3]
    width = None if index == 2 else 0.12
    difference = Interval(gap, None if width is None else gap - width, None if width is None else gap + width)
    reason = _reason(f"Response: 50 % with treatment{words}", (READ, HALF, UNREAD)[index % 3], Direction.FOR)
    outcome = Outcome(
        "response", 42.0, Interval(0.5, 0.4, 0.6), f"sham {therapy}{words}", Interval(0.5 - gap), difference,
        bool(width is None or gap - width < 0), 3, 300, "trd", "double_blind", reason, relevant=index != 1,
    )  # fmt: skip
    days = (0.0, 14.0, 42.0)
    course = tuple(CoursePoint(d, Interval(d / 84, d / 84 - 0.1, d / 84 + 0.2)) for d in days) if index % 2 == 0 else ()
    against = Direction.AGAINST
    return Forecast(
        therapy, f"{therapy}_form", "p0", (outcome,),
        (Span("onset", Interval(14, 7, 21), "days", _reason("Onset in weeks", READ)),),
        (Span("relapse", Interval(40, 30, 50), "%", _reason("Relapse 40 %", HALF), 365.0),),
        (
            Harm(f"seizure{words}", True, Interval(0.1, 0.05, 0.2), "%", 0.0, _reason("Seizure", READ, against)),
            Harm("headache", False, None, "", None, _reason("Headache", UNREAD, against)),
        ),
        Burden(36, 30.0, 42.0, therapy == "ect", therapy == "dbs", _reason("36 visits", READ, against)),
        (Cost(6000, 12000, "USD", 2024, "US", "course", _reason("6,000 to 12,000 USD", HALF, against)),),
        course, EvidenceGrade.MODERATE, (_reason("Certainty moderate", UNREAD),),
    )  # fmt: skip
