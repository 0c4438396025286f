"""TMS: 10 Hz, theta burst, right 1 Hz, bilateral, SAINT and deep coils, from screening to follow-up."""

from __future__ import annotations

from typing import final

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.therapies.contract import Advice, Prescription, Screening, Session
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.tms.follow import follow as _follow
from euthymia.therapies.tms.prescription import TmsPrescription
from euthymia.therapies.tms.propose import propose as _propose
from euthymia.therapies.tms.screen import screen as _screen
from euthymia.therapies.tms.session import session as _session
from euthymia.therapies.tms.simulate import simulate as _simulate
from euthymia.therapies.tms.tables import NAME, TITLE

__all__ = ["THERAPY", "TmsPrescription"]


@final
class _Tms:
    """The five verbs of TMS."""

    @property
    def name(self) -> str:
        return NAME

    @property
    def title(self) -> str:
        return TITLE

    @property
    def is_reference(self) -> bool:
        return False

    def screen(self, case: Case) -> Screening:
        return _screen(case)

    def propose(self, case: Case) -> list[Prescription]:
        return [*_propose(case)]

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        return _simulate(case, _own(prescription), seed=seed)

    def session(self, case: Case, prescription: Prescription, n: int) -> Session:
        return _session(case, _own(prescription), n)

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        return _follow(case, _own(prescription))


def _own(prescription: Prescription) -> TmsPrescription:
    if not isinstance(prescription, TmsPrescription):
        raise InvalidInput("prescription", type(prescription).__name__, "a TmsPrescription from propose()")
    return prescription


THERAPY = _Tms()
