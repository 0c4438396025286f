"""Live bands from pump, readings and measured levels, and a drawn patient who answers a whole session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.blood_pressure import person_from_readings
from euthymia.engines.kinetics.effect_site import effect_site_from_samples
from euthymia.engines.kinetics.effect_types import Outcome
from euthymia.engines.kinetics.effects import load_effect
from euthymia.therapies.contract import Observation, Prescription
from euthymia.therapies.ketamine import THERAPY
from euthymia.therapies.ketamine.live_bands import LevelBand, PressureBand
from euthymia.therapies.ketamine.live_patient import KetamineBody, live_figures
from euthymia.therapies.ketamine.pressure import infusion_basis
from euthymia.therapies.ketamine.tables import figure
from euthymia.therapies.simulation import BandRow

from tests.live.live_runs import simulate

MakeCase = Callable[..., Case]
SPRAY, IV = "esketamine_nasal", "ketamine_iv"


def prescription(case: Case, form: str) -> Any:
    return next(p for p in THERAPY.propose(case) if p.form == form)


def see(*figures: Any, minute: float, kind: str, **values: Any) -> None:
    for one in figures:
        one.took(Observation(kind, minute * 60.0, values))


def bp(band: PressureBand, minute: float, systolic: float, diastolic: float = 80.0) -> None:
    see(band, minute=minute, kind="blood_pressure", systolic_mmhg=systolic, diastolic_mmhg=diastolic)


def peak(band: Any) -> BandRow:
    return max(band.rows(), key=lambda row: row.median)


def at(band: Any, minute: float) -> BandRow:
    return min(band.rows(), key=lambda row: abs(row.at_s - minute * 60.0))


@pytest.mark.parametrize("form", [SPRAY, IV])
def test_there_is_no_band_before_the_first_drug(make_case: MakeCase, form: str) -> None:
    case = make_case()
    figures = live_figures(case, prescription(case, form))
    see(*figures, minute=1, kind="blood_pressure", systolic_mmhg=124, diastolic_mmhg=80)
    assert all(list(f.rows()) == [] for f in figures)


def test_the_band_starts_at_the_pressure_before_and_peaks_at_forty_minutes(make_case: MakeCase) -> None:
    case = make_case()
    band = PressureBand(case, prescription(case, SPRAY))
    bp(band, 2, 131)
    see(band, minute=10, kind="dose_given", mg=28.0)
    first, top = band.rows()[0], peak(band)
    assert (first.at_s, first.median) == (600.0, pytest.approx(131.0))
    assert top.at_s == pytest.approx(50 * 60) and top.median == pytest.approx(131 + 13.3, abs=1.0)
    assert top.high - top.low == pytest.approx(2 * 1.645 * 11.2, rel=0.08)


def test_readings_move_and_narrow_the_band(make_case: MakeCase) -> None:
    case = make_case()
    band = PressureBand(case, prescription(case, SPRAY))
    bp(band, 2, 124)
    see(band, minute=10, kind="dose_given", mg=28.0)
    before = peak(band)
    bp(band, 35, 152)
    one = peak(band)
    bp(band, 50, 158)
    two = peak(band)
    assert one.median > before.median + 8 and two.high - two.low < one.high - one.low < before.high - before.low
    assert "narrowed by 2 readings" in band.note
    bp(band, 52, 219)
    assert peak(band).median > two.median and "check the cuff" in band.note


def test_the_update_is_the_engines(make_case: MakeCase) -> None:
    """The same belief as engines.kinetics finds from the effect-site levels at the readings."""
    times = np.linspace(0, 4, 97)
    levels = 180.0 * np.minimum(times / (2 / 3), 1.0) * np.exp(-np.maximum(times - 2 / 3, 0.0))
    basis, effect = infusion_basis(times, levels), load_effect("KetaminePressureDerived")
    assert effect.ke0 is not None
    site = effect_site_from_samples(times, levels, effect.ke0.value)[0]
    places = np.array([8, 16, 30])
    rises = np.array([14.0, 29.0, 20.0])
    sd = figure("pressure_reading_sd").value
    theirs = person_from_readings(effect, Outcome.SYSTOLIC_RISE, site[places], rises, reading_sd_mmhg=sd)
    ours = basis.belief(0, times, times[places], rises)
    assert (ours.mean, ours.sd) == (pytest.approx(theirs.mean), pytest.approx(theirs.sd))


def test_a_pause_a_restart_and_a_stop_redraw_what_is_to_come(make_case: MakeCase) -> None:
    case = make_case()
    pressure, _, level = live_figures(case, prescription(case, IV))
    see(pressure, level, minute=5, kind="infusion_started", pump_mg=35.0, pump_min=40.0)
    planned = peak(level)
    assert planned.at_s == pytest.approx(45 * 60) and planned.low < planned.median < planned.high
    see(pressure, level, minute=15, kind="infusion_paused", because="panic")
    assert peak(level).at_s == pytest.approx(15 * 60, abs=151) and peak(level).median < 0.5 * planned.median
    paused = peak(pressure).median
    see(pressure, level, minute=25, kind="infusion_resumed")
    again = peak(level)
    assert again.at_s == pytest.approx(55 * 60) and again.median < planned.median
    assert peak(pressure).median > paused + 5
    see(pressure, level, minute=35, kind="infusion_rate", pump_mg_min=0.4375, because="nausea")
    slowed = peak(level)
    assert slowed.median < again.median
    see(pressure, level, minute=40, kind="stop", by="Dr A", because="nausea")
    assert peak(level).at_s <= 40 * 60 + 1 and at(level, 120).median < at(level, 41).median


def test_devices_that_are_still_to_come_are_expected_until_a_stop(make_case: MakeCase) -> None:
    case = make_case()
    level = LevelBand(case, prescription(case, SPRAY), number=2)
    see(level, minute=5, kind="dose_given", mg=28.0)
    whole = peak(level).median
    see(level, minute=10, kind="dose_given", mg=28.0)
    assert peak(level).median == pytest.approx(whole, rel=1e-9)  # as expected: five minutes apart
    see(level, minute=12, kind="stop", by="Dr A", because="nausea")
    assert 0.5 * whole < peak(level).median < 0.85 * whole


@pytest.mark.parametrize(("form", "number"), [(SPRAY, 2), (IV, 1)])
def test_a_measured_level_narrows_the_own_levels(make_case: MakeCase, form: str, number: int) -> None:
    case = make_case()
    level = LevelBand(case, prescription(case, form), number)
    if form == SPRAY:
        for minute in (5, 10, 15):
            see(level, minute=minute, kind="dose_given", mg=28.0)
    else:
        see(level, minute=5, kind="infusion_started", pump_mg=35.0, pump_min=40.0)
    before = at(level, 60)
    see(level, minute=60, kind="level_measured", analyte="esketamine", ng_ml=1.5 * before.median)
    after = at(level, 60)
    assert (
        before.median < after.median
        and (after.high - after.low) / after.median < (before.high - before.low) / before.median
    )
    assert "narrowed by 1 measured" in level.note
    see(level, minute=61, kind="level_measured", analyte="norketamine", ng_ml=50.0)
    assert at(level, 60) == after  # another analyte says nothing of this one here


def test_a_measured_level_is_kept_and_promises_nothing(make_case: MakeCase) -> None:
    case = make_case()
    session = THERAPY.session(case, prescription(case, IV), 1)
    session.start()
    told = session.feed(Observation("level_measured", 0.0, {"analyte": "ketamine", "ng_ml": 120.0}))
    assert "nothing about the chance to respond" in told[0].text
    with pytest.raises(InvalidInput, match="analyte"):
        session.feed(Observation("level_measured", 0.0, {"analyte": "midazolam", "ng_ml": 1.0}))
    with pytest.raises(InvalidInput, match="ng_ml"):
        session.feed(Observation("level_measured", 0.0, {"analyte": "ketamine", "ng_ml": -1.0}))


# --- the drawn patient ------------------------------------------------------------------------------------------------


def body(case: Case, form: str, seed: int) -> KetamineBody:
    made = KetamineBody(case, prescription(case, form), seed, 1)
    if form == SPRAY:
        see(made, minute=5, kind="dose_given", mg=28.0)
        see(made, minute=10, kind="dose_given", mg=28.0)
    else:
        see(made, minute=5, kind="infusion_started", pump_mg=35.0, pump_min=40.0)
    return made


@pytest.mark.parametrize("form", [SPRAY, IV])
def test_people_differ_and_each_is_the_same_again(make_case: MakeCase, form: str) -> None:
    case = make_case()
    shown = [[body(case, form, seed).reading("blood_pressure", 2700.0) for seed in range(12)] for _ in range(2)]
    assert shown[0] == shown[1] and len({str(s) for s in shown[0]}) > 6


@pytest.mark.parametrize("form", [SPRAY, IV])
def test_drawn_people_rise_as_the_model_says(make_case: MakeCase, form: str) -> None:
    case = make_case()
    people = [body(case, form, seed) for seed in range(80)]
    readings = [p.reading("blood_pressure", 2700.0) for p in people]
    rises = np.array([r["systolic_mmhg"] - 122.0 for r in readings if r is not None])
    expected, spread = (13.3, 11.2) if form == SPRAY else (13.0, 9.1)
    assert rises.mean() == pytest.approx(expected, abs=3.5)
    assert rises.std() == pytest.approx(np.hypot(spread, figure("pressure_reading_sd").value), rel=0.25)
    dissociated = [p.reading("dissociation", 2700.0) for p in people]
    assert 0.55 < np.mean([d is not None and d["cadss_total"] > 4 for d in dissociated]) < 0.9
    late = [p.reading("dissociation", 4 * 3600.0) for p in people]
    assert np.mean([seen == {"cadss_total": 0.0} for seen in late]) > 0.9
    assert people[0].reading("oxygen_saturation", 60.0) is None  # from the table of the visit


def test_before_the_dose_the_body_is_at_rest(make_case: MakeCase) -> None:
    case = make_case()
    resting = KetamineBody(case, prescription(case, SPRAY), 3, 1)
    seen = resting.reading("blood_pressure", 30.0)
    assert seen is not None and abs(seen["systolic_mmhg"] - 122) < 20
    assert resting.reading("sedation", 30.0) == {"moaas": 5.0}
    assert resting.reading("dissociation", 30.0) == {"cadss_total": 0.0}


@pytest.mark.parametrize("form", [SPRAY, IV])
def test_a_simulated_session_runs_to_its_end(form: str) -> None:
    run = simulate("ketamine", form)
    assert run.ended.how == "closed"
    fact = next(e.fact for e in run.ended.events if isinstance(e.fact, SessionDelivered))
    assert fact.status == "completed" and fact.summary["peak_systolic_mmhg"] > 100
    assert fact.summary["deviations"] == []


def test_another_therapys_prescription_is_refused(make_case: MakeCase) -> None:
    from euthymia.therapies.registry import therapy

    case = make_case()
    foreign: Prescription = therapy("tms").propose(case)[0]
    with pytest.raises(InvalidInput, match="therapy ketamine"):
        live_figures(case, foreign)


def test_the_terminal_shows_readings_on_the_scale_of_the_band(make_case: MakeCase) -> None:
    from euthymia.live.board import band_lines

    case = make_case()
    band = PressureBand(case, prescription(case, SPRAY))
    bp(band, 2, 124)
    see(band, minute=10, kind="dose_given", mg=28.0)
    assert not any(line.startswith("read") for line in band_lines(band, 600.0))
    bp(band, 50, 160)
    lines = {line.split()[0]: line for line in band_lines(band, 3000.0)}
    assert "last 160" in lines["read"] and len(lines["read"].split()) == 4
    assert float(lines["low"].split()[-1]) > 100  # a pressure is not drawn from zero
    assert len(set(lines["median"].split()[1])) >= 3  # so that its course can be seen
