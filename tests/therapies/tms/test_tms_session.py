"""TMS sessions walked step by step, the forbidden paths included."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tms_cases import DAY_CHECK, NO_RISK, prepare, tms_case

from euthymia.case.facts import Implant, SafetyAlert, SessionDelivered, SideEffect, SuicideScreen
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import ActionKind
from euthymia.therapies.tms import THERAPY
from euthymia.therapies.tms.prescription import MotorThreshold

from tests.therapies.therapy_cases import NOW, see


def rx_of(form, protocol="standard", case=None):
    return next(p for p in THERAPY.propose(case or tms_case()) if (p.form, p.protocol) == (form, protocol))


def new(form="tms_itbs", n=1, case=None, **changes):
    case = case or tms_case()
    return THERAPY.session(case, replace(rx_of(form), **changes), n)


def run_site(session, start_s, trains, interval_s, pulses):
    actions = []
    for i in range(trains):
        actions = session.feed(see("train", start_s + i * interval_s, pulses=pulses))
    return actions, start_s + trains * interval_s


def fact_of(events, kind):
    return [e.fact for e in events if isinstance(e.fact, kind)]


def ready(form="tms_itbs", **kwargs):
    session = new(form)
    prepare(session, **kwargs)
    session.feed(see("intensity", 50, pct_rmt=session._rx.stimulations[0].intensity_pct_rmt))
    return session


def test_a_whole_theta_burst_session_is_counted_and_closed():
    session = ready()
    actions, end = run_site(session, 60, 20, 10, 30)
    assert actions[-1].code == "after_check"
    with pytest.raises(SafetyLimit, match="after_check"):
        session.finish()
    released = session.feed(see("after_check", end, well=True))
    assert released[0].kind is ActionKind.RELEASE
    (done,) = fact_of(session.finish(), SessionDelivered)
    assert done.status == "completed"
    assert done.summary["pulses_delivered"] == done.summary["pulses_planned"] == 600
    assert done.summary["motor_threshold_pct_mso"] == 50
    assert done.summary["threshold_measured"] is True


def test_the_first_step_asks_every_day_question_and_the_threshold():
    codes = [a.code for a in new().start()]
    assert codes == ["day_check", "mood_check", "ear_protection", "motor_threshold", "position"]


@pytest.mark.parametrize("skipped", ["day_check", "mood_check", "ear_protection", "motor_threshold", "position"])
def test_no_train_before_every_check(skipped):
    session = new()
    session.start()
    steps = [
        see("day_check", 0, **DAY_CHECK),
        see("mood_check", 0, new_or_worse_suicidal_thoughts=False),
        see("ear_protection", 0, patient=True, operator=True),
        see("motor_threshold", 0, value_pct_mso=50, method="emg"),
        see("position", 0, confirmed=True),
    ]
    for step in steps:
        if step.kind != skipped:
            session.feed(step)
    if skipped == "motor_threshold":
        with pytest.raises(SafetyLimit):
            session.feed(see("intensity", 1, pct_rmt=120))
    else:
        session.feed(see("intensity", 1, pct_rmt=120))
    with pytest.raises(SafetyLimit):
        session.feed(see("train", 2, pulses=30))


@pytest.mark.parametrize("check", ["new_metal_or_device", "neurological_event"])
def test_new_metal_or_a_fit_ends_the_session_before_it_begins(check):
    session = new()
    session.start()
    actions = session.feed(see("day_check", 0, **(DAY_CHECK | {check: True})))
    assert actions[0].kind is ActionKind.REFUSE
    (done,) = fact_of(session.finish(), SessionDelivered)
    assert done.status == "not_started"
    assert "stopped_because" in done.summary


@pytest.mark.parametrize(
    "check",
    ["short_sleep", "alcohol_or_drugs", "sedative_cut", "ketamine_or_psychedelic_today", "possibly_pregnant"],
)
def test_a_hold_needs_a_named_physician(check):
    session = new()
    session.start()
    session.feed(see("day_check", 0, **(DAY_CHECK | {check: True})))
    session.feed(see("mood_check", 0, new_or_worse_suicidal_thoughts=False))
    session.feed(see("ear_protection", 0, patient=True, operator=True))
    session.feed(see("motor_threshold", 0, value_pct_mso=50, method="emg"))
    session.feed(see("position", 0, confirmed=True))
    session.feed(see("intensity", 0, pct_rmt=110))
    with pytest.raises(SafetyLimit, match="physician"):
        session.feed(see("train", 1, pulses=30))
    session.feed(see("day_check", 2, **DAY_CHECK))  # asking again does not undo the hold
    with pytest.raises(SafetyLimit, match="physician"):
        session.feed(see("train", 3, pulses=30))
    with pytest.raises(InvalidInput, match="by"):
        session.feed(see("physician_release", 3, hold=check, by="", because="slept four hours"))
    session.feed(see("physician_release", 4, hold=check, by="Dr. Test", because="weighed"))
    session.feed(see("train", 5, pulses=30))


def test_a_medication_change_asks_for_a_new_threshold():
    rx = replace(rx_of("tms_itbs"), motor_threshold=MotorThreshold(55, "emg"))
    session = THERAPY.session(tms_case(), rx, 2)
    prepare(session, threshold=False)
    session.feed(see("intensity", 50, pct_rmt=120))
    session.feed(see("day_check", 51, **(DAY_CHECK | {"medication_change": True})))
    with pytest.raises(SafetyLimit, match="threshold"):
        session.feed(see("train", 52, pulses=30))
    visual = session.feed(see("motor_threshold", 53, value_pct_mso=58, method="visual"))
    assert any(a.code == "visual_threshold" for a in visual)
    session.feed(see("intensity", 54, pct_rmt=120))
    session.feed(see("train", 60, pulses=30))


def test_more_pulses_faster_trains_and_higher_intensity_are_refused_and_change_nothing():
    session = ready()
    with pytest.raises(SafetyLimit, match="pct_rmt"):
        session.feed(see("intensity", 51, pct_rmt=125))
    with pytest.raises(SafetyLimit, match="pulses"):
        session.feed(see("train", 60, pulses=31))
    session.feed(see("train", 60, pulses=30))
    with pytest.raises(SafetyLimit, match="apart"):
        session.feed(see("train", 65, pulses=30))
    _, end = run_site(session, 70, 19, 10, 30)
    with pytest.raises(SafetyLimit, match="last one"):
        session.feed(see("train", end, pulses=30))
    session.feed(see("after_check", end + 1, well=True))
    (done,) = fact_of(session.finish(), SessionDelivered)
    assert done.summary["pulses_delivered"] == 600


def test_output_over_100_percent_of_the_machine_is_refused():
    session = new()
    prepare(session, threshold=False)
    session.feed(see("motor_threshold", 45, value_pct_mso=90, method="emg"))
    with pytest.raises(SafetyLimit, match="output_pct_mso"):
        session.feed(see("intensity", 50, pct_rmt=120))
    action = session.feed(see("intensity", 51, pct_rmt=100))[0]
    assert "90 % of machine output" in action.text


def test_contact_loss_pauses_and_missed_pulses_are_reported():
    session = ready()
    session.feed(see("train", 60, pulses=30))
    lost = session.feed(see("contact_loss", 62, missed_pulses=12))
    assert lost[0].kind is ActionKind.PAUSE
    with pytest.raises(SafetyLimit, match="pause"):
        session.feed(see("train", 70, pulses=30))
    with pytest.raises(InvalidInput, match="missed_pulses"):
        session.feed(see("contact_loss", 70, missed_pulses=500))
    session.feed(see("resume", 71))
    session.feed(see("train", 80, pulses=21))
    session.feed(see("stop", 90, because="patient asked"))
    with pytest.raises(SafetyLimit):
        session.feed(see("train", 100, pulses=30))
    session.feed(see("after_check", 110, well=True))
    (done,) = fact_of(session.finish(), SessionDelivered)
    assert done.status == "stopped_early"
    assert (done.summary["pulses_delivered"], done.summary["pulses_missed"], done.summary["interruptions"]) == (
        39,
        21,
        1,
    )


def test_a_seizure_stops_alerts_and_keeps_every_gate_shut_until_handover():
    session = ready()
    session.feed(see("train", 60, pulses=30))
    session.feed(see("after_check", 61, well=True))
    actions = session.feed(see("symptom", 65, name="seizure", severity="severe"))
    assert {a.kind for a in actions} == {ActionKind.STOP, ActionKind.ALERT}
    assert "emergency" in actions[0].text
    for kind in ("train", "resume"):
        with pytest.raises(SafetyLimit):
            session.feed(see(kind, 70, pulses=30))
    with pytest.raises(SafetyLimit) as refused:
        session.finish()
    for word in ("handover", "acknowledged", "after_check"):
        assert word in str(refused.value)
    session.feed(see("after_check", 600, well=True))
    session.feed(see("handover", 610, to="emergency physician"))
    session.feed(see("alert_acknowledged", 620, code="seizure", by="Dr. Test"))
    events = session.finish()
    assert fact_of(events, SideEffect)[0].serious
    assert fact_of(events, SessionDelivered)[0].status == "stopped_early"
    alerts = fact_of(events, SafetyAlert)
    assert alerts[0].level == "high" and alerts[-1].acknowledged_by == "Dr. Test"
    after = tms_case().with_events(*events)
    assert [a.code for a in after.open_alerts] == ["seizure"]  # acknowledged is not closed


@pytest.mark.parametrize("name", ["syncope", "mania", "psychosis", "hearing_change", "suicidal_thoughts"])
def test_other_stop_symptoms_stop_and_alert(name):
    session = ready()
    kinds = {a.kind for a in session.feed(see("symptom", 60, name=name, severity="moderate"))}
    assert kinds == {ActionKind.STOP, ActionKind.ALERT}


def test_headache_informs_and_strong_pain_pauses():
    session = ready()
    assert session.feed(see("symptom", 60, name="headache", severity="mild"))[0].kind is ActionKind.INFORM
    assert (
        session.feed(see("symptom", 61, name="scalp_pain", severity="moderate", pain_0_10=8))[0].kind
        is ActionKind.PAUSE
    )


def test_suicidal_thoughts_before_the_session_ask_for_the_screener_and_decide():
    session = new()
    session.start()
    session.feed(see("day_check", 0, **DAY_CHECK))
    asked = session.feed(see("mood_check", 1, new_or_worse_suicidal_thoughts=True))
    assert asked[0].code == "suicide_screen"
    with pytest.raises(SafetyLimit, match="screener"):
        session.feed(see("physician_release", 2, hold="suicidality", by="Dr. Test", because="known"))
    high = NO_RISK | {
        "nonspecific_thoughts": True,
        "thoughts_with_method": True,
        "intent_without_plan": True,
        "intent_with_plan": True,
    }
    actions = session.feed(see("suicide_screen", 3, **high))
    assert {a.kind for a in actions} == {ActionKind.ALERT, ActionKind.STOP}
    with pytest.raises(SafetyLimit, match="handover"):
        session.finish()
    session.feed(see("handover", 9, to="on-call psychiatrist"))
    session.feed(see("alert_acknowledged", 10, code="suicide_risk", by="Dr. Test"))
    events = session.finish()
    assert fact_of(events, SuicideScreen)
    assert fact_of(events, SessionDelivered)[0].status == "not_started"


def test_a_screener_without_risk_opens_the_session_again():
    session = new()
    session.start()
    session.feed(see("mood_check", 1, new_or_worse_suicidal_thoughts=True))
    session.feed(see("suicide_screen", 2, **NO_RISK))
    assert not session._holds


def test_bilateral_moves_to_the_second_site_and_asks_for_position_and_intensity_again():
    session = ready("tms_bilateral", adjusted=54)
    actions = session.feed(see("train", 60, pulses=400, partial=True))
    assert actions == []
    actions = session.feed(see("train", 500, pulses=200))
    assert actions[-1].code == "position" and "Left" in actions[-1].text
    with pytest.raises(SafetyLimit, match="position"):
        session.feed(see("train", 700, pulses=30))
    session.feed(see("position", 710, confirmed=True))
    session.feed(see("intensity", 720, pct_rmt=110))
    run_site(session, 730, 50, 30, 30)
    session.feed(see("after_check", 3000, well=True))
    assert fact_of(session.finish(), SessionDelivered)[0].summary["pulses_delivered"] == 2100


def test_depth_correction_may_not_pass_its_cap_and_is_asked_for():
    session = new("tms_saint")
    prepare(session)
    with pytest.raises(InvalidInput, match="adjusted"):
        session.feed(see("intensity", 50, pct_rmt=90))
    session.feed(see("motor_threshold", 51, value_pct_mso=50, method="emg", adjusted_pct_mso=80))
    with pytest.raises(SafetyLimit, match="depth correction"):
        session.feed(see("intensity", 52, pct_rmt=90))


def finished(number, at, form="tms_saint", pulses=1800):
    from euthymia.case.events import Event

    summary = {"pulses_delivered": pulses, "pulses_planned": pulses, "motor_threshold_pct_mso": 50.0,
               "motor_threshold_method": "emg", "adjusted_threshold_pct_mso": 55.0}  # fmt: skip
    return Event(SessionDelivered("tms", form, "standard", number, "completed", summary), at, at)


def test_saint_keeps_its_gap_and_its_day():
    soon = tms_case(finished(1, NOW - timedelta(minutes=20)))
    with pytest.raises(SafetyLimit, match="50 min apart"):
        new("tms_saint", 2, soon)
    later = tms_case(finished(1, NOW - timedelta(minutes=51)))
    assert "motor_threshold" not in [a.code for a in new("tms_saint", 2, later).start()]
    full = tms_case(*[finished(i, NOW - timedelta(minutes=52 * (11 - i))) for i in range(2, 11)])
    assert new("tms_saint", 11, full)
    over = tms_case(*[finished(i, NOW - timedelta(minutes=51 + 5 * i)) for i in range(1, 11)])
    with pytest.raises(SafetyLimit, match="sessions a day"):
        new("tms_saint", 11, over)


def test_a_second_daily_session_and_one_beyond_the_course_are_refused():
    with pytest.raises(SafetyLimit, match="a day"):
        new("tms_itbs", 2, tms_case(finished(1, NOW - timedelta(hours=3), "tms_itbs", 600)))
    with pytest.raises(SafetyLimit, match="no more sessions"):
        new("tms_itbs", 37)


def test_a_new_implant_on_record_closes_the_session_even_with_an_old_prescription():
    rx = rx_of("tms_itbs")
    with pytest.raises(SafetyLimit, match="contraindicated"):
        THERAPY.session(tms_case(Implant("cochlear_implant")), rx, 1)


def test_an_unfinished_session_cannot_be_closed_and_unknown_words_are_named():
    session = ready()
    with pytest.raises(SafetyLimit, match="20 trains"):
        session.finish()
    with pytest.raises(InvalidInput, match=r"symptom\.name"):
        session.feed(see("symptom", 60, name="hiccup", severity="mild"))
    with pytest.raises(InvalidInput, match="day_check"):
        session.feed(see("day_check", 60))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.floats(0, 30), st.booleans()), max_size=60))
def test_whatever_is_fed_the_delivered_pulses_never_pass_the_prescription(steps):
    session = ready()
    at = 60.0
    for pulses, wait, lost in steps:
        at += wait
        try:
            session.feed(see("contact_loss", at, missed_pulses=pulses) if lost else see("train", at, pulses=pulses))
            if lost:
                session.feed(see("resume", at))
        except (SafetyLimit, InvalidInput):
            continue
    summary = session._delivery.summary()
    assert 0 <= summary["pulses_delivered"] <= summary["pulses_delivered"] + summary["pulses_missed"] <= 600
