"""The simulated patient of a dosing day, and the predicted band beside it, both from the actual time of the dose."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics import Dose, load_model
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.therapies.contract import Observation, Prescription
from euthymia.therapies.kinetic_curves import band_rows, people
from euthymia.therapies.psychedelic.mdma_levels import MODEL as MDMA_MODEL
from euthymia.therapies.psychedelic.mdma_levels import mdma_levels, wide_band
from euthymia.therapies.psychedelic.prescription import MdmaPrescription, PsilocybinPrescription
from euthymia.therapies.psychedelic.psilocin import MODEL as PSILOCIN_MODEL
from euthymia.therapies.psychedelic.psilocin import N_PATIENTS, day_levels, occupancy, times_h
from euthymia.therapies.psychedelic.tables import MDMA, PACKAGE
from euthymia.therapies.psychedelic.vital_rows import vital
from euthymia.therapies.simulated_visit import table_patient
from euthymia.therapies.simulation import BandRow, LiveFigure, SimulatedPatient

_HOUR_S = 3600.0
_REST = {"systolic_mmhg": 122.0, "diastolic_mmhg": 77.0}
_NOISE_MMHG = 3.0
_PRESSURE, _DOSES = "blood_pressure", ("dose_given", "supplement_given")
_MDMA_STEP_H = 0.5


def simulated_patient(case: Case, prescription: Prescription, seed: int, *, number: int = 1) -> SimulatedPatient:
    """Return the patient of dosing day ``number``: the rows of the table, over a body drawn from the population."""
    body = Body(_ours(prescription).form, seed)
    return table_patient(PACKAGE, case, prescription, seed, number=number, physiology=body)


def live_figure(case: Case, prescription: Prescription, *, number: int = 1) -> LiveFigure:
    """Return the predicted band of dosing day ``number``."""
    return LevelFigure(_ours(prescription).form)


@final
@dataclass(slots=True)
class Body:
    """Blood pressure that rises with psilocin, or after MDMA as trials report it; the same seed is the same person.

    Psilocin: the person's own level, drawn from the population, over the mean peak of 25 mg. MDMA: a rise that is back
    sooner than the level, since the effect wears off first.
    """

    form: str
    seed: int
    doses: list[tuple[float, float]] = field(default_factory=list)

    def took(self, observation: Observation) -> None:
        """Note a dose."""
        if observation.kind in _DOSES:
            self.doses.append((observation.at_s / _HOUR_S, float(observation.values["mg"])))

    def reading(self, kind: str, at_s: float) -> Mapping[str, Any] | None:
        """Return the blood pressure; every other reading comes from the table."""
        if kind != _PRESSURE:
            return None
        share = self._share(at_s / _HOUR_S)
        codes = {
            True: ("mdma_systolic_rise", "mdma_simulated_rise_diastolic"),
            False: ("psi_simulated_rise", "psi_simulated_rise_diastolic"),
        }[self.form == MDMA]
        return {
            name: round(_REST[name] + share * self._own(code) + self._noise(name, at_s))
            for name, code in zip(_REST, codes, strict=True)
        }

    def _share(self, at_h: float) -> float:
        """Share of the full rise at ``at_h``: 1 at the mean peak of the dose the figures belong to."""
        if self.form == MDMA:
            peak, back = vital("mdma_simulated_peak").value, vital("mdma_simulated_return").value
            given = vital("mdma_systolic_rise").at_dose_mg or 1.0
            parts = [(at_h - t, mg / given) for t, mg in self.doses]
            return float(sum(mg * np.interp(since, [0.0, peak, back], [0.0, 1.0, 0.0]) for since, mg in parts))
        model = load_model(PSILOCIN_MODEL)
        times = np.array([at_h])
        total = 0.0
        for start, mg in self.doses:
            if at_h >= start:
                plan = (Dose("oral", amount_mg=mg),)
                total += float(people(PSILOCIN_MODEL, (), 1, self.seed).curves(plan, times - start)[0, 0, 0])
        return total / _typical_peak(model.name)

    def _own(self, code: str) -> float:
        """This person's full rise (mmHg): the same deviate for both pressures; never a fall."""
        row = vital(code)
        deviate = random.Random(f"{self.seed}/rise").gauss(0.0, 1.0)
        return max(0.0, row.value + deviate * (row.sd or vital("psi_simulated_rise").sd or 0.0))

    def _noise(self, name: str, at_s: float) -> float:
        return random.Random(f"{self.seed}/{_PRESSURE}/{name}/{at_s:.3f}").gauss(0.0, _NOISE_MMHG)


@final
@dataclass(slots=True)
class LevelFigure:
    """Levels over the day, from the time the dose was really given; empty before it."""

    form: str
    doses: list[tuple[float, float]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What is predicted."""
        return "MDMA in venous plasma" if self.form == MDMA else "psilocin in venous plasma"

    @property
    def unit(self) -> str:
        """Its unit."""
        return "ng/mL"

    @property
    def note(self) -> str:
        """Model, interval and verification state."""
        if self.form == MDMA:
            return f"{MDMA_MODEL}: illustrative, wide band; not a level to rely on."
        held = ""
        if self.doses:
            peak = float(np.median(day_levels(self.doses[0][1], 0), axis=0).max())
            found = occupancy(np.array([peak]))
            held = (
                f" At the peak about {found.values[0]:.0f} % 5-HT2A occupancy ±20 points ({found.words}, unverified)."
            )
        return f"{PSILOCIN_MODEL}: 5-95 % of {N_PATIENTS} drawn patients; derived, not verified.{held}"

    def took(self, observation: Observation) -> None:
        """Take account of a dose at the time it was given."""
        if observation.kind in _DOSES:
            self.doses.append((observation.at_s / _HOUR_S, float(observation.values["mg"])))

    def rows(self) -> Sequence[BandRow]:
        """Return the band from the dose on."""
        if not self.doses:
            return ()
        start = self.doses[0][0]
        if self.form == MDMA:
            plan = tuple((round(at - start, 2), mg) for at, mg in self.doses)
            times, middle = mdma_levels(plan, _MDMA_STEP_H)
            kept = times <= times_h()[-1]
            low, high = wide_band(middle)
            return _rows((start + times[kept]) * _HOUR_S, middle[kept], low[kept], high[kept])
        return band_rows((start + times_h()[::2]) * _HOUR_S, day_levels(self.doses[0][1], 0)[:, ::2])


def _rows(times_s: FloatArray, middle: FloatArray, low: FloatArray, high: FloatArray) -> tuple[BandRow, ...]:
    return tuple(BandRow(*map(float, row)) for row in zip(times_s, middle, low, high, strict=True))


def _typical_peak(model: str) -> float:
    """Peak level (ng/mL) of the typical person after the dose the pressure figures belong to."""
    mg = vital("psi_simulated_rise").at_dose_mg or 1.0
    return float(people(model, (), 0, 0).curves((Dose("oral", amount_mg=mg),), times_h())[0, :, 0].max())


def _ours(prescription: Prescription) -> PsilocybinPrescription | MdmaPrescription:
    if not isinstance(prescription, (PsilocybinPrescription, MdmaPrescription)):
        raise InvalidInput("prescription", type(prescription).__name__, "a prescription of the therapy psychedelic")
    return prescription
