"""Blood pressure above the label's limits, discharge before its time, late readings: ketamine through the runner."""

from __future__ import annotations

import pytest

from euthymia.case.facts import SafetyAlert, SessionDelivered
from euthymia.core.errors import SafetyLimit
from euthymia.live.clock import SteppedClock
from euthymia.live.identity import identity_of
from euthymia.live.inputs import Acknowledgement, Reading
from euthymia.live.live_session import LiveSession
from euthymia.live.resume import begin
from euthymia.therapies.contract import Observation
from euthymia.therapies.registry import therapy

from tests.live import live_runs
from tests.live.live_runs import live_case, simulate

SCRIPT = "euthymia_script: 1\nevents:\n"
NO = {"wish_to_be_dead": False, "nonspecific_thoughts": False, "behavior_lifetime": False}
LEAVE = {"escort_present": True, "alert_and_oriented": True, "told_not_to_drive": True}


class Walk:
    """One esketamine session, fed by hand at given minutes."""

    def __init__(self) -> None:
        case, rx = live_case(), live_runs.chosen("ketamine", "esketamine_nasal")
        clock = SteppedClock(case.as_of)
        self.told: list[str] = []
        session = therapy("ketamine").session(case, rx, 1)
        self.live: LiveSession = begin(
            session, identity_of(case, rx, 1), None, clock.moment, [lambda n: self.told.append(f"{n.what}: {n.text}")]
        )

    def at(self, minute: float, kind: str, **values: object) -> bool:
        return self.live.take(Reading(Observation(kind, minute * 60, values), "N1"))

    def bp(self, minute: float, systolic: float, diastolic: float = 80) -> bool:
        return self.at(minute, "blood_pressure", systolic_mmhg=systolic, diastolic_mmhg=diastolic)

    def ready(self) -> None:
        self.at(0, "checklist", consent=True, escort=True, trained_staff=True, rems_enrolled=True)
        self.at(0, "fasting", hours_since_food=3, minutes_since_liquid=45)
        self.at(0, "nasal_products", used_today=False)

    def dosed(self) -> None:
        self.ready()
        self.bp(0, 124)
        self.at(2, "dose_given", mg=28, lot="A1")
        self.at(7, "dose_given", mg=28, lot="A1")

    def said(self, words: str) -> bool:
        return any(words in line for line in self.told)


def test_pressure_above_the_guide_before_the_dose_holds_until_named() -> None:
    walk = Walk()
    walk.ready()
    walk.bp(0, 146)
    assert walk.said("Hold: blood pressure 146/80")
    assert walk.at(2, "dose_given", mg=28) is False and walk.said("above the hold limit")
    assert walk.at(3, "clinician_decision", by="Dr A", decision="proceed", because="stable at home")
    assert walk.at(4, "dose_given", mg=28)


def test_markedly_high_pressure_before_the_dose_is_an_alert_that_no_name_overrides() -> None:
    walk = Walk()
    walk.ready()
    walk.bp(0, 182, 104)
    assert [a.code for a in walk.live.alerts.open] == ["predose_pressure"]
    assert walk.at(1, "clinician_decision", by="Dr A", decision="proceed", because="x") is False
    assert walk.at(2, "dose_given", mg=28) is False
    with pytest.raises(SafetyLimit, match="predose_pressure"):
        walk.live.finish()
    walk.live.acknowledge(Acknowledgement("predose_pressure", "Dr A", 180))
    taken = [e.fact for e in walk.live.finish() if isinstance(e.fact, SafetyAlert)]
    assert [a.acknowledged_by for a in taken] == ["", "Dr A"]


@pytest.mark.parametrize("form", ["esketamine_nasal", "ketamine_iv"])
def test_a_hold_before_the_dose_leaves_a_simulated_session_without_a_dose(form: str) -> None:
    script = f"{SCRIPT}  - {{at_min: 0, override: blood_pressure, values: {{systolic_mmhg: 162}}}}\n"
    run = simulate("ketamine", form, script=script)
    assert any("above the hold limit" in words for words in run.texts("refused"))
    assert run.ended.how == "closed"
    (fact,) = [e.fact for e in run.ended.events if isinstance(e.fact, SessionDelivered)]
    assert fact.status == "not_started"


def test_high_at_forty_minutes_is_measured_again_after_five_and_then_an_alert() -> None:
    run = simulate("ketamine", "esketamine_nasal", script=live_runs.HIGH_AT_FORTY)
    codes = run.codes()
    first = codes.index("pause/blood_pressure")
    assert codes[first + 1] == "measure/blood_pressure"
    assert codes.index("alert/severe_hypertension") > first + 1
    high = [a for a in run.live.alerts.alerts if a.code == "severe_hypertension"]
    assert [a.level for a in high] == ["high"] and not high[0].is_open
    (fact,) = [e.fact for e in run.ended.events if isinstance(e.fact, SessionDelivered)]
    assert fact.status == "completed" and fact.summary["peak_systolic_mmhg"] == 186
    assert fact.summary["monitoring_form"]["pressure_at_40_min"] == "186/104"


def test_high_pressure_in_an_infusion_stops_it_and_what_was_given_is_counted() -> None:
    words = "values: {systolic_mmhg: 190, diastolic_mmhg: 112}"
    run = simulate(
        "ketamine",
        "ketamine_iv",
        script=f"{SCRIPT}  - {{at_min: 20, until_min: 40, override: blood_pressure, {words}}}\n",
    )
    assert {"pause/blood_pressure", "stop/stop", "alert/severe_hypertension"} <= set(run.codes())
    (fact,) = [e.fact for e in run.ended.events if isinstance(e.fact, SessionDelivered)]
    assert fact.status == "stopped_early"
    assert 0 < fact.summary["delivered_mg"] < fact.summary["planned_mg"]


def test_nobody_leaves_before_two_hours_whatever_they_ask() -> None:
    walk = Walk()
    walk.dosed()
    for minute in (47, 90, 126.9):
        walk.at(minute, "sedation", moaas=5)
        walk.at(minute, "dissociation", cadss_total=1)
        walk.bp(minute, 124)
        walk.at(minute, "suicide_screen", **NO)
        walk.at(minute, "discharge", **LEAVE)
        assert not walk.live.released and walk.said("at least two hours of observation")
        with pytest.raises(SafetyLimit, match="two hours"):
            walk.live.finish()
    walk.at(127, "discharge", **LEAVE)
    assert walk.live.released
    with pytest.raises(SafetyLimit, match="monitoring_form_due"):
        walk.live.finish()  # the filing date is an alert: somebody takes it on
    walk.live.acknowledge(Acknowledgement("monitoring_form_due", "Nurse 2", 128 * 60))
    assert walk.live.finish()


@pytest.mark.parametrize(("minute", "flagged"), [(47, False), (37, False), (57, False), (57.1, True), (75, True)])
def test_a_forty_minute_reading_outside_its_window_is_flagged(minute: float, flagged: bool) -> None:
    walk = Walk()
    walk.dosed()  # the last device at 7 min: due at 47 min, window 37 to 57 min
    walk.bp(minute, 124)
    assert walk.said("outside its window") is flagged


def test_an_overdue_reading_is_flagged_once_when_its_window_closes() -> None:
    walk = Walk()
    walk.dosed()
    for minute in (47, 56, 57, 58, 80):
        walk.live.tick(minute * 60)
    flags = [line for line in walk.told if line.startswith("flag")]
    assert len(flags) == 3 and all("overdue" in line for line in flags)  # pressure, alertness, dissociation


def test_a_reading_before_its_window_does_not_settle_it() -> None:
    walk = Walk()
    walk.dosed()
    walk.bp(20, 124)
    assert [t.due_s for t in walk.live.due.tasks if t.code == "blood_pressure"] == [47 * 60]


def test_infusion_readings_that_are_left_out_are_flagged() -> None:
    script = f"{SCRIPT}  - {{at_min: 10, until_min: 34, refuse: blood_pressure}}\n"
    run = simulate("ketamine", "ketamine_iv", script=script)
    flags = run.texts("flag")
    assert len([f for f in flags if "due at 15 min is overdue" in f]) == 1
    assert len([f for f in flags if "due at 25 min is overdue" in f]) == 1
    assert any("not taken inside its window" in f for f in flags)
    (fact,) = [e.fact for e in run.ended.events if isinstance(e.fact, SessionDelivered)]
    assert any("without a blood pressure" in words for words in fact.summary["deviations"])
