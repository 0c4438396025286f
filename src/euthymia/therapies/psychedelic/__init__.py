"""Psychedelics: psilocybin with psychological support, and MDMA (a PTSD treatment), behind the five verbs."""

from __future__ import annotations

from typing import final

from euthymia.case.model import Case
from euthymia.therapies.contract import Advice, Prescription, Screening, Session
from euthymia.therapies.forecast import Forecast


@final
class Psychedelic:
    """Psilocybin for treatment-resistant depression; MDMA only inside a PTSD trial frame."""

    name = "psychedelic"
    title = "Psilocybin and MDMA"
    is_reference = False

    def screen(self, case: Case) -> Screening:
        """May we? What is missing?"""
        from euthymia.therapies.psychedelic.screen import screen

        return screen(case)

    def propose(self, case: Case) -> list[Prescription]:
        """Which prescriptions, best first."""
        from euthymia.therapies.psychedelic.propose import propose

        return propose(case)

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        """What it would do, from the trials of its form."""
        from euthymia.therapies.psychedelic.simulate import simulate

        return simulate(case, prescription, seed=seed)

    def session(self, case: Case, prescription: Prescription, n: int) -> Session:
        """The ``n``-th dosing day as a step machine."""
        from euthymia.therapies.psychedelic.session import session

        return session(case, prescription, n)

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        """What next, from the outcomes in the case."""
        from euthymia.therapies.psychedelic.follow import follow

        return follow(case, prescription)


THERAPY = Psychedelic()

__all__ = ["THERAPY", "Psychedelic"]
