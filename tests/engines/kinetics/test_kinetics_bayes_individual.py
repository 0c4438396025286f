"""A named model fitted to one patient: linear and non-linear, levels of two analytes, limits, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.bayes import most_probable
from euthymia.engines.kinetics.equations import auto_inhibition
from euthymia.engines.kinetics.individual import IndividualProblem, MeasuredLevel, fit_individual
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.model_types import Dose
from euthymia.engines.kinetics.models import Model, load_model
from euthymia.engines.kinetics.nonlinear import NonlinearProblem, solve_nonlinear
from euthymia.engines.kinetics.observations import Observation, ResidualError
from euthymia.engines.kinetics.population import individuals_at
from euthymia.engines.kinetics.prepared import prepare
from euthymia.engines.kinetics.prior import independent_prior

OTTO = load_model("Otto2021")
DOSES = (Dose("iv", amount_mg=28.0, duration_h=40 / 60),)
WEIGHT = {"weight_kg": 70.0}
AGE = {"age_yr": 45.0}


def _levels(model: Model, effects: FloatArray, doses: tuple[Dose, ...], times: FloatArray) -> list[MeasuredLevel]:
    """The exact levels of a patient with these random effects, every analyte at every time."""
    patient = individuals_at(model.file, WEIGHT if model is OTTO else AGE, effects[None, :])
    curves = prepare(model, patient).curves(doses, times)[0]
    return [
        MeasuredLevel(float(t), float(curves[i, k]), name)
        for i, t in enumerate(times)
        for k, name in enumerate(model.output_names)
    ]


def _spread(model: Model) -> int:
    return sum(p.between is not None for p in model.file.parameters.values())


def test_few_levels_move_the_patient_towards_the_truth_and_narrow_the_band() -> None:
    effects = np.zeros(_spread(OTTO))
    effects[[name for name, p in OTTO.file.parameters.items() if p.between is not None].index("CL")] = -0.2
    times = np.array([0.75, 2.0, 5.0])
    levels = _levels(OTTO, effects, DOSES, times)
    fit = fit_individual(IndividualProblem(OTTO, DOSES, levels, WEIGHT), draws=1000, seed=3)
    assert fit.draws is not None and fit.effective_draws > 300
    typical = OTTO.individuals(WEIGHT).values["CL"][0]
    truth = typical * np.exp(-0.2)
    found = fit.most_probable.values["CL"][0]
    assert abs(found - truth) < 0.75 * abs(typical - truth)
    later = np.array([8.0])
    exact = _levels(OTTO, effects, DOSES, later)[0].value_ng_ml
    own = prepare(OTTO, fit.draws).curves(DOSES, later)[:, 0, 0]
    before = prepare(OTTO, OTTO.individuals(WEIGHT, n=1000, seed=3)).curves(DOSES, later)[:, 0, 0]
    low, high = np.quantile(own, [0.05, 0.95])
    assert low < exact < high
    assert np.log(own).std() < np.log(before).std()


def test_without_levels_the_posterior_is_the_population() -> None:
    fit = fit_individual(IndividualProblem(OTTO, DOSES, [], WEIGHT), draws=3000, seed=1)
    assert fit.draws is not None
    drawn = OTTO.individuals(WEIGHT, n=3000, seed=2)
    for name in ("CL", "V1"):
        assert np.log(fit.draws.values[name]).std() == pytest.approx(np.log(drawn.values[name]).std(), rel=0.1)
    assert fit.estimate.effects == pytest.approx(0.0)


def test_the_spread_between_occasions_belongs_to_the_one_visit_that_is_fitted() -> None:
    model = load_model("Simons2022")
    doses = (Dose("iv", amount_mg=20.0, duration_h=1 / 3),)
    fit = fit_individual(IndividualProblem(model, doses, [], WEIGHT))
    expected = {
        name: p.between.variance + p.between.occasion_variance
        for name, p in model.file.parameters.items()
        if p.between is not None
    }
    assert dict(zip(fit.estimate.names, np.diag(fit.estimate.covariance), strict=True)) == pytest.approx(expected)
    assert any(p.between and p.between.occasion_variance > 0 for p in model.file.parameters.values())


def test_the_eight_state_model_learns_from_parent_and_metabolite() -> None:
    model = load_model("PerezRuixo2021")
    doses = (Dose("nasal", amount_mg=84.0),)
    effects = 0.5 * np.sin(np.arange(_spread(model)) + 1.0) * 0.3
    times = np.array([0.67, 1.5, 4.0])
    levels = _levels(model, effects, doses, times)
    errors = {name: ResidualError("log", 0.05) for name in model.output_names}
    fit = fit_individual(IndividualProblem(model, doses, levels, AGE, errors))
    assert fit.estimate.predicted == pytest.approx([level.value_ng_ml for level in levels], rel=0.06)
    assert (fit.estimate.shrinkage <= 1 + 1e-9).all()


def test_a_model_without_spread_between_people_is_refused() -> None:
    model = load_model("Mas1999Illustrative")
    level = MeasuredLevel(2.0, 240.0, model.output_names[0])
    with pytest.raises(InvalidInput, match="differ between patients"):
        fit_individual(IndividualProblem(model, (Dose("oral", amount_mg=100.0),), [level]))


def test_an_auto_inhibited_model_is_fitted_through_the_ode_route() -> None:
    prior = independent_prior(["volume", "cl_enzyme"], [408.6, 110.05], [0.04, 0.09])
    fixed = {"ka": 1.495, "cl_other": 24.75, "kinact": 1.737, "ki": 500.0, "kdeg": float(np.log(2) / 46.6)}
    times, start, dose = np.array([1.0, 3.0, 9.0]), np.array([0.0, 0.0, 1.0]), [Input(0, 0.0, 100.0)]

    def predict(values: FloatArray) -> FloatArray:
        given = {**fixed, "volume": values[:, 0], "cl_enzyme": values[:, 1]}
        states = solve_nonlinear(NonlinearProblem(auto_inhibition, start, times, given, dose)).states
        return np.asarray(states[:, :, 1] / values[:, :1] * 1000)

    truth = np.array([[330.0, 150.0]])
    observations = [Observation(float(v), ResidualError("log", 0.01)) for v in predict(truth)[0]]
    assert most_probable(predict, prior, observations).values == pytest.approx(truth[0], rel=0.03)


def test_a_level_typed_in_the_wrong_unit_is_said_to_be_far_out() -> None:
    levels = _levels(OTTO, np.zeros(_spread(OTTO)), DOSES, np.array([1.0]))[:1]
    wrong = [MeasuredLevel(1.0, levels[0].value_ng_ml * 1000, levels[0].output)]
    fit = fit_individual(IndividualProblem(OTTO, DOSES, wrong, WEIGHT))
    assert any("far outside" in w for w in fit.warnings)
    assert not any("far outside" in w for w in fit_individual(IndividualProblem(OTTO, DOSES, levels, WEIGHT)).warnings)


def test_a_level_below_the_limit_is_used_as_such() -> None:
    name = OTTO.output_names[0]
    found = fit_individual(IndividualProblem(OTTO, DOSES, [MeasuredLevel(6.0, 4.0, name, below_limit=True)], WEIGHT))
    assert found.most_probable.values["CL"][0] > OTTO.individuals(WEIGHT).values["CL"][0]


@pytest.mark.parametrize(
    ("level", "named"),
    [
        (MeasuredLevel(1.0, 50.0, "caffeine"), "output"),
        (MeasuredLevel(-1.0, 50.0, OTTO.output_names[0]), "time_h"),
        (MeasuredLevel(float("nan"), 50.0, OTTO.output_names[0]), "time_h"),
        (MeasuredLevel(0.0, 50.0, OTTO.output_names[0]), "first dose"),
        (MeasuredLevel(1.0, 0.0, OTTO.output_names[0]), "below_limit=True"),
    ],
)
def test_a_level_that_cannot_be_is_refused(level: MeasuredLevel, named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        fit_individual(IndividualProblem(OTTO, DOSES, [level], WEIGHT))
