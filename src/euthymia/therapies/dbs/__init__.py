"""Deep brain stimulation for depression: investigational everywhere; four targets, hard charge limits."""

from __future__ import annotations

from typing import final

from euthymia.case.model import Case
from euthymia.therapies.contract import Advice, Prescription, Screening, Session
from euthymia.therapies.dbs.charge import ContactCharge, contact_charges
from euthymia.therapies.dbs.prescription import DbsPrescription
from euthymia.therapies.dbs.setting import ContactShare, SideSetting
from euthymia.therapies.forecast import Forecast

__all__ = ["THERAPY", "ContactCharge", "ContactShare", "DbsPrescription", "SideSetting", "contact_charges"]


@final
class _Dbs:
    """The five verbs of DBS; each stands in its own file."""

    name = "dbs"
    title = "Deep brain stimulation"
    is_reference = False

    def screen(self, case: Case) -> Screening:
        """See :mod:`euthymia.therapies.dbs.screen`."""
        from euthymia.therapies.dbs.screen import screen

        return screen(case)

    def propose(self, case: Case) -> list[Prescription]:
        """See :mod:`euthymia.therapies.dbs.propose`."""
        from euthymia.therapies.dbs.propose import propose

        return list(propose(case))

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        """See :mod:`euthymia.therapies.dbs.simulate`."""
        from euthymia.therapies.dbs.simulate import simulate

        return simulate(case, prescription, seed=seed)

    def session(self, case: Case, prescription: Prescription, n: int) -> Session:
        """See :mod:`euthymia.therapies.dbs.session`."""
        from euthymia.therapies.dbs.session import DbsSession

        return DbsSession(case, prescription, n)

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        """See :mod:`euthymia.therapies.dbs.follow`."""
        from euthymia.therapies.dbs.follow import follow

        return follow(case, prescription)


THERAPY = _Dbs()
