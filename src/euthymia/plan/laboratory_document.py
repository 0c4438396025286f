"""The laboratory table as a document."""

from __future__ import annotations

from collections.abc import Callable

from euthymia.core.reason import Reason
from euthymia.plan.document_parts import QuestionDoc, ReasonDoc
from euthymia.plan.laboratory import LabChange, LaboratoryTable, LabRow, range_reason
from euthymia.plan.laboratory_document_model import LabChangeDoc, LabDoc, LaboratoryDoc, NextTestDoc

ToDoc = Callable[[Reason], ReasonDoc]


def laboratory_document(table: LaboratoryTable, reason: ToDoc) -> LaboratoryDoc:
    """Return ``table`` as a document.

    Parameters
    ----------
    table
        The laboratory table.
    reason
        How the document around it writes a reason.
    """
    return LaboratoryDoc(
        values=[_value(row, reason) for row in table.rows],
        other_changes=[_change(c, reason) for c in table.other_changes],
        next_tests=[
            NextTestDoc(
                code=t.code, title=t.title, purpose=t.purpose, due_in_days=t.due_in_days, reason=reason(t.reason)
            )
            for t in table.next_tests
        ],
        never_used=[reason(r) for r in table.never_used],
    )


def _value(row: LabRow, reason: ToDoc) -> LabDoc:
    reading = row.reading
    used, ranged = reading.range, range_reason(reading)
    return LabDoc(
        analyte=reading.analyte, title=reading.title, value=reading.value, unit=reading.unit,
        reported=reading.reported, day=reading.day.isoformat(), age_days=reading.age_days, is_stale=reading.is_stale,
        state=reading.state.value, low=used.low, high=used.high, range_from=used.whose,
        range_note=used.note, range_reason=None if ranged is None else reason(ranged),
        critical=reading.critical, time_note=reading.time_note,
        questions=[QuestionDoc(code=q.code, text=q.text, supply=q.supply) for q in reading.questions],
        changes=[_change(c, reason) for c in row.changes],
    )  # fmt: skip


def _change(change: LabChange, reason: ToDoc) -> LabChangeDoc:
    return LabChangeDoc(
        code=change.code, action=change.action, strength=change.strength, effect=change.effect,
        patients=change.patients, reaches=list(change.reaches), is_acted_on=change.is_acted_on,
        reason=reason(change.reason),
    )  # fmt: skip
