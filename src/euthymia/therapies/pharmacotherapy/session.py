"""A medication visit of a drug prescription, as the step machine that all drug courses share."""

from __future__ import annotations

from typing import final

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.therapies.contract import Prescription
from euthymia.therapies.drug_visit import DrugCourse, DrugVisit
from euthymia.therapies.pharmacotherapy.prescription import DrugPrescription


def session(case: Case, prescription: Prescription, n: int) -> MedicationVisit:
    """Return the ``n``-th visit as a step machine."""
    return MedicationVisit(case, prescription, n)


@final
class MedicationVisit(DrugVisit):
    """A visit of pharmacotherapy; see :class:`~euthymia.therapies.drug_visit.DrugVisit` for what it takes in."""

    therapy = "pharmacotherapy"

    def __init__(self, case: Case, prescription: Prescription, n: int) -> None:
        if not isinstance(prescription, DrugPrescription):
            raise InvalidInput("prescription", type(prescription).__name__, "a DrugPrescription")
        rx = prescription
        course = DrugCourse(rx.form, rx.protocol, rx.doses, rx.stopped, rx.washout_days, rx.tests)
        super().__init__(case, course, n)
