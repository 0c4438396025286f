"""Pharmacotherapy: the next drug or augmentation, a reference option beside the seven, on knowledge tables."""

from __future__ import annotations

from typing import final

from euthymia.case.model import Case
from euthymia.therapies.contract import Advice, Prescription, Screening, Session
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.pharmacotherapy.prescription import DrugDose, DrugPrescription

__all__ = ["THERAPY", "DrugDose", "DrugPrescription"]


@final
class _Pharmacotherapy:
    """Pharmacotherapy as a therapy: five verbs, each in its file."""

    name = "pharmacotherapy"
    title = "Pharmacotherapy: next drug or augmentation"
    is_reference = True

    def screen(self, case: Case) -> Screening:
        from euthymia.therapies.pharmacotherapy.screen import screen

        return screen(case)

    def propose(self, case: Case) -> list[Prescription]:
        from euthymia.therapies.pharmacotherapy.propose import propose

        return list(propose(case))

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        from euthymia.therapies.pharmacotherapy.simulate import simulate

        return simulate(case, prescription, seed=seed)

    def session(self, case: Case, prescription: Prescription, n: int) -> Session:
        from euthymia.therapies.pharmacotherapy.session import MedicationVisit

        return MedicationVisit(case, prescription, n)

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        from euthymia.therapies.pharmacotherapy.follow import follow

        return follow(case, prescription)


THERAPY = _Pharmacotherapy()
