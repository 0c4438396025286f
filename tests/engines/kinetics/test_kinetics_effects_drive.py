"""From a named model and doses to a course of blood pressure and readiness: the whole way, without shortcuts."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.blood_pressure import SevereHypertension, calibrate_rise, simulate_rise
from euthymia.engines.kinetics.effect_drive import prepare_effect_site
from euthymia.engines.kinetics.effect_site import effect_site_from_samples
from euthymia.engines.kinetics.effects import load_effect
from euthymia.engines.kinetics.model_types import Dose
from euthymia.engines.kinetics.models import load_model
from euthymia.engines.kinetics.prepared import prepare
from euthymia.engines.kinetics.readiness import time_to_readiness

EFFECT = load_effect("KetaminePressureDerived")
NASAL = (Dose("nasal", amount_mg=84.0),)


def test_the_effect_site_of_a_named_model_follows_its_level_with_the_delay() -> None:
    model = load_model("PerezRuixo2021")
    people = model.individuals({"age_yr": 45.0}, n=5, seed=4)
    times = np.linspace(0, 6, 3601)
    site = prepare_effect_site(model, people, "esketamine", 6.0).levels(NASAL, times)
    level = prepare(model, people).curves(NASAL, times)[:, :, 0]
    sampled = effect_site_from_samples(times, level, 6.0)
    assert np.abs(site - sampled).max() < 1e-5 * level.max()
    assert (site.max(axis=1) < level.max(axis=1)).all()
    assert (times[site.argmax(axis=1)] > times[level.argmax(axis=1)]).all()


def test_a_fast_delay_is_the_level_itself() -> None:
    model = load_model("Otto2021")
    people, times = model.individuals({"weight_kg": 70.0}), np.array([0.5, 1.0, 4.0])
    doses = (Dose("iv", amount_mg=28.0, duration_h=2 / 3),)
    site = prepare_effect_site(model, people, "esketamine", 1e5).levels(doses, times)
    assert site[0] == pytest.approx(prepare(model, people).curves(doses, times)[0, :, 0], rel=1e-4)


def test_an_infusion_goes_all_the_way_to_calibrated_pressure_and_readiness() -> None:
    model = load_model("ClementsNimmo1981")
    doses, times = (Dose("iv", amount_mg=35.0, duration_h=2 / 3),), np.linspace(0, 4, 49)
    typical = model.individuals({"weight_kg": 70.0})
    site = prepare_effect_site(model, typical, model.output_names[0], EFFECT.ke0.value if EFFECT.ke0 else 0.0)
    levels = np.broadcast_to(site.levels(doses, times), (3000, times.size))
    rng = np.random.default_rng(1)
    systolic, diastolic = rng.normal(120, 9, 3000), rng.normal(75, 6, 3000)
    rise = simulate_rise(EFFECT, levels, site=model.file.sampling_site, drug=model.file.drug, seed=1)
    found = calibrate_rise(EFFECT, rise, systolic, diastolic, SevereHypertension(180.0, 110.0))
    calibrated = simulate_rise(EFFECT, levels, site=model.file.sampling_site, seed=1, factor=found.factor)
    assert 0.2 < found.factor < 5
    courses = {
        "systolic": systolic[:, None] + calibrated.systolic,
        "diastolic": diastolic[:, None] + calibrated.diastolic,
        "venous_level": levels,
    }
    ready = time_to_readiness(times, courses)
    assert ready.not_modelled == ("awake",)
    assert (ready.times_h >= 2.0).all()
    assert np.isfinite(ready.times_h).mean() > 0.9


def test_an_unknown_analyte_and_a_non_linear_model_are_refused() -> None:
    model = load_model("Otto2021")
    with pytest.raises(InvalidInput, match="esketamine"):
        prepare_effect_site(model, model.individuals({"weight_kg": 70.0}), "caffeine", 6.0)
    mdma = load_model("Mas1999Illustrative")
    with pytest.raises(InvalidInput, match="effect_site_from_samples"):
        prepare_effect_site(mdma, mdma.individuals(), mdma.output_names[0], 6.0)
