"""ECT: one session, step by step, and the paths that are forbidden."""

from __future__ import annotations

import pytest

from euthymia.case.facts import Medication, SafetyAlert, SessionDelivered, SideEffect
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import ActionKind, Observation
from euthymia.therapies.ect import THERAPY

CHECKS = [
    ("consent", {"given": True}),
    ("fasting", {"solid_h": 10, "clear_fluid_h": 4}),
    ("anesthetic_check", {"cleared": True, "by": "anesthetist"}),
    ("medication_check", {}),
    ("suicidality", {"thoughts": False, "plan": False}),
    ("vital_signs", {"systolic_mmhg": 130, "diastolic_mmhg": 80, "heart_rate": 70, "saturation_pct": 98}),
]
VITALS = CHECKS[-1]


class Run:
    def __init__(self, case, n=1):
        self.session = THERAPY.session(case, THERAPY.propose(case)[0], n)
        self.session.start()
        self.at = 0.0

    def see(self, kind, after=10.0, **values):
        self.at += after
        try:
            return self.session.feed(Observation(kind, self.at, values))
        except Exception:
            self.at -= after
            raise

    def checks(self, skip=()):
        for kind, values in CHECKS:
            if kind not in skip:
                actions = self.see(kind, **values)
        return actions

    def recover(self):
        self.see("recovery", oriented_items=5, since_min=12)
        self.see(VITALS[0], **VITALS[1])
        return self.see("ready", by="nurse 4", escort=True)


def test_a_session_goes_from_consent_to_release(make_case):
    run = Run(make_case())
    assert run.checks()[0].code == "stimulus"
    run.see("stimulus", charge_mc=38.4, pulse_width_ms=0.3)
    assert run.see("seizure", eeg_s=0, motor_s=0, ended=True)[0].code == "restimulate"
    run.see("stimulus", after=25, charge_mc=76.8, pulse_width_ms=0.3)
    assert "Adequate" in run.see("seizure", after=60, eeg_s=42, motor_s=30, ended=True)[0].text
    with pytest.raises(SafetyLimit, match="not reoriented"):
        run.session.finish()
    assert run.recover()[0].kind is ActionKind.RELEASE
    (event,) = run.session.finish()
    assert isinstance(event.fact, SessionDelivered) and event.fact.status == "completed"
    assert event.fact.summary["seizure_eeg_s"] == 42 and len(event.fact.summary["stimulations"]) == 2


def test_no_stimulus_before_every_check(make_case):
    run = Run(make_case())
    run.checks(skip=("anesthetic_check",))
    with pytest.raises(SafetyLimit, match="anesthetic_check"):
        run.see("stimulus", charge_mc=38.4, pulse_width_ms=0.3)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("consent", {"given": False}),
        ("fasting", {"solid_h": 2, "clear_fluid_h": 4}),
        ("fasting", {"solid_h": 8, "clear_fluid_h": 1}),
        ("anesthetic_check", {"cleared": False, "by": "anesthetist"}),
    ],
)
def test_a_refused_check_ends_the_day(make_case, kind, values):
    run = Run(make_case())
    assert run.see(kind, **values)[0].kind is ActionKind.REFUSE
    for other, good in CHECKS:
        run.see(other, **good)
    with pytest.raises(SafetyLimit):
        run.see("stimulus", charge_mc=38.4, pulse_width_ms=0.3)
    assert run.session.finish()[-1].fact.status == "not_started"


def test_lithium_asks_for_a_hold_or_a_named_decision(make_case):
    run = Run(make_case(Medication("lithium", 900)))
    with pytest.raises(InvalidInput, match="lithium_h"):
        run.see("medication_check")
    assert run.see("medication_check", lithium_h=12)[0].kind is ActionKind.ALERT
    run.checks(skip=("medication_check",))
    with pytest.raises(SafetyLimit, match="medication_check"):
        run.see("stimulus", charge_mc=38.4, pulse_width_ms=0.3)
    assert run.see("medication_check", lithium_h=12, accepted_by="Dr. A")[0].code == "lithium_accepted"


def test_high_pressure_pauses_until_it_is_down(make_case):
    run = Run(make_case())
    high = dict(VITALS[1], systolic_mmhg=190)
    assert run.see("vital_signs", **high)[0].kind is ActionKind.PAUSE
    run.checks()
    run.see("stimulus", charge_mc=38.4, pulse_width_ms=0.3)


def test_stimulus_limits(make_case):
    run = Run(make_case())
    run.checks()
    with pytest.raises(SafetyLimit, match="charge_mc"):
        run.see("stimulus", charge_mc=600, pulse_width_ms=0.3)
    with pytest.raises(SafetyLimit, match="pulse_width_ms"):
        run.see("stimulus", charge_mc=100, pulse_width_ms=1.0)
    run.see("stimulus", charge_mc=100, pulse_width_ms=0.3)
    with pytest.raises(SafetyLimit, match="recorded as ended"):
        run.see("stimulus", charge_mc=200, pulse_width_ms=0.3)
    run.see("seizure", eeg_s=0, motor_s=0, ended=True)
    with pytest.raises(SafetyLimit, match="20 s"):
        run.see("stimulus", after=10, charge_mc=200, pulse_width_ms=0.3)
    with pytest.raises(SafetyLimit, match="110 mC"):
        run.see("stimulus", after=30, charge_mc=100, pulse_width_ms=0.3)
    run.see("stimulus", after=30, charge_mc=200, pulse_width_ms=0.3)
    run.see("seizure", eeg_s=30, motor_s=20, ended=True)
    with pytest.raises(SafetyLimit, match="one adequate seizure"):
        run.see("stimulus", after=100, charge_mc=300, pulse_width_ms=0.3)


def test_four_missed_seizures_end_the_attempt(make_case):
    run = Run(make_case())
    run.checks()
    for charge in (20, 40, 80, 160):
        run.see("stimulus", after=70, charge_mc=charge, pulse_width_ms=0.3)
        actions = run.see("seizure", eeg_s=0, motor_s=0, ended=True)
    assert actions[0].kind is ActionKind.STOP
    with pytest.raises(SafetyLimit):
        run.see("stimulus", after=70, charge_mc=320, pulse_width_ms=0.3)
    run.recover()
    assert run.session.finish()[-1].fact.status == "stopped_early"


def test_a_prolonged_seizure_is_terminated_and_recorded(make_case):
    run = Run(make_case())
    run.checks()
    run.see("stimulus", charge_mc=100, pulse_width_ms=0.3)
    assert run.see("seizure", after=120, eeg_s=120, motor_s=80, ended=False)[0].code == "seizure_long"
    kinds = {a.kind for a in run.see("seizure", after=61, eeg_s=181, motor_s=80, ended=False)}
    assert {ActionKind.ALERT, ActionKind.STOP} <= kinds
    with pytest.raises(InvalidInput):
        run.see("recovery", oriented_items=5, since_min=5)
    run.see("termination", drug="midazolam", seizure_ended=True, eeg_s=205)
    run.recover()
    facts = [e.fact for e in run.session.finish()]
    assert any(isinstance(f, SafetyAlert) and f.level == "high" for f in facts)
    assert any(isinstance(f, SideEffect) and f.serious for f in facts)
    assert facts[-1].status == "stopped_early" and facts[-1].summary["seizure_eeg_s"] == 205


def test_a_plan_is_an_alert_that_reaches_the_log(make_case):
    run = Run(make_case())
    actions = run.see("suicidality", thoughts=True, plan=True)
    assert any(a.kind is ActionKind.ALERT for a in actions)
    run.see("cancel", because="sent to observation")
    facts = [e.fact for e in run.session.finish()]
    assert facts[0].level == "high" and facts[-1].status == "not_started"


def test_an_outpatient_needs_an_escort(make_case):
    from datetime import date

    from euthymia.case.facts import Episode, EpisodeSeverity

    run = Run(make_case(Episode(date(2026, 1, 1), EpisodeSeverity.SEVERE, setting="outpatient")))
    run.checks()
    run.see("stimulus", charge_mc=100, pulse_width_ms=0.3)
    run.see("seizure", eeg_s=30, motor_s=20, ended=True)
    run.see("recovery", oriented_items=2, since_min=5)
    run.see("recovery", oriented_items=4, since_min=15)
    run.see("vital_signs", **VITALS[1])
    assert run.see("ready", by="nurse", escort=False)[0].kind is ActionKind.REFUSE
    assert run.see("ready", by="nurse", escort=True)[0].kind is ActionKind.RELEASE


def test_sessions_beyond_the_prescription_need_a_new_one(make_case):
    case = make_case()
    rx = THERAPY.propose(case)[0]
    with pytest.raises(SafetyLimit, match="sessions prescribed"):
        THERAPY.session(case, rx, rx.sessions + 1)
