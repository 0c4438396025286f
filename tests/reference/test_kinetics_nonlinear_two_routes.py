"""The same answer on both routes: every packaged linear model by the ODE solver and by the exact solution."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.model_types import Dose
from euthymia.engines.kinetics.models import load_model
from euthymia.engines.kinetics.nonlinear import NonlinearProblem, solve_nonlinear
from euthymia.engines.kinetics.prepared import prepare

SESSIONS = [
    ("PerezRuixo2021", {"age_yr": 45.0}, (Dose("nasal", amount_mg=84.0),)),
    ("PerezRuixo2021", {"age_yr": 70.0}, (Dose("iv", amount_mg=28.0, duration_h=2 / 3), Dose("oral", 3.0, 84.0))),
    ("Otto2021", {"weight_kg": 70.0}, (Dose("iv", amount_mg=28.0, duration_h=2 / 3),)),
    ("Simons2022", {"weight_kg": 70.0}, (Dose("iv", amount_mg=20.0, duration_h=1 / 3),)),
    ("Kamp2020", {"weight_kg": 70.0}, (Dose("iv", amount_mg=35.0, duration_h=2 / 3), Dose("iv", 1.0, 10.0))),
]


@pytest.mark.parametrize(("name", "covariates", "doses"), SESSIONS)
def test_the_ode_route_gives_the_exact_levels_within_a_millionth_of_cmax(
    name: str, covariates: dict[str, float], doses: tuple[Dose, ...]
) -> None:
    model = load_model(name)
    people = model.individuals(covariates, n=4, seed=8)
    times = np.array([0.0, 1 / 12, 1 / 3, 2 / 3, 1.0, 2.0, 4.0, 12.0, 24.0])
    exact = prepare(model, people).curves(doses, times)
    rates = model.rates(people)

    def slope(times_h: FloatArray, states: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
        return np.asarray((rates[values["row"].astype(int)] @ states[:, :, None])[:, :, 0])

    problem = NonlinearProblem(
        slope, model.initial(people), times, {"row": np.arange(4.0)}, model.inputs(people, doses)
    )
    by_ode = solve_nonlinear(problem).states @ model.outputs(people).transpose(0, 2, 1)
    highest = exact.max(axis=1, keepdims=True)
    assert (np.abs(by_ode - exact) / highest).max() < 1e-6
