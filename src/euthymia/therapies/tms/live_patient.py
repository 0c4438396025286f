"""The simulated patient of a TMS session: the rows of the table, and the trains of each site one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from euthymia.case.model import Case
from euthymia.therapies.contract import Action, ActionKind, Observation, Prescription
from euthymia.therapies.simulated_visit import TablePatient, table_patient
from euthymia.therapies.simulation import SimulatedPatient
from euthymia.therapies.tms.prescription import TmsPrescription, as_tms
from euthymia.therapies.tms.tables import PACKAGE

_FIRST_TRAIN_AFTER_S = 30.0


def simulated_patient(case: Case, prescription: Prescription, seed: int, *, number: int = 1) -> SimulatedPatient:
    """Return the patient of session ``number``."""
    return TrainPatient(table_patient(PACKAGE, case, prescription, seed, number=number), as_tms(prescription))


@final
@dataclass(slots=True)
class TrainPatient:
    """Answers from the table; gives the prescribed trains at their onsets once the output is set."""

    table: TablePatient
    rx: TmsPrescription
    _site: int = -1
    _left: int = 0
    _next_s: float = float("inf")

    def answers(self, action: Action, at_s: float) -> list[Observation]:
        """Give what the table gives; an output that was set begins the trains of the next site."""
        if action.kind is ActionKind.DO and action.code == "output":
            self._site += 1
            self._left, self._next_s = self.rx.stimulations[self._site].pattern.trains, at_s + _FIRST_TRAIN_AFTER_S
        elif action.kind is ActionKind.PAUSE or action.kind is ActionKind.STOP:
            self._next_s = float("inf")
        elif action.kind is ActionKind.RESUME and self._left:
            self._next_s = at_s + _FIRST_TRAIN_AFTER_S
        return self.table.answers(action, at_s)

    def spontaneous(self, until_s: float) -> list[Observation]:
        """Give what the table and the trains have due, oldest first."""
        found = []
        while self.next_s() <= until_s:
            if self._next_s <= self.table.next_s():
                found.append(self._train())
            else:
                found += self.table.spontaneous(self.table.next_s())
        return found

    def next_s(self) -> float:
        """When the next step of the table or the next train is due."""
        return min(self._next_s, self.table.next_s())

    def took(self, observation: Observation) -> None:
        """Note what the session took in."""
        self.table.took(observation)

    def _train(self) -> Observation:
        pattern = self.rx.stimulations[self._site].pattern
        at_s, self._left = self._next_s, self._left - 1
        wait_s = pattern.train_interval_s or pattern.train_duration_s
        self._next_s = at_s + wait_s if self._left else float("inf")
        return Observation("train", at_s, {"pulses": pattern.pulses_per_train})
