"""From doses in the words of the clinic to what enters which state of a model, patient by patient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.doses import DosePlan
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.modal import Modes
from euthymia.engines.kinetics.model_types import Dose, Route, RoutePart
from euthymia.engines.kinetics.population import Individuals
from euthymia.engines.kinetics.steady_state import Resolved, resolve

Doses: TypeAlias = Sequence[Dose | DosePlan]


def dose_inputs(individuals: Individuals, doses: Doses) -> tuple[Input, ...]:
    """Return the inputs of a dose list.

    A ``DosePlan`` (infusions with pauses and rate changes) may stand among the doses; its compartments are the names
    of the model's routes that go to one place. A dose of a route that comes in units (nasal devices of 28 mg) is split
    into them, one after the other at the route's spacing; the share that each place receives may depend on the unit's
    position in its session.

    Raises
    ------
    InvalidInput
        For an unknown route, an amount or time that cannot be, a dose that is no multiple of its unit, a duration for
        a route that has its own, or a dose by weight when the weight is not known.
    """
    inputs: list[Input] = []
    for number, dose in enumerate(doses):
        where = f"doses[{number}]"
        inputs += (
            _plan_inputs(individuals, dose, where) if isinstance(dose, DosePlan) else _dose(individuals, dose, number)
        )
    return tuple(inputs)


def _dose(individuals: Individuals, dose: Dose, number: int) -> list[Input]:
    """Return the inputs of one dose: one for every unit and place."""
    where = f"doses[{number}]"
    route = _route(individuals, dose, where)
    inputs: list[Input] = []
    for start, amount, position in _units(route, dose, _amount(individuals, dose, where), where):
        values = {**individuals.values, "device": np.array(float(position))}
        inputs += [_input(individuals, part, values, start, amount, dose, where) for part in route.parts]
    return inputs


def entering(individuals: Individuals, doses: Doses, modes: Modes) -> Resolved:
    """Return what enters and, for plans that start from a steady state, what is in the body at time 0."""
    inputs: list[Input] = []
    initial: FloatArray | None = None
    for number, dose in enumerate(doses):
        if not isinstance(dose, DosePlan) or dose.steady_state is None:
            inputs += (
                dose_inputs(individuals, [dose]) if isinstance(dose, DosePlan) else _dose(individuals, dose, number)
            )
            continue
        found = resolve(dose, modes, *_plan_routes(individuals))
        inputs += found.inputs
        if found.initial is not None:
            initial = found.initial if initial is None else initial + found.initial
    return Resolved(initial, tuple(inputs))


def dose_warnings(individuals: Individuals, doses: Doses) -> tuple[str, ...]:
    """Return a line for every dose outside the range its route was studied in."""
    found: list[str] = []
    for number, dose in enumerate(doses):
        if isinstance(dose, DosePlan):
            continue
        route = _route(individuals, dose, f"doses[{number}]")
        amount = np.atleast_1d(_amount(individuals, dose, f"doses[{number}]"))
        if route.dose_range_mg is None or dose.position > 1:
            continue
        low, high = route.dose_range_mg
        if amount.min() < low or amount.max() > high:
            worst = amount.min() if amount.min() < low else amount.max()
            studied = f"{low:g} mg" if low == high else f"{low:g} to {high:g} mg"
            name = individuals.model.name
            found.append(f"{name}: {worst:g} mg by route {route.name} lies outside the {studied} it was built on")
    return tuple(dict.fromkeys(found))


def _plan_inputs(individuals: Individuals, plan: DosePlan, where: str) -> tuple[Input, ...]:
    """Return the inputs of a plan whose compartments are routes of the model."""
    if plan.steady_state is not None:
        raise InvalidInput(f"{where}.steady_state", plan.steady_state, "None without the modes of a linear model")
    return plan.to_inputs(*_plan_routes(individuals))


def _plan_routes(individuals: Individuals) -> tuple[dict[str, int], dict[str, FloatArray], dict[str, FloatArray]]:
    """Return state, share and lag of the routes that a plan may name: those that go to one place."""
    states: dict[str, int] = {}
    shares: dict[str, FloatArray] = {}
    lags: dict[str, FloatArray] = {}
    for name, route in individuals.model.routes.items():
        if len(route.parts) == 1 and route.parts[0].form != "zero_order" and route.unit_mg is None:
            (part,) = route.parts
            values = {**individuals.values, "device": np.array(1.0)}
            states[name] = individuals.model.states.index(part.state)
            shares[name] = np.asarray(part.share(values), dtype=np.float64)
            lags[name] = np.asarray(part.lag(values) if part.lag is not None else 0.0, dtype=np.float64)
    return states, shares, lags


def _route(individuals: Individuals, dose: Dose, where: str) -> Route:
    routes = individuals.model.routes
    if dose.route not in routes:
        raise InvalidInput(f"{where}.route", dose.route, f"a route of {individuals.model.name}: {', '.join(routes)}")
    return routes[dose.route]


def _amount(individuals: Individuals, dose: Dose, where: str) -> float | FloatArray:
    if (dose.amount_mg is None) == (dose.amount_mg_per_kg is None):
        raise InvalidInput(
            f"{where}.amount_mg", dose.amount_mg, "a dose in mg or in mg/kg", "Give exactly one of the two."
        )
    for name, value in (
        ("amount_mg", dose.amount_mg),
        ("amount_mg_per_kg", dose.amount_mg_per_kg),
        ("start_h", dose.start_h),
        ("duration_h", dose.duration_h),
    ):
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value < math.inf:
            raise InvalidInput(f"{where}.{name}", value, "a finite number, zero or more")
    if dose.amount_mg is not None:
        return dose.amount_mg
    weight = individuals.values.get("weight_kg")
    if weight is None:
        raise InvalidInput(f"{where}.amount_mg_per_kg", dose.amount_mg_per_kg, "a dose in mg", "Or give `weight_kg`.")
    assert dose.amount_mg_per_kg is not None
    return np.asarray(weight * dose.amount_mg_per_kg)


def _units(
    route: Route, dose: Dose, amount: float | FloatArray, where: str
) -> list[tuple[float, float | FloatArray, int]]:
    """Split a dose into its units: (start, amount, position)."""
    if isinstance(dose.position, bool) or not isinstance(dose.position, int) or dose.position < 1:
        raise InvalidInput(f"{where}.position", dose.position, "a whole number from 1")
    if route.unit_mg is None:
        if dose.position != 1:
            raise InvalidInput(f"{where}.position", dose.position, f"1: route {route.name} has no units")
        return [(dose.start_h, amount, 1)]
    if not isinstance(amount, int | float):
        raise InvalidInput(f"{where}.amount_mg_per_kg", dose.amount_mg_per_kg, f"mg in units of {route.unit_mg:g}")
    count = round(amount / route.unit_mg)
    if count < 1 or abs(count * route.unit_mg - amount) > 1e-9 * route.unit_mg:
        raise InvalidInput(
            f"{where}.amount_mg",
            amount,
            f"a multiple of {route.unit_mg:g} mg",
            f"Route {route.name} comes in units of {route.unit_mg:g} mg.",
        )
    if dose.position != 1 and count != 1:
        raise InvalidInput(f"{where}.position", dose.position, "1 for a dose of several units")
    return [(dose.start_h + i * route.spacing_h, route.unit_mg, dose.position + i) for i in range(count)]


def _input(
    individuals: Individuals,
    part: RoutePart,
    values: dict[str, FloatArray],
    start: float,
    amount: float | FloatArray,
    dose: Dose,
    where: str,
) -> Input:
    share = np.asarray(part.share(values), dtype=np.float64)
    lag = np.asarray(part.lag(values), dtype=np.float64) if part.lag is not None else np.float64(0.0)
    if part.form == "as_given":
        duration = np.array(dose.duration_h)
    elif dose.duration_h > 0:
        raise InvalidInput(f"{where}.duration_h", dose.duration_h, "0", f"Route {dose.route} has its own time course.")
    else:
        duration = np.asarray(part.duration(values) if part.duration is not None else 0.0, dtype=np.float64)
    return Input(individuals.model.states.index(part.state), start + lag, share * amount, duration)
