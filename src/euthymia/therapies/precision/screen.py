"""Is a test worth ordering now: cautions, legal standing, and what is in hand already."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.contract import Screening, Verdict
from euthymia.therapies.form_screen import screen_by_tables
from euthymia.therapies.precision.in_hand import VCF_WORDS, has_vcf, in_hand
from euthymia.therapies.precision.tables import PACKAGE, forms, tests
from euthymia.therapies.screening import combine

NAME, TITLE = "precision", "Precision psychiatry: tests that guide treatment"


def screen(case: Case) -> Screening:
    """Screen each kind of testing; a form whose results are all in hand and recent is a caution, not a need."""
    screened = []
    for row in forms().values():
        found = screen_by_tables(case, PACKAGE, therapy=NAME, form=row.form, title=row.title)
        screened.append(_with_results(case, row.form, found))
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
    if form == "pgx_guided" and has_vcf(case):
        reasons.append(Reason(VCF_WORDS, grade=EvidenceGrade.CASE, code="vcf_attached"))
    return replace(found, verdict=verdict, reasons=tuple(reasons))
