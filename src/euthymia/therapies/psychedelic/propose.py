"""Which prescriptions, best first. MDMA is never proposed for depression, only inside a PTSD trial frame."""

from __future__ import annotations

from euthymia.case.criteria import judge
from euthymia.case.model import Case
from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.therapies.contract import Prescription
from euthymia.therapies.psychedelic.prescription import Frame, MdmaPrescription, PsilocybinPrescription
from euthymia.therapies.psychedelic.screen import legal_reason, screen
from euthymia.therapies.psychedelic.tables import (
    MDMA,
    ProtocolRow,
    phases_of,
    protocols,
    weighings,
)
from euthymia.therapies.psychedelic.washout_calendar import washout_calendar
from euthymia.therapies.screening import open_forms
from euthymia.therapies.weighing import weighed


def propose(case: Case) -> list[Prescription]:
    """Return complete prescriptions, best first; none for a form that is contraindicated.

    The dose is fixed, so nothing has to be known to write it. A psilocybin protocol is left out only when its criterion
    is false; MDMA needs its criterion (PTSD and a route for PTSD) to be true.
    """
    screening = screen(case)
    verdicts = {s.form: s.verdict.rank for s in screening.forms}
    laws = {s.form: legal_reason(s) for s in screening.forms}
    allowed = open_forms(screening)
    made = []
    for row in protocols():
        truth = judge(case, row.criterion).truth
        if row.form in allowed and truth is not False and (truth or row.form != MDMA):
            made.append((verdicts[row.form], row.rank, _prescribe(case, row, laws[row.form])))
    made.sort(key=lambda item: item[:2])
    return [prescription for _, _, prescription in made]


def frame_of(name: str) -> Frame:
    """Return preparation, dosing days and integration of the protocol called ``name``."""
    return Frame(
        phases_of(name, "preparation")[0], phases_of(name, "dosing")[0], phases_of(name, "integration")
    )  # fmt: skip


def _prescribe(case: Case, row: ProtocolRow, law: Reason) -> Prescription:
    words = f"{row.statement[0].upper()}{row.statement[1:]}."
    what = Reason(words, (row.cite(),), EvidenceGrade.RULE, code=row.protocol)
    reasons = (law, what, *weighed(case, weighings(), row.protocol), *washout_calendar(case, row.form).reasons())
    if row.supplement_ratio is None or row.later_dose_mg is None:
        return PsilocybinPrescription(row.protocol, frame_of(row.protocol), row.dose_mg, reasons)
    return MdmaPrescription(
        row.protocol, frame_of(row.protocol), row.dose_mg, row.later_dose_mg, row.supplement_ratio, reasons
    )
