"""Which tests to order now, nothing that is in hand and recent; then the drug options in order."""

from __future__ import annotations

from euthymia.case.facts import StoppedReason, TrialKind
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.therapies.precision.drug_option import DrugOption
from euthymia.therapies.precision.gene_reasons import gene_reasons
from euthymia.therapies.precision.markers import marker_reasons
from euthymia.therapies.precision.next_tests import rank_of, wanted
from euthymia.therapies.precision.option_rows import FORM
from euthymia.therapies.precision.options import considered
from euthymia.therapies.precision.prescription import TestOrder
from euthymia.therapies.precision.screen import screen
from euthymia.therapies.precision.tables import ProtocolRow, forms, limit, protocols, statements, tests
from euthymia.therapies.screening import open_forms


def propose(case: Case) -> list[TestOrder | DrugOption]:
    """Return the orders that are open and not empty (work-up, genes, inflammation), then the drug options in order."""
    allowed = set(open_forms(screen(case)))
    made = [_order(case, row) for row in protocols() if row.form in allowed]
    orders = sorted((order for order in made if order is not None), key=lambda order: forms()[order.form].standing)
    options = [one.option for one in considered(case) if one.option is not None] if FORM in allowed else []
    return [*orders, *options[: int(limit("options_max").value)]]


def _order(case: Case, row: ProtocolRow) -> TestOrder | None:
    ordered, reasons = [], []
    for test in sorted((tests()[code] for code in row.tests), key=lambda t: rank_of(t.purpose)):
        reason = wanted(case, test)
        if reason is not None:
            ordered.append(test.code)
            reasons.append(reason)
    if not ordered:
        return None
    reasons.append(Reason(f"{row.title}: {row.note}.", (row.cite(),), direction=Direction.NEUTRAL, code=row.protocol))
    if row.form == "pgx_guided":
        reasons += [*_drug_history(case), *gene_reasons(case), *(s.reason() for s in statements())]
    elif row.form == "inflammation_guided":
        words = "No trial stratified by CRP has confirmed it: research use, weight zero in the ranking."
        against = Direction.AGAINST
        reasons.append(Reason(words, (row.cite(),), EvidenceGrade.VERY_LOW, against, code="investigational"))
    else:
        words = "A normal work-up does not treat the depression; few results change the plan."
        reasons.append(Reason(words, (row.cite(),), direction=Direction.AGAINST, code="workup_limits"))
    reasons += [reason for test in row.tests for _, reason in marker_reasons(case, test)]
    return TestOrder(
        row.protocol, row.form, row.title, tuple(ordered), row.result_days, row.sample_minutes, row.result_minutes,
        reasons=tuple(reasons),
    )  # fmt: skip


def _drug_history(case: Case) -> list[Reason]:
    """Trials that ended for side effects or without effect make exposure worth knowing."""
    ended = [
        t.name
        for t in case.trials
        if t.kind is TrialKind.DRUG and t.stopped_reason in (StoppedReason.INTOLERANCE, StoppedReason.INEFFICACY)
    ]
    if not ended:
        return []
    words = f"{len(ended)} drug trials ended for side effects or without effect: exposure may be part of the reason."
    return [Reason(words, grade=EvidenceGrade.CASE, direction=Direction.FOR, code="drug_history")]
