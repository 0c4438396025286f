"""Results that the case holds already: laboratory, ECG, genotype, answers, attached files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from euthymia.case.concepts import answer
from euthymia.case.criteria import judge
from euthymia.case.facts import Attachment, Finding
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.precision.tables import TestRow, exposures, phenoconversion

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
    holds = repeat_days(case, test)
    stale = holds is not None and (case.today - day).days > holds
    return InHand(day, stale, words)


def repeat_days(case: Case, test: TestRow) -> float | None:
    """Return for how many days a result of ``test`` serves in this case; None where it serves for good."""
    if test.sooner_when and judge(case, test.sooner_when).truth:
        return test.sooner_days
    return test.repeat_days


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
