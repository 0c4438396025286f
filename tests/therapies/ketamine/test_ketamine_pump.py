"""The pump of an infusion: what it gave, what is left, and the rest re-planned after a pause or a slower rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.ketamine import THERAPY
from euthymia.therapies.ketamine.given_dose import GivenDose, pump_doses
from euthymia.therapies.ketamine.levels import INFUSION_MODEL, peak_of_pump, predicted_peak
from euthymia.therapies.ketamine.prescription import InfusionPrescription
from euthymia.therapies.ketamine.pump_record import PumpRecord
from euthymia.therapies.ketamine.tables import schedule_of
from euthymia.therapies.kinetic_curves import people

IV = "ketamine_iv_twice_weekly"
RX = InfusionPrescription(IV, schedule_of(IV), 0.5, 70.0, 2400.0)


def standard(started_s: float = 0.0) -> PumpRecord:
    return PumpRecord(35.0, 35.0 / 2400.0, started_s)


def running(case: Case) -> Any:
    """A session whose infusion began at minute 1."""
    session = THERAPY.session(case, RX, 1)
    session.start()
    feed(session, 0, "checklist", consent=True, escort=True, trained_staff=True)
    feed(session, 0, "oxygen_saturation", spo2_pct=98)
    feed(session, 0, "blood_pressure", systolic_mmhg=120, diastolic_mmhg=78)
    feed(session, 1, "infusion_started", pump_mg=35, pump_min=40)
    return session


def feed(session: Any, minute: float, kind: str, **values: Any) -> list[Action]:
    found: list[Action] = session.feed(Observation(kind, minute * 60.0, values))
    return found


def test_a_pump_left_alone_gives_the_dose_and_stops_by_itself() -> None:
    pump = standard(600.0)
    assert pump.given_mg(600.0) == 0 and pump.given_mg(1800.0) == pytest.approx(17.5)
    assert pump.given_mg(9000.0) == 35.0 and pump.ends_s(1800.0) == pytest.approx(3000.0)


def test_pauses_and_rates_add_up() -> None:
    pump = standard()
    pump.add(600.0, "pause")
    pump.add(900.0, "resume")
    pump.add(1200.0, "rate", 35.0 / 4800.0)
    assert pump.given_mg(600.0) == pytest.approx(8.75) == pump.given_mg(900.0)
    assert pump.given_mg(1200.0) == pytest.approx(13.125)
    assert pump.given_mg(2400.0) == pytest.approx(13.125 + 8.75)
    assert pump.run_s(2400.0) == pytest.approx(2100.0)
    assert pump.given_mg(pump.ends_s(2400.0)) == pytest.approx(35.0)
    pump.add(2400.0, "stop")
    assert pump.given_mg(1e5) == pytest.approx(21.875)


@pytest.mark.parametrize(
    ("steps", "wrong"), [([], "resume"), (["pause"], "pause"), (["stop"], "pause"), (["stop"], "stop")]
)
def test_a_step_that_finds_nothing_to_act_on_is_refused(steps: list[Any], wrong: Any) -> None:
    pump = standard()
    for i, step in enumerate(steps):
        pump.add(60.0 * (i + 1), step)
    with pytest.raises(InvalidInput):
        pump.add(600.0, wrong)


def test_the_engine_gets_what_the_pump_gave() -> None:
    """The area of a linear model depends on the amount alone, whatever was done to the pump."""
    typical = people(INFUSION_MODEL, (("weight_kg", 70.0),), 0, 0)
    changed = standard()
    for at_s, step in ((600.0, "pause"), (1500.0, "resume"), (2000.0, "pause"), (2600.0, "resume")):
        changed.add(at_s, step)  # type: ignore[arg-type]
    half = standard()
    half.add(1200.0, "stop")
    whole, kept, stopped = (typical.exposure(pump_doses(p), 24.0).auc_inf for p in (standard(), changed, half))
    assert whole is not None and kept is not None and stopped is not None
    assert kept[0, 0] == pytest.approx(whole[0, 0], rel=1e-9)
    assert stopped[0, 0] == pytest.approx(whole[0, 0] / 2, rel=1e-9)
    assert typical.exposure(pump_doses(standard(), 0.5), 24.0).auc_inf[0, 0] == pytest.approx(whole[0, 0] / 2)


def test_a_step_after_everything_was_given_changes_nothing() -> None:
    pump = standard()
    pump.add(2500.0, "pause")
    typical = people(INFUSION_MODEL, (("weight_kg", 70.0),), 0, 0)
    times = np.linspace(0, 3, 31)
    assert np.array_equal(typical.curves(pump_doses(pump), times), typical.curves(pump_doses(standard()), times))


def test_the_first_peak_is_that_of_the_prescription() -> None:
    peak, at_h = peak_of_pump(standard(300.0), 70.0)
    assert peak == pytest.approx(predicted_peak(RX), rel=1e-6) and at_h == pytest.approx((300 + 2400) / 3600, rel=1e-4)


def test_a_pause_and_a_restart_replan_the_rest_and_its_peak(make_case: Callable[..., Case]) -> None:
    session = running(make_case())
    paused = feed(session, 11, "infusion_paused", because="panic")[0]
    assert "26.2 mg over 30 min at 0.875 mg/min" in paused.text
    off = float(paused.text.split("stays off: ")[1].split(" ng/mL")[0])
    assert 0.8 * 8.75 / 0.12265 < off < 8.75 / 0.12265  # less than 8.75 mg in the central volume of 122.65 L
    resumed = feed(session, 21, "infusion_resumed")
    assert resumed[0].code == "replan" and "plan 177" in resumed[0].text
    peak = float(resumed[0].text.split("now: ")[1].split(" ng/mL")[0])
    assert 160 < peak < 177
    asked = [a.due_s for a in resumed[1:]]
    assert asked == [51 * 60.0]  # the infusion now ends at minute 51: one more reading
    assert all(a.kind is ActionKind.MEASURE for a in resumed[1:])


def test_a_slower_rate_replans_and_the_dose_still_counts(make_case: Callable[..., Case]) -> None:
    session = running(make_case())
    told = feed(session, 21, "infusion_rate", pump_mg_min=0.4375, because="nausea")
    assert "Rate 0.438 mg/min (nausea). Left: 17.5 mg over 40 min" in told[0].text
    assert [a.due_s for a in told[1:]] == [51 * 60.0, 61 * 60.0]
    feed(session, 31, "blood_pressure", systolic_mmhg=130, diastolic_mmhg=80)
    with pytest.raises(SafetyLimit, match="more at the rate it has"):
        feed(session, 41, "infusion_ended", delivered_mg=35)
    feed(session, 61, "infusion_ended", delivered_mg=35)


@pytest.mark.parametrize("rate", [0.0, 0.9, 1.75])
def test_the_pump_is_never_set_faster_than_prescribed(make_case: Callable[..., Case], rate: float) -> None:
    session = running(make_case())
    with pytest.raises(SafetyLimit, match=r"at most the prescribed 0\.875 mg/min"):
        feed(session, 11, "infusion_rate", pump_mg_min=rate, because="late")


def test_a_stop_counts_what_was_given_at_every_rate(make_case: Callable[..., Case]) -> None:
    session = running(make_case())
    feed(session, 21, "infusion_rate", pump_mg_min=0.4375, because="nausea")
    feed(session, 31, "stop", by="Dr A", because="nausea")
    feed(session, 62, "sedation", moaas=5)
    feed(session, 62, "dissociation", cadss_total=0)
    feed(session, 62, "blood_pressure", systolic_mmhg=122, diastolic_mmhg=78)
    feed(session, 62, "suicide_screen", wish_to_be_dead=False, nonspecific_thoughts=False, behavior_lifetime=False)
    feed(session, 63, "discharge", escort_present=True, alert_and_oriented=True, told_not_to_drive=True)
    fact = next(e.fact for e in session.finish() if isinstance(e.fact, SessionDelivered))
    assert fact.status == "stopped_early" and fact.summary["delivered_mg"] == pytest.approx(21.875)
    assert fact.summary["infusion_min"] == pytest.approx(30.0)


def test_observations_become_doses() -> None:
    given = GivenDose(RX, 1)
    assert given.doses() == () and given.began_s is None
    seen = [
        ("infusion_started", 60.0, {"pump_mg": 35.0, "pump_min": 40.0}),
        ("infusion_paused", 600.0, {"because": "x"}),
    ]
    assert [given.took(Observation(kind, at_s, values)) for kind, at_s, values in seen] == [True, True]
    assert not given.took(Observation("blood_pressure", 700.0, {"systolic_mmhg": 120, "diastolic_mmhg": 80}))
    assert given.pump is not None and not given.pump.is_running and given.began_s == 60.0
