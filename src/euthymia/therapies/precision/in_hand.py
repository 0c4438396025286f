"""Results that the case holds already: laboratory, ECG, genotype, answers, attached files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from euthymia.case.concepts import answer
from euthymia.case.criteria import judge
from euthymia.case.facts import Attachment, Finding, LabResult
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.precision.tables import GRADES, MarkerRow, TestRow, exposures, markers, phenoconversion, tests

VCF_WORDS = "A VCF is attached; calling it is done by `euthymia genome`, not here."


@dataclass(frozen=True, slots=True)
class InHand:
    """A result of a test: when, and whether it is old enough to be repeated."""

    day: date
    stale: bool
    words: str


def in_hand(case: Case, test: TestRow) -> InHand | None:
    """Return the newest result of ``test`` in the case, or None."""
    day, words = _newest(case, test)
    if day is None:
        return None
    stale = test.repeat_days is not None and (case.today - day).days > test.repeat_days
    return InHand(day, stale, words)


def _newest(case: Case, test: TestRow) -> tuple[date | None, str]:
    if test.kind == "question":
        found = [answer(case, code) for code in test.analytes]
        known = [a for a in found if a.present is not None]
        return (case.today, known[0].evidence) if known else (None, "")
    events = [e for e in (case.latest(name) for name in test.analytes) if e is not None]
    if test.kind == "gene":
        prefix = f"{test.gene.casefold()}_"
        events += [e for e in case.of(Finding) if e.fact.code.startswith(prefix) and e.fact.present is not None]
    if not events:
        return None, ""
    newest = max(events, key=lambda e: e.happened_at)
    return newest.day, f"{test.title} of {newest.day} is in the case"


def has_vcf(case: Case) -> bool:
    """Whether a genome file is attached."""
    return any(event.fact.kind == "vcf" for event in case.of(Attachment))


def changed_by(case: Case, row: MarkerRow) -> str:
    """Return the evidence for which ``row`` holds, or an empty string."""
    if row.criterion:
        judgment = judge(case, row.criterion)
        return "; ".join(dict.fromkeys(judgment.evidence)) if judgment.truth else ""
    for name in tests()[row.test].analytes:
        event = case.latest(name)
        if event is None or not isinstance(event.fact, LabResult):
            continue
        low, high = event.fact.reference_low, event.fact.reference_high
        value, unit = event.fact.value, event.fact.unit
        if row.beyond == "low" and low is not None and value < low:
            return f"{name} {value:g} {unit}, range from {low:g}, on {event.day}"
        if row.beyond == "high" and high is not None and value > high:
            return f"{name} {value:g} {unit}, range to {high:g}, on {event.day}"
    return ""


def marker_reasons(case: Case, test: str = "") -> tuple[tuple[MarkerRow, Reason], ...]:
    """Return every marker row that holds, with its reason and strength."""
    found = []
    for row in markers(test):
        evidence = changed_by(case, row)
        if evidence:
            label = " [investigational: no weight in the ranking]" if row.strength == "investigational" else ""
            words = f"{row.statement.rstrip('.')} ({evidence}).{label}"
            found.append((row, Reason(words, (row.cite(),), GRADES[row.strength], code=row.code)))
    return tuple(found)


def gene_reasons(case: Case) -> tuple[Reason, ...]:
    """Return what known metabolizer status and co-medication mean, genotype and expected phenotype side by side."""
    found = []
    for row in exposures():
        judgment = judge(case, row.criterion)
        if judgment.truth:
            found.append(row.reason("; ".join(judgment.evidence)))
    for shift in phenoconversion():
        judgment = judge(case, shift.criterion)
        if judgment.truth:
            words = f"{shift.statement.rstrip('.')} ({'; '.join(judgment.evidence)})."
            found.append(Reason(words, (shift.cite(),), EvidenceGrade.LOW, code=shift.code))
    if has_vcf(case):
        found.append(Reason(VCF_WORDS, grade=EvidenceGrade.CASE, direction=Direction.NEUTRAL, code="vcf_attached"))
    return tuple(found)
