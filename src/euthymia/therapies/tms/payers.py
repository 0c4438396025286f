"""Payer criteria for TMS as data: which are met by the case, which are not, and which nobody can tell from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from euthymia.case.concepts import Question
from euthymia.case.criteria import judge
from euthymia.case.facts import StoppedReason, TrialKind
from euthymia.case.history import history
from euthymia.case.model import Case
from euthymia.case.three_valued import all_of
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.form_screen import label_of
from euthymia.therapies.lookup import row_named
from euthymia.therapies.tms.prescription import TmsPrescription
from euthymia.therapies.tms.tables import PACKAGE

State = Literal["met", "not met", "not known"]
_STATES: dict[bool | None, State] = {True: "met", False: "not met", None: "not known"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerRow(SourcedRow):
    """One policy with its version and dates; ``scheme`` names its criteria in ``label.csv``."""

    policy: str
    scheme: str = ""
    payer: str
    version: str
    effective_on: date | None = None
    superseded_on: date | None = None
    intolerance_counts: bool
    classes_needed: int | None = None  # antidepressant classes that must have failed
    single_needed: int | None = None  # failed trials of one antidepressant
    augmentation_needed: int | None = None  # failed trials of an augmenting agent
    trials_statement: str = ""  # words for its trials where the counts above settle more than ``label.csv`` does
    status: Literal["in_force", "criteria_not_read", "superseded"]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerItemRow(SourcedRow):
    """A criterion that is not about the case alone: the course asked for, or what a person has to attest."""

    code: str
    policy: str
    check: Literal[
        "attest", "max_sessions", "max_acute_weeks", "max_theta_burst_sessions", "no_mri_theta_burst", "retreatment"
    ]
    value: float | None = None
    statement: str


@dataclass(frozen=True, slots=True)
class PayerFinding:
    """One criterion and its state, with the evidence from the case and what to ask where it is not known."""

    code: str
    statement: str
    state: State
    evidence: str
    source: Source
    questions: tuple[Question, ...] = ()


def payers() -> tuple[PayerRow, ...]:
    """Return every policy known here, those that are superseded or unread included."""
    return load_table(PACKAGE, "payers.csv", PayerRow, key="policy")


def payer_row(policy: str) -> PayerRow:
    """Return one policy that criteria are known of.

    Raises
    ------
    InvalidInput
        For an unknown policy, one that is superseded, or one whose criteria were not read; the message says which.
    """
    row = row_named(payers(), "policy", policy)
    if row.status != "in_force":
        usable = " | ".join(p.policy for p in payers() if p.status == "in_force")
        until = f" (to {row.superseded_on.isoformat()})" if row.superseded_on else ""
        raise InvalidInput("policy", f"{policy}: {row.status.replace('_', ' ')}{until}", usable, f"{row.note}.")
    return row


def payer_findings(case: Case, prescription: TmsPrescription, policy: str) -> tuple[PayerFinding, ...]:
    """Judge every criterion of a policy for this case and this prescription."""
    row = payer_row(policy)
    found = []
    for label in label_of(PACKAGE):
        if label.scheme != row.scheme or not ("*" in label.forms or prescription.form in label.forms):
            continue
        judged = judge(case, label.criterion)
        truth, evidence = judged.truth, "; ".join(judged.evidence)
        statement = label.statement
        if label.code.endswith("_failed"):
            statement = row.trials_statement or statement
            truth, evidence = _failed_trials(case, row, truth, evidence)
        state = _STATES[truth]
        found.append(
            PayerFinding(label.code, statement, state, evidence, label.cite(), judged.questions)
        )  # fmt: skip
    items = load_table(PACKAGE, "payer_items.csv", PayerItemRow, key="code")
    found += [_item(case, prescription, item) for item in items if item.policy == policy]
    return tuple(found)


def _failed_trials(case: Case, row: PayerRow, truth: bool | None, evidence: str) -> tuple[bool | None, str]:
    """Hold a count of failed trials to what the policy asks besides: classes, single and augmented, intolerance."""
    tally = history(case)
    if row.classes_needed is not None:
        failed, possible = set(tally.classes_failed), {*tally.classes_failed, *tally.classes_possible}
        named = ", ".join(sorted(failed)) or "none"
        words = f"{evidence}; classes that failed for certain in this episode: {named}"
        return _enough(len(failed), len(possible), row.classes_needed, tally.reviewed), words
    if row.single_needed is not None and row.augmentation_needed is not None:
        words = (
            f"for certain in this episode: {tally.antidepressants_low} antidepressants and {tally.augmentation} "
            f"augmenting agents failed (ATHF-SF)"
        )
        single = _enough(tally.antidepressants_low, tally.antidepressants_high, row.single_needed, tally.reviewed)
        added = _enough(tally.augmentation, tally.augmentation_used, row.augmentation_needed, tally.reviewed)
        return all_of((single, added)), words
    stopped = [t.name for t in case.trials if t.stopped_reason is StoppedReason.INTOLERANCE]
    if truth is False and row.intolerance_counts and stopped:
        return None, f"{evidence}; not tolerated: {', '.join(stopped)}: a person judges whether this counts"
    return truth, evidence


def _enough(certain: int, possible: int, needed: int, reviewed: bool) -> bool | None:
    if certain >= needed:
        return True
    return None if possible >= needed or not reviewed else False


def _item(case: Case, rx: TmsPrescription, row: PayerItemRow) -> PayerFinding:
    value = row.value if row.value is not None else 0.0
    theta = any(site.pattern.is_theta_burst for site in rx.stimulations)
    truth: bool | None
    if row.check == "attest":
        truth, evidence = None, "to be attested by the treating physician"
    elif row.check == "max_sessions":
        truth, evidence = rx.sessions <= value, f"{rx.sessions} sessions are asked for"
    elif row.check == "max_acute_weeks":
        phase = rx.schedule.phases[0]
        weeks = -(-(phase.end_day + 1) // 7)
        truth, evidence = weeks <= value, f"the acute course takes {weeks:g} weeks"
    elif row.check == "max_theta_burst_sessions":
        truth = not theta or rx.sessions <= value
        evidence = f"{rx.sessions} sessions of theta burst are asked for" if theta else "no theta burst is asked for"
    elif row.check == "no_mri_theta_burst":
        by_mri = [s.target for s in rx.stimulations if s.pattern.is_theta_burst and s.target == "fcmri_personal"]
        truth, evidence = not by_mri, "theta burst at a target from MRI" if by_mri else "none is asked for"
    else:
        truth, evidence = _retreatment(case, value)
    return PayerFinding(row.code, row.statement, _STATES[truth], evidence, row.cite())


def _retreatment(case: Case, least_pct: float) -> tuple[bool | None, str]:
    """Judge the improvement of earlier courses; a relapse after it is for a person to attest."""
    earlier = [t for t in case.trials if t.kind is TrialKind.TMS]
    if not earlier:
        history_known = judge(case, "tried(tms)").truth is False
        return (True, "no earlier course of TMS") if history_known else (None, "earlier TMS is not recorded")
    known = [t.improvement_pct for t in earlier if t.improvement_pct is not None]
    if not known:
        return None, "an earlier course is recorded without its improvement"
    if max(known) > least_pct:
        return None, f"an earlier course brought {max(known):g} %; the relapse is to be attested"
    return False, f"an earlier course brought {max(known):g} %"
