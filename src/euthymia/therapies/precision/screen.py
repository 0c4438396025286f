"""Is a test worth ordering now: cautions, legal standing, and what is in hand already."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.contract import Screening, Verdict
from euthymia.therapies.drug_screen import with_allergies
from euthymia.therapies.form_screen import screen_by_tables
from euthymia.therapies.genome_in_case import genome_in_case, has_genome_file
from euthymia.therapies.precision.in_hand import in_hand
from euthymia.therapies.precision.option_rows import FORM, drug_screenings
from euthymia.therapies.precision.tables import PACKAGE, forms, tests
from euthymia.therapies.screening import combine

NAME, TITLE = "precision", "Precision psychiatry: tests that guide treatment"


def screen(case: Case) -> Screening:
    """Screen each kind of testing; a form whose results are all in hand and recent is a caution, not a need."""
    screened = []
    for row in forms().values():
        found = screen_by_tables(case, PACKAGE, therapy=NAME, form=row.form, title=row.title)
        screened.append(_with_drugs(case, found) if row.form == FORM else _with_results(case, row.form, found))
    return combine(NAME, TITLE, screened)


def _with_results(case: Case, form: str, found: Screening) -> Screening:
    own = [test for test in tests().values() if test.form == form]
    held = [(test, result) for test in own if (result := in_hand(case, test)) is not None]
    fresh = [test for test, result in held if not result.stale]
    reasons = list(found.reasons)
    if held:
        words = f"{len(held)} of {len(own)} results are in the case, {len(fresh)} of them recent enough."
        reasons.append(Reason(words, grade=EvidenceGrade.CASE, code="results_in_hand", value=float(len(fresh))))
    verdict = found.verdict
    if own and len(fresh) == len(own):
        words = "Every result is in hand and recent: nothing to order, read them instead."
        reasons.insert(0, Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="already_done"))
        verdict = max(verdict, Verdict.CAUTION, key=lambda v: v.rank)
    if form == "pgx_guided" and has_genome_file(case):
        words = genome_in_case(case).words or "A genome is attached; no gene could be told from it."
        reasons.append(Reason(words, grade=EvidenceGrade.CASE, code="genes_read"))
    return replace(found, verdict=verdict, reasons=tuple(reasons))


def _with_drugs(case: Case, found: Screening) -> Screening:
    """The choice of a drug is as open as the drug that is most open, with what is missing for the drugs."""
    options = [with_allergies(case, drugs, form, one_is_enough=True) for drugs, form in drug_screenings(case)]
    best = min(options, key=lambda s: s.verdict.rank)
    questions = {q.code: q for s in (found, *options) if s.verdict is not Verdict.CONTRAINDICATED for q in s.missing}
    reasons = found.reasons
    if best.verdict.rank > found.verdict.rank:
        words = f"Of {len(options)} kinds of drug option none is better than: {best.verdict.value.replace('_', ' ')}."
        reason = Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="drug_options")
        reasons = (reason, *reasons)
    verdict = max(found.verdict, best.verdict, key=lambda v: v.rank)
    return replace(found, verdict=verdict, reasons=reasons, missing=tuple(questions.values()))
