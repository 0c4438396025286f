"""A named model as the prior of one patient: measured levels move the patient towards the truth."""

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.model_types import Dose
from euthymia.engines.kinetics.models import load_model
from euthymia.engines.kinetics.patient_update import MeasuredLevel, patient_update
from euthymia.engines.kinetics.prepared import prepare

WEIGHT = {"weight_kg": 80.0}
DOSES = (Dose("iv", 0.0, 28, 2 / 3),)
TIMES = np.array([0.5, 1.0, 2.0, 4.0])


def test_predictions_of_the_update_are_the_curves_of_the_model() -> None:
    model = load_model("PerezRuixo2021")
    covariates = {"age_yr": 45, "asian": 1, "japanese": 1}
    people = model.individuals(covariates, 4, 6)
    levels = [MeasuredLevel("noresketamine", 2.0, 90.0), MeasuredLevel("esketamine", 0.5, 60.0)]
    update = patient_update(model, covariates, [Dose("nasal", 0.0, 56)], levels)
    predicted = update.predict(update.prior.values(people.effects))
    curves = prepare(model, people).curves([Dose("nasal", 0.0, 56)], np.array([0.5, 2.0]))
    assert predicted == pytest.approx(np.stack([curves[:, 1, 1], curves[:, 0, 0]], axis=1), rel=1e-9)


def test_levels_move_a_patient_towards_the_own_clearance() -> None:
    model = load_model("Otto2021")
    truth = model.individuals(WEIGHT, 30, 12)
    curves = prepare(model, truth).curves(DOSES, TIMES)
    before, after = [], []
    for patient in range(30):
        levels = [MeasuredLevel("esketamine", t, curves[patient, i, 0]) for i, t in enumerate(TIMES)]
        estimate = patient_update(model, WEIGHT, DOSES, levels).most_probable()
        place = estimate.names.index("CL")
        after.append(abs(estimate.effects[place] - truth.effects[patient, place]))
        before.append(abs(truth.effects[patient, place]))
        assert estimate.shrinkage[place] < 1.0
    assert np.mean(after) < 0.6 * np.mean(before)


def test_without_levels_the_patient_stays_typical() -> None:
    estimate = patient_update(load_model("Otto2021"), WEIGHT, DOSES, []).most_probable()
    assert estimate.effects == pytest.approx(np.zeros(4), abs=1e-9)
    assert estimate.values[estimate.names.index("CL")] == pytest.approx(95.2 * (80 / 70) ** 0.75)


@pytest.mark.parametrize(
    ("name", "level", "words"),
    [
        ("Otto2021", MeasuredLevel("ketamine", 1.0, 50.0), "esketamine, noresketamine"),
        ("Otto2021", MeasuredLevel("esketamine", -1.0, 50.0), "time_h"),
        ("Otto2021", MeasuredLevel("esketamine", 1.0, float("nan")), "value"),
        ("Kamp2020", MeasuredLevel("ketamine", 1.0, 50.0), "spread"),
    ],
)
def test_what_cannot_be_updated_is_refused_by_name(name: str, level: MeasuredLevel, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        patient_update(load_model(name), WEIGHT, DOSES, [level])
