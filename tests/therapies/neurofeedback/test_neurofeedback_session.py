"""Neurofeedback sessions walked step by step, the forbidden paths included; then follow-up and learning."""

from __future__ import annotations

from datetime import timedelta

import pytest
from neurofeedback_cases import DAY_CHECK, NO_SIDE_EFFECTS, neurofeedback_case, prepare

from euthymia.case.events import Event
from euthymia.case.facts import (
    CourseStarted,
    Finding,
    ScaleRecord,
    SessionDelivered,
    SideEffect,
    SuicideScreen,
)
from euthymia.core.errors import InvalidInput, MissingData, SafetyLimit
from euthymia.therapies.contract import ActionKind, Decision
from euthymia.therapies.neurofeedback import THERAPY
from euthymia.therapies.neurofeedback.learning import slope

from tests.therapies.therapy_cases import NOW, see

BALANCED = {"F3": 3.0, "F4": 4.0}


def rx_of(protocol, case=None):
    return next(p for p in THERAPY.propose(case or neurofeedback_case()) if p.protocol == protocol)


def new(protocol="faa_log", n=1, case=None):
    case = case or neurofeedback_case()
    return THERAPY.session(case, rx_of(protocol, case), n)


def block(session, i, *, artifact=0.1, reward=0.7, **more):
    return session.feed(see("block", 600 + 400 * i, seconds=300, artifact_frac=artifact, reward_frac=reward, **more))


def facts(events, kind):
    return [e.fact for e in events if isinstance(e.fact, kind)]


def test_a_whole_session_is_counted_and_closed():
    session = new()
    prepare(session, BALANCED)
    for i in range(5):
        actions = block(session, i, feature=0.1 * i, feedback_age_ms=180)
    assert actions[-1].code == "side_effects"
    with pytest.raises(SafetyLimit, match="side_effects"):
        session.finish()
    with pytest.raises(SafetyLimit, match="after the last"):
        block(session, 6)
    session.feed(see("transfer", 4000, seconds=180))
    released = session.feed(see("side_effects", 4200, **(NO_SIDE_EFFECTS | {"fatigue": 1})))
    assert released[0].kind is ActionKind.RELEASE
    events = session.finish()
    (done,) = facts(events, SessionDelivered)
    assert done.status == "completed"
    assert done.summary["usable_blocks"] == 5
    assert done.summary["feature_gain"] == pytest.approx(0.2)
    assert done.summary["within_slope"] == pytest.approx(0.1)
    assert done.summary["learning_baseline_valid"] is True
    assert facts(events, SideEffect)[0].name == "fatigue"


@pytest.mark.parametrize("skipped", ["day_check", "mood_check", "electrodes", "baseline"])
def test_no_block_before_every_step(skipped):
    session = new()
    session.start()
    for step in (
        see("day_check", 0, **DAY_CHECK),
        see("mood_check", 0, new_or_worse_suicidal_thoughts=False),
        see("electrodes", 0, type="wet", kohm=BALANCED),
        see("baseline", 200, eyes="open", seconds=120, clean_s=100),
        see("baseline", 400, eyes="closed", seconds=120, clean_s=100),
    ):
        if step.kind == skipped:
            continue
        if step.kind == "baseline" and skipped == "electrodes":
            with pytest.raises(SafetyLimit, match="electrodes"):
                session.feed(step)
            continue
        session.feed(step)
    with pytest.raises(SafetyLimit, match="first"):
        block(session, 0)


def test_impedance_and_balance_gate_the_session():
    session = new()
    session.start()
    high = session.feed(see("electrodes", 0, type="wet", kohm={"F3": 3.0, "F4": 9.0}))
    assert "F4 9" in high[0].text
    apart = session.feed(see("electrodes", 1, type="active", kohm={"F3": 3.0, "F4": 9.0}))
    assert "differ by 6" in apart[0].text
    with pytest.raises(InvalidInput, match="kohm"):
        session.feed(see("electrodes", 2, type="wet", kohm={"F3": 3.0}))
    assert session.feed(see("electrodes", 3, type="wet", kohm=BALANCED))[0].code == "baseline"


def test_a_dirty_or_short_baseline_is_repeated():
    session = new()
    session.start()
    session.feed(see("electrodes", 0, type="wet", kohm=BALANCED))
    assert "repeat" in session.feed(see("baseline", 100, eyes="open", seconds=120, clean_s=30))[0].text
    assert "repeat" in session.feed(see("baseline", 200, eyes="open", seconds=60, clean_s=60))[0].text


def test_artifact_delay_and_reward_are_judged_block_by_block():
    session = new()
    prepare(session, BALANCED)
    assert block(session, 0, artifact=0.4)[0].code == "artifact"
    assert "easier" in next(a.text for a in block(session, 1, reward=0.3) if a.code == "reward_rate")
    assert block(session, 2, feedback_age_ms=600)[0].code == "feedback_late"
    codes = [a.code for a in block(session, 3, artifact=0.6)]
    assert codes[:2] == ["block_unusable", "electrodes"]
    with pytest.raises(SafetyLimit, match="electrodes"):
        block(session, 4)
    session.feed(see("electrodes", 2300, type="wet", kohm=BALANCED))
    with pytest.raises(SafetyLimit, match="pause"):
        block(session, 5)
    session.feed(see("resume", 2700))
    block(session, 6)
    session.feed(see("side_effects", 4000, **NO_SIDE_EFFECTS))
    (done,) = facts(session.finish(), SessionDelivered)
    assert (done.summary["blocks"], done.summary["usable_blocks"]) == (5, 3)


@pytest.mark.parametrize("check", ["seizure_or_faint", "mania_signs", "psychosis_signs", "dissociation", "scalp_wound"])
def test_a_bad_day_is_refused_and_referred(check):
    session = new()
    session.start()
    kinds = {a.kind for a in session.feed(see("day_check", 0, **(DAY_CHECK | {check: True})))}
    assert ActionKind.REFUSE in kinds
    with pytest.raises(SafetyLimit):
        block(session, 0)
    assert facts(session.finish(), SessionDelivered)[0].status == "not_started"


def test_a_brain_treatment_within_a_day_voids_the_learning_baseline_only():
    session = new()
    prepare(session, BALANCED, brain_treatment_24h=True)
    for i in range(5):
        block(session, i, feature=0.2)
    session.feed(see("side_effects", 4000, **NO_SIDE_EFFECTS))
    (done,) = facts(session.finish(), SessionDelivered)
    assert done.summary["learning_baseline_valid"] is False
    assert done.summary["state_notes"] == ["brain_treatment_24h"]


def test_suicidal_thoughts_hold_the_session_and_a_moderate_triage_ends_it():
    session = new()
    prepare(session, BALANCED)
    session.feed(see("mood_check", 500, new_or_worse_suicidal_thoughts=True))
    with pytest.raises(SafetyLimit, match="suicide_screen"):
        block(session, 0)
    answers = {"wish_to_be_dead": True, "nonspecific_thoughts": True, "thoughts_with_method": True,
               "intent_without_plan": False, "intent_with_plan": False, "behavior_lifetime": False}  # fmt: skip
    kinds = {a.kind for a in session.feed(see("suicide_screen", 510, **answers))}
    assert kinds == {ActionKind.ALERT, ActionKind.STOP}
    events = session.finish()
    assert facts(events, SuicideScreen)


def test_a_seizure_stops_and_needs_handover_and_a_name():
    session = new()
    prepare(session, BALANCED)
    block(session, 0)
    session.feed(see("symptom", 1000, name="seizure", severity="severe"))
    with pytest.raises(SafetyLimit, match="handover"):
        session.finish()
    session.feed(see("handover", 1100, to="emergency physician"))
    session.feed(see("side_effects", 1200, **NO_SIDE_EFFECTS))
    with pytest.raises(SafetyLimit, match="acknowledged"):
        session.finish()
    session.feed(see("alert_acknowledged", 1300, code="seizure", by="Dr. Test"))
    assert facts(session.finish(), SessionDelivered)[0].status == "stopped_early"


def test_alpha_theta_after_trauma_waits_for_a_therapist():
    case = neurofeedback_case(Finding("ptsd", True))
    session = new("alpha_theta", case=case)
    assert "therapist" in [a.code for a in session.start()]
    session.feed(see("day_check", 0, **DAY_CHECK))
    session.feed(see("mood_check", 0, new_or_worse_suicidal_thoughts=False))
    session.feed(see("electrodes", 1, type="wet", kohm={"Pz": 2.0}))
    session.feed(see("baseline", 200, eyes="open", seconds=120, clean_s=100))
    session.feed(see("baseline", 400, eyes="closed", seconds=120, clean_s=100))
    with pytest.raises(SafetyLimit, match="therapist"):
        block(session, 0)
    session.feed(see("therapist", 610, present=True))
    block(session, 1)


def test_an_unanswered_seizure_question_stops_theta_training_before_it_begins():
    case = neurofeedback_case(Finding("past_seizure", None))
    with pytest.raises(MissingData, match="seizure"):
        THERAPY.session(case, rx_of("smr_at", case), 1)


def test_fmri_runs_in_a_trial_only_and_after_mri_clearance():
    rx = rx_of("amygdala_upregulation")
    with pytest.raises(SafetyLimit, match="trial"):
        THERAPY.session(neurofeedback_case(), rx, 1)
    session = THERAPY.session(neurofeedback_case(Finding("trial_or_compassionate_route", True)), rx, 1)
    session.start()
    with pytest.raises(SafetyLimit, match="mri_safety"):
        session.feed(see("baseline", 1, eyes="open", seconds=200, clean_s=200))
    assert session.feed(see("mri_safety", 2, cleared=False))[0].kind is ActionKind.REFUSE


def test_a_session_beyond_the_course_is_refused():
    with pytest.raises(SafetyLimit, match="no more sessions"):
        new("faa_log", 11)


def test_slope_matches_a_hand_calculation():
    """x = 1..4, y = 2, 4, 5, 4: slope 0.7, residual 2.3, se = sqrt(1.15 / 5), t = 1.46 with 2 degrees of freedom."""
    found = slope([1, 2, 3, 4], [2, 4, 5, 4])
    assert found is not None
    assert found.value == pytest.approx(0.7)
    assert found.p_one_sided == pytest.approx(0.1410, abs=5e-4)
    assert slope([1], [2]) is None


def course(days, scores, gains=(), within=0.1, protocol="faa_log"):
    start = NOW - timedelta(days=days)
    events = [Event(CourseStarted("neurofeedback", "eeg_neurofeedback", protocol, start.date()), start, start)]
    for day, total in scores:
        at = start + timedelta(days=day)
        events.append(Event(ScaleRecord("PHQ-9", total=float(total)), at, at))
    for i, gain in enumerate(gains, start=1):
        at = start + timedelta(days=i * days / (len(gains) + 1))
        summary = {"blocks_planned": 5, "usable_blocks": 5, "feature_gain": gain, "within_slope": within,
                   "learning_baseline_valid": True}  # fmt: skip
        done = SessionDelivered("neurofeedback", "eeg_neurofeedback", protocol, i, "completed", summary)
        events.append(Event(done, at, at))
    case = neurofeedback_case(*events)
    return THERAPY.follow(case, rx_of(protocol, case))


def test_twelve_sessions_without_learning_or_change_are_reviewed():
    flat = [0.1, -0.1] * 6
    advice = course(27, [(0, 18), (27, 17)], flat)
    assert "review" in {r.code for r in advice.reasons}
    assert advice.decision is Decision.REPLAN


def test_learning_or_improvement_keeps_the_course_going():
    rising = [0.1 * i for i in range(12)]
    learned = course(27, [(0, 18), (27, 17)], rising)
    assert "review" not in {r.code for r in learned.reasons}
    assert "shown" in next(r.statement for r in learned.reasons if r.code == "learning")
    better = course(27, [(0, 18), (27, 12)], [0.1, -0.1] * 6)
    assert better.decision is Decision.CONTINUE


def test_learning_is_never_told_from_a_few_sessions_or_against_the_within_slope():
    few = course(10, [(0, 18), (10, 17)], [0.1, 0.2, 0.3])
    assert "learning" not in {r.code for r in few.reasons}
    falling = course(27, [(0, 18), (27, 12)], [0.1 * i for i in range(12)], within=-0.2)
    assert "not shown" in next(r.statement for r in falling.reasons if r.code == "learning")


def test_too_little_after_eight_weeks_is_planned_anew_with_the_reminder():
    advice = course(57, [(0, 18), (57, 16)])
    assert advice.decision is Decision.REPLAN
    assert any(r.code == "not_a_substitute" for r in advice.reasons)
