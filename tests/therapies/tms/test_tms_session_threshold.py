"""The threshold inside a session: hunted pulse by pulse, measured again when it is due, and followed when it moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tms_cases import DAY_CHECK, prepare, tms_case

from euthymia.case.events import Event
from euthymia.case.facts import SessionDelivered
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import ActionKind
from euthymia.therapies.tms import THERAPY

from tests.therapies.therapy_cases import NOW, see


def new(case=None, n=1):
    case = case or tms_case()
    rx = next(p for p in THERAPY.propose(case) if p.form == "tms_itbs")
    return THERAPY.session(case, rx, n)


def after(days_ago, sessions=1, *, measured_first=True, value=50):
    """A case with earlier sessions, the last of them ``days_ago``."""
    events = []
    for i in range(sessions):
        at = NOW - timedelta(days=days_ago + sessions - 1 - i)
        summary = {
            "motor_threshold_pct_mso": value, "motor_threshold_method": "emg",
            "threshold_measured": measured_first and i == 0, "pulses_delivered": 600, "pulses_missed": 0,
        }  # fmt: skip
        events.append(Event(SessionDelivered("tms", "tms_itbs", "standard", i + 1, "completed", summary), at, at))
    return tms_case(*events)


def ready_for_hunt():
    session = new()
    session.start()
    session.feed(see("day_check", 0, **DAY_CHECK))
    session.feed(see("ear_protection", 0, patient=True, operator=True))
    return session


def hunt(session, threshold, at_s=1):
    actions = session.feed(see("threshold_hunt", at_s, method="emg"))
    while actions[-1].code == "threshold_pulse":
        asked = int(actions[-1].text.split(" at ")[1].split(" %")[0])
        actions = session.feed(see("threshold_pulse", at_s, responded=asked >= threshold))
    return actions


def test_a_hunt_in_the_session_sets_the_threshold_with_its_interval():
    session = ready_for_hunt()
    actions = hunt(session, 52)
    assert [a.code for a in actions] == ["threshold_interval", "motor_threshold"]
    session.feed(see("mood_check", 2, new_or_worse_suicidal_thoughts=False))
    session.feed(see("position", 3, confirmed=True))
    (output,) = session.feed(see("intensity", 4, pct_rmt=100))
    assert "Set 52 %" in output.text or "Set 51 %" in output.text
    session.feed(see("stop", 5, because="patient asked"))
    done = next(e.fact for e in session.finish() if isinstance(e.fact, SessionDelivered))
    assert done.summary["motor_threshold_low_pct_mso"] <= 52 <= done.summary["motor_threshold_high_pct_mso"]
    assert done.summary["motor_threshold_pulses"] <= 20


def test_a_flagged_hunt_sets_nothing():
    session = ready_for_hunt()
    (action,) = hunt(session, 101)
    assert action.kind is ActionKind.MEASURE and "Not taken" in action.text
    session.feed(see("mood_check", 2, new_or_worse_suicidal_thoughts=False))
    session.feed(see("position", 3, confirmed=True))
    with pytest.raises(SafetyLimit, match="motor_threshold"):
        session.feed(see("intensity", 4, pct_rmt=100))


def test_test_pulses_are_stimulation_too():
    session = new()
    session.start()
    with pytest.raises(SafetyLimit, match="ear_protection"):
        session.feed(see("threshold_hunt", 0, method="emg"))
    session.feed(see("day_check", 0, **(DAY_CHECK | {"alcohol_or_drugs": True})))
    session.feed(see("ear_protection", 0, patient=True, operator=True))
    with pytest.raises(SafetyLimit, match="release"):
        session.feed(see("threshold_hunt", 0, method="emg"))


def test_a_pulse_without_a_hunt_or_with_an_unknown_word_is_refused():
    session = ready_for_hunt()
    with pytest.raises(SafetyLimit, match="threshold_hunt"):
        session.feed(see("threshold_pulse", 1, responded=True))
    with pytest.raises(InvalidInput, match="method"):
        session.feed(see("threshold_hunt", 1))
    session.feed(see("threshold_hunt", 1, method="emg"))
    with pytest.raises(InvalidInput, match="responded"):
        session.feed(see("threshold_pulse", 1, answered=True))


def test_the_output_has_to_be_set_again_on_a_new_threshold():
    session = new()
    prepare(session)
    session.feed(see("intensity", 50, pct_rmt=120))
    session.feed(see("motor_threshold", 55, value_pct_mso=40, method="emg"))
    with pytest.raises(SafetyLimit, match="no intensity"):
        session.feed(see("train", 60, pulses=30))


def test_a_long_pause_asks_for_the_threshold_before_any_train():
    for days, due in ((13, False), (14, True)):
        session = new(after(days), n=2)
        assert ("motor_threshold" in [a.code for a in session.start()]) is due


def test_after_a_week_of_sessions_a_new_threshold_is_advised_but_not_forced():
    session = new(after(1, sessions=6), n=7)
    codes = [a.code for a in session.start()]
    assert "threshold_overdue" in codes and "motor_threshold" not in codes
    assert "threshold_overdue" not in [a.code for a in new(after(1, sessions=5), n=6).start()]


def test_a_threshold_that_moved_or_was_taken_another_way_is_said():
    session = new(after(1), n=2)
    session.start()
    actions = session.feed(see("motor_threshold", 1, value_pct_mso=56, method="visual"))
    assert [a.code for a in actions] == ["motor_threshold", "visual_threshold", "threshold_drift", "threshold_method"]
    assert "+12 %" in actions[2].text
    assert [a.code for a in session.feed(see("motor_threshold", 2, value_pct_mso=54, method="emg"))] == [
        "motor_threshold"
    ]


def test_a_coil_off_its_place_waits_for_a_new_position():
    session = new()
    prepare(session)
    session.feed(see("intensity", 50, pct_rmt=120))
    (near,) = session.feed(see("coil_drift", 51, distance_mm=4, angle_deg=3))
    assert near.kind is ActionKind.INFORM
    for at_s, values in ((52, {"distance_mm": 5.5}), (62, {"distance_mm": 0, "angle_deg": 12})):
        (far,) = session.feed(see("coil_drift", at_s, **values))
        assert far.kind is ActionKind.PAUSE
        session.feed(see("resume", at_s + 1))
        with pytest.raises(SafetyLimit, match="position"):
            session.feed(see("train", at_s + 2, pulses=30))
        session.feed(see("position", at_s + 3, confirmed=True))
    session.feed(see("train", 70, pulses=30))


def test_a_prescription_of_its_own_threshold_is_kept():
    case = tms_case()
    rx = next(p for p in THERAPY.propose(case) if p.form == "tms_itbs")
    from euthymia.therapies.tms.prescription import MotorThreshold

    session = THERAPY.session(case, replace(rx, motor_threshold=MotorThreshold(48, "emg")), 1)
    assert "motor_threshold" not in [a.code for a in session.start()]
