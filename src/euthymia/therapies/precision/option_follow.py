"""Following a drug option: outcome by the shared rules, blood level, tests due, and medicines that are new since."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.facts import LabResult
from euthymia.case.model import Case
from euthymia.case.suicide import safety_signals
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import load_table
from euthymia.core.units import convert
from euthymia.therapies.contract import Advice, Decision
from euthymia.therapies.courses import course_under_way
from euthymia.therapies.dated_medicines import taken_now
from euthymia.therapies.drug_tables import PACKAGE as DRUG_PACKAGE
from euthymia.therapies.drug_tables import ingredient
from euthymia.therapies.drug_tests import tests_due
from euthymia.therapies.following import FollowRule, follow_course
from euthymia.therapies.precision.drug_option import DrugOption
from euthymia.therapies.precision.list_change import changes_with
from euthymia.therapies.precision.option_rows import level_row


def follow_option(case: Case, rx: DrugOption) -> Advice:
    """Advise on a drug option from the case only.

    ``stop`` where a medicine that is new forbids it; ``adjust`` where a level is out of range or the list changes what
    guidelines say; otherwise as the outcome asks. A course of another option is not this one's.
    """
    course = course_under_way(case, "precision", rx.form)
    if course is not None and course.protocol != rx.protocol:
        return _other(case, rx, course.protocol)
    rules: tuple[FollowRule, ...] = load_table(DRUG_PACKAGE, "follow.csv", FollowRule)
    rule = next(r for r in sorted(rules, key=lambda r: r.form == "*") if r.form in (rx.rules_form, "*"))
    advice = follow_course(
        case, therapy="precision", title=rx.title, form=rx.form, rules=(replace(rule, form="*"),), expected=()
    )
    reasons, decision = list(advice.reasons), advice.decision
    levels, out_of_range = _levels(case, rx)
    told, forbidden = _new_medicines(case, rx)
    reasons += [*levels, *told]
    if decision not in (Decision.URGENT, Decision.START):
        if forbidden:
            decision = Decision.STOP
        elif (out_of_range or told) and decision in (Decision.CONTINUE, Decision.MAINTAIN, Decision.REPLAN):
            decision = Decision.ADJUST
    would = (*advice.would_change, "a new medicine, or one that ends", "another result on the genes")
    missing = (*advice.missing, *tests_due(case, rx.tests)) if decision is not Decision.START else advice.missing
    return replace(advice, decision=decision, reasons=tuple(reasons), missing=missing, would_change=would)


def _other(case: Case, rx: DrugOption, under_way: str) -> Advice:
    signals = safety_signals(case)
    reasons = [
        Reason(
            s.statement, s.sources, EvidenceGrade.RULE if s.sources else EvidenceGrade.CASE, Direction.AGAINST,
            code=s.code,
        )
        for s in signals
    ]  # fmt: skip
    words = f"{rx.title} has not begun; another drug option ({under_way}) is under way: judge that one first."
    reasons.append(Reason(words, grade=EvidenceGrade.CASE, code="other_option"))
    urgent = any(s.level == "high" for s in signals)
    decision = Decision.URGENT if urgent else Decision.START
    return Advice("precision", decision, tuple(reasons), 1.0 if urgent else None)


def _levels(case: Case, rx: DrugOption) -> tuple[list[Reason], bool]:
    """The newest blood level against the range that is held, else the printed one, else in words that none is."""
    event = case.latest(ingredient(rx.drug))
    if event is None or not isinstance(event.fact, LabResult):
        return [], False
    lab: LabResult = event.fact
    shown = f"{rx.drug} {lab.value:g} {lab.unit} on {event.day}"
    row = level_row(rx.drug)
    if row is not None:
        value = convert(lab.value, lab.unit, row.unit, analyte=row.analyte)
        where = "below" if value < row.low else "above" if value > row.high else "inside"
        words = f"{shown}: {where} {row.low:g} to {row.high:g} {row.unit} ({row.statement})."
        against = Direction.NEUTRAL if where == "inside" else Direction.AGAINST
        found = Reason(words, (row.cite(),), direction=against, value=lab.value, unit=lab.unit, code="drug_level")
        return [found], where != "inside"
    if lab.reference_low is None and lab.reference_high is None:
        words = f"{shown}: no reference range is held for it and the laboratory printed none; it is not judged."
        return [Reason(words, grade=EvidenceGrade.CASE, code="drug_level_no_range")], False
    low, high = lab.reference_low, lab.reference_high
    beyond = (low is not None and lab.value < low) or (high is not None and lab.value > high)
    words = (
        f"{shown}: {'outside' if beyond else 'inside'} the range the laboratory printed; no range of our own is held."
    )
    direction = Direction.AGAINST if beyond else Direction.NEUTRAL
    return [Reason(words, grade=EvidenceGrade.CASE, direction=direction, code="drug_level")], beyond


def _new_medicines(case: Case, rx: DrugOption) -> tuple[list[Reason], bool]:
    """What is on the list now and was not when the option was written."""
    from euthymia.engines.genome.phenoconversion_agents import identity

    before = {identity(m.agent) for m in rx.medicines if m.stopped_days_ago is None} | {identity(ingredient(rx.drug))}
    found: list[Reason] = []
    forbids = False
    for name in taken_now(case):
        if identity(name) in before:
            continue
        change = changes_with(rx, name)
        if change.forbidden:
            forbids = True
            words = f"{name} is new and may not be with {rx.drug}: {change.forbidden}."
            found.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="new_forbidden"))
        else:
            words = change.words[0] if change.words else f"{name} is new since this option was written; run it again."
            found.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="new_medicine"))
    return found, forbids
