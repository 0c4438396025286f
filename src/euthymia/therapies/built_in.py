"""The nine built-in therapies as one class: each verb is a function in a file of its own, imported when it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, final

from euthymia.case.model import Case
from euthymia.therapies.contract import Advice, Prescription, Screening, Session
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.simulation import LiveFigure, SimulatedPatient


@final
@dataclass(frozen=True, slots=True)
class BuiltInTherapy:
    """A therapy whose package holds ``screen.py``, ``propose.py``, ``simulate.py``, ``session.py`` and ``follow.py``.

    Parameters
    ----------
    name, title
        Short name used in files, and the name for people.
    package
        The therapy's package; each verb is the function of that name in the module of that name.
    is_reference
        True for a reference option beside the seven.
    is_companion
        True for what is done beside a treatment, not instead of one.
    """

    name: str
    title: str
    package: str
    is_reference: bool = False
    is_companion: bool = False

    def screen(self, case: Case) -> Screening:
        """May we? What is missing?"""
        found: Screening = self._verb("screen")(case)
        return found

    def propose(self, case: Case) -> list[Prescription]:
        """Which prescriptions, best first."""
        return list(self._verb("propose")(case))

    def simulate(self, case: Case, prescription: Prescription, *, seed: int) -> Forecast:
        """What it would do; the same for the same seed."""
        found: Forecast = self._verb("simulate")(case, prescription, seed=seed)
        return found

    def session(self, case: Case, prescription: Prescription, n: int) -> Session:
        """The ``n``-th session (from 1) as a step machine."""
        made: Session = self._verb("session")(case, prescription, n)
        return made

    def follow(self, case: Case, prescription: Prescription) -> Advice:
        """What next, from the outcomes in the case only."""
        advice: Advice = self._verb("follow")(case, prescription)
        return advice

    def simulated_patient(
        self, case: Case, prescription: Prescription, seed: int, *, number: int = 1
    ) -> SimulatedPatient:
        """The patient of session ``number``: the therapy's own, or the one of its table."""
        own = self._live("simulated_patient")
        if own is not None:
            patient: SimulatedPatient = own(case, prescription, seed, number=number)
            return patient
        from euthymia.therapies.simulated_visit import table_patient

        return table_patient(self.package, case, prescription, seed, number=number)

    def live_figure(self, case: Case, prescription: Prescription, *, number: int = 1) -> LiveFigure | None:
        """The predicted course beside session ``number``, where the therapy has one."""
        own = self._live("live_figure")
        figure: LiveFigure | None = own(case, prescription, number=number) if own is not None else None
        return figure

    def _live(self, function: str) -> Callable[..., Any] | None:
        """Return a function of the therapy's ``live_patient`` module, or None."""
        name = f"{self.package}.live_patient"
        return getattr(import_module(name), function, None) if find_spec(name) is not None else None

    def _verb(self, verb: str) -> Callable[..., Any]:
        """Import the verb's module now, not before: a therapy that is only listed costs nothing."""
        function: Callable[..., Any] = getattr(import_module(f"{self.package}.{verb}"), verb)
        return function
