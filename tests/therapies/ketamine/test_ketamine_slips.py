"""Slips of unit in a ketamine prescription and at the pump: refused, with the reason and the fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from euthymia.case.facts import Demographics, Sex, Vital
from euthymia.case.model import Case
from euthymia.core.errors import SafetyLimit
from euthymia.therapies.contract import Observation
from euthymia.therapies.ketamine import THERAPY
from euthymia.therapies.ketamine.prescription import EsketaminePrescription, InfusionPrescription
from euthymia.therapies.ketamine.tables import schedule_of
from euthymia.therapies.schedule import Phase, Schedule

MakeCase = Callable[..., Case]
IV, US, OLDER = "ketamine_iv_twice_weekly", "esketamine_us_trd", "esketamine_eu_older"


def infusion(**change: Any) -> InfusionPrescription:
    values = {"dose_mg_kg": 0.5, "weight_kg": 70.0, "duration_s": 2400.0} | change
    return InfusionPrescription(IV, values.pop("schedule", schedule_of(IV)), **values)


def spray(first: float = 56.0, later: float = 84.0, protocol: str = US, **change: Any) -> EsketaminePrescription:
    schedule = change.pop("schedule", schedule_of(protocol))
    return EsketaminePrescription(protocol, schedule, first, later, **change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dose_mg_kg": 35.0}, "looks like a total in mg"),
        ({"dose_mg_kg": 5.0}, "did you mean 0.5 mg/kg"),
        ({"dose_mg_kg": 0.05}, r"0\.5 mg/kg: was it a slip of the decimal point"),
        ({"duration_s": 40.0}, "did you mean 2400 s"),
        ({"weight_kg": 154.0, "height_cm": 165.0}, r"154 lb is 69\.9 kg"),
        ({"weight_kg": 240.0, "height_cm": 160.0, "second_sign_off": "Dr B"}, "living adult"),
    ],
)
def test_a_slip_in_an_infusion_names_the_fix(change: dict[str, Any], words: str) -> None:
    with pytest.raises(SafetyLimit, match=words):
        infusion(**change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"first": 2.0}, "number of devices: did you mean 56 mg"),
        ({"first": 64.6}, "64.6 mg of salt is 56 mg of base"),
        ({"later": 96.9}, "96.9 mg of salt is 84 mg of base"),
        ({"first": 0.056}, "looks like grams"),
        ({"first": 84.0}, "56 mg under US label"),
        ({"first": 28.0}, "56 mg under US label"),
        ({"first": 56.0, "later": 56.0, "protocol": OLDER}, "28 mg under EU/UK label"),
        ({"device_gap_min": 2.0}, "five minutes of rest"),
        ({"device_gap_min": 300.0}, "300 looks like seconds: did you mean 5 min"),
        ({"device_gap_min": 60.0}, "more than 15 minutes"),
    ],
)
def test_a_slip_in_a_spray_names_the_fix(change: dict[str, Any], words: str) -> None:
    with pytest.raises(SafetyLimit, match=words):
        spray(**change)


@pytest.mark.parametrize("make", [infusion, spray])
@pytest.mark.parametrize(("every_days", "words"), [(0.5, "24 hours"), (1.0, "in a week")])
def test_sessions_too_close_are_refused(make: Callable[..., Any], every_days: float, words: str) -> None:
    schedule = Schedule((Phase("too close", 0.0, 6, every_days, 120.0),))
    with pytest.raises(SafetyLimit, match=words):
        make(schedule=schedule)


def test_a_heavy_person_is_dosed_once_a_second_clinician_confirms_the_weight() -> None:
    assert infusion(weight_kg=154.0, height_cm=165.0, second_sign_off="Dr B").total_mg == pytest.approx(77.0)
    assert infusion(weight_kg=100.0, height_cm=175.0).total_mg == pytest.approx(50.0)


def test_a_weight_in_doubt_is_proposed_with_the_doubt_and_holds_the_dose(make_case: MakeCase) -> None:
    case = make_case(Vital("height", 165.0), weight_kg=154.0)
    rx = next(p for p in THERAPY.propose(case) if p.form == "ketamine_iv")
    assert any("154 lb is 69.9 kg" in r.statement for r in rx.reasons)
    session = THERAPY.session(case, rx, 1)
    assert any("typed in pounds" in a.text for a in session.start())
    session.feed(Observation("checklist", 0.0, {"consent": True, "escort": True, "trained_staff": True}))
    session.feed(Observation("oxygen_saturation", 0.0, {"spo2_pct": 98}))
    session.feed(Observation("blood_pressure", 0.0, {"systolic_mmhg": 120, "diastolic_mmhg": 78}))
    with pytest.raises(SafetyLimit, match="typed in pounds"):
        session.feed(Observation("infusion_started", 60.0, {"pump_mg": 77, "pump_min": 40}))


@pytest.mark.parametrize(
    ("mg", "minutes", "words"),
    [
        (0.5, 40.0, "looks like mg/kg: feed 35"),
        (0.875, 40.0, "looks like mg/min: feed 35"),
        (35.0, 2 / 3, "looks like hours: feed 40"),
        (35.0, 2400.0, "looks like seconds: feed 40"),
        (36.5, 40.0, "35 as prescribed"),
    ],
)
def test_a_slip_at_the_pump_names_the_unit(make_case: MakeCase, mg: float, minutes: float, words: str) -> None:
    session = THERAPY.session(make_case(), infusion(), 1)
    session.start()
    with pytest.raises(SafetyLimit, match=words):
        session.feed(Observation("infusion_started", 0.0, {"pump_mg": mg, "pump_min": minutes}))


def test_the_first_dose_of_another_age_group_is_not_started(make_case: MakeCase) -> None:
    """The EU/UK label's 56 mg is for people under 65: at 70 the session refuses it, whoever prescribed it."""
    case = make_case(Demographics(make_case().today.replace(year=1956), Sex.FEMALE, "DE"))
    session = THERAPY.session(case, spray(protocol="esketamine_eu_adult"), 1)
    assert any("esketamine_eu_adult is not for this case" in a.text for a in session.start())
    right = THERAPY.session(case, spray(28.0, 56.0, OLDER), 1)
    assert not any("is not for this case" in a.text for a in right.start())
