"""Results that the case holds already: laboratory, ECG, genotype, answers, attached files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from euthymia.case.concepts import answer
from euthymia.case.criteria import judge
from euthymia.case.facts import Attachment, Finding
from euthymia.case.model import Case
from euthymia.therapies.genome_in_case import GENOME_KINDS, genome_in_case, has_genome_file
from euthymia.therapies.precision.tables import TestRow


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
        if has_genome_file(case):
            day, words = _in_files(case, test)
            if day is not None:
                return day, words
    if not events:
        return None, ""
    newest = max(events, key=lambda e: e.happened_at)
    return newest.day, f"{test.title} of {newest.day} is in the case"


def _in_files(case: Case, test: TestRow) -> tuple[date | None, str]:
    """The newest attached genome or outside calls, where they tell the gene of ``test``."""
    from euthymia.engines.genome import INDETERMINATE, CallStatus

    told = [
        call
        for call in genome_in_case(case).calls
        if call.gene.split("-")[0] == test.gene
        and call.status is not CallStatus.NO_CALL
        and call.phenotypes != (INDETERMINATE,)
    ]
    days = [event.day for event in case.of(Attachment) if event.fact.kind in GENOME_KINDS]
    if not told or not days:
        return None, ""
    copies = "" if told[0].copy_number_measured is not False else "; copy number was not measured"
    return max(days), f"{test.title}: {told[0].diplotype_text or told[0].phenotype} ({told[0].provenance}){copies}"
