"""Linear compartment models against 80-digit matrix exponentials: within 1e-10 of Cmax on the closed-form path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from euthymia.engines.kinetics import Input, LinearProblem, solve
from euthymia.engines.kinetics.reference import FlowModel, exact_states

pytest.importorskip("mpmath", reason="the exact reference needs mpmath: pip install 'euthymia[test]'")

BAR = 1e-10
DAY = (0.0, 0.05, 0.25, 0.5, 2 / 3, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0, 18.0, 24.0)
INFUSION = (Input(0, 0.0, 35.0, 40 / 60),)


@dataclass(frozen=True)
class Case:
    model: FlowModel
    inputs: tuple[Input, ...]
    times: tuple[float, ...] = DAY
    initial: tuple[float, ...] | None = None


def oral(ka: float, k: float) -> Case:
    return Case(FlowModel(2, {(0, 1): ka}, {1: k}), (Input(0, 0.0, 10.0),))


def mammillary(*exchanges: tuple[float, float], k: float, ka: float | None = None) -> FlowModel:
    first = 0 if ka is None else 1
    flows = {} if ka is None else {(0, 1): ka}
    for number, (out, back) in enumerate(exchanges):
        flows |= {(first, first + 1 + number): out, (first + 1 + number, first): back}
    return FlowModel(first + 1 + len(exchanges), flows, {first: k})


ONE, TWO = FlowModel(1, {}, {0: 0.4}), mammillary((1.1, 0.8), k=0.6)
THREE = mammillary((1.2, 0.86), (1.2, 1.6), k=0.72)
SLOW_EIGENVALUE = 0.5 * ((0.6 + 1.1 + 0.8) - np.sqrt((0.6 + 1.1 + 0.8) ** 2 - 4 * 0.6 * 0.8))
LONG = tuple(np.geomspace(1e-5, 3e5, 22).tolist())
CASES = {
    "1 bolus": Case(ONE, (Input(0, 0.0, 10.0),)),
    "1 infusion": Case(ONE, INFUSION),
    "2 bolus": Case(TWO, (Input(0, 0.0, 10.0),)),
    "2 infusion": Case(TWO, INFUSION),
    "3 bolus": Case(THREE, (Input(0, 0.0, 10.0),)),
    "3 infusion": Case(THREE, INFUSION),
    "1 oral": oral(1.45, 0.4),
    "2 oral": Case(mammillary((1.1, 0.8), k=0.6, ka=2.93), (Input(0, 0.5, 10.0),)),
    "3 oral": Case(mammillary((1.2, 0.86), (1.2, 1.6), k=0.72, ka=2.93), (Input(0, 0.25, 10.0),)),
    "1 oral, ka equal to k": oral(0.7, 0.7),
    **{
        f"1 oral, ka {sign}1e-{e} from k": oral(0.7 * (1 + float(f"{sign}1e-{e}")), 0.7)
        for e in range(4, 15)
        for sign in "+-"
    },
    **{
        f"2 oral, ka 1e-{e} from a rate": Case(
            mammillary((1.1, 0.8), k=0.6, ka=SLOW_EIGENVALUE * (1 + 10.0**-e)), (Input(0, 0.0, 10.0),)
        )
        for e in range(4, 16)
    },
    "zero order into a depot": Case(FlowModel(2, {(0, 1): 1.45}, {1: 0.4}), (Input(0, 0.0, 10.0, 0.53),)),
    "pause and rate change": Case(
        TWO, (Input(0, 0.0, 10.0, 0.25), Input(0, 0.5, 20.0, 0.25), Input(0, 0.75, 5.0, 0.5))
    ),
    "overlap": Case(
        THREE, (Input(0, 0.0, 35.0, 1.0), Input(0, 0.25, 20.0, 2.0), Input(0, 0.5, 8.0), Input(1, 0.5, 1.0, 3.0))
    ),
    "observed at doses": Case(TWO, tuple(Input(0, t, 10.0) for t in (0.0, 1.0, 2.0, 24.0))),
    "devices five minutes apart": Case(
        mammillary((1.1, 0.8), k=0.6, ka=2.93), tuple(Input(0, i / 12, 15.0) for i in range(3))
    ),
    "metabolite chain": Case(
        FlowModel(4, {(0, 1): 1.3, (1, 0): 0.4, (0, 2): 2.77, (2, 3): 0.37, (3, 2): 0.23}, {0: 1.1, 2: 0.54}), INFUSION
    ),
    "metabolite as fast as parent": Case(FlowModel(2, {(0, 1): 0.5}, {0: 0.2, 1: 0.7}), INFUSION),
    "five equal transits": Case(FlowModel(7, {(i, i + 1): 5.97 for i in range(6)}, {6: 0.3}), (Input(0, 0.0, 20.0),)),
    "transits nearly equal": Case(
        FlowModel(5, {(i, i + 1): 5.97 * (1 + 1e-7 * i) for i in range(4)}, {4: 5.97}), INFUSION
    ),
    "one-way loop": Case(FlowModel(3, {(0, 1): 2.0, (1, 2): 1.0, (2, 0): 0.7}, {0: 0.4}), INFUSION),
    "one-way loop, many orders": Case(
        FlowModel(3, {(0, 1): 1e4, (1, 2): 1.0, (2, 0): 1e-2}, {0: 1e-4}), (Input(0, 0.0, 10.0, 1e-3),), LONG
    ),
    "collecting state": Case(FlowModel(3, {(0, 1): 1.1, (1, 0): 0.8, (0, 2): 0.6}), INFUSION),
    "starts full": Case(TWO, INFUSION, initial=(3.0, 7.0)),
    "2 fast exchange, slow loss": Case(mammillary((1e4, 1e4), k=1e-4), (Input(0, 0.0, 10.0, 1.0),), LONG),
    "2 slow exchange": Case(mammillary((1e-4, 1e-4), k=1e4), (Input(0, 0.0, 10.0),), LONG),
    "3 many orders": Case(mammillary((1e4, 1e2), (1e-2, 1e-4), k=1.0), (Input(0, 0.0, 10.0, 1e-3),), LONG),
    "3 many orders, slow loss": Case(mammillary((1e4, 1e3), (1e2, 1e-1), k=1e-4), (Input(0, 0.0, 10.0, 1e-3),), LONG),
    "oral, many orders": Case(FlowModel(2, {(0, 1): 1e4}, {1: 1e-4}), (Input(0, 0.0, 10.0),), LONG),
    "flip-flop, many orders": Case(FlowModel(2, {(0, 1): 1e-4}, {1: 1e4}), (Input(0, 0.0, 10.0),), LONG),
    "long infusion of a slow drug": Case(FlowModel(1, {}, {0: 1e-8}), (Input(0, 0.0, 10.0, 20.0),)),
}
IN_JAX = (
    "1 bolus",
    "3 oral",
    "1 oral, ka +1e-4 from k",
    "overlap",
    "observed at doses",
    "metabolite chain",
    "transits nearly equal",
    "3 many orders, slow loss",
)


@cache
def exact(name: str) -> np.ndarray:
    case = CASES[name]
    return exact_states(case.model, case.inputs, case.times, case.initial)


def problem(name: str, *, own_times: bool = False) -> LinearProblem:
    case = CASES[name]
    inputs = case.inputs
    if own_times:  # two patients with different start times: the sums then run input by input
        inputs = tuple(Input(i.state, np.array([i.start_h, i.start_h + 0.125]), i.amount, i.duration_h) for i in inputs)
    initial = None if case.initial is None else np.array(case.initial)
    model = case.model
    return LinearProblem(model.rates(), inputs, np.array(case.times), initial, losses=model.loss_vector())


def worst_share(found: np.ndarray, right: np.ndarray) -> float:
    largest = np.abs(right).max(axis=0)
    return float((np.abs(found - right).max(axis=0) / np.where(largest == 0, 1.0, largest)).max())


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_the_exact_solution(name: str) -> None:
    result = solve(problem(name))
    assert worst_share(result.values[0], exact(name)) <= BAR


@pytest.mark.parametrize("name", CASES)
def test_agrees_when_each_patient_has_times_of_their_own(name: str) -> None:
    result = solve(problem(name, own_times=True))
    assert worst_share(result.values[0], exact(name)) <= BAR


@pytest.mark.parametrize("name", IN_JAX)
def test_agrees_in_jax(name: str) -> None:
    pytest.importorskip("jax", reason="needs the extra jax: pip install 'euthymia[jax]'")
    result = solve(problem(name), backend="jax")
    assert worst_share(result.values[0], exact(name)) <= BAR
