"""Drawn patients: the same for a seed, spread as the paper says, covariates with their centering and their limits."""

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput, OutOfRange
from euthymia.engines.kinetics.covariates import Share, Spread
from euthymia.engines.kinetics.models import load_model
from euthymia.engines.kinetics.population import effect_covariance

ADULT = {"age_yr": 45, "asian": 0, "japanese": 0}
JAPANESE = {"age_yr": 45, "asian": 1, "japanese": 1}


def test_a_seed_gives_the_same_patients_however_many_are_drawn() -> None:
    model = load_model("PerezRuixo2021")
    few, many, other = (model.individuals(ADULT, n, seed) for n, seed in ((5, 7), (500, 7), (5, 8)))
    for name in few.values:
        assert few.values[name] == pytest.approx(many.values[name][:5], rel=1e-12)
    assert not np.allclose(few.values["Vc"], other.values["Vc"])


def test_drawn_covariates_are_the_same_for_a_seed_and_do_not_move_the_random_effects() -> None:
    model = load_model("PerezRuixo2021")
    drawn = {"age_yr": Spread(50, 12, 18, 86), "asian": 1, "japanese": Share(0.4)}
    few, many = model.individuals(drawn, 6, 3), model.individuals(drawn, 600, 3)
    assert few.values["age_yr"] == pytest.approx(many.values["age_yr"][:6])
    assert few.values["japanese"].tolist() == many.values["japanese"][:6].tolist()
    assert many.effects == pytest.approx(model.individuals(ADULT, 600, 3).effects)
    assert many.values["age_yr"].min() >= 18 and many.values["age_yr"].max() <= 86
    assert many.values["japanese"].mean() == pytest.approx(0.4, abs=0.07)


def test_the_typical_patient_has_the_printed_values() -> None:
    model = load_model("PerezRuixo2021")
    typical = model.individuals(ADULT)
    assert typical.n == 1
    for parameter in model.file.parameters.values():
        assert typical.values[parameter.name][0] == pytest.approx(parameter.value)


def test_spread_and_covariance_are_those_of_the_paper() -> None:
    """Otto 2021: variances 0.084177 and 0.026048 with covariance 0.02261 on the log scale."""
    model = load_model("Otto2021")
    people = model.individuals({"weight_kg": 70}, 200_000, 1)
    logs = np.log([people.values[name] for name in ("V1", "CL", "Vn", "CLn")])
    expected = np.array(
        [[0.084177, 0.02261, 0, 0], [0.02261, 0.026048, 0, 0], [0, 0, 0.040426, 0.04456], [0, 0, 0.04456, 0.10319]]
    )
    assert np.cov(logs) == pytest.approx(expected, abs=0.001)
    assert logs.mean(axis=1) == pytest.approx(np.log([133, 95.2, 98.638, 57.72]), abs=0.003)
    assert effect_covariance(model.file) == pytest.approx(expected)


def test_a_share_spreads_on_the_logit() -> None:
    people = load_model("PerezRuixo2021").individuals(ADULT, 100_000, 2)
    logit = np.log(people.values["FRn"] / (1 - people.values["FRn"]))
    assert logit.mean() == pytest.approx(np.log(0.54 / 0.46), abs=0.01)
    assert logit.std() == pytest.approx(0.708, abs=0.01)


def test_spread_between_visits_is_added_for_the_one_visit() -> None:
    """Simons 2022: the film's availability varies between visits only (variance 0.060)."""
    people = load_model("Simons2022").individuals({"weight_kg": 70}, 100_000, 2)
    assert np.log(people.values["F1"]).var() == pytest.approx(0.060, abs=0.002)
    assert np.log(people.values["CLH1"]).var() == pytest.approx(0.103 + 0.008, abs=0.003)
    assert people.values["fN"].std() == 0


def test_covariates_act_with_their_centering() -> None:
    perez, otto = load_model("PerezRuixo2021"), load_model("Otto2021")
    assert perez.individuals({**ADULT, "age_yr": 60}).values["Qh"][0] == pytest.approx(151)
    assert perez.individuals({**ADULT, "age_yr": 75}).values["Qh"][0] == pytest.approx(151 - 2.19 * 15)
    assert perez.individuals(JAPANESE).values["FRn"][0] == pytest.approx(0.54 * 1.34)
    assert perez.individuals(JAPANESE).values["kel"][0] == pytest.approx(1.11 * 0.36)
    heavy = otto.individuals({"weight_kg": 105}).values
    assert heavy["V1"][0] == pytest.approx(133 * 1.5)
    assert heavy["CL"][0] == pytest.approx(95.2 * 1.5**0.75)
    assert heavy["Q1"][0] == pytest.approx(23.2)


def test_a_nasal_share_above_one_is_held_at_one_and_counted() -> None:
    model = load_model("PerezRuixo2021")
    people = model.individuals(JAPANESE, 20_000, 4)
    above = int((people.values["FRn"] == 1.0).sum())
    assert people.values["FRn"].max() == 1.0
    assert 0 < above == people.ceilings["FRn"]
    # FRn passes 1 / 1.34 in P(Z > (logit(1 / 1.34) - logit(0.54)) / 0.708) of the patients.
    from math import erf, log, sqrt

    limit = (log((1 / 1.34) / (1 - 1 / 1.34)) - log(0.54 / 0.46)) / 0.708
    assert above / people.n == pytest.approx(0.5 * (1 - erf(limit / sqrt(2))), abs=0.01)
    assert any(f"{above} of 20000" in line for line in model.warnings(people))
    assert model.individuals(ADULT, 2000, 4).ceilings["FRn"] == 0


def test_the_childrens_model_is_refused_for_adults_and_without_an_age() -> None:
    model = load_model("Herd2007")
    with pytest.raises(OutOfRange, match=r"1 to 14 and is refused.*adult model"):
        model.individuals({"age_yr": 40, "weight_kg": 70})
    with pytest.raises(InvalidInput, match="age_yr"):
        model.individuals({"weight_kg": 20})
    assert model.individuals({"age_yr": 6, "weight_kg": 20}).values["V1"][0] == pytest.approx(38.7 * 20 / 70)


def test_outside_a_range_warns_and_an_assumed_covariate_is_said() -> None:
    model = load_model("PerezRuixo2021")
    found = model.individuals({"age_yr": 92, "weight_kg": 180}).warnings
    assert any("age_yr is 92 years in 1 of 1 patients" in line for line in found)
    assert any("weight_kg is 180 kg" in line for line in found)
    assert any("asian was not given" in line for line in found)
    assert not model.individuals({**ADULT, "weight_kg": 80}).warnings


@pytest.mark.parametrize(
    ("covariates", "words"),
    [
        ({"age_yr": 45, "asian": 0, "japanese": 1}, "asian"),
        ({"asian": 0}, "age_yr"),
        ({**ADULT, "height": 1.8}, "height"),
        ({**ADULT, "age_yr": -5}, "age_yr"),
        ({**ADULT, "age_yr": float("nan")}, "age_yr"),
        ({**ADULT, "age_yr": "old"}, "age_yr"),
        ({**ADULT, "asian": 0.5}, "asian"),
        ({**ADULT, "age_yr": np.array([40.0, 50.0, 60.0])}, "age_yr"),
        ({**ADULT, "age_yr": Spread(45, -1, 18, 86)}, "sd"),
        ({**ADULT, "japanese": Share(1.2)}, "japanese"),
    ],
)
def test_covariates_that_cannot_be_are_refused_by_name(covariates: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        load_model("PerezRuixo2021").individuals(covariates, 2, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(("n", "seed"), [(None, 1), (5, None), (0, 1), (5, -1), (True, 1), (2.0, 1)])
def test_patients_need_a_number_and_a_seed(n: object, seed: object) -> None:
    with pytest.raises(InvalidInput):
        load_model("PerezRuixo2021").individuals(ADULT, n, seed)  # type: ignore[arg-type]


def test_an_age_that_leaves_no_liver_flow_is_refused() -> None:
    with pytest.raises(OutOfRange, match="Qh"):
        load_model("PerezRuixo2021").individuals({**ADULT, "age_yr": 130})


def test_a_phenotype_is_a_word_of_the_model() -> None:
    model = load_model("Chen2018Derived")
    assert model.individuals({"cyp2d6": "PM"}).values["CL"][0] == pytest.approx(11.0)
    with pytest.raises(InvalidInput, match="PM or IM or NM or UM"):
        model.individuals({"cyp2d6": "EM"})
