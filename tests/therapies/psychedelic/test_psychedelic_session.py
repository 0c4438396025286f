"""Dosing days walked step by step, the forbidden paths included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from euthymia.case.facts import (
    Demographics,
    Finding,
    Medication,
    SafetyAlert,
    SessionDelivered,
    Sex,
    SideEffect,
)
from euthymia.case.model import Case
from euthymia.core.errors import SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.psychedelic import THERAPY
from euthymia.therapies.psychedelic.gates import REQUIRED

NO = {"wish_to_be_dead": False, "nonspecific_thoughts": False, "behavior_lifetime": False}
HIGH = NO | {"nonspecific_thoughts": True, "thoughts_with_method": True, "intent_without_plan": True,
             "intent_with_plan": False}  # fmt: skip
MORNING: dict[str, dict[str, Any]] = {
    "checklist": dict.fromkeys(REQUIRED, True),
    "preparation": {"minutes": 400, "hours_before": 48},
    "facilitators": {"count": 2},
    "medication_check": {"lithium": False, "maoi": False, "changed": False},
    "ecg": {"qtc_ms": 415},
    "pregnancy_test": {"positive": False},
    "blood_pressure": {"systolic_mmhg": 122, "diastolic_mmhg": 78},
    "suicide_screen": NO,
}
HOME = {"companion_present": True, "alert_and_oriented": True, "told_not_to_drive": True, "integration_booked": True}


class Day:
    """Feeds a dosing day at given minutes."""

    def __init__(self, case: Case, form: str = "psilocybin", n: int = 1, protocol: str = "") -> None:
        offered = [p for p in THERAPY.propose(case) if p.form == form]
        rx = next((p for p in offered if p.protocol == protocol), offered[0])
        self.session = THERAPY.session(case, rx, n)
        self.first = self.session.start()

    def at(self, minute: float, kind: str, **values: Any) -> list[Action]:
        return self.session.feed(Observation(kind, minute * 60.0, values))

    def bp(self, minute: float, systolic: float = 126, diastolic: float = 80) -> list[Action]:
        return self.at(minute, "blood_pressure", systolic_mmhg=systolic, diastolic_mmhg=diastolic)

    def morning(self, **change: dict[str, Any]) -> None:
        for kind, values in (MORNING | change).items():
            self.at(0, kind, **values)

    def dosed(self) -> None:
        self.morning()
        self.at(1, "dose_given", mg=25)

    def settle(self, minute: float, **screen: bool) -> None:
        self.at(minute, "experience_check", euphoria=False, impairment=False, disinhibition=False)
        self.at(minute, "suicide_screen", **(screen or NO))
        self.bp(minute)


def kinds(actions: list[Action]) -> set[ActionKind]:
    return {a.kind for a in actions}


def done(events: list[Any]) -> SessionDelivered:
    return next(e.fact for e in events if isinstance(e.fact, SessionDelivered))


def test_a_day_from_door_to_door(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    day.at(30, "event", name="nausea", severity="mild", pleasant=False)
    day.bp(31)
    day.at(60, "event_ended", name="nausea")
    day.at(60, "experience_check", euphoria=True, impairment=True, disinhibition=False)
    for minute in (61, 91, 121, 181, 241, 301):
        day.bp(minute, 140, 86)
    day.settle(361)
    day.at(361, "scale", scale="PHQ-9", answers=[1] * 9)
    assert ActionKind.RELEASE in kinds(day.at(362, "discharge", **HOME))
    events = day.session.finish()
    fact = done(events)
    assert (fact.status, fact.summary["delivered_mg"], fact.summary["missed_vitals"]) == ("completed", 25, [])
    told = {e["name"]: (e["pleasant"], e["onset_min"], e["end_min"]) for e in fact.summary["events"]}  # type: ignore[attr-defined]
    assert told == {"nausea": (False, 29, 59), "euphoria": (True, 59, 360), "impairment": (False, 59, 360)}
    assert {e.fact.name for e in events if isinstance(e.fact, SideEffect)} == {"nausea", "euphoria", "impairment"}
    assert fact.summary["integration_due_on"] == "2026-11-03"


@pytest.mark.parametrize("left_out", list(MORNING))
def test_no_check_no_dose(make_case: Callable[..., Case], left_out: str) -> None:
    day = Day(make_case())
    for kind, values in MORNING.items():
        if kind != left_out:
            day.at(0, kind, **values)
    with pytest.raises(SafetyLimit, match="Not yet"):
        day.at(1, "dose_given", mg=25)


@pytest.mark.parametrize(
    "change",
    [
        {"checklist": dict.fromkeys(REQUIRED, True) | {"companion": False}},
        {"preparation": {"minutes": 60, "hours_before": 48}},
        {"preparation": {"minutes": 400, "hours_before": 2}},
        {"facilitators": {"count": 1}},
        {"medication_check": {"lithium": True, "maoi": False, "changed": False}},
        {"medication_check": {"lithium": False, "maoi": True, "changed": False}},
        {"medication_check": {"lithium": False, "maoi": False, "changed": True}},
        {"ecg": {"qtc_ms": 462}},
        {"pregnancy_test": {"positive": True}},
        {"blood_pressure": {"systolic_mmhg": 148, "diastolic_mmhg": 80}},
        {"suicide_screen": HIGH},
        {"suicide_screen": {"wish_to_be_dead": False}},
    ],
)
def test_a_closed_gate_refuses_the_dose(make_case: Callable[..., Case], change: dict[str, dict[str, Any]]) -> None:
    day = Day(make_case())
    day.morning(**change)
    with pytest.raises(SafetyLimit, match="Not yet"):
        day.at(1, "dose_given", mg=25)


def test_a_man_needs_no_pregnancy_test(make_case: Callable[..., Case]) -> None:
    from datetime import date

    day = Day(make_case(Demographics(date(1980, 1, 1), Sex.MALE, "AU")))
    for kind, values in MORNING.items():
        if kind != "pregnancy_test":
            day.at(0, kind, **values)
    day.at(1, "dose_given", mg=25)


@pytest.mark.parametrize("mg", [10, 50, 0.25])
def test_only_the_prescribed_dose_is_taken(make_case: Callable[..., Case], mg: float) -> None:
    day = Day(make_case())
    day.morning()
    with pytest.raises(SafetyLimit, match="as prescribed"):
        day.at(1, "dose_given", mg=mg)


def test_a_second_dose_on_the_day_is_refused(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    for kind in ("dose_given", "supplement_given"):
        with pytest.raises(SafetyLimit):
            day.at(100, kind, mg=25)


def test_lithium_stopped_last_week_still_forbids(make_case: Callable[..., Case]) -> None:
    from datetime import date

    case = make_case(Medication("lithium", 600.0, ended_on=date(2026, 10, 28), active=False))
    day = Day(case)
    assert any(a.kind is ActionKind.REFUSE and "lithium" in a.text for a in day.first)
    day.morning()
    with pytest.raises(SafetyLimit, match="lithium"):
        day.at(1, "dose_given", mg=25)


def test_an_ssri_needs_a_named_decision(make_case: Callable[..., Case]) -> None:
    day = Day(make_case(Medication("sertraline", 100.0)))
    day.morning()
    with pytest.raises(SafetyLimit, match="sertraline"):
        day.at(1, "dose_given", mg=25)
    day.at(2, "clinician_decision", by="Dr A", decision="proceed", because="taper failed; COMP003")
    day.at(3, "dose_given", mg=25)


@pytest.mark.parametrize(("n", "protocol"), [(2, "psilocybin_25_single"), (3, "psilocybin_25_twice")])
def test_more_doses_than_the_protocol_holds_are_refused(make_case: Callable[..., Case], n: int, protocol: str) -> None:
    day = Day(make_case(), n=n, protocol=protocol)
    day.morning()
    with pytest.raises(SafetyLimit, match="in this protocol"):
        day.at(1, "dose_given", mg=25)


def test_a_dose_within_three_weeks_is_refused(make_case: Callable[..., Case]) -> None:
    case = make_case(SessionDelivered("psychedelic", "psilocybin", "psilocybin_25_twice", 1, "completed"))
    day = Day(case, n=2, protocol="psilocybin_25_twice")
    day.morning()
    with pytest.raises(SafetyLimit, match="three weeks"):
        day.at(1, "dose_given", mg=25)


def test_a_contraindication_learned_since_refuses_the_day(make_case: Callable[..., Case]) -> None:
    rx = THERAPY.propose(make_case())[0]
    session = THERAPY.session(make_case(Finding("family_psychosis_or_bipolar", True)), rx, 1)
    assert ActionKind.REFUSE in kinds(session.start())


def test_nobody_leaves_early_alone_or_unasked(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    day.settle(300)
    assert any("on site" in a.text for a in day.at(300, "discharge", **HOME))
    day.settle(361)
    alone = day.at(362, "discharge", **(HOME | {"companion_present": False}))
    assert kinds(alone) == {ActionKind.REFUSE}
    with pytest.raises(SafetyLimit, match="discharge not recorded"):
        day.session.finish()
    assert ActionKind.RELEASE in kinds(day.at(363, "discharge", **HOME))


def test_pleasant_effects_must_be_asked_about(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    day.at(361, "suicide_screen", **NO)
    day.bp(361)
    assert any("pleasant" in a.text for a in day.at(362, "discharge", **HOME))


def test_the_screener_of_the_morning_does_not_count_for_the_evening(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    day.at(361, "experience_check", euphoria=False, impairment=False, disinhibition=False)
    day.bp(361)
    assert any("C-SSRS after the dose" in a.text for a in day.at(362, "discharge", **HOME))


def test_high_risk_in_the_evening_needs_a_disposition(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    day.settle(361, **HIGH)
    assert any("disposition" in a.text for a in day.at(362, "discharge", **HOME))
    day.at(363, "disposition", by="Dr A", plan="admission")
    assert ActionKind.RELEASE in kinds(day.at(364, "discharge", **HOME))


def test_missed_vital_signs_are_told_and_kept(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    assert any("Overdue" in a.text for a in day.at(50, "clock"))
    day.settle(361)
    day.at(362, "discharge", **HOME)
    missed = done(day.session.finish()).summary["missed_vitals"]
    assert isinstance(missed, list)
    assert "vital signs of minute 30" in missed


def test_severe_hypertension_is_confirmed_then_alerted(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    assert kinds(day.bp(60, 185, 100)) == {ActionKind.MEASURE}
    assert kinds(day.bp(66, 186, 100)) == {ActionKind.ALERT}


def test_haloperidol_is_never_the_default_rescue(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    day.at(90, "event", name="severe agitation", severity="severe", pleasant=False)
    with pytest.raises(SafetyLimit, match="haloperidol"):
        day.at(91, "rescue_given", medicine="Haloperidol", mg=5, by="Dr A")
    assert ActionKind.ALERT in kinds(day.at(92, "rescue_given", medicine="lorazepam", mg=1, by="Dr A"))
    day.settle(361)
    assert any("severe agitation not ended" in a.text for a in day.at(362, "discharge", **HOME))


def test_an_emergency_ends_in_a_transfer(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    assert kinds(day.at(90, "event", name="seizure", severity="severe", pleasant=False, serious=True)) == {
        ActionKind.ALERT
    }
    day.at(95, "transfer", to="emergency department", by="Dr A", because="seizure")
    events = day.session.finish()
    assert {e.fact.code for e in events if isinstance(e.fact, SafetyAlert)} == {"seizure", "transfer"}
    assert done(events).status == "stopped_early"


def test_a_cancelled_day_closes_as_not_started(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.at(0, "clinician_decision", by="Dr A", decision="cancel", because="fever")
    assert done(day.session.finish()).status == "not_started"


def test_oregon_law_does_not_shorten_the_protocol(make_case: Callable[..., Case]) -> None:
    from datetime import date

    who = Demographics(date(1980, 1, 1), Sex.FEMALE, "US", "OR")
    day = Day(make_case(who))
    day.dosed()
    day.settle(310)
    assert any("on site" in a.text for a in day.at(310, "discharge", **HOME))
    day.settle(362)
    day.at(363, "discharge", **HOME)
    assert done(day.session.finish()).summary["legal_hours"] == 5


def mdma_day(make_case: Callable[..., Case]) -> Day:
    day = Day(make_case(Finding("ptsd", True), Finding("ptsd_trial_route_mdma", True)), "mdma")
    day.morning()
    day.at(1, "dose_given", mg=80)
    return day


@pytest.mark.parametrize(
    ("minute", "mg", "fine"), [(60, 40, False), (100, 80, False), (100, 40, True), (130, 40, False)]
)
def test_the_supplement_has_its_window_and_its_size(
    make_case: Callable[..., Case], minute: float, mg: float, fine: bool
) -> None:
    day = mdma_day(make_case)
    day.bp(minute)
    if fine:
        day.at(minute, "supplement_given", mg=mg)
        with pytest.raises(SafetyLimit):
            day.at(minute + 5, "supplement_given", mg=mg)
    else:
        with pytest.raises(SafetyLimit):
            day.at(minute, "supplement_given", mg=mg)


def test_no_supplement_at_an_alarming_pressure(make_case: Callable[..., Case]) -> None:
    day = mdma_day(make_case)
    day.bp(100, 184, 100)
    with pytest.raises(SafetyLimit, match="below the alarm limit"):
        day.at(101, "supplement_given", mg=40)


def test_heat_after_mdma_is_an_alert(make_case: Callable[..., Case]) -> None:
    day = mdma_day(make_case)
    assert kinds(day.at(100, "temperature", celsius=39.1)) == {ActionKind.ALERT}


def test_a_screener_from_the_height_of_the_effect_opens_no_door(make_case: Callable[..., Case]) -> None:
    day = Day(make_case())
    day.dosed()
    for minute in (60, 299):
        day.at(minute, "suicide_screen", **NO)
    day.at(362, "experience_check", euphoria=False, impairment=False, disinhibition=False)
    day.bp(362)
    assert any("C-SSRS after the dose, in the hour before leaving" in a.text for a in day.at(362, "discharge", **HOME))
    with pytest.raises(SafetyLimit, match="in the hour before leaving"):
        day.session.finish()
    day.at(363, "suicide_screen", **NO)
    assert ActionKind.RELEASE in kinds(day.at(364, "discharge", **HOME))
