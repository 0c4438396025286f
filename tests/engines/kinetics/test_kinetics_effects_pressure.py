"""Blood pressure rise, its calibration, the effect site, and the time until a person is ready to leave."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.blood_pressure import (
    PersonBelief,
    PressureRise,
    SevereHypertension,
    calibrate_rise,
    person_from_readings,
    severe_sessions,
    simulate_rise,
)
from euthymia.engines.kinetics.effect_site import effect_site_from_samples, slope_with_effect_site, with_effect_site
from euthymia.engines.kinetics.effect_types import Outcome
from euthymia.engines.kinetics.effects import load_effect
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.linear import LinearProblem, solve
from euthymia.engines.kinetics.model_types import SamplingSite
from euthymia.engines.kinetics.nonlinear import NonlinearProblem, solve_nonlinear
from euthymia.engines.kinetics.readiness import readiness_criteria, time_to_readiness

VENOUS = SamplingSite.VENOUS
SEVERE = SevereHypertension(180.0, 110.0)
RATES = np.array([[-1.9, 0.4], [1.4, -0.4]])
WEIGHTS = np.array([1000.0 / 60.0, 0.0])
INFUSION = (Input(0, 0.0, 35.0, 2 / 3),)


def _sessions(n: int = 4000, seed: int = 3) -> tuple[PressureRise, FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    rise = simulate_rise(load_effect("KetaminePressureDerived"), _levels(n), site=VENOUS, seed=seed)
    return rise, rng.normal(122, 10, n), rng.normal(76, 7, n)


def _levels(n: int) -> FloatArray:
    times = np.linspace(0, 3, 13)
    shape = np.minimum(times / (2 / 3), 1) * np.exp(-np.maximum(times - 2 / 3, 0))
    return np.broadcast_to(185.0 * shape, (n, times.size))


def test_the_mean_person_rises_by_the_mean_of_the_cohort() -> None:
    effect = load_effect("KetaminePressureDerived")
    found = simulate_rise(effect, np.array([[0.0, 185.0]]), site=VENOUS, seed=None)
    assert found.systolic[0] == pytest.approx([0.0, 16.0])
    assert found.diastolic[0] == pytest.approx([0.0, 11.0])
    low = simulate_rise(load_effect("KetaminePressureLowDerived"), np.array([[185.0]]), site=VENOUS, seed=None)
    assert (low.systolic[0, 0], low.diastolic[0, 0]) == (pytest.approx(7.4), pytest.approx(6.0))
    assert any("do not plan safety" in w for w in low.warnings)
    assert any("illustrative" in w for w in found.warnings)


def test_people_differ_as_the_cohort_did() -> None:
    effect = load_effect("KetaminePressureDerived")
    found = simulate_rise(effect, np.full((20_000, 1), 185.0), site=VENOUS, seed=11)
    assert found.systolic.mean() == pytest.approx(16.0, abs=0.3)
    assert found.systolic.std() == pytest.approx(11.2, rel=0.02)
    assert found.diastolic.std() == pytest.approx(8.45, rel=0.02)
    again = simulate_rise(effect, np.full((20_000, 1), 185.0), site=VENOUS, seed=11)
    assert np.array_equal(found.systolic, again.systolic)
    with pytest.raises(InvalidInput, match="spread between people"):
        simulate_rise(load_effect("KetaminePressureLowDerived"), np.full((2, 1), 185.0), site=VENOUS, seed=1)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("limits", [(160.0, 100.0), (180.0, 110.0), (200.0, 120.0)])
def test_after_calibration_the_cohorts_share_of_sessions_is_severe(limits: tuple[float, float], both: bool) -> None:
    rise, systolic, diastolic = _sessions()
    severe = SevereHypertension(*limits, both=both)
    found = calibrate_rise(load_effect("KetaminePressureDerived"), rise, systolic, diastolic, severe)
    assert found.target == pytest.approx(0.0098)
    again = simulate_rise(
        load_effect("KetaminePressureDerived"), _levels(4000), site=VENOUS, seed=3, factor=found.factor
    )
    share = severe_sessions(again, systolic, diastolic, severe).mean()
    assert share == pytest.approx(0.0098, abs=1.5 / 4000)
    assert found.share == pytest.approx(share, abs=1.1 / 4000)
    assert any("below 1" in w for w in found.warnings) == (found.factor < 1)


def test_a_stricter_definition_needs_a_smaller_factor() -> None:
    rise, systolic, diastolic = _sessions()
    effect = load_effect("KetaminePressureDerived")
    factors = [
        calibrate_rise(effect, rise, systolic, diastolic, SevereHypertension(s, d)).factor
        for s, d in ((160.0, 100.0), (180.0, 110.0), (200.0, 120.0))
    ]
    assert factors[0] < factors[1] < factors[2]


def test_calibration_refuses_what_cannot_be_calibrated() -> None:
    effect = load_effect("KetaminePressureDerived")
    rise, systolic, diastolic = _sessions(500)
    with pytest.raises(InvalidInput, match="sessions or more"):
        calibrate_rise(effect, rise, systolic, diastolic, SEVERE)
    rise, systolic, diastolic = _sessions(2000)
    with pytest.raises(InvalidInput, match="before the dose"):
        calibrate_rise(effect, rise, systolic + 60, diastolic, SEVERE)
    with pytest.raises(InvalidInput, match="holds none"):
        calibrate_rise(load_effect("KetaminePressureLowDerived"), rise, systolic, diastolic, SEVERE)
    with pytest.raises(InvalidInput, match="one pressure per session"):
        calibrate_rise(effect, rise, systolic[:5], diastolic, SEVERE)
    still = PressureRise(np.zeros((2000, 3)), np.zeros((2000, 3)), ())
    with pytest.raises(InvalidInput, match="any rise"):
        calibrate_rise(effect, still, systolic, diastolic, SEVERE)
    with pytest.raises(InvalidInput, match="swapped"):
        SevereHypertension(110.0, 180.0)


def test_readings_move_the_belief_as_bayes_says_and_the_band_with_it() -> None:
    effect, levels = load_effect("KetaminePressureDerived"), np.array([90.0, 150.0, 185.0])
    truth = 1.4
    rises = (16.0 + 11.2 * truth) * levels / 185.0
    belief = person_from_readings(effect, Outcome.SYSTOLIC_RISE, levels, rises, reading_sd_mmhg=6.0)
    slope = 11.2 * levels / 185.0
    precision = 1 + (slope**2).sum() / 36.0
    assert belief.sd == pytest.approx(precision**-0.5)
    assert belief.mean == pytest.approx(truth * (1 - 1 / precision))
    assert belief.surprise == ""
    before = simulate_rise(effect, np.full((4000, 1), 185.0), site=VENOUS, seed=2)
    after = simulate_rise(effect, np.full((4000, 1), 185.0), site=VENOUS, seed=2, beliefs=(belief, PersonBelief()))
    assert after.systolic.mean() > before.systolic.mean() + 5
    assert after.systolic.std() < 0.7 * before.systolic.std()
    assert np.array_equal(after.diastolic, before.diastolic)
    none = person_from_readings(effect, Outcome.SYSTOLIC_RISE, np.zeros(0), np.zeros(0), reading_sd_mmhg=6.0)
    assert none == PersonBelief()
    odd = person_from_readings(effect, Outcome.SYSTOLIC_RISE, levels, rises + 70, reading_sd_mmhg=6.0)
    assert "far outside" in odd.surprise
    with pytest.raises(InvalidInput, match="no reading is exact"):
        person_from_readings(effect, Outcome.SYSTOLIC_RISE, levels, rises, reading_sd_mmhg=0.0)


def test_the_effect_site_is_the_same_by_three_routes() -> None:
    """Closed form of the augmented model; the ODE route; the sampled curve."""
    times, ke0 = np.linspace(0, 4, 2401), 6.0
    exact = solve(LinearProblem(with_effect_site(RATES, WEIGHTS, ke0), INFUSION, times)).values[0, :, 2]

    def body(times_h: FloatArray, states: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
        return states @ RATES.T

    slope = slope_with_effect_site(body, lambda states, values: states @ WEIGHTS, ke0)
    few = times[::200]
    by_ode = solve_nonlinear(NonlinearProblem(slope, np.zeros(3), few, inputs=INFUSION)).states[0, :, 2]
    assert np.abs(by_ode - exact[::200]).max() < 1e-6 * exact.max()
    level = solve(LinearProblem(RATES, INFUSION, times)).values[0] @ WEIGHTS
    sampled = effect_site_from_samples(times, level[None, :], ke0)[0]
    assert np.abs(sampled - exact).max() < 1e-5 * exact.max()
    assert exact.max() < level.max()
    assert times[exact.argmax()] > times[level.argmax()]


def test_the_effect_site_of_a_straight_level_is_exact_with_two_samples() -> None:
    ke0, slope = 3.0, 40.0
    found = effect_site_from_samples(np.array([0.0, 2.0]), np.array([[0.0, 80.0]]), ke0)
    assert found[0, 1] == pytest.approx(slope * 2 - slope / ke0 * (1 - np.exp(-ke0 * 2)), rel=1e-12)
    held = effect_site_from_samples(np.array([0.0, 1.0]), np.array([[50.0, 50.0]]), ke0, initial=50.0)
    assert held[0] == pytest.approx([50.0, 50.0])


@pytest.mark.parametrize("ke0", [0.0, -1.0, float("nan")])
def test_an_impossible_delay_is_refused(ke0: float) -> None:
    with pytest.raises(InvalidInput, match="ke0"):
        effect_site_from_samples(np.array([0.0, 1.0]), np.ones((1, 2)), ke0)
    with pytest.raises(InvalidInput, match="ke0"):
        with_effect_site(RATES, WEIGHTS, ke0)


def test_readiness_waits_for_the_last_criterion_and_never_for_less_than_two_hours() -> None:
    times = np.linspace(0, 6, 61)
    systolic = 120 + 40 * np.exp(-(((times - 0.7) / np.array([[0.3], [1.5]])) ** 2))
    level = np.array([100.0, 400.0])[:, None] * np.exp(-0.7 * times)
    found = time_to_readiness(times, {"systolic": systolic, "venous_level": level})
    assert found.floor_h == 2.0
    assert found.times_h[0] == 2.0
    by_level = np.log(400 / 50) / 0.7
    assert by_level <= found.times_h[1] < by_level + 0.11
    assert found.last == ("watched for two hours", "dissociation")
    assert set(found.not_modelled) == {"diastolic pressure", "awake"}
    assert found.share_not_ready == 0.0


def test_a_second_rise_and_a_gap_in_the_course_put_readiness_off() -> None:
    times = np.linspace(0, 6, 61)
    systolic = np.full((3, 61), 120.0)
    systolic[0, 40] = 150.0  # a rise after 4 h
    systolic[1, 30] = np.nan  # not known at 3 h
    systolic[2, -1] = 145.0  # not settled at the end
    found = time_to_readiness(times, {"systolic": systolic})
    assert found.times_h[:2] == pytest.approx([4.1, 3.1])
    assert np.isinf(found.times_h[2])
    assert found.share_not_ready == pytest.approx(1 / 3)


def test_readiness_refuses_a_course_nobody_reads_and_a_definition_without_a_floor() -> None:
    times = np.linspace(0, 6, 7)
    with pytest.raises(InvalidInput, match="systolic"):
        time_to_readiness(times, {"sytolic": np.zeros((1, 7))})
    with pytest.raises(InvalidInput, match="courses"):
        time_to_readiness(times, {})
    with pytest.raises(InvalidInput, match="shape"):
        time_to_readiness(times, {"systolic": np.zeros((1, 6))})
    rules = [r for r in readiness_criteria() if r.quantity != "elapsed"]
    with pytest.raises(InvalidInput, match="elapsed"):
        time_to_readiness(times, {"systolic": np.zeros((1, 7))}, rules)
