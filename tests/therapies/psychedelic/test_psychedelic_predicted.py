"""Predicted psilocin, occupancy, MDMA and CYP2D6: figures of the references, bands, words, speed of a second call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from euthymia.case.facts import Finding, Medication
from euthymia.case.model import Case
from euthymia.core.source import Verification
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.psychedelic import THERAPY
from euthymia.therapies.psychedelic.mdma_levels import cyp2d6_after, mdma_levels
from euthymia.therapies.psychedelic.psilocin import psilocybin_curves, psilocybin_physics

PTSD = (Finding("ptsd", True), Finding("ptsd_trial_route_mdma", True))


def simulated(case: Case, form: str, seed: int = 1) -> Forecast:
    rx = next(p for p in THERAPY.propose(case) if p.form == form)
    return THERAPY.simulate(case, rx, seed=seed)


@pytest.mark.parametrize(("dose", "low", "high"), [(15, 10, 13), (25, 16, 19), (30, 19, 24)])
def test_the_median_peak_lies_in_the_published_interval(dose: float, low: float, high: float) -> None:
    level, _ = psilocybin_curves(dose, 3)
    assert low <= level.peak[1] <= high
    assert 1.5 <= level.peak[0] <= 2.5
    assert level.status == "derived"


def test_occupancy_says_whose_estimate_it_is_and_how_wide(make_case: Callable[..., Case]) -> None:
    curve = next(c for c in simulated(make_case(), "psilocybin").curves if c.code == "occupancy_5ht2a")
    assert "agonist-tracer estimate" in curve.title and "20 points" in curve.band
    at = curve.times.index(curve.peak[0])
    assert curve.median[at] - curve.low[at] >= 20 - 1e-9 and curve.high[at] - curve.median[at] >= 20 - 1e-9
    assert curve.reason.verification is Verification.UNVERIFIED
    assert curve.low[0] == curve.high[0] == 0


def test_the_words_hold_qtc_duration_and_no_chance_of_benefit() -> None:
    told = {r.code: r for r in psilocybin_physics(25, 1)}
    assert "2.1 ms" in told["qtc_rise"].statement and "6.6" in told["qtc_rise"].statement
    assert "5.5 h" in told["effect_duration"].statement
    assert "No chance of benefit" in told["occupancy_peak"].statement
    assert told["occupancy_peak"].verification is Verification.UNVERIFIED
    assert "15 to 30 mg were studied" in {r.code: r for r in psilocybin_physics(10, 1)}["effect_duration"].statement


def test_the_same_seed_gives_the_same_curves_and_another_seed_other_people(make_case: Callable[..., Case]) -> None:
    one, two, other = (simulated(make_case(), "psilocybin", seed) for seed in (1, 1, 2))
    assert one == two
    assert one.curves[0].median != other.curves[0].median


def test_wash_outs_are_drawn_and_the_earliest_day_comes_first(make_case: Callable[..., Case]) -> None:
    found = simulated(make_case(Medication("sertraline", 100.0)), "psilocybin")
    assert found.physics[0].code == "earliest_dosing_day"
    assert "residual_sertraline" in {c.code for c in found.curves}


def test_mdma_is_illustrative_everywhere_with_a_wide_band(make_case: Callable[..., Case]) -> None:
    found = simulated(make_case(*PTSD), "mdma")
    curves = {c.code: c for c in found.curves}
    assert set(curves) == {"mdma_session_1", "cyp2d6_session_1", "mdma_sessions_2_and_3", "cyp2d6_sessions_2_and_3"}
    assert all(c.status == "illustrative" and "illustrative" in c.title for c in curves.values())
    level = curves["mdma_sessions_2_and_3"]
    assert max(level.high) / max(level.median) == pytest.approx(2) and len(level.marks) == 2
    assert max(level.median) > 1.5 * max(curves["mdma_session_1"].median)  # more than the dose: 120/80
    assert {"mdma_systolic_rise", "cyp2d6_recovery"} <= {r.code for r in found.physics}


def test_cyp2d6_comes_back_as_the_reference_says() -> None:
    days, activity = cyp2d6_after(((0.0, 120.0),))
    share = {d: float(np.interp(d, days, activity)) for d in (1, 2, 4, 7, 10)}
    assert share == pytest.approx({1: 0.09, 2: 0.25, 4: 0.62, 7: 0.87, 10: 0.96}, abs=0.01)


def test_a_plan_is_solved_once() -> None:
    assert mdma_levels(((0.0, 80.0), (1.75, 40.0)))[1] is mdma_levels(((0.0, 80.0), (1.75, 40.0)))[1]
