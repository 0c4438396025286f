"""Laws that every linear model file must obey, whatever its numbers."""

import numpy as np
import pytest

from euthymia.engines.kinetics.covariates import CovariateValue
from euthymia.engines.kinetics.exposure import delivered
from euthymia.engines.kinetics.inputs import table
from euthymia.engines.kinetics.model_types import Dose
from euthymia.engines.kinetics.models import Model, load_model, model_names
from euthymia.engines.kinetics.nonlinear import NonlinearProblem, solve_nonlinear
from euthymia.engines.kinetics.prepared import PreparedPopulation, prepare

LINEAR = [name for name in model_names() if load_model(name).file.is_linear]
ROUTES = [(name, route) for name in LINEAR for route in load_model(name).file.routes]
TIMES = np.linspace(0.0, 12.0, 25)


def covariates_of(model: Model) -> dict[str, CovariateValue]:
    """Return values inside the range of every covariate the model knows."""
    found: dict[str, CovariateValue] = {}
    for name, covariate in model.file.covariates.items():
        if covariate.kind == "category":
            found[name] = covariate.words[0]
        elif covariate.kind == "flag":
            found[name] = 1
        else:
            found[name] = float(np.mean(covariate.allowed)) if covariate.allowed else 70.0
    return found


def people_of(model: Model, n: int = 40) -> PreparedPopulation:
    people = prepare(model, model.individuals(covariates_of(model), n, 17))
    assert isinstance(people, PreparedPopulation)
    return people


def one_dose(model: Model, route: str, factor: float = 1.0) -> Dose:
    return Dose(route, 0.5, factor * (model.file.routes[route].unit_mg or 20.0))


@pytest.mark.parametrize(("name", "route"), ROUTES)
def test_what_enters_a_model_leaves_it(name: str, route: str) -> None:
    model = load_model(name)
    people = people_of(model)
    inputs = model.inputs(people.individuals, [one_dose(model, route)])
    n, m = people.initial.shape
    entered = delivered(table(inputs, n, m), n, m, np.inf)
    area = np.linalg.solve(people.modes.rates, -entered[..., None])[..., 0]
    left = (area * model.losses(people.individuals)).sum(axis=1)
    assert left == pytest.approx(entered.sum(axis=1), rel=1e-8)


@pytest.mark.parametrize(("name", "route"), ROUTES)
def test_twice_the_dose_gives_twice_the_level_and_a_later_dose_the_same_curve_later(name: str, route: str) -> None:
    """Not for nasal devices, whose later ones are absorbed less: there two sessions add up instead."""
    model = load_model(name)
    people = people_of(model, 8)
    dose = one_dose(model, route)
    once = people.curves([dose], TIMES)
    later = Dose(route, 2.5, dose.amount_mg)
    shifted = people.curves([later], TIMES)
    scale = once.max(axis=(0, 1))
    assert np.abs(shifted[:, 4:] - once[:, :-4]).max(axis=(0, 1)) == pytest.approx(
        np.zeros(scale.size), abs=1e-9 * scale.max()
    )
    both = people.curves([dose, later], TIMES)
    assert np.abs(both - once - shifted).max() <= 1e-9 * scale.max()
    if model.file.routes[route].unit_mg is None:
        assert people.curves([one_dose(model, route, 2.0)], TIMES) == pytest.approx(2 * once, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", model_names())
def test_drawn_patients_have_finite_rates_and_volumes(name: str) -> None:
    model = load_model(name)
    people = model.individuals(covariates_of(model), 2000, 23)
    for values in people.values.values():
        assert values.shape == (2000,) and np.isfinite(values).all()
    if model.file.is_linear:
        assert np.isfinite(model.rates(people)).all()
    assert (model.outputs(people).max(axis=2) > 0).all()


@pytest.mark.parametrize("name", ["PerezRuixo2021", "Simons2022"])
def test_the_differential_equation_solver_gives_the_same_levels(name: str) -> None:
    """Both routes of the engine on the same model, to 1e-6 of Cmax."""
    model = load_model(name)
    people = people_of(model, 3)
    route = "nasal" if name == "PerezRuixo2021" else "film"
    doses = [one_dose(model, route), Dose("iv", 3.0, 20, 1 / 3)]
    exact = people.curves(doses, TIMES)
    names = {f"r{i}": people.modes.rates.reshape(3, -1)[:, i] for i in range(len(model.states) ** 2)}

    def slope(times: np.ndarray, states: np.ndarray, values: dict[str, np.ndarray]) -> np.ndarray:
        rates = np.stack([values[key] for key in names], axis=1).reshape(len(states), *people.modes.rates.shape[1:])
        return np.asarray((rates @ states[..., None])[..., 0])

    problem = NonlinearProblem(slope, people.initial, TIMES, names, model.inputs(people.individuals, doses))
    found = solve_nonlinear(problem).states @ people.weights.transpose(0, 2, 1)
    assert (np.abs(found - exact).max(axis=1) <= 1e-6 * exact.max(axis=1)).all()
