"""Laws that every linear model keeps: superposition, mass balance, time shift, splitting, proportion, steady state."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.engines.kinetics import (
    Bolus,
    DosePlan,
    FirstOrderDepot,
    Infusion,
    Input,
    LinearProblem,
    Repeat,
    SteadyState,
    ZeroOrder,
    decompose,
    resolve,
    solve,
    solve_with,
)

TIMES = np.linspace(0.0, 24.0, 49)
SEEDS = range(12)
INDEX = {"depot": 0, "central": 1, "deep": 2, "metabolite": 3}


def random_rates(seed: int, n: int = 5) -> np.ndarray:
    """A depot, two exchanging compartments and a metabolite, with rate constants over two orders and losses."""
    rng = np.random.default_rng(seed)
    ka, out, back, form, lost, gone = np.exp(rng.normal(size=(6, n)))
    rates = np.zeros((n, 4, 4))
    for source, target, k in ((0, 1, ka), (1, 2, out), (2, 1, back), (1, 3, form)):
        rates[:, target, source] += k
        rates[:, source, source] -= k
    rates[:, 1, 1] -= lost
    rates[:, 3, 3] -= gone
    return rates


def random_inputs(seed: int, n: int = 5) -> tuple[Input, ...]:
    rng = np.random.default_rng(100 + seed)
    return (
        Input(0, float(rng.uniform(0, 4)), 10.0),
        Input(1, 0.5, rng.uniform(1, 20, n), 2.0),
        Input(1, rng.uniform(0, 3, n) if seed % 2 else 1.0, 5.0, rng.uniform(0.1, 9, n) if seed % 2 else 3.0),
    )


def values(rates: np.ndarray, *inputs: Input, times: np.ndarray = TIMES, **more: object) -> np.ndarray:
    return solve(LinearProblem(rates, inputs, times), **more).values  # type: ignore[arg-type]


def close(a: np.ndarray, b: np.ndarray, share: float = 1e-12) -> bool:
    return bool(np.abs(a - b).max() <= share * np.abs(b).max())


@pytest.mark.parametrize("seed", SEEDS)
def test_inputs_add_up(seed: int) -> None:
    rates, inputs = random_rates(seed), random_inputs(seed)
    assert close(values(rates, *inputs), sum(values(rates, one) for one in inputs))


@pytest.mark.parametrize("seed", SEEDS)
def test_doubling_every_dose_doubles_every_level(seed: int) -> None:
    rates, inputs = random_rates(seed), random_inputs(seed)
    twice = [Input(i.state, i.start_h, np.multiply(i.amount, 2.0), i.duration_h) for i in inputs]
    assert close(values(rates, *twice), 2 * values(rates, *inputs))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_later_start_moves_the_curve(seed: int) -> None:
    rates, inputs = random_rates(seed), random_inputs(seed)
    later = [Input(i.state, np.add(i.start_h, 1.5), i.amount, i.duration_h) for i in inputs]
    assert close(values(rates, *later, times=TIMES + 1.5), values(rates, *inputs))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cut", [0.1, 0.5, 1.9])
def test_two_halves_of_an_infusion_are_the_whole(seed: int, cut: float) -> None:
    rates = random_rates(seed)
    whole = values(rates, Input(1, 0.5, 20.0, 2.0))
    parts = values(rates, Input(1, 0.5, 10 * cut, cut), Input(1, 0.5 + cut, 20 - 10 * cut, 2.0 - cut))
    assert close(parts, whole)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_made(seed: int) -> None:
    rates, inputs = random_rates(seed), random_inputs(seed)
    closed = np.zeros((5, 5, 5))
    closed[:, :4, :4] = rates
    closed[:, 4, :4] = -rates.sum(axis=1)
    total = values(closed, *inputs).sum(axis=2)
    given = np.zeros_like(total)
    for one in inputs:
        duration = np.broadcast_to(one.duration_h, 5)[:, None]
        elapsed = TIMES - np.broadcast_to(one.start_h, 5)[:, None]
        share = np.where(duration > 0, np.clip(elapsed / np.where(duration > 0, duration, 1), 0, 1), elapsed >= 0)
        given += np.broadcast_to(one.amount, 5)[:, None] * share
    assert close(total, given)
    assert solve(LinearProblem(rates, inputs, TIMES), spot_checks=5).diagnostics.mass_defect < 1e-12


@pytest.mark.parametrize("seed", SEEDS)
def test_both_routes_agree(seed: int) -> None:
    rates, inputs = random_rates(seed), random_inputs(seed)
    modal, stepped = values(rates, *inputs, route="modal"), values(rates, *inputs, route="exponential")
    assert close(modal, stepped, 1e-11)


@pytest.mark.parametrize("seed", range(30))
def test_any_graph_of_flows_comes_out_the_same_by_both_routes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    m, n, width = int(rng.integers(1, 8)), 10, rng.choice([0.5, 2.0, 6.0])
    rates, losses = np.zeros((n, m, m)), np.zeros((n, m))
    usual = np.exp(rng.normal(size=(m, m)) * width)
    for source in range(m):
        for target in set(range(m)) - {source}:
            if rng.random() < (0.8 if abs(source - target) == 1 else 0.1):
                nearly_equal = usual[0, 0] * (1 + 10.0 ** -rng.uniform(3, 16, n))
                k = nearly_equal if rng.random() < 0.3 else usual[source, target] * np.exp(0.3 * rng.normal(size=n))
                rates[:, target, source] += np.clip(k, 1e-4, 1e4)
                rates[:, source, source] -= np.clip(k, 1e-4, 1e4)
        if rng.random() < 0.6:
            losses[:, source] = np.clip(usual[source, source] * np.exp(0.3 * rng.normal(size=n)), 1e-4, 1e4)
            rates[:, source, source] -= losses[:, source]
    start = rng.uniform(0, 2, n) if seed % 2 else 0.7
    inputs = (Input(0, 0.0, 10.0, 0.5), Input(int(rng.integers(m)), 0.3, 5.0), Input(0, start, 3.0, 1.0))
    times = np.concatenate([[0.0], np.geomspace(1e-3, 48, 20)])
    problem = LinearProblem(rates, inputs, times, losses=losses)
    found, right = solve(problem, spot_checks=0).values, solve(problem, route="exponential").values
    largest = right.max(axis=1, keepdims=True)
    assert (np.abs(found - right) <= 1e-10 * largest).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_jax_gives_the_same(seed: int) -> None:
    pytest.importorskip("jax", reason="needs the extra jax: pip install 'euthymia[jax]'")
    rates, inputs = random_rates(seed), random_inputs(seed)
    assert close(values(rates, *inputs, backend="jax"), values(rates, *inputs), 1e-13)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("dose", "lag"),
    [
        (Bolus(0.0, 10.0, "central"), None),
        (FirstOrderDepot(0.0, 10.0, "depot"), {"depot": 0.4}),
        (FirstOrderDepot(0.0, 10.0, "depot"), {"depot": np.array([0.0, 5.0, 12.0, 13.0, 40.0])}),
        (ZeroOrder(0.0, 10.0, np.array([0.5, 1.0, 12.0, 13.0, 30.0]), "depot"), {"depot": 0.25}),
        (Infusion(0.0, "central", amount_mg=10.0, duration_h=12.0), None),
        (Infusion(0.0, "central", amount_mg=10.0, rate_mg_h=1.0), {"central": 0.5}),
        (Infusion(0.0, "central", amount_mg=10.0, duration_h=30.0), None),
    ],
)
def test_a_steady_state_start_is_the_limit_of_many_doses(seed: int, dose: Bolus, lag: dict[str, float] | None) -> None:
    modes, before = decompose(random_rates(seed)), 2000
    plan = DosePlan((Repeat(dose, 12.0, 2),), SteadyState(dose, 12.0))
    start = resolve(plan, modes, INDEX, {"central": 0.7, "depot": 0.6}, lag)
    many = DosePlan((Repeat(dose, 12.0, before + 2),)).to_inputs(INDEX, {"central": 0.7, "depot": 0.6}, lag)
    steady = solve_with(modes, start.inputs, TIMES, start.initial).values
    assert close(steady, solve_with(modes, many, TIMES + 12.0 * before, spot_checks=0).values, 1e-10)


def test_a_steady_state_start_needs_no_modes() -> None:
    rates = np.array([[-0.5, 0.0], [0.5, -0.5]])
    dose = FirstOrderDepot(0.0, 10.0, "depot")
    modes = decompose(rates)
    assert not modes.usable.any()
    start = resolve(DosePlan((dose,), SteadyState(dose, 12.0)), modes, {"depot": 0, "central": 1})
    e = np.exp(-6.0)
    assert start.initial is not None
    expected = [10 * e / (1 - e), 10 * 6.0 * e / (1 - e) ** 2]
    np.testing.assert_allclose(start.initial[0], expected, rtol=1e-13)
