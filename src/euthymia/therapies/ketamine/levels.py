"""Predicted levels of a session: which model for which form, drawn patients, and the gate on the predicted peak."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from euthymia.case.model import Case
from euthymia.engines.kinetics import Dose, Model, PreparedPopulation, load_model
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.therapies.ketamine.given_dose import pump_doses
from euthymia.therapies.ketamine.prescription import InfusionPrescription
from euthymia.therapies.ketamine.pump_record import PumpRecord
from euthymia.therapies.ketamine.tables import figure, limit
from euthymia.therapies.kinetic_curves import CaseCovariates, case_covariates, people

SPRAY_MODEL = "PerezRuixo2021"
"""Nasal esketamine with noresketamine, venous."""
INFUSION_MODEL = "ClementsNimmo1981"
"""Racemic ketamine, venous: no spread between patients is held."""
ENANTIOMER_MODEL = "Otto2021"
"""The S half of racemic ketamine with its norketamine, venous, with spread between patients."""
ENANTIOMER_SHARE = 0.5
"""A racemate holds as much of the one enantiomer as of the other."""

_EXPOSURE_H = 24.0
_STEP_H = 2.5 / 60.0


@dataclass(frozen=True, slots=True)
class LevelCourse:
    """Levels after one dose.

    Attributes
    ----------
    model
        The model behind them.
    times_h
        ``(T,)`` from the first drug.
    levels
        ``(n, T, k)`` ng/mL over patients and analytes; one patient where the model holds no spread.
    auc
        ``(n, k)`` ng·h/mL over the first 24 h.
    is_infusion
        Whether the dose ends sharply; its end is then one of the times.
    notes
        What must stand beside every figure.
    """

    model: Model
    times_h: FloatArray
    levels: FloatArray
    auc: FloatArray
    is_infusion: bool
    notes: tuple[str, ...]

    @property
    def has_spread(self) -> bool:
        """Whether patients differ."""
        return len(self.levels) > 1

    def of(self, analyte: str) -> FloatArray:
        """Return the levels of one analyte, ``(n, T)``."""
        found: FloatArray = self.levels[:, :, self.model.output_names.index(analyte)]
        return found

    def peaks(self, analyte: str) -> FloatArray:
        """Return the highest level of each patient, ``(n,)``, between the samples by a parabola."""
        return _highest(self, self.of(analyte))[1]

    def peak_times_h(self, analyte: str) -> FloatArray:
        """Return when each patient's level is highest, ``(n,)``."""
        return _highest(self, self.of(analyte))[0]

    def auc_of(self, analyte: str) -> FloatArray:
        """Return the area of one analyte, ``(n,)``."""
        found: FloatArray = self.auc[:, self.model.output_names.index(analyte)]
        return found


def session_times_h(ends_h: float = 0.0) -> FloatArray:
    """Return the times of every figure of a session, h, with the end of an infusion among them."""
    shown = figure("session_shown").value
    even = np.linspace(0.0, shown, round(shown / _STEP_H) + 1)
    return even if np.isclose(even, ends_h, atol=1e-9).any() else np.sort(np.append(even, ends_h))


def covariates_for(model: str, case: Case, weight_kg: float | None = None) -> CaseCovariates:
    """Return the covariates of a case; the weight that the dose was computed with counts before the case's own."""
    found = case_covariates(load_model(model), case)
    if weight_kg is None or "weight_kg" not in load_model(model).file.covariates:
        return found
    values = tuple({**dict(found.values), "weight_kg": weight_kg}.items())
    return CaseCovariates(values, tuple(n for n in found.missing if n != "weight_kg"), found.notes)


@lru_cache(maxsize=32)
def level_course(
    model: str, covariates: tuple[tuple[str, float], ...], doses: tuple[Dose, ...], n: int, seed: int
) -> LevelCourse:
    """Return the levels of ``n`` patients (0: the typical one) after ``doses``; the same call costs nothing again."""
    ends_h = max(dose.start_h + dose.duration_h for dose in doses)
    is_infusion = any(dose.duration_h > 0 for dose in doses)
    loaded, prepared, times = load_model(model), people(model, covariates, n, seed), session_times_h(ends_h)
    assert isinstance(prepared, PreparedPopulation)
    levels = prepared.curves(doses, times, spot_checks=0)
    auc = prepared.cumulative_auc(doses, np.array([_EXPOSURE_H]))[:, 0]
    return LevelCourse(loaded, times, levels, auc, is_infusion, loaded.warnings(prepared.individuals, doses))


def spray_doses(dose_mg: float, gap_min: float) -> tuple[Dose, ...]:
    """Return a nasal dose as its devices, ``gap_min`` apart."""
    device = limit("esk_device").allowed[0]
    return tuple(Dose("nasal", i * gap_min / 60.0, device, position=i + 1) for i in range(round(dose_mg / device)))


def infusion_doses(rx: InfusionPrescription, share: float = 1.0) -> tuple[Dose, ...]:
    """Return an infusion as prescribed, or the ``share`` of it that is one enantiomer."""
    return (Dose("iv", 0.0, share * rx.total_mg, rx.duration_s / 3600.0),)


def predicted_peak(rx: InfusionPrescription) -> float:
    """Return the predicted venous peak of an infusion (ng/mL), by the weight of the prescription."""
    course = level_course(INFUSION_MODEL, (("weight_kg", rx.weight_kg),), infusion_doses(rx), 0, 0)
    return float(course.peaks("ketamine")[0])


def peak_of_pump(pump: PumpRecord, weight_kg: float) -> tuple[float, float]:
    """Return the predicted venous peak (ng/mL) of what a pump did and will do, and its time (h of the session)."""
    prepared = people(INFUSION_MODEL, (("weight_kg", weight_kg),), 0, 0)
    found = prepared.exposure(pump_doses(pump), pump.started_s / 3600.0 + _EXPOSURE_H)
    return float(found.cmax[0, 0]), float(found.tmax_h[0, 0])


def sign_off_refusal(rx: InfusionPrescription) -> str:
    """Say why a second sign-off is missing; empty when none is needed or it is there."""
    row, peak = figure("sign_off_peak"), predicted_peak(rx)
    if peak <= row.value or rx.second_sign_off.strip():
        return ""
    return f"predicted venous peak {peak:.0f} ng/mL: {row.statement} ({row.value:g}); none is recorded"


def _highest(course: LevelCourse, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return time and height of each row's highest point.

    Where nothing ends sharply it is the parabola through the highest sample and its neighbors; an infusion ends in a
    kink, and its end is one of the samples.
    """
    n, times = np.arange(values.shape[0]), course.times_h
    if course.is_infusion:
        return times[values.argmax(axis=1)], values.max(axis=1)
    place = np.clip(values.argmax(axis=1), 1, values.shape[1] - 2)
    before, top, after = values[n, place - 1], values[n, place], values[n, place + 1]
    bend = before - 2 * top + after
    inside = (bend < 0) & (top >= before) & (top >= after)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(inside, 0.5 * (before - after) / bend, 0.0)
    at = np.where(inside, times[place] + shift * float(times[1] - times[0]), times[values.argmax(axis=1)])
    return at, np.where(inside, top - 0.25 * (before - after) * shift, values.max(axis=1))
