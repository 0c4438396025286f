"""Ketamine: esketamine nasal spray and racemic ketamine infusions, behind the five verbs."""

from __future__ import annotations

from typing import final

from euthymia.case.model import Case
from euthymia.therapies.contract import Advice, Prescription, Screening, Session
from euthymia.therapies.forecast import Forecast


@final
class Ketamine:
    """Esketamine nasal spray and ketamine infusions for treatment-resistant depression."""

    name = "ketamine"
    title = "Ketamine and esketamine"
    is_reference = False

    def screen(self, case: Case) -> Screening:
        """May we? What is missing?"""
        from euthymia.therapies.ketamine.screen import screen

        return screen(case)

    def propose(self, case: Case) -> list[Prescription]:
        """Which prescriptions, best first."""
        from euthymia.therapies.ketamine.propose import propose

        return propose(case)

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        """What it would do, from the trials of its form."""
        from euthymia.therapies.ketamine.simulate import simulate

        return simulate(case, prescription, seed=seed)

    def session(self, case: Case, prescription: Prescription, n: int) -> Session:
        """The ``n``-th dosing session as a step machine."""
        from euthymia.therapies.ketamine.session import session

        return session(case, prescription, n)

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        """What next, from the outcomes in the case."""
        from euthymia.therapies.ketamine.follow import follow

        return follow(case, prescription)


THERAPY = Ketamine()

__all__ = ["THERAPY", "Ketamine"]
