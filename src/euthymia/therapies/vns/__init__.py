"""Vagus nerve stimulation for depression: slow titration inside hard limits, judged over a year and more."""

from __future__ import annotations

from typing import final

from euthymia.case.model import Case
from euthymia.therapies.contract import Advice, Prescription, Screening, Session
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.vns.prescription import VnsPrescription
from euthymia.therapies.vns.setting import VnsSetting

__all__ = ["THERAPY", "VnsPrescription", "VnsSetting"]


@final
class _Vns:
    """The five verbs of VNS; each stands in its own file."""

    name = "vns"
    title = "Vagus nerve stimulation"
    is_reference = False

    def screen(self, case: Case) -> Screening:
        """See :mod:`euthymia.therapies.vns.screen`."""
        from euthymia.therapies.vns.screen import screen

        return screen(case)

    def propose(self, case: Case) -> list[Prescription]:
        """See :mod:`euthymia.therapies.vns.propose`."""
        from euthymia.therapies.vns.propose import propose

        return list(propose(case))

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        """See :mod:`euthymia.therapies.vns.simulate`."""
        from euthymia.therapies.vns.simulate import simulate

        return simulate(case, prescription, seed=seed)

    def session(self, case: Case, prescription: Prescription, n: int) -> Session:
        """See :mod:`euthymia.therapies.vns.session`."""
        from euthymia.therapies.vns.session import VnsSession

        return VnsSession(case, prescription, n)

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        """See :mod:`euthymia.therapies.vns.follow`."""
        from euthymia.therapies.vns.follow import follow

        return follow(case, prescription)


THERAPY = _Vns()
