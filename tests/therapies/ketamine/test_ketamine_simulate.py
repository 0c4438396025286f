"""Figures and numbers of a simulated ketamine session: published levels, gates, what is held and what is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from euthymia.case import Event, fold
from euthymia.case.facts import Demographics, Finding, Vital
from euthymia.case.model import Case
from euthymia.core.reason import Direction, Reason
from euthymia.engines.kinetics import Dose, KineticsProblem
from euthymia.engines.kinetics import simulate as simulate_kinetics
from euthymia.therapies.curves import Curve
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.ketamine import THERAPY
from euthymia.therapies.ketamine.course_exposure import most_within
from euthymia.therapies.ketamine.levels import SPRAY_MODEL, level_course, sign_off_refusal, spray_doses
from euthymia.therapies.ketamine.prescription import InfusionPrescription
from euthymia.therapies.ketamine.tables import schedule_of

MakeCase = Callable[..., Case]
IV = "ketamine_iv_twice_weekly"


def forecast(case: Case, form: str, seed: int = 0) -> Forecast:
    rx = next(p for p in THERAPY.propose(case) if p.form == form)
    return THERAPY.simulate(case, rx, seed=seed)


def infusion(**change: Any) -> InfusionPrescription:
    values = {"dose_mg_kg": 0.5, "weight_kg": 70.0, "duration_s": 2400.0} | change
    return InfusionPrescription(IV, schedule_of(IV), **values)


def by_code(found: Forecast) -> dict[str, Reason]:
    return {r.code: r for r in found.physics}


def curve(found: Forecast, code: str) -> Curve:
    return next(c for c in found.curves if c.code == code)


@pytest.mark.parametrize(("mg", "cmax", "auc"), [(28, 43.8, 147.3), (56, 72.5, 254.7), (84, 101.0, 362.2)])
def test_the_typical_adult_has_the_published_levels(mg: float, cmax: float, auc: float) -> None:
    """Perez-Ruixo 2021, Table 4, Caucasian 18-60 years, within 1.5 %."""
    found = level_course(SPRAY_MODEL, (("age_yr", 45.0),), spray_doses(mg, 5.0), 0, 0)
    assert found.peaks("esketamine")[0] == pytest.approx(cmax, rel=0.015)
    assert found.auc_of("esketamine")[0] == pytest.approx(auc, rel=0.015)


def test_peaks_between_samples_agree_with_the_engine() -> None:
    ours = level_course(SPRAY_MODEL, (("age_yr", 45.0),), spray_doses(84.0, 5.0), 40, 3)
    engine = simulate_kinetics(
        KineticsProblem(SPRAY_MODEL, [Dose("nasal", 0.0, 84.0)], ours.times_h, {"age_yr": 45.0}, 40, 3)
    ).exposure
    assert engine is not None
    for analyte, name in enumerate(("esketamine", "noresketamine")):
        assert ours.peaks(name) == pytest.approx(engine.cmax[:, analyte], rel=2e-3)


def test_the_spray_shows_first_and_later_dose_metabolite_pressure_leaving_and_exposure(make_case: MakeCase) -> None:
    found = forecast(make_case(), "esketamine_nasal")
    assert [c.code for c in found.curves] == [
        "esketamine_first", "esketamine_later", "noresketamine", "systolic_pressure", "diastolic_pressure",
        "ready_to_leave", "cumulative_dose",
    ]  # fmt: skip
    numbers = by_code(found)
    first, later = numbers["esketamine_first_cmax"], numbers["esketamine_later_cmax"]
    assert first.unit == "ng/mL" and first.low is not None and first.value is not None and first.high is not None
    assert first.low < first.value < first.high and later.value is not None and later.value > 1.2 * first.value
    assert curve(found, "systolic_pressure").median[0] == pytest.approx(122)  # the newest pressure of the case
    peak_min, peak = curve(found, "systolic_pressure").peak
    assert peak_min == pytest.approx(40) and peak == pytest.approx(122 + 13.3, abs=1.5)
    ready = curve(found, "ready_to_leave")
    assert ready.median[0] == 0 and list(ready.median) == sorted(ready.median)
    assert all(share == 0 for t, share in zip(ready.times, ready.median, strict=True) if t < 130)  # 3rd device + 2 h
    assert "168 mg in any 7 days" in numbers["planned_exposure"].statement


def test_the_infusion_shows_the_venous_level_beside_the_published_one(make_case: MakeCase) -> None:
    found = forecast(make_case(), "ketamine_iv")
    level, numbers = curve(found, "ketamine"), by_code(found)
    assert level.peak == (pytest.approx(40), pytest.approx(177.3, rel=5e-3))  # reference 2.5
    assert any("no spread" in note for note in level.notes) and level.low == level.high
    assert any("venous" in note for note in level.notes)
    assert numbers["published_anchor"].value == 185
    assert "no second sign-off needed" in numbers["second_sign_off"].statement
    half = curve(found, "s_ketamine")
    assert half.low != half.high and curve(found, "s_norketamine").peak[0] > half.peak[0]
    dissociation = curve(found, "dissociation")
    assert dissociation.peak == (pytest.approx(40), pytest.approx((177.3 - 50) / 150, rel=0.01))
    assert min(dissociation.median) >= 0 and max(dissociation.median) <= 1
    pressure = curve(found, "systolic_pressure")
    assert pressure.status == "illustrative" and any("highest of three cohorts" in n for n in pressure.notes)
    assert any("milder cohort" in n for n in pressure.notes)


def test_no_chance_of_response_follows_from_a_level(make_case: MakeCase) -> None:
    """Two weights, two peaks: every outcome and the course stay the same, and no figure speaks of response."""
    light, heavy = (forecast(make_case(weight_kg=kg), "ketamine_iv") for kg in (50.0, 110.0))
    assert curve(light, "s_ketamine").peak != curve(heavy, "s_ketamine").peak
    assert light.outcomes == heavy.outcomes and light.course == heavy.course and light.onset == heavy.onset
    for found in (light, heavy, forecast(make_case(), "esketamine_nasal")):
        assert "no_level_response" in {r.code for r in found.reasons}
        words = [c.title + c.unit for c in found.curves] + [r.statement for r in found.physics]
        assert not any(re.search(r"respon|remission|antidepress", w, re.IGNORECASE) for w in words)


@pytest.mark.parametrize("form", ["esketamine_nasal", "ketamine_iv"])
def test_the_same_seed_gives_the_same_figures(make_case: MakeCase, form: str) -> None:
    case = make_case()
    one, again, other = (forecast(case, form, seed) for seed in (4, 4, 5))
    assert one.curves == again.curves and one.physics == again.physics
    assert one.curves != other.curves


@pytest.mark.parametrize("form", ["esketamine_nasal", "ketamine_iv"])
def test_every_number_names_its_source_and_says_what_is_not_verified(make_case: MakeCase, form: str) -> None:
    found = forecast(make_case(), form)
    assert all(r.sources for r in found.physics) and all(c.reason.sources for c in found.curves)
    weak = [c for c in found.curves if c.status != "published" and c.code != "cumulative_dose"]
    assert weak and all(not all(s.is_verified for s in c.reason.sources) for c in weak)


def test_descent_changes_the_levels_only_where_it_is_recorded(make_case: MakeCase) -> None:
    unknown = forecast(make_case(), "esketamine_nasal")
    none = forecast(make_case(Finding("asian_descent", False), Finding("japanese_descent", False)), "esketamine_nasal")
    japanese = forecast(make_case(Finding("japanese_descent", True)), "esketamine_nasal")
    assert curve(unknown, "esketamine_first").median == curve(none, "esketamine_first").median
    assert any("Not recorded" in n and "Asian descent" in n for n in curve(unknown, "esketamine_first").notes)
    assert not any("Not recorded" in n for n in curve(none, "esketamine_first").notes)
    assert not any("Asian descent" in n for n in curve(japanese, "esketamine_first").notes)
    assert curve(japanese, "esketamine_first").peak[1] > 1.1 * curve(none, "esketamine_first").peak[1]


def test_without_an_age_no_level_is_guessed(make_case: MakeCase) -> None:
    case = make_case()
    events = [e for e in case.log if not isinstance(e.fact, Demographics)]
    ageless = fold("x", events, as_of=case.as_of)
    rx = next(p for p in THERAPY.propose(case) if p.form == "esketamine_nasal")
    found = THERAPY.simulate(ageless, rx, seed=0)
    assert "age_yr" in by_code(found)["not_simulated"].statement
    assert [c.code for c in found.curves] == ["cumulative_dose"]


def test_without_a_pressure_the_rise_alone_is_shown(make_case: MakeCase) -> None:
    case = make_case()
    events = [e for e in case.log if not (isinstance(e.fact, Vital) and e.fact.name.endswith("_bp"))]
    found = THERAPY.simulate(fold("x", events, as_of=case.as_of), THERAPY.propose(case)[0], seed=0)
    assert "Rise of" in curve(found, "systolic_pressure").title
    assert "holds no blood pressure" in by_code(found)["severe_pressure"].statement


def test_a_higher_pressure_before_makes_severe_sessions_likelier(make_case: MakeCase) -> None:
    low = by_code(forecast(make_case(), "ketamine_iv"))["severe_pressure"]
    case = make_case()
    raised = case.with_events(*[_vital(case, n, v) for n, v in (("systolic_bp", 165.0), ("diastolic_bp", 98.0))])
    high = by_code(THERAPY.simulate(raised, infusion(), seed=0))["severe_pressure"]
    assert low.value is not None and high.value is not None and high.value > low.value + 5


def test_a_predicted_peak_above_the_limit_needs_a_second_name(make_case: MakeCase) -> None:
    bare, signed = infusion(dose_mg_kg=1.0), infusion(dose_mg_kg=1.0, second_sign_off="Dr B")
    assert "predicted venous peak 355" in sign_off_refusal(bare) and not sign_off_refusal(signed)
    assert not sign_off_refusal(infusion(dose_mg_kg=0.9))
    told = by_code(THERAPY.simulate(make_case(), bare, seed=0))["second_sign_off"]
    assert told.direction is Direction.AGAINST and "none is recorded" in told.statement
    assert by_code(THERAPY.simulate(make_case(), signed, seed=0))["second_sign_off"].direction is Direction.NEUTRAL


def test_dissociation_is_not_drawn_above_the_studied_range(make_case: MakeCase) -> None:
    found = THERAPY.simulate(make_case(), infusion(dose_mg_kg=0.9), seed=0)
    assert curve(found, "ketamine").peak[1] > 200
    drawn = curve(found, "dissociation")
    assert max(drawn.median) <= 1 and any("not studied and is not drawn" in n for n in drawn.notes)


@pytest.mark.parametrize(
    ("days", "window", "expected"),
    [((0.0, 3.5, 7.0), 7, (2, 112.0)), ((0.0, 3.5, 7.0), 7.1, (3, 168.0)), ((0.0,), 365, (1, 56.0))],
)
def test_most_within_a_window(days: tuple[float, ...], window: float, expected: tuple[int, float]) -> None:
    assert most_within(days, tuple(56.0 for _ in days), window) == expected


def test_bands_hold_the_median_and_widen_with_people(make_case: MakeCase) -> None:
    for found in (forecast(make_case(), form) for form in ("esketamine_nasal", "ketamine_iv")):
        for drawn in found.curves:
            low, middle, high = (np.array(v) for v in (drawn.low, drawn.median, drawn.high))
            assert (low <= middle).all() and (middle <= high).all()


def _vital(case: Case, name: str, value: float) -> Any:
    return Event(Vital(name, value), case.as_of, case.as_of, "test", "test")
