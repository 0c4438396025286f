"""Bands drawn beside a running session: blood pressure and level, from what was really given and what was measured.

Readings of pressure narrow the band to this person; a measured level narrows this person's own levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from euthymia.case.model import Case
from euthymia.engines.kinetics import Model, PreparedPopulation, load_model, prepare
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.observations import ResidualError
from euthymia.therapies.contract import Observation
from euthymia.therapies.ketamine.given_dose import GivenDose
from euthymia.therapies.ketamine.levels import (
    ENANTIOMER_MODEL,
    ENANTIOMER_SHARE,
    INFUSION_MODEL,
    SPRAY_MODEL,
    covariates_for,
    session_times_h,
)
from euthymia.therapies.ketamine.prescription import EsketaminePrescription, InfusionPrescription
from euthymia.therapies.ketamine.pressure import Before, PressureBasis, infusion_basis, newest_pressure, spray_basis
from euthymia.therapies.ketamine.tables import figure
from euthymia.therapies.kinetic_curves import Prepared, band_rows, people
from euthymia.therapies.simulation import BandRow

_HOUR_S = 3600.0
SEED = 0
"""The people behind a live band are always the same, so that it moves only when something was done or read."""


def patients_behind(rx: EsketaminePrescription | InfusionPrescription) -> int:
    """Return how many simulated people a live band of the form has."""
    name = "live_patients_iv" if isinstance(rx, InfusionPrescription) else "live_patients_nasal"
    return round(figure(name).value)


def pressure_basis(
    case: Case, rx: EsketaminePrescription | InfusionPrescription, given: GivenDose, times_h: FloatArray
) -> PressureBasis:
    """Return the expected rise at ``times_h`` from the first drug, for what was given so far and is to come."""
    if isinstance(rx, EsketaminePrescription):
        return spray_basis(case.age_yr, times_h)
    assert given.began_s is not None
    typical = people(INFUSION_MODEL, (("weight_kg", rx.weight_kg),), 0, 0)
    levels = typical.curves(given.doses(), times_h + given.began_s / _HOUR_S)[0, :, 0]
    return infusion_basis(times_h, levels)


@final
@dataclass(slots=True)
class PressureBand:
    """Blood pressure expected over the session; ``outcome`` is 0 for systolic, 1 for diastolic.

    Empty until there is a pressure before the dose and the dose has begun.
    """

    case: Case
    prescription: EsketaminePrescription | InfusionPrescription
    number: int = 1
    outcome: int = 0
    _given: GivenDose = field(init=False)
    _before: Before | None = field(init=False)
    _readings: list[tuple[float, float]] = field(default_factory=list, init=False)
    _surprise: str = field(default="", init=False)
    _rows: tuple[BandRow, ...] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._given = GivenDose(self.prescription, self.number)
        self._before = newest_pressure(self.case)

    @property
    def title(self) -> str:
        """What is predicted."""
        return f"{('Systolic', 'Diastolic')[self.outcome]} blood pressure"

    @property
    def unit(self) -> str:
        """Its unit."""
        return "mmHg"

    @property
    def note(self) -> str:
        """Model, interval, verification state, and what the readings changed."""
        kind = (
            "highest of three cohorts, illustrative" if self._is_infusion else "mean course, borrowed spread, derived"
        )
        count = len(self._readings)
        used = f"; narrowed by {count} reading{'s' if count != 1 else ''}" if count else ""
        surprise = f" {self._surprise}." if self._surprise else ""
        return f"90 % of {patients_behind(self.prescription):,} simulated people ({kind}){used}.{surprise}"

    def took(self, observation: Observation) -> None:
        """Take account of a dose, a pump step or a reading."""
        changed = self._given.took(observation)
        if observation.kind == "blood_pressure":
            both = Before(float(observation.values["systolic_mmhg"]), float(observation.values["diastolic_mmhg"]))
            if self._given.began_s is None:
                self._before = both
            else:
                self._readings.append((observation.at_s, both.both[self.outcome]))
            changed = True
        if changed:
            self._rows = None

    def rows(self) -> Sequence[BandRow]:
        """Return the band from the first drug on."""
        if self._rows is None:
            self._rows = self._drawn()
        return self._rows

    def readings(self) -> Sequence[tuple[float, float]]:
        """Return time (s) and value of each reading since the first drug."""
        return tuple(self._readings)

    @property
    def _is_infusion(self) -> bool:
        return isinstance(self.prescription, InfusionPrescription)

    def _drawn(self) -> tuple[BandRow, ...]:
        began_s = self._given.began_s
        if began_s is None or self._before is None:
            return ()
        before, times = self._before.both[self.outcome], session_times_h()
        basis = pressure_basis(self.case, self.prescription, self._given, times)
        at_h = np.array([(at - began_s) / _HOUR_S for at, _ in self._readings])
        rises = np.array([value - before for _, value in self._readings])
        belief = basis.belief(self.outcome, times, at_h, rises)
        self._surprise = belief.surprise
        values = before + basis.rise_of(self.outcome, patients_behind(self.prescription), SEED, belief)
        return band_rows(began_s + times * _HOUR_S, values)


@final
@dataclass(slots=True)
class LevelBand:
    """Venous level of esketamine, or of the S half of racemic ketamine, from what was really given."""

    case: Case
    prescription: EsketaminePrescription | InfusionPrescription
    number: int = 1
    _given: GivenDose = field(init=False)
    _levels: list[tuple[float, float]] = field(default_factory=list, init=False)
    _rows: tuple[BandRow, ...] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._given = GivenDose(self.prescription, self.number)

    @property
    def model(self) -> Model:
        """The model behind the band."""
        return load_model(ENANTIOMER_MODEL if isinstance(self.prescription, InfusionPrescription) else SPRAY_MODEL)

    @property
    def title(self) -> str:
        """What is predicted."""
        half = isinstance(self.prescription, InfusionPrescription)
        return "S-ketamine (half of the dose) in venous plasma" if half else "Esketamine in venous plasma"

    @property
    def unit(self) -> str:
        """Its unit."""
        return "ng/mL"

    @property
    def note(self) -> str:
        """Model, interval and verification state."""
        used = f"; narrowed by {len(self._levels)} measured" if self._levels else ""
        weak = "; sampling site unverified" if not self.model.file.sampling_site_source.is_verified else ""
        return f"{self.model.name}: 90 % of {patients_behind(self.prescription):,} simulated people{used}{weak}."

    def took(self, observation: Observation) -> None:
        """Take account of a dose, a pump step or a measured level of the parent drug (``esketamine``)."""
        changed = self._given.took(observation)
        if observation.kind == "level_measured" and observation.values["analyte"] == self.model.output_names[0]:
            self._levels.append((observation.at_s / _HOUR_S, float(observation.values["ng_ml"])))
            changed = True
        if changed:
            self._rows = None

    def rows(self) -> Sequence[BandRow]:
        """Return the band from the first drug on; empty when the case lacks what the model needs."""
        if self._rows is None:
            self._rows = self._drawn()
        return self._rows

    def _drawn(self) -> tuple[BandRow, ...]:
        began_s, rx = self._given.began_s, self.prescription
        weight = rx.weight_kg if isinstance(rx, InfusionPrescription) else None
        covariates = covariates_for(self.model.name, self.case, weight)
        if began_s is None or not covariates.is_enough:
            return ()
        doses = self._given.doses(ENANTIOMER_SHARE if isinstance(rx, InfusionPrescription) else 1.0)
        times = session_times_h()
        shown: Prepared = people(self.model.name, covariates.values, patients_behind(rx), SEED)
        if self._levels:
            shown = self._own(dict(covariates.values), doses)
        assert isinstance(shown, PreparedPopulation)
        values = shown.curves(doses, times + began_s / _HOUR_S, spot_checks=0)[:, :, 0]
        return band_rows(began_s + times * _HOUR_S, values)

    def _own(self, covariates: dict[str, Any], doses: Any) -> Prepared:
        """Return draws of this person's own kinetics after the measured levels."""
        from euthymia.engines.kinetics.individual import IndividualProblem, MeasuredLevel, fit_individual

        analyte = self.model.output_names[0]
        measured = [MeasuredLevel(at_h, value, analyte) for at_h, value in self._levels]
        held = self.model.file.outputs[analyte].residual
        errors = {} if held is not None else {analyte: ResidualError("log", figure("level_error").value / 100.0)}
        problem = IndividualProblem(self.model, doses, measured, covariates, errors)
        fit = fit_individual(problem, draws=round(figure("level_draws").value), seed=SEED)
        assert fit.draws is not None
        return prepare(self.model, fit.draws)
