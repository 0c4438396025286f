"""A letter to a payer: what the case holds, criterion by criterion; what it does not hold is named, never claimed."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.facts import ScaleRecord, StoppedReason, TreatmentTrial
from euthymia.case.history import adequacy
from euthymia.case.model import Case
from euthymia.case.scales import score
from euthymia.core.errors import SafetyLimit
from euthymia.core.source import Source
from euthymia.therapies.contract import Verdict
from euthymia.therapies.tms.payers import PayerFinding, PayerRow, payer_findings, payer_row
from euthymia.therapies.tms.prescription import TmsPrescription
from euthymia.therapies.tms.screen import screen_one
from euthymia.therapies.tms.tables import form_row

NOT_RECORDED = "not recorded"
_ADEQUATE = {True: "adequate", False: "not adequate", None: "adequacy not known"}


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything the letter says; renderers add nothing.

    ``facts`` and ``course`` are pairs of label and value; ``trials`` one line each, oldest first.
    """

    case_id: str
    synthetic: bool
    day: str
    payer: PayerRow
    facts: tuple[tuple[str, str], ...]
    trials: tuple[str, ...]
    course: tuple[tuple[str, str], ...]
    findings: tuple[PayerFinding, ...]
    cautions: tuple[str, ...]
    sources: tuple[Source, ...]

    @property
    def title(self) -> str:
        """The subject line."""
        return f"Transcranial magnetic stimulation: criteria of {self.payer.payer}, {self.payer.version}"

    def in_state(self, state: str) -> tuple[PayerFinding, ...]:
        """Findings that are ``met``, ``not met`` or ``not known``."""
        return tuple(f for f in self.findings if f.state == state)

    @property
    def to_supply(self) -> tuple[str, ...]:
        """What would settle the criteria that are not known."""
        asked = [f"{q.text} ({q.supply})" for f in self.in_state("not known") for q in f.questions]
        return tuple(dict.fromkeys(asked))


def payer_letter(case: Case, prescription: TmsPrescription, policy: str) -> Letter:
    """Return the letter for one policy.

    Raises
    ------
    InvalidInput
        For a policy that is unknown, superseded or was not read.
    SafetyLimit
        When screening forbids this form: no coverage is asked for what must not be given.
    """
    payer = payer_row(policy)
    form = form_row(prescription.form)
    screened = screen_one(case, form.form, form.title)
    if screened.verdict is Verdict.CONTRAINDICATED:
        raise SafetyLimit("case", screened.blocking[0].statement, "a case in which this form is not contraindicated")
    findings = payer_findings(case, prescription, policy)
    sources = (payer.cite(), *(f.source for f in findings))
    return Letter(
        case.case_id, case.synthetic, case.today.isoformat(), payer, _facts(case),
        tuple(_trial(t) for t in case.trials), _course(prescription), findings,
        tuple(r.statement for r in screened.blocking), tuple(dict.fromkeys(sources)),
    )  # fmt: skip


def _facts(case: Case) -> tuple[tuple[str, str], ...]:
    age = f"{case.age_yr} years" if case.age_yr is not None else NOT_RECORDED
    sex = case.sex.value if case.sex is not None else NOT_RECORDED
    diagnoses = "; ".join(f"{d.code} {d.display}".strip() for d in case.diagnoses) or NOT_RECORDED
    episode, severity, psychotic = case.episode, NOT_RECORDED, NOT_RECORDED
    started = NOT_RECORDED
    if episode is not None:
        started = episode.started_on.isoformat()
        severity = episode.severity.value.replace("_", " ") if episode.severity is not None else NOT_RECORDED
        psychotic = {True: "yes", False: "no", None: NOT_RECORDED}[episode.psychotic_features]
    return (
        ("Age", age), ("Sex", sex), ("Diagnoses on record", diagnoses), ("Current episode since", started),
        ("Severity on record", severity), ("Psychotic features", psychotic), ("Latest ratings", _ratings(case)),
    )  # fmt: skip


def _ratings(case: Case) -> str:
    latest: dict[str, str] = {}
    for event in case.of(ScaleRecord):
        total = event.fact.total
        if event.fact.answers is not None:
            total = score(event.fact.scale, event.fact.answers).total
        if total is not None:
            latest[event.fact.scale] = f"{event.fact.scale} {total:g} on {event.day.isoformat()}"
    return "; ".join(latest.values()) or NOT_RECORDED


def _trial(trial: TreatmentTrial) -> str:
    rated = adequacy(trial)
    dose = f"{trial.dose_mg_day:g} mg a day" if trial.dose_mg_day is not None else ""
    weeks = f"{trial.weeks_at_dose:g} weeks" if trial.weeks_at_dose is not None else ""
    number = f"{trial.sessions} sessions" if trial.sessions is not None else ""
    amount = ", ".join(words for words in (dose, weeks, number) if words) or "dose and duration not recorded"
    added = f" added to {trial.added_to}" if trial.added_to else ""
    days = " to ".join(d.isoformat() if d else "?" for d in (trial.started_on, trial.ended_on))
    when = f" ({days})" if trial.started_on or trial.ended_on else ""
    gain = f" ({trial.improvement_pct:g} % better)" if trial.improvement_pct is not None else ""
    reason = trial.stopped_reason
    ended = "ongoing" if reason is StoppedReason.ONGOING else f"stopped: {reason.value.replace('_', ' ')}"
    outcome = f"outcome {trial.outcome.value.replace('_', ' ')}{gain}"
    state = "not rated" if rated.role == "not_rated" else _ADEQUATE[rated.adequate]
    return f"{trial.name}{added}{when}: {amount}; {outcome}; {ended}; {state} by {rated.rule_set}"


def _course(prescription: TmsPrescription) -> tuple[tuple[str, str], ...]:
    wanted = ("Protocol", "Target", "Pulses", "Intensity", "Session", "Sessions")
    return tuple((k, v) for k, v in prescription.details() if k.rstrip(" 0123456789") in wanted)
