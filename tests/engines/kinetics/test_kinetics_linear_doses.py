"""Dose events as a clinic writes them: bioavailability, lag, pumps that are changed, repeats, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics import (
    Bolus,
    DosePlan,
    FirstOrderDepot,
    Infusion,
    Pause,
    RateChange,
    Repeat,
    Resume,
    SteadyState,
    Stop,
    ZeroOrder,
    decompose,
    resolve,
    solve_with,
)

INDEX = {"depot": 0, "central": 1}
RATES = np.array([[-1.2, 0.0], [1.2, -0.4]])


def rows(
    plan: DosePlan, share: dict[str, float] | None = None, lag: dict[str, float] | None = None
) -> list[tuple[float, float, float]]:
    return [(float(i.start_h), float(i.amount), float(i.duration_h)) for i in plan.to_inputs(INDEX, share, lag)]


def test_bioavailability_scales_the_rate_of_an_infusion_given_by_duration() -> None:
    plan = DosePlan((Infusion(0.0, "central", amount_mg=40.0, duration_h=2.0),))
    assert rows(plan, {"central": 0.25}) == [(0.0, 10.0, 2.0)]


def test_bioavailability_scales_the_duration_of_an_infusion_given_by_rate() -> None:
    plan = DosePlan((Infusion(0.0, "central", amount_mg=40.0, rate_mg_h=20.0),))
    assert rows(plan, {"central": 0.25}) == [(0.0, 10.0, 0.5)]
    assert rows(plan, {"central": 1.5}) == [(0.0, 60.0, 3.0)]


@pytest.mark.parametrize("given", [{"duration_h": 2.0}, {"rate_mg_h": 20.0}])
def test_lag_moves_both_ends_of_an_infusion(given: dict[str, float]) -> None:
    plan = DosePlan((Infusion(1.0, "central", amount_mg=40.0, **given),))
    assert rows(plan, None, {"central": 0.5}) == [(1.5, 40.0, 2.0)]


def test_a_pause_keeps_the_amount_and_moves_the_end() -> None:
    plan = DosePlan((Infusion(0.0, "central", amount_mg=40.0, duration_h=1.0), Pause(0.25), Resume(0.75)))
    assert rows(plan) == [(0.0, 10.0, 0.25), (0.75, 30.0, 0.75)]


def test_a_rate_change_keeps_the_amount_and_moves_the_end() -> None:
    plan = DosePlan((Infusion(0.0, "central", amount_mg=40.0, duration_h=1.0), RateChange(0.5, 10.0)))
    assert rows(plan) == [(0.0, 20.0, 0.5), (0.5, 20.0, 2.0)]


def test_a_rate_set_during_a_pause_is_used_on_resume() -> None:
    events = (Infusion(0.0, "central", amount_mg=40.0, duration_h=1.0), Pause(0.5), RateChange(0.6, 80.0), Resume(1.0))
    assert rows(DosePlan(events)) == [(0.0, 20.0, 0.5), (1.0, 20.0, 0.25)]


def test_a_stop_leaves_the_rest_out_and_a_pause_without_resume_too() -> None:
    infusion = Infusion(0.0, "central", amount_mg=40.0, duration_h=1.0)
    assert rows(DosePlan((infusion, Stop(0.25)))) == [(0.0, 10.0, 0.25)]
    assert rows(DosePlan((infusion, Pause(0.25)))) == [(0.0, 10.0, 0.25)]
    assert rows(DosePlan((infusion, Pause(0.25), Stop(0.5)))) == [(0.0, 10.0, 0.25)]


def test_an_infusion_by_rate_alone_runs_until_its_stop() -> None:
    assert rows(DosePlan((Infusion(0.5, "central", rate_mg_h=20.0), Stop(2.0)))) == [(0.5, 30.0, 1.5)]


def test_bioavailability_uses_up_a_changed_infusion_by_rate_from_its_beginning() -> None:
    plan = DosePlan((Infusion(0.0, "central", amount_mg=40.0, rate_mg_h=40.0), RateChange(0.5, 20.0)))
    assert rows(plan, {"central": 0.75}) == [(0.0, 20.0, 0.5), (0.5, 10.0, 0.5)]
    with pytest.raises(InvalidInput, match="at most 1"):
        rows(plan, {"central": 1.2})


def test_lines_are_changed_one_by_one_and_may_overlap() -> None:
    plan = DosePlan(
        (
            Infusion(0.0, "central", amount_mg=10.0, duration_h=1.0, line="a"),
            Infusion(0.5, "central", amount_mg=10.0, duration_h=1.0, line="b"),
            Stop(0.75, "a"),
        )
    )
    assert rows(plan) == [(0.0, 7.5, 0.75), (0.5, 10.0, 1.0)]


def test_a_repeat_is_the_doses_written_out() -> None:
    repeated = DosePlan((Repeat(FirstOrderDepot(1.0, 5.0, "depot"), 0.25, 3),))
    assert rows(repeated, {"depot": 0.5}, {"depot": 0.1}) == [(1.1, 2.5, 0.0), (1.35, 2.5, 0.0), (1.6, 2.5, 0.0)]
    overlapping = DosePlan((Repeat(Infusion(0.0, "central", amount_mg=10.0, duration_h=3.0), 2.0, 2),))
    assert rows(overlapping) == [(0.0, 10.0, 3.0), (2.0, 10.0, 3.0)]


def test_zero_order_keeps_its_duration_and_takes_one_value_for_each_patient() -> None:
    (found,) = DosePlan((ZeroOrder(0.0, np.array([28.0, 14.0]), 0.53, "depot"),)).to_inputs(INDEX, {"depot": 0.64})
    assert np.array_equal(found.amount, np.array([28.0, 14.0]) * 0.64)
    assert found.duration_h == 0.53


def test_an_observation_at_a_bolus_is_after_it_and_a_dose_at_the_last_time_counts() -> None:
    plan = DosePlan((Repeat(Bolus(0.0, 10.0, "central"), 12.0, 3),))
    level = solve_with(decompose(RATES), plan.to_inputs(INDEX), np.array([0.0, 11.0, 12.0, 24.0])).values[0, :, 1]
    e = np.exp(-0.4 * 12)
    np.testing.assert_allclose(level, [10, 10 * np.exp(-0.4 * 11), 10 * (1 + e), 10 * (1 + e + e * e)], rtol=1e-14)


def test_a_constant_infusion_at_steady_state_stays_level() -> None:
    constant = Infusion(0.0, "central", rate_mg_h=2.0)
    plan = DosePlan((constant, Stop(24.0)), SteadyState(constant))
    start = resolve(plan, decompose(RATES), INDEX, {"central": 0.5}, {"central": 3.0})
    level = solve_with(decompose(RATES), start.inputs, np.linspace(0, 24, 9), start.initial).values[0, :, 1]
    np.testing.assert_allclose(level, 2.0 * 0.5 / 0.4, rtol=1e-14)


def test_an_infusion_as_long_as_its_interval_is_a_constant_one() -> None:
    dose = Infusion(0.0, "central", amount_mg=24.0, duration_h=12.0)
    start = resolve(DosePlan((dose,), SteadyState(dose, 12.0)), decompose(RATES), INDEX)
    level = solve_with(decompose(RATES), start.inputs, np.linspace(0, 12, 9), start.initial).values[0, :, 1]
    np.testing.assert_allclose(level, 2.0 / 0.4, rtol=1e-13)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: SteadyState(Infusion(0.0, "central", amount_mg=10.0, duration_h=2.0)), "rate_mg_h` alone"),
        (lambda: SteadyState(Infusion(0.0, "central", rate_mg_h=10.0), 12.0), "interval_h"),
        (lambda: SteadyState(Bolus(1.0, 10.0, "central"), 12.0), "at_h"),
        (lambda: SteadyState(Bolus(0.0, 10.0, "central"), 0.0), "interval_h"),
        (lambda: Infusion(0.0, "central", amount_mg=1.0, duration_h=1.0, rate_mg_h=1.0), "infusion"),
        (lambda: Infusion(0.0, "central", duration_h=1.0), "infusion"),
        (lambda: Infusion(0.0, "central", amount_mg=1.0, duration_h=0.0), "duration_h"),
        (lambda: Bolus(-1.0, 1.0, "central"), "at_h"),
        (lambda: Bolus(0.0, float("nan"), "central"), "amount_mg"),
        (lambda: Repeat(Bolus(0.0, 1.0, "central"), 0.0, 2), "interval_h"),
        (lambda: Repeat(Bolus(0.0, 1.0, "central"), 1.0, 0), "count"),
        (lambda: DosePlan((Stop(1.0),)), "line"),
        (lambda: DosePlan((Infusion(1.0, "central", amount_mg=1.0, duration_h=1.0), Stop(0.5))), "line"),
        (lambda: DosePlan((Infusion(0.0, "central", amount_mg=1.0, duration_h=1.0), Stop(1.5))), "at_h"),
        (lambda: DosePlan((Infusion(0.0, "central", amount_mg=1.0, duration_h=1.0), Resume(0.5))), "actions"),
        (lambda: DosePlan((Infusion(0.0, "central", amount_mg=1.0, duration_h=1.0), Stop(0.5), Pause(0.6))), "actions"),
        (lambda: DosePlan((Infusion(0.0, "central", rate_mg_h=1.0),)), "Stop"),
        (lambda: DosePlan((Bolus(0.0, 1.0, "brain"),)).to_inputs(INDEX), "compartment"),
        (lambda: DosePlan(()).to_inputs(INDEX, {"brain": 1.0}), "bioavailability"),
        (lambda: DosePlan(()).to_inputs(INDEX, None, {"depot": -1.0}), "lag_h"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(make: object, named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        make()  # type: ignore[operator]


def test_a_state_that_keeps_what_it_gets_has_no_steady_state() -> None:
    modes = decompose(np.array([[-1.0, 0.0], [1.0, 0.0]]))
    for steady in (
        SteadyState(Bolus(0.0, 1.0, "depot"), 12.0),
        SteadyState(Infusion(0.0, "depot", rate_mg_h=1.0)),
    ):
        with pytest.raises(InvalidInput, match="steady_state"):
            resolve(DosePlan((), steady), modes, INDEX)
