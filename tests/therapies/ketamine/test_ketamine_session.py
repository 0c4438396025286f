"""Ketamine sessions walked step by step, the forbidden paths included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from euthymia.case.facts import Finding, SafetyAlert, SessionDelivered, SideEffect, SuicideScreen
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.ketamine import THERAPY

MIN = 60.0
NO = {
    "wish_to_be_dead": False, "nonspecific_thoughts": False, "behavior_lifetime": False,
}  # fmt: skip
HIGH = NO | {"nonspecific_thoughts": True, "thoughts_with_method": True, "intent_without_plan": True,
             "intent_with_plan": False}  # fmt: skip


class Walk:
    """Feeds a session at given minutes."""

    def __init__(self, case: Case, form: str, n: int = 1) -> None:
        rx = next(p for p in THERAPY.propose(case) if p.form == form)
        self.session = THERAPY.session(case, rx, n)
        self.first = self.session.start()

    def at(self, minute: float, kind: str, **values: Any) -> list[Action]:
        return self.session.feed(Observation(kind, minute * MIN, values))

    def bp(self, minute: float, systolic: float, diastolic: float) -> list[Action]:
        return self.at(minute, "blood_pressure", systolic_mmhg=systolic, diastolic_mmhg=diastolic)

    def ready_spray(self) -> None:
        self.at(0, "checklist", consent=True, escort=True, trained_staff=True, rems_enrolled=True)
        self.at(0, "fasting", hours_since_food=3, minutes_since_liquid=45)
        self.at(0, "nasal_products", used_today=False)
        self.bp(0, 124, 78)

    def spray(self) -> None:
        self.ready_spray()
        self.at(2, "dose_given", mg=28, lot="A1")
        self.at(7, "dose_given", mg=28, lot="A1")

    def ready_iv(self) -> None:
        self.at(0, "checklist", consent=True, escort=True, trained_staff=True)
        self.at(0, "oxygen_saturation", spo2_pct=98)
        self.bp(0, 124, 78)

    def start_iv(self) -> None:
        self.ready_iv()
        self.at(1, "infusion_started", pump_mg=35, pump_min=40)

    def settle(self, minute: float, **screen: bool) -> None:
        self.at(minute, "sedation", moaas=5)
        self.at(minute, "dissociation", cadss_total=1)
        self.bp(minute, 126, 80)
        self.at(minute, "suicide_screen", **(screen or NO))

    def leave(self, minute: float) -> list[Action]:
        return self.at(minute, "discharge", escort_present=True, alert_and_oriented=True, told_not_to_drive=True)


def kinds(actions: list[Action]) -> set[ActionKind]:
    return {a.kind for a in actions}


def fact(events: list[Any], cls: type) -> Any:
    return next(e.fact for e in events if isinstance(e.fact, cls))


def test_a_spray_session_from_door_to_door(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.spray()
    walk.at(25, "dissociation", cadss_total=20)
    walk.at(42, "sedation", moaas=4)
    walk.bp(45, 150, 92)
    walk.settle(128)
    assert ActionKind.RELEASE in kinds(walk.leave(130))
    events = walk.session.finish()
    done = fact(events, SessionDelivered)
    assert (done.status, done.summary["delivered_mg"]) == ("completed", 56)
    form = done.summary["monitoring_form"]
    assert form["pressure_at_40_min"] == "150/92"
    assert form["sedation"] == [{"onset_min": 40.0, "end_min": 126.0}]
    assert form["dissociation"] == [{"onset_min": 23.0, "end_min": 126.0}]
    assert form["lot"] == "A1, A1"
    assert done.summary["monitoring_form_missing"] == ["enrollment_id", "provider", "setting", "address",
                                                       "minutes_to_fit_to_leave"]  # fmt: skip
    assert done.summary["monitoring_form_due_on"] == "2026-11-09"
    assert fact(events, SafetyAlert).code == "monitoring_form_due"
    assert fact(events, SuicideScreen).wish_to_be_dead is False


@pytest.mark.parametrize("left_out", ["checklist", "fasting", "nasal_products", "blood_pressure"])
def test_no_check_no_dose(make_case: Callable[..., Case], left_out: str) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    steps: dict[str, dict[str, Any]] = {
        "checklist": {"consent": True, "escort": True, "trained_staff": True, "rems_enrolled": True},
        "fasting": {"hours_since_food": 3, "minutes_since_liquid": 45},
        "nasal_products": {"used_today": False},
        "blood_pressure": {"systolic_mmhg": 120, "diastolic_mmhg": 80},
    }
    for kind, values in steps.items():
        if kind != left_out:
            walk.at(0, kind, **values)
    with pytest.raises(SafetyLimit, match="Not yet"):
        walk.at(1, "dose_given", mg=28)


def test_enrollment_is_asked_in_the_us_only(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(country="DE"), "esketamine_nasal")
    with pytest.raises(InvalidInput, match="rems_enrolled"):
        walk.at(0, "checklist", rems_enrolled=True)


def test_recent_food_or_nasal_steroid_waits(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    assert kinds(walk.at(0, "fasting", hours_since_food=1, minutes_since_liquid=45)) == {ActionKind.WAIT}
    assert kinds(walk.at(0, "nasal_products", used_today=True, hours_since=0.5)) == {ActionKind.WAIT}


def test_pressure_above_the_limit_holds_until_repeated_or_decided(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.ready_spray()
    assert kinds(walk.bp(1, 146, 84)) == {ActionKind.PAUSE}
    with pytest.raises(SafetyLimit, match="above the hold limit"):
        walk.at(2, "dose_given", mg=28)
    walk.at(3, "clinician_decision", by="Dr A", decision="proceed", because="white coat, stable at home")
    walk.at(4, "dose_given", mg=28)


def test_markedly_high_pressure_cannot_be_overridden(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.ready_spray()
    assert ActionKind.ALERT in kinds(walk.bp(1, 184, 100))
    with pytest.raises(SafetyLimit):
        walk.at(2, "clinician_decision", by="Dr A", decision="proceed", because="x")


def test_over_65_the_trial_rule_informs_between_140_and_150(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(age=70), "esketamine_nasal")
    assert kinds(walk.bp(0, 146, 84)) == {ActionKind.INFORM}
    assert kinds(walk.bp(1, 152, 84)) == {ActionKind.PAUSE}


def test_an_old_reading_does_not_open_the_dose(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.ready_spray()
    with pytest.raises(SafetyLimit, match="min old"):
        walk.at(45, "dose_given", mg=28)


def test_devices_too_close_too_large_or_too_many_are_refused(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.ready_spray()
    with pytest.raises(SafetyLimit):
        walk.at(1, "dose_given", mg=56)
    walk.at(2, "dose_given", mg=28)
    with pytest.raises(SafetyLimit, match="minutes_since_last_device"):
        walk.at(4, "dose_given", mg=28)
    walk.at(7, "dose_given", mg=28)
    with pytest.raises(SafetyLimit, match="56 mg in session 1"):
        walk.at(13, "dose_given", mg=28)


def test_a_session_within_24_hours_is_refused(make_case: Callable[..., Case]) -> None:
    case = make_case(SessionDelivered("ketamine", "esketamine_nasal", "esketamine_us_trd", 1, "completed"))
    walk = Walk(case, "esketamine_nasal", 2)
    assert ActionKind.REFUSE in kinds(walk.first)
    walk.ready_spray()
    with pytest.raises(SafetyLimit, match="24 hours"):
        walk.at(1, "dose_given", mg=28)


def test_a_contraindication_learned_since_refuses_the_dose(make_case: Callable[..., Case]) -> None:
    rx = THERAPY.propose(make_case())[0]
    session = THERAPY.session(make_case(Finding("aneurysmal_vascular_disease", True)), rx, 1)
    assert ActionKind.REFUSE in kinds(session.start())


def test_nobody_leaves_before_two_hours(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.spray()
    walk.settle(100)
    assert kinds(walk.leave(100)) == {ActionKind.REFUSE}
    with pytest.raises(SafetyLimit, match="watched for"):
        walk.session.finish()


def test_pressure_that_has_not_fallen_keeps_the_door_closed(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.spray()
    walk.settle(128)
    walk.bp(129, 158, 96)
    assert any("has not fallen" in a.text for a in walk.leave(130))


def test_outstanding_device_must_be_given_or_stopped(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.ready_spray()
    walk.at(2, "dose_given", mg=28)
    walk.settle(128)
    assert any("outstanding" in a.text for a in walk.leave(130))
    walk.at(131, "stop", by="Dr A", because="patient asked")
    assert ActionKind.RELEASE in kinds(walk.leave(132))
    done = fact(walk.session.finish(), SessionDelivered)
    assert (done.status, done.summary["delivered_mg"]) == ("stopped_early", 28)


def test_high_suicide_risk_needs_a_disposition(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.spray()
    walk.settle(128, **HIGH)
    assert any("disposition" in a.text for a in walk.leave(130))
    walk.at(131, "disposition", by="Dr A", plan="admission, continuous observation")
    assert ActionKind.RELEASE in kinds(walk.leave(132))
    alerts = [e.fact for e in walk.session.finish() if isinstance(e.fact, SafetyAlert)]
    assert "high" in {a.level for a in alerts}


def test_an_open_question_of_the_screener_keeps_the_door_closed(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.spray()
    walk.settle(128, wish_to_be_dead=False)
    assert any("questions open" in a.text for a in walk.leave(130))


def test_not_begun_closes_without_discharge(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "esketamine_nasal")
    walk.at(0, "clinician_decision", by="Dr A", decision="cancel", because="ate lunch")
    assert fact(walk.session.finish(), SessionDelivered).status == "not_started"


def test_an_infusion_from_door_to_door(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "ketamine_iv")
    walk.start_iv()
    for minute in (11, 21, 31, 41):
        walk.bp(minute, 138, 86)
    walk.at(41, "infusion_ended", delivered_mg=35)
    walk.settle(75)
    assert ActionKind.RELEASE in kinds(walk.leave(76))
    done = fact(walk.session.finish(), SessionDelivered)
    assert (done.status, done.summary["delivered_mg_kg"], done.summary["deviations"]) == ("completed", 0.5, [])


@pytest.mark.parametrize(("mg", "minutes"), [(350, 40), (35, 4), (0.5, 40)])
def test_a_pump_that_does_not_agree_is_refused(make_case: Callable[..., Case], mg: float, minutes: float) -> None:
    walk = Walk(make_case(), "ketamine_iv")
    walk.ready_iv()
    with pytest.raises(SafetyLimit, match="as prescribed"):
        walk.at(1, "infusion_started", pump_mg=mg, pump_min=minutes)


def test_high_pressure_twice_five_minutes_apart_stops(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "ketamine_iv")
    walk.start_iv()
    assert kinds(walk.bp(11, 182, 96)) == {ActionKind.PAUSE, ActionKind.MEASURE}
    walk.at(11, "infusion_paused", because="blood pressure")
    assert kinds(walk.bp(13, 183, 96)) == {ActionKind.MEASURE}
    with pytest.raises(SafetyLimit):
        walk.at(14, "infusion_resumed")
    assert kinds(walk.bp(16, 181, 96)) == {ActionKind.STOP, ActionKind.ALERT}
    walk.settle(60)
    walk.leave(61)
    done = fact(walk.session.finish(), SessionDelivered)
    assert done.status == "stopped_early"
    assert done.summary["delivered_mg"] == pytest.approx(8.75)  # 10 of 40 min


def test_high_pressure_that_falls_may_resume_with_the_rest_replanned(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "ketamine_iv")
    walk.start_iv()
    walk.bp(11, 182, 96)
    walk.at(11, "infusion_paused", because="blood pressure")
    assert ActionKind.RESUME in kinds(walk.bp(15, 150, 90))
    assert "26.2 mg over 30 min" in walk.at(15, "infusion_resumed")[0].text
    with pytest.raises(SafetyLimit, match="infusion_min"):
        walk.at(30, "infusion_ended", delivered_mg=35)
    walk.at(45, "infusion_ended", delivered_mg=35)


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("oxygen_saturation", {"spo2_pct": 90}, {ActionKind.PAUSE, ActionKind.ALERT}),
        ("sedation", {"moaas": 3}, {ActionKind.PAUSE}),
        ("sedation", {"moaas": 0}, {ActionKind.STOP, ActionKind.ALERT}),
        ("symptom", {"name": "chest pain", "severity": "moderate"}, {ActionKind.STOP, ActionKind.ALERT}),
        ("symptom", {"name": "vomiting", "severity": "mild"}, {ActionKind.PAUSE}),
        ("symptom", {"name": "dizziness", "severity": "mild"}, {ActionKind.INFORM}),
    ],
)
def test_pause_and_stop_rules(
    make_case: Callable[..., Case], kind: str, values: dict[str, Any], expected: set[ActionKind]
) -> None:
    walk = Walk(make_case(), "ketamine_iv")
    walk.start_iv()
    assert kinds(walk.at(10, kind, **values)) == expected


def test_a_transfer_closes_the_session_with_an_alert(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "ketamine_iv")
    walk.start_iv()
    walk.at(10, "symptom", name="chest pain", severity="severe", serious=True)
    walk.at(20, "transfer", to="emergency department", by="Dr A", because="chest pain")
    events = walk.session.finish()
    assert {e.fact.code for e in events if isinstance(e.fact, SafetyAlert)} == {"chest_pain", "transfer"}
    assert fact(events, SideEffect).serious


def test_a_refused_observation_leaves_the_session_as_it_was(make_case: Callable[..., Case]) -> None:
    walk = Walk(make_case(), "ketamine_iv")
    walk.ready_iv()
    with pytest.raises(SafetyLimit):
        walk.at(5, "infusion_started", pump_mg=5, pump_min=40)
    walk.at(1, "infusion_started", pump_mg=35, pump_min=40)  # time did not move


def test_the_same_observations_give_the_same_events(make_case: Callable[..., Case]) -> None:
    def run() -> list[str]:
        walk = Walk(make_case(), "ketamine_iv")
        walk.start_iv()
        walk.at(10, "stop", by="Dr A", because="patient asked")
        walk.settle(45)
        walk.leave(46)
        return [e.id for e in walk.session.finish()]

    assert run() == run()
