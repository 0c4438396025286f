"""Neurofeedback: an adjunct with weak evidence, from screening to follow-up; fMRI feedback in trials only."""

from __future__ import annotations

from typing import final

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.therapies.contract import Advice, Prescription, Screening, Session
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.neurofeedback.follow import follow as _follow
from euthymia.therapies.neurofeedback.prescription import NeurofeedbackPrescription
from euthymia.therapies.neurofeedback.propose import propose as _propose
from euthymia.therapies.neurofeedback.screen import screen as _screen
from euthymia.therapies.neurofeedback.session import session as _session
from euthymia.therapies.neurofeedback.simulate import simulate as _simulate
from euthymia.therapies.neurofeedback.tables import NAME, TITLE

__all__ = ["THERAPY", "NeurofeedbackPrescription"]


@final
class _Neurofeedback:
    """The five verbs of neurofeedback."""

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


def _own(prescription: Prescription) -> NeurofeedbackPrescription:
    if not isinstance(prescription, NeurofeedbackPrescription):
        raise InvalidInput("prescription", type(prescription).__name__, "a NeurofeedbackPrescription from propose()")
    return prescription


THERAPY = _Neurofeedback()
