"""Precision psychiatry: which test to order, what its result changes, and how little may be promised."""

from __future__ import annotations

from typing import final

from euthymia.case.model import Case
from euthymia.therapies.contract import Advice, Prescription, Screening, Session
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.precision.prescription import TestOrder

__all__ = ["THERAPY", "TestOrder"]


@final
class _Precision:
    """Precision psychiatry as a therapy: five verbs, each in its file."""

    name = "precision"
    title = "Precision psychiatry: tests that guide treatment"
    is_reference = False
    is_companion = True  # done beside a treatment, not instead of one

    def screen(self, case: Case) -> Screening:
        from euthymia.therapies.precision.screen import screen

        return screen(case)

    def propose(self, case: Case) -> list[Prescription]:
        from euthymia.therapies.precision.propose import propose

        return list(propose(case))

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        from euthymia.therapies.precision.simulate import simulate

        return simulate(case, prescription, seed=seed)

    def session(self, case: Case, prescription: Prescription, n: int) -> Session:
        from euthymia.therapies.precision.session import TestVisit

        return TestVisit(case, prescription, n)

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        from euthymia.therapies.precision.follow import follow

        return follow(case, prescription)


THERAPY = _Precision()
