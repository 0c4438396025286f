"""What next after a dosing day: outcome rules shared by all, then the suicide watch, durability and re-dosing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from euthymia.case.concepts import Question
from euthymia.case.events import Event
from euthymia.case.facts import SessionDelivered, SuicideScreen
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Advice, Prescription
from euthymia.therapies.dosing_checks import hard_rules_met
from euthymia.therapies.following import FollowRule, follow_course
from euthymia.therapies.psychedelic.follow_checks import due_checks
from euthymia.therapies.psychedelic.prescription import MdmaPrescription, PsilocybinPrescription
from euthymia.therapies.psychedelic.screen import screen_one
from euthymia.therapies.psychedelic.tables import (
    MDMA,
    PACKAGE,
    PSILOCYBIN,
    THERAPY_NAME,
    asked_effects,
    form_title,
    limit,
)
from euthymia.therapies.psychedelic.vital_rows import vital_reason
from euthymia.therapies.psychedelic.washout import open_washouts


def follow(case: Case, prescription: Prescription) -> Advice:
    """Advise on the course of ``prescription`` from the outcomes in the case."""
    if not isinstance(prescription, (PsilocybinPrescription, MdmaPrescription)):
        raise InvalidInput("prescription", type(prescription).__name__, "a prescription of the therapy psychedelic")
    rules: tuple[FollowRule, ...] = load_table(PACKAGE, "follow.csv", FollowRule, key="form")
    form = prescription.form
    advice = follow_course(case, therapy=THERAPY_NAME, title=form_title(form), form=form, rules=rules)
    doses = [
        e
        for e in case.of(SessionDelivered)
        if e.fact.therapy == THERAPY_NAME and e.fact.form == form and e.fact.status != "not_started"
    ]
    if not doses:
        return advice
    watch, questions = _suicide_watch(case, doses)
    due, asked = due_checks(case, form, doses[-1].day)
    reasons = [
        *watch, *due, *_lasting(case, doses, form), *_dosing_again(case, doses, prescription), *_after_the_day(doses),
        *_flashbacks(form), *_enzyme(case, doses, prescription),
    ]  # fmt: skip
    return replace(advice, reasons=(*advice.reasons, *reasons), missing=(*advice.missing, *questions, *asked))


def _suicide_watch(case: Case, doses: list[Event[SessionDelivered]]) -> tuple[list[Reason], list[Question]]:
    """Weeks 0 to 12 after a dose: a C-SSRS at least every two weeks."""
    row, every = limit("suicide_watch"), limit("suicide_screen_every")
    since = (case.today - doses[-1].day).days
    if not row.permits(since):
        return [], []
    screen = case.last(SuicideScreen)
    age = None if screen is None else (case.today - screen.day).days
    until = doses[-1].day + timedelta(days=row.bound)
    if age is not None and every.permits(age):
        return [row.reason(f"Suicide watch until {until}: last C-SSRS {age} days ago.")], []
    told = "none is recorded" if age is None else f"the last is {age} days old"
    words = f"Suicide watch until {until} (events occurred in all dose groups of COMP001): a C-SSRS is due, {told}."
    question = Question("suicide_screen", "What does the C-SSRS screener show?", "`suicide_screen: {…}`")
    return [row.reason(words, Direction.AGAINST)], [question]


def _lasting(case: Case, doses: list[Event[SessionDelivered]], form: str) -> list[Reason]:
    """How long the effect lasts in the long-term data."""
    if form != PSILOCYBIN:
        return []
    row = limit("durability_median")
    day = doses[-1].day + timedelta(days=row.bound)
    words = f"Durability: {row.statement}; half have relapsed by about {day}. Keep rating."
    return [Reason(words, (row.cite(),), EvidenceGrade.LOW, value=row.bound, unit="days", code=row.code)]


def _dosing_again(
    case: Case, doses: list[Event[SessionDelivered]], prescription: PsilocybinPrescription | MdmaPrescription
) -> list[Reason]:
    """When another dose may come, or that the protocol holds none."""
    gap = limit("mdma_interval" if prescription.form == MDMA else "psi_interval")
    planned = prescription.frame.dosing.visits
    if len(doses) >= planned:
        words = f"{len(doses)} of {planned} doses given: another dose is outside this protocol (trial only)."
        return [limit("mdma_doses" if prescription.form == MDMA else "psi_doses").reason(words, Direction.AGAINST)]
    earliest = doses[-1].day + timedelta(days=gap.bound)
    state = "may be planned now" if earliest <= case.today else f"not before {earliest}"
    found = [gap.reason(f"Dose {len(doses) + 1} of {planned}: {state} ({gap.statement}).")]
    against = _against_another(case, doses, prescription)
    if against:
        words = f"Against dose {len(doses) + 1} as things stand: {'; '.join(against)}."
        found.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="against_another_dose"))
    return found


def _against_another(
    case: Case, doses: list[Event[SessionDelivered]], prescription: PsilocybinPrescription | MdmaPrescription
) -> list[str]:
    """Conditions of another dose that are not met: rules, wash-outs, what the last day left behind."""
    found = hard_rules_met(PACKAGE, screen_one(case, prescription.form))
    found += [f"{w.medicine}: wash-out not over" for w in open_washouts(case, prescription.form)]
    told = _events_of(doses[-1])
    found += [f"serious event on the last day: {e.get('name')}" for e in told if e.get("serious") is True]
    if doses[-1].fact.summary.get("transferred_to"):
        found.append("the last day ended in a transfer")
    if doses[-1].fact.summary.get("rescues"):
        found.append("rescue medicine was needed on the last day: review why")
    return found


def _events_of(dose: Event[SessionDelivered]) -> list[dict[str, Any]]:
    told = dose.fact.summary.get("events")
    return [e for e in told if isinstance(e, dict)] if isinstance(told, (list, tuple)) else []


def _flashbacks(form: str) -> list[Reason]:
    """Late effects to ask about."""
    return [vital_reason("psi_flashbacks")] if form == PSILOCYBIN else []


def _enzyme(
    case: Case, doses: list[Event[SessionDelivered]], prescription: PsilocybinPrescription | MdmaPrescription
) -> list[Reason]:
    """CYP2D6 activity that is left after an MDMA session, while it is still coming back."""
    if not isinstance(prescription, MdmaPrescription):
        return []
    from euthymia.therapies.psychedelic.mdma_levels import cyp2d6_after, enzyme_reason, supplement_h

    number = doses[-1].fact.number or len(doses)
    first = prescription.dose_of(number)
    days, activity = cyp2d6_after(((0.0, first), (supplement_h(), prescription.supplement_ratio * first)))
    since = float((case.today - doses[-1].day).days)
    if since > days[-1]:
        return []
    return [enzyme_reason(since, float(activity[abs(days - since).argmin()]))]


def _after_the_day(doses: list[Event[SessionDelivered]]) -> list[Reason]:
    """Events that were still going on at discharge, and the integration meeting that follows the day."""
    summary, told = doses[-1].fact.summary, _events_of(doses[-1])
    going_on = [e.get("name") for e in told if e.get("end_min") is None]
    asked = {row.code for row in asked_effects()}
    found = []
    if going_on:
        words = f"Still going on when the patient left on {doses[-1].day}: {', '.join(map(str, going_on))}. Ask."
        found.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="events_going_on"))
    felt = [_felt(e) for e in told if e.get("pleasant") is True or e.get("code") in asked]
    if felt:
        words = f"Pleasant and impairing effects on {doses[-1].day}: {', '.join(felt)} (from the dose)."
        sources = tuple(dict.fromkeys(row.cite() for row in asked_effects()))
        found.append(Reason(words, sources, EvidenceGrade.CASE, code="pleasant_effects"))
    due = summary.get("integration_due_on")
    if isinstance(due, str):
        found.append(limit("integration_within").reason(f"First integration meeting was due on {due}."))
    return found


def _felt(event: dict[str, Any]) -> str:
    """One effect with its onset and end in minutes."""
    end = event.get("end_min")
    span = (
        f"{event.get('onset_min', '?')} to {end} min"
        if end is not None
        else f"from {event.get('onset_min', '?')} min on"
    )
    return f"{event.get('name')} {span}"
