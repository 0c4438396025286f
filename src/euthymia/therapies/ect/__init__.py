"""Electroconvulsive therapy: a reference option beside the seven, on evidence and knowledge tables only."""

from __future__ import annotations

from typing import final

from euthymia.case.model import Case
from euthymia.therapies.contract import Advice, Prescription, Screening, Session
from euthymia.therapies.ect.first_line import first_line
from euthymia.therapies.ect.prescription import EctPrescription
from euthymia.therapies.forecast import Forecast

__all__ = ["THERAPY", "EctPrescription", "first_line"]


@final
class _Ect:
    """ECT as a therapy: five verbs, each in its file."""

    name = "ect"
    title = "Electroconvulsive therapy (ECT)"
    is_reference = True

    def screen(self, case: Case) -> Screening:
        from euthymia.therapies.ect.screen import screen

        return screen(case)

    def propose(self, case: Case) -> list[Prescription]:
        from euthymia.therapies.ect.propose import propose

        return list(propose(case))

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        from euthymia.therapies.ect.simulate import simulate

        return simulate(case, prescription, seed=seed)

    def session(self, case: Case, prescription: Prescription, n: int) -> Session:
        from euthymia.therapies.ect.session import EctSession

        return EctSession(case, prescription, n)

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        from euthymia.therapies.ect.follow import follow

        return follow(case, prescription)


THERAPY = _Ect()
