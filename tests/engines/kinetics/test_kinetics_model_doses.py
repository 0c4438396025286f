"""Doses in the words of the clinic become inputs of a model; nothing of a dose is lost or invented."""

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.doses import Bolus, DosePlan, SteadyState
from euthymia.engines.kinetics.exposure import delivered
from euthymia.engines.kinetics.inputs import table
from euthymia.engines.kinetics.model_types import Dose
from euthymia.engines.kinetics.models import load_model
from euthymia.engines.kinetics.prepared import prepare
from euthymia.engines.kinetics.pump import Infusion, Pause, Resume

ADULT = {"age_yr": 45, "asian": 0, "japanese": 0}
TIMES = np.linspace(0.0, 24.0, 97)


def test_a_nasal_dose_is_its_devices_five_minutes_apart() -> None:
    model = load_model("PerezRuixo2021")
    people = prepare(model, model.individuals(ADULT, 20, 1))
    apart = [Dose("nasal", 2.0 + i * 5 / 60, 28, position=i + 1) for i in range(3)]
    whole = people.curves([Dose("nasal", 2.0, 84)], TIMES)
    assert whole == pytest.approx(people.curves(apart, TIMES), rel=1e-10)
    assert whole[:, TIMES < 2.0].max() == 0.0


def test_nothing_of_a_nasal_dose_is_lost_or_made_even_where_the_share_is_held_at_one() -> None:
    """Nose + swallowed + what the gut wall takes is 28 mg for every device; what enters is in the body or has left."""
    model = load_model("PerezRuixo2021")
    people = model.individuals({"age_yr": 45, "asian": 1, "japanese": 1}, 2000, 3)
    inputs = model.inputs(people, [Dose("nasal", 0.0, 84)])
    entered = delivered(table(inputs, people.n, 9), people.n, 9, np.inf)
    share, later = people.values["FRn"], 0.62 * people.values["FRn"]
    assert people.ceilings["FRn"] > 0
    assert entered[:, 0] == pytest.approx(28 * (share + 2 * later))
    assert entered[:, 1] == pytest.approx(28 * 0.64 * (3 - share - 2 * later), abs=1e-9)
    assert (entered[:, 0] + entered[:, 1] / 0.64) == pytest.approx(84.0)
    prepared = prepare(model, people)
    states = prepared.states([Dose("nasal", 0.0, 84)], np.array([0.5, 3.0]))
    inside = states.sum(axis=2)
    assert (inside[:, 1] <= entered.sum(axis=1) * (1 + 1e-9)).all()
    exposure = prepared.exposure([Dose("nasal", 0.0, 84)], 24.0)
    assert exposure.auc_inf is not None
    # All that reaches the blood leaves through the liver: what left equals what entered.
    liver = _area_of_state(prepared.modes.rates, entered, model.states.index("H"))
    left = liver * (people.values["kel"] + people.values["kmet"])
    assert left == pytest.approx(entered.sum(axis=1), rel=1e-9)


def _area_of_state(rates: np.ndarray, entered: np.ndarray, state: int) -> np.ndarray:
    return np.linalg.solve(rates, -entered[..., None])[:, state, 0]


def test_a_dose_by_weight_needs_the_weight_and_follows_it() -> None:
    model = load_model("ClementsNimmo1981")
    light, heavy = (prepare(model, model.individuals({"weight_kg": w})) for w in (50, 100))
    dose = [Dose("iv", 0.0, duration_h=2 / 3, amount_mg_per_kg=0.5)]
    assert light.curves(dose, TIMES) == pytest.approx(heavy.curves(dose, TIMES), rel=1e-10)
    assert light.curves([Dose("iv", 0.0, 25, 2 / 3)], TIMES) == pytest.approx(light.curves(dose, TIMES), rel=1e-12)
    perez = load_model("PerezRuixo2021")
    with pytest.raises(InvalidInput, match="weight_kg"):
        perez.inputs(perez.individuals(ADULT), dose)


def test_a_plan_with_a_pause_may_stand_among_the_doses() -> None:
    model = load_model("ClementsNimmo1981")
    people = prepare(model, model.individuals({"weight_kg": 70}))
    plan = DosePlan((Infusion(0.0, "iv", amount_mg=35, duration_h=2 / 3), Pause(0.25), Resume(0.5)))
    parts = [Dose("iv", 0.0, 35 * 0.375, 0.25), Dose("iv", 0.5, 35 * 0.625, 5 / 12)]
    assert people.curves([plan], TIMES) == pytest.approx(people.curves(parts, TIMES), rel=1e-9)
    with pytest.raises(InvalidInput, match="iv"):
        people.curves([DosePlan((Infusion(0.0, "central", amount_mg=35, duration_h=1),))], TIMES)


def test_a_plan_from_steady_state_is_the_same_as_many_earlier_doses() -> None:
    """Vortioxetine 10 mg a day: the level after the next dose equals that after sixty daily doses."""
    model = load_model("Chen2018Derived")
    people = prepare(model, model.individuals({"cyp2d6": "NM"}))
    daily = Bolus(0.0, 10.0, "oral")
    steady = DosePlan((daily,), SteadyState(daily, 24.0))
    long = [Dose("oral", 24.0 * day, 10) for day in range(60)]
    hours = np.linspace(0.0, 24.0, 13)
    assert people.curves([steady], hours) == pytest.approx(people.curves(long, 59 * 24.0 + hours), rel=1e-5)
    area = people.exposure([steady], 24.0).auc[0, 0]
    assert area == pytest.approx(1000 * 10 / 33, rel=1e-5)


@pytest.mark.parametrize(
    ("dose", "words"),
    [
        (Dose("rectal", 0.0, 28), "nasal, iv, oral"),
        (Dose("nasal", 0.0, 30), "multiple of 28"),
        (Dose("nasal", 0.0, 0), "multiple of 28"),
        (Dose("nasal", 0.0, 56, position=2), "position"),
        (Dose("nasal", 0.0, 28, duration_h=0.1), "duration_h"),
        (Dose("nasal", 0.0, amount_mg_per_kg=0.5), "weight_kg"),
        (Dose("iv", 0.0, 28, position=2), "position"),
        (Dose("iv", 0.0), "exactly one"),
        (Dose("iv", 0.0, 28, amount_mg_per_kg=0.4), "exactly one"),
        (Dose("iv", -1.0, 28), "start_h"),
        (Dose("iv", 0.0, -28), "amount_mg"),
        (Dose("iv", 0.0, float("nan")), "amount_mg"),
        (Dose("iv", 0.0, True), "amount_mg"),
        (Dose("iv", 0.0, "28"), "amount_mg"),  # type: ignore[arg-type]
        (Dose("iv", 0.0, 28, duration_h=float("inf")), "duration_h"),
    ],
)
def test_a_dose_that_cannot_be_is_refused_by_name(dose: Dose, words: str) -> None:
    model = load_model("PerezRuixo2021")
    with pytest.raises(InvalidInput, match=words):
        model.inputs(model.individuals(ADULT), [dose])


def test_a_dose_outside_what_was_studied_warns() -> None:
    model = load_model("PerezRuixo2021")
    people = model.individuals(ADULT)
    assert any("140 mg by route nasal" in line for line in model.warnings(people, [Dose("nasal", 0.0, 140)]))
    assert not any("route" in line for line in model.warnings(people, [Dose("nasal", 0.0, 84)]))
    assert any("outside the 28 mg it was" in line for line in model.warnings(people, [Dose("iv", 0.0, 35, 2 / 3)]))
    assert not any("route" in line for line in model.warnings(people, [Dose("iv", 0.0, 28, 2 / 3)]))
