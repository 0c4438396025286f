"""Following neurofeedback: outcome first, then learning; a course without either after twelve sessions is reviewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from euthymia.case.course import outcome_series
from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.contract import Advice, Decision, Prescription
from euthymia.therapies.courses import course_under_way
from euthymia.therapies.defaults import default
from euthymia.therapies.following import follow_course
from euthymia.therapies.neurofeedback.learning import Learning, learning
from euthymia.therapies.neurofeedback.prescription import as_neurofeedback
from euthymia.therapies.neurofeedback.tables import NAME, follow_rules, form_row, limit, limits, statements


def follow(case: Case, prescription: Prescription) -> Advice:
    """Advise on the neurofeedback course under way from what the case holds."""
    form = as_neurofeedback(prescription).form
    reminder = tuple(r for r in statements(form) if r.code == "not_a_substitute")
    advice = follow_course(
        case, therapy=NAME, title=form_row(form).title, form=form, rules=follow_rules(), extra_reasons=reminder
    )
    course = course_under_way(case, NAME, form)
    if course is None:
        return advice
    done = [e.fact for e in case.of(SessionDelivered) if e.fact.therapy == NAME and e.day >= course.started_on]
    done = [fact for fact in done if fact.status != "not_started"]
    found = learning(case, course.started_on)
    reasons: list[Reason] = [_signal_quality(done)] if done else []
    if found is not None:
        reasons.append(_learning_words(found))
    decision = advice.decision
    if len(done) >= limit("review_sessions") and not (found and found.shown) and not _improved(case, course.started_on):
        row = limits()["review_sessions"]
        text = f"{len(done)} sessions with neither feature learning nor symptom change: review the course."
        reasons.append(Reason(text, (row.cite(),), direction=Direction.AGAINST, code="review"))
        if decision in (Decision.CONTINUE, Decision.ADJUST):
            decision = Decision.REPLAN
    return replace(advice, decision=decision, reasons=(*advice.reasons, *reasons))


def _improved(case: Case, started_on: date) -> bool:
    """Whether symptoms fell by at least the share that the follow-up rules ask for at the early check."""
    series = outcome_series(case, started_on, baseline_window_days=default("baseline_window").value)
    if series is None or series.now is None:
        return False
    needed = min(rule.early_min_improvement_pct for rule in follow_rules())
    return series.improvement_pct(series.now) >= needed


def _learning_words(found: Learning) -> Reason:
    slope = found.between
    p = "not testable" if slope.p_one_sided is None else f"one-sided p = {slope.p_one_sided:.3f}"
    word = "shown" if found.shown else "not shown"
    text = f"Feature learning {word}: between-session slope {slope.value:+.3g} over {slope.n} sessions ({p})."
    direction = Direction.FOR if found.shown else Direction.NEUTRAL
    source = limits()["learning_p"].cite()
    return Reason(text, (source,), EvidenceGrade.VERY_LOW, direction, slope.value, code="learning")


def _signal_quality(done: list[SessionDelivered]) -> Reason:
    planned = sum(_number(fact, "blocks_planned") for fact in done)
    usable = sum(_number(fact, "usable_blocks") for fact in done)
    text = f"{len(done)} sessions, {usable:g} of {planned:g} planned blocks usable."
    share = usable / planned if planned else 0.0
    direction = Direction.AGAINST if share < 1 - limit("artifact_unusable_frac") else Direction.NEUTRAL
    return Reason(text, grade=EvidenceGrade.CASE, direction=direction, code="signal_quality", value=share, unit="ratio")


def _number(fact: SessionDelivered, name: str) -> float:
    value = fact.summary.get(name, 0)
    return float(value) if isinstance(value, (int, float)) else 0.0
