"""A drawn patient for simulated sessions, with a body whose readings follow the kinetics, and the live figure."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics import PreparedPopulation
from euthymia.therapies.contract import Observation, Prescription
from euthymia.therapies.ketamine.given_dose import GivenDose
from euthymia.therapies.ketamine.levels import INFUSION_MODEL, SPRAY_MODEL, covariates_for, session_times_h
from euthymia.therapies.ketamine.live_bands import LevelBand, PressureBand, pressure_basis
from euthymia.therapies.ketamine.prescription import EsketaminePrescription, InfusionPrescription
from euthymia.therapies.ketamine.pressure import Before, newest_pressure
from euthymia.therapies.ketamine.tables import PACKAGE, figure
from euthymia.therapies.kinetic_curves import Prepared, people
from euthymia.therapies.simulated_visit import TablePatient, table_patient

_HOUR_S = 3600.0
_PERCENT = 100.0


def simulated_patient(case: Case, prescription: Prescription, seed: int, *, number: int = 1) -> TablePatient:
    """Return the patient of session ``number``: drawn with ``seed``, answering with his own level and pressure."""
    body = KetamineBody(case, _own(prescription), seed, number)
    return table_patient(PACKAGE, case, prescription, seed, number=number, physiology=body)


def live_figure(case: Case, prescription: Prescription, *, number: int = 1) -> PressureBand:
    """Return the predicted systolic pressure beside session ``number``, narrowed by its readings."""
    return PressureBand(case, _own(prescription), number)


def live_figures(
    case: Case, prescription: Prescription, *, number: int = 1
) -> tuple[PressureBand, PressureBand, LevelBand]:
    """Return every live figure: systolic pressure, diastolic pressure, level."""
    rx = _own(prescription)
    return PressureBand(case, rx, number), PressureBand(case, rx, number, outcome=1), LevelBand(case, rx, number)


@final
class KetamineBody:
    """One drawn person: own kinetics, own rise of pressure, dissociation and sedation while the level is high.

    Pressure follows the effect models behind the figures. Dissociation and sedation are for training and tests: no
    model of their course is held (``figures.csv``).
    """

    def __init__(
        self, case: Case, prescription: EsketaminePrescription | InfusionPrescription, seed: int, number: int
    ) -> None:
        self._case, self._rx, self._seed = case, prescription, seed
        self._given = GivenDose(prescription, number)
        recorded = newest_pressure(case)
        self._before = recorded or Before(figure("rest_systolic").value, figure("rest_diastolic").value)
        self._deviates = [random.Random(f"{seed}/rise/{i}").gauss(0.0, 1.0) for i in range(2)]
        chance = random.Random(f"{seed}/person")
        self._dissociates = chance.random() < figure("simulated_dissociates").value / _PERCENT
        self._sedated = chance.random() < figure("simulated_sedated").value / _PERCENT
        self._cadss_peak = max(0.0, chance.gauss(figure("simulated_cadss").value, figure("simulated_cadss_sd").value))
        self._course: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None = None

    def took(self, observation: Observation) -> None:
        """Note a dose or a pump step."""
        if self._given.took(observation):
            self._course = None

    def reading(self, kind: str, at_s: float) -> Mapping[str, Any] | None:
        """Return pressure, sedation or dissociation at ``at_s``; every other reading comes from the table."""
        if kind == "blood_pressure":
            return self._pressure(at_s)
        if kind == "sedation":
            return {"moaas": 4.0 if self._sedated and self._height(at_s) > 0.0 else 5.0}
        if kind == "dissociation":
            peak = self._cadss_peak if self._dissociates else 0.0
            return {"cadss_total": float(round(peak * self._height(at_s)))}
        return None

    def _pressure(self, at_s: float) -> dict[str, float]:
        noise_sd, rise = figure("pressure_reading_sd").value, self._rise(at_s)
        found = {}
        for i, name in enumerate(("systolic_mmhg", "diastolic_mmhg")):
            noise = random.Random(f"{self._seed}/{name}/{at_s:.3f}").gauss(0.0, noise_sd)
            found[name] = float(round(self._before.both[i] + rise[i] + noise))
        # Two separate draws may cross in a narrow pulse; a cuff never shows that.
        found["diastolic_mmhg"] = min(found["diastolic_mmhg"], found["systolic_mmhg"] - 1.0)
        return found

    def _rise(self, at_s: float) -> list[float]:
        began_s = self._given.began_s
        if began_s is None:
            return [0.0, 0.0]
        since = (at_s - began_s) / _HOUR_S
        times = session_times_h()
        basis = pressure_basis(self._case, self._rx, self._given, times)
        return [float(np.interp(since, times, basis.mean[i] + self._deviates[i] * basis.spread[i])) for i in range(2)]

    def _height(self, at_s: float) -> float:
        """Return how far the own level is above the height at which a person is clear: 0 there and 1 at its peak."""
        began_s = self._given.began_s
        if began_s is None:
            return 0.0
        if self._course is None:
            times = session_times_h() + began_s / _HOUR_S
            self._course = times, self._person().curves(self._given.doses(), times)[0, :, 0]
        times, levels = self._course
        share = float(np.interp(at_s / _HOUR_S, times, levels)) / max(float(levels.max()), 1e-9)
        clear = figure("simulated_clear").value / _PERCENT
        return max(0.0, (share - clear) / (1.0 - clear))

    def _person(self) -> Prepared:
        """Return the one drawn person; where the model holds no spread, the typical one."""
        if isinstance(self._rx, InfusionPrescription):
            return people(INFUSION_MODEL, (("weight_kg", self._rx.weight_kg),), 0, 0)
        covariates = covariates_for(SPRAY_MODEL, self._case)
        if not covariates.is_enough:
            raise InvalidInput("case", ", ".join(covariates.missing), "recorded, to draw a patient")
        person = people(SPRAY_MODEL, covariates.values, 1, self._seed)
        assert isinstance(person, PreparedPopulation)
        return person


def _own(prescription: Prescription) -> EsketaminePrescription | InfusionPrescription:
    if not isinstance(prescription, EsketaminePrescription | InfusionPrescription):
        raise InvalidInput("prescription", type(prescription).__name__, "a prescription of the therapy ketamine")
    return prescription
