"""DBS programming visits walked step by step, the forbidden paths included."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from dbs_cases import complete, complete_facts
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.case.events import Event
from euthymia.case.facts import SafetyAlert, ScaleRecord, SessionDelivered, SideEffect, SuicideScreen
from euthymia.case.model import Case, fold
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.dbs import THERAPY, DbsPrescription
from euthymia.therapies.dbs.session import DbsSession

from tests.therapies.therapy_cases import NO_RISK, NOW, case_of


class Walk:
    """A session with a clock that the test moves."""

    def __init__(self, case: Case | None = None, protocol: str = "scc_alagapan_2023", n: int = 1) -> None:
        case = case or complete()
        found = next(p for p in THERAPY.propose(case) if p.protocol == protocol)
        self.session = DbsSession(case, found, n)
        self.first = self.session.start()
        self.at_s = 0.0

    def see(self, kind: str, after_s: float = 120.0, **values: Any) -> list[Action]:
        self.at_s += after_s
        return self.session.feed(Observation(kind, self.at_s, values))

    def prepare(self, *, ymrs: float | None = None) -> None:
        self.see("wound_check", days_since_operation=31, healed=True)
        self.see("suicide_screen", **NO_RISK)
        self.see("rating", scale="MADRS", total=32)
        if ymrs is not None:
            self.see("rating", scale="YMRS", total=ymrs)
        self.see("battery", status="ok")
        for side in ("left", "right"):
            for contact in ("0", "1", "2"):
                self.see("impedance", side=side, contact=contact, ohm=1000)

    def ask(self, side: str, amplitude: float, purpose: str = "chronic", contacts: str = "1", **more: Any) -> set[str]:
        actions = self.see(
            "request_setting", side=side, contacts=contacts, amplitude=amplitude, purpose=purpose, **more
        )
        return {a.code for a in actions if a.kind is ActionKind.REFUSE}

    def set(self, side: str, amplitude: float, purpose: str = "chronic", contacts: str = "1") -> list[Action]:
        assert self.ask(side, amplitude, purpose, contacts) == set()
        return self.see("setting_applied", side=side, amplitude=amplitude)

    def end(self, left: float = 3.5, right: float = 3.5) -> list[Event[Any]]:
        self.see("warnings_given", mri=True, diathermy=True)
        self.see("final_settings", after_s=1800, left_amplitude=left, right_amplitude=right, by="Dr. A")
        return self.session.finish()


def codes(actions: list[Action], kind: ActionKind) -> set[str]:
    return {a.code for a in actions if a.kind is kind}


def activated() -> Case:
    """Return a case with an activation at 3.5 V eight days ago."""
    early = fold("dbs-test", complete().log, as_of=NOW - timedelta(days=8))
    walk = Walk(early)
    walk.prepare()
    walk.set("left", 3.5)
    walk.set("right", 3.5)
    return fold("dbs-test", (*early.log, *walk.end()), as_of=NOW)


def later_visit(case: Case | None = None, amplitude: float = 3.5) -> Walk:
    walk = Walk(case or activated(), n=2)
    for side in ("left", "right"):
        walk.see("interrogation", side=side, contacts="1", amplitude=amplitude)
    walk.see("suicide_screen", **NO_RISK)
    walk.see("rating", scale="MADRS", total=30)
    walk.see("battery", status="ok")
    for side in ("left", "right"):
        walk.see("impedance", side=side, contact="1", ohm=1100)
    return walk


def test_activation_from_check_to_record() -> None:
    walk = Walk()
    assert {a.code for a in walk.first} == {"wound_check", "suicide_screen", "rating", "battery", "impedance"}
    walk.prepare()
    for amplitude in (1, 2, 3):
        walk.set("left", amplitude, "survey")
    assert codes(walk.see("acute_effect", side="left", effect="mood_lift", severity="mild"), ActionKind.INFORM)
    walk.set("left", 3.5)
    asked = walk.set("right", 3.5)
    assert next(a for a in asked if a.kind is ActionKind.WAIT).due_s == walk.at_s + 1800
    events = walk.end()
    record = next(e.fact for e in events if isinstance(e.fact, SessionDelivered))
    assert record.status == "completed"
    assert record.summary["left_amplitude"] == record.summary["right_amplitude"] == 3.5
    assert record.summary["amplitude_unit"] == "V"
    assert record.summary["changed"] is True
    assert record.summary["left_charge_density_uc_cm2"] == pytest.approx(3.5 * 0.09 / 0.0598, rel=0.01)
    assert any(isinstance(e.fact, SuicideScreen) for e in events)
    assert any(isinstance(e.fact, ScaleRecord) and e.fact.scale == "MADRS" for e in events)


def test_no_activation_before_the_wound_is_healed_or_thirty_days_have_passed() -> None:
    for days, healed in ((12, True), (40, False)):
        walk = Walk()
        actions = walk.see("wound_check", days_since_operation=days, healed=healed)
        assert {a.kind for a in actions} == {ActionKind.REFUSE, ActionKind.STOP}
        assert {"not_ready", "hold"} <= walk.ask("left", 1.0)
        record = walk.session.finish()[-1].fact
        assert record.status == "not_started"


def test_nothing_is_raised_before_the_checks() -> None:
    walk = Walk()
    assert "not_ready" in walk.ask("left", 1.0, "survey")
    with pytest.raises(SafetyLimit, match="C-SSRS"):
        walk.session.finish()


@pytest.mark.parametrize(
    ("amplitude", "code"), [(4.0, "start"), (5.5, "ceiling"), (9.0, "ceiling"), (11.0, "amplitude")]
)
def test_amplitudes_beyond_start_ceiling_or_limit_are_refused(amplitude: float, code: str) -> None:
    walk = Walk()
    walk.prepare()
    assert code in walk.ask("left", amplitude)


def test_charge_is_computed_from_todays_impedance() -> None:
    walk = Walk(protocol="vcvs_reclaim")
    walk.prepare(ymrs=2)
    assert walk.ask("left", 2.0) == set()
    walk.see("impedance", side="left", contact="1", ohm=55)
    assert "shannon_k" in walk.ask("left", 2.0)


def test_survey_steps_are_small_and_dwell() -> None:
    walk = Walk()
    walk.prepare()
    assert walk.ask("left", 2.0, "survey") == {"survey_step"}
    walk.set("left", 1.0, "survey")
    actions = walk.see("request_setting", after_s=5, side="left", contacts="1", amplitude=2.0, purpose="survey")
    assert codes(actions, ActionKind.REFUSE) == {"survey_dwell"}
    walk.set("left", 2.0, "survey")
    with pytest.raises(SafetyLimit, match="chronic setting after the survey"):
        walk.end(left=2.0, right=0.0)


def test_a_faulty_contact_is_not_used_and_raises_an_alert() -> None:
    for ohm, word in ((20, "short"), (4000, "open")):
        walk = Walk()
        walk.prepare()
        actions = walk.see("impedance", side="left", contact="1", ohm=ohm)
        assert word in actions[0].text
        assert "impedance" in walk.ask("left", 1.0, "survey")


def test_a_side_effect_must_be_answered_by_lowering() -> None:
    walk = Walk()
    walk.prepare()
    walk.set("left", 1.0, "survey")
    walk.set("left", 2.0, "survey")
    actions = walk.see("acute_effect", side="left", effect="anxiety", severity="moderate")
    assert codes(actions, ActionKind.DO) == {"lower"}
    assert "hold" in walk.ask("left", 3.0, "survey")
    walk.set("left", 1.0)
    assert "side_effect" in walk.ask("left", 2.0)
    walk.set("right", 3.5)
    events = walk.end(left=1.0)
    assert any(isinstance(e.fact, SideEffect) and e.fact.name == "anxiety" for e in events)


@pytest.mark.parametrize("effect", ["suicidal_thoughts", "mania", "seizure", "loss_of_consciousness"])
def test_a_warning_effect_stops_raising_for_the_day(effect: str) -> None:
    walk = later_visit()
    walk.set("left", 4.0)
    actions = walk.see("acute_effect", side="left", effect=effect, severity="severe")
    assert {ActionKind.ALERT, ActionKind.STOP} == {a.kind for a in actions}
    assert "hold" in walk.ask("right", 4.0)
    with pytest.raises(SafetyLimit, match="lowered after the side effect"):
        walk.end(left=4.0)
    walk.set("left", 0.0)
    walk.set("right", 0.0)
    events = walk.end(left=0.0, right=0.0)
    assert any(isinstance(e.fact, SideEffect) and e.fact.serious for e in events)
    assert any(isinstance(e.fact, SafetyAlert) and e.fact.level == "high" for e in events)


def test_high_suicide_risk_forbids_raising_and_needs_a_disposition() -> None:
    walk = later_visit()
    actions = walk.see("suicide_screen", **{**NO_RISK, "intent_with_plan": True})
    assert codes(actions, ActionKind.ALERT) == {"suicide_risk"}
    assert "hold" in walk.ask("left", 4.0)
    assert walk.ask("left", 3.0) == set()  # lowering stays possible
    walk.see("suicide_screen", **NO_RISK)
    assert "hold" in walk.ask("left", 4.0)  # a later screen does not silence it
    with pytest.raises(SafetyLimit, match="disposition"):
        walk.end()
    walk.see("disposition", by="Dr. A", text="admitted")
    assert walk.end()


def test_an_incomplete_screener_holds_the_visit() -> None:
    walk = later_visit()
    actions = walk.see("suicide_screen", wish_to_be_dead=True)
    assert codes(actions, ActionKind.ALERT) == {"suicide_screen_incomplete"}
    assert "not_ready" in walk.ask("left", 4.0)


def test_titration_keeps_step_and_interval() -> None:
    walk = later_visit()
    assert walk.ask("left", 4.5) == {"step"}
    walk.set("left", 4.0)
    assert walk.ask("left", 4.5) == {"step"}  # counted from the start of the visit
    walk.set("right", 4.0)
    case = fold("dbs-test", (*activated().log, *walk.end(4.0, 4.0)), as_of=NOW + timedelta(days=3))
    soon = later_visit(case, amplitude=4.0)
    assert soon.ask("left", 4.5) == {"too_soon"}


def test_a_new_contact_begins_again_at_the_start_amplitude() -> None:
    walk = later_visit()
    walk.see("impedance", side="left", contact="2", ohm=900)
    assert walk.ask("left", 4.0, contacts="2") == {"start"}
    assert walk.ask("left", 3.5, contacts="2") == set()


def test_ventral_capsule_visits_need_a_mania_rating_and_mania_holds() -> None:
    walk = Walk(protocol="vcvs_reclaim")
    assert "mania_rating" in {a.code for a in walk.first}
    walk.prepare()
    assert "not_ready" in walk.ask("left", 1.0)
    walk.see("rating", scale="YMRS", total=13)
    assert "mania" in walk.ask("left", 1.0)


def test_a_setting_nobody_allowed_is_an_alert_and_must_be_undone() -> None:
    walk = later_visit()
    actions = walk.see("setting_applied", side="left", amplitude=8.0)
    assert {a.kind for a in actions} == {ActionKind.ALERT, ActionKind.STOP}
    with pytest.raises(SafetyLimit, match="undone"):
        walk.end()
    walk.set("left", 3.5)
    record = walk.end()[-3:]
    assert any(isinstance(e.fact, SessionDelivered) and e.fact.status == "stopped_early" for e in record)


def test_stimulation_found_off_is_an_alert() -> None:
    walk = Walk(activated(), n=2)
    actions = walk.see("interrogation", side="left", contacts="1", amplitude=0)
    assert "relapse is expected" in actions[0].text
    assert actions[0].kind is ActionKind.ALERT


def test_a_depleted_battery_stops_the_visit_with_a_high_alert() -> None:
    walk = later_visit()
    actions = walk.see("battery", status="depleted")
    assert {a.kind for a in actions} == {ActionKind.ALERT, ActionKind.STOP}
    assert "hold" in walk.ask("left", 4.0)


@pytest.mark.parametrize(("mri", "diathermy"), [(False, True), (True, False)])
def test_the_visit_does_not_close_without_warnings_watch_and_record(mri: bool, diathermy: bool) -> None:
    walk = later_visit()
    walk.set("left", 4.0)
    walk.see("warnings_given", mri=mri, diathermy=diathermy)
    walk.see("final_settings", after_s=60, left_amplitude=4.0, right_amplitude=3.5, by="Dr. A")
    with pytest.raises(SafetyLimit) as caught:
        walk.session.finish()
    assert "watch after the last change" in str(caught.value)
    assert "MRI and diathermy" in str(caught.value)


def test_a_record_that_differs_from_the_device_is_not_taken() -> None:
    walk = later_visit()
    actions = walk.see("final_settings", left_amplitude=5.0, right_amplitude=3.5, by="Dr. A")
    assert codes(actions, ActionKind.ALERT) == {"final_settings"}
    with pytest.raises(SafetyLimit, match="final settings"):
        walk.session.finish()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("battery", {"status": "fine"}),
        ("impedance", {"side": "left", "contact": "9", "ohm": 900}),
        ("impedance", {"side": "left", "contact": "1", "ohm": True}),
        ("request_setting", {"side": "left", "contacts": "1", "amplitude": -1, "purpose": "chronic"}),
        ("rating", {"scale": "MADRS", "total": 99}),
        ("suicide_screen", {"wish_to_be_dead": "no"}),
        ("suicide_screen", {"other": True}),
        ("acute_effect", {"side": "left", "effect": "bliss", "severity": "mild"}),
        ("pulse", {}),
    ],
)
def test_what_cannot_be_read_leaves_the_session_as_it_was(kind: str, values: dict[str, Any]) -> None:
    walk = Walk()
    with pytest.raises(InvalidInput):
        walk.see(kind, **values)
    walk.prepare()
    walk.set("left", 3.5)


def test_it_refuses_another_therapys_prescription() -> None:
    class Other:
        therapy = "ect"

    with pytest.raises(InvalidInput, match="prescription"):
        DbsSession(complete(), Other(), 1)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(
    st.sampled_from(["left", "right"]), st.floats(0, 12), st.sampled_from(["survey", "chronic"]),
    st.sampled_from(["0", "1", "2", "1+2"]),
), max_size=12))  # fmt: skip
def test_whatever_is_asked_what_runs_stays_inside_the_limits(
    steps: list[tuple[str, float, str, str]],
) -> None:
    walk = Walk(case_of(*complete_facts()))
    walk.prepare()
    rx = walk.session._visit.rx
    assert isinstance(rx, DbsPrescription)
    for side, amplitude, purpose, contacts in steps:
        if not walk.ask(side, amplitude, purpose, contacts):
            walk.see("setting_applied", side=side, amplitude=amplitude)
        for running in walk.session._visit.now_on.values():
            if running is not None:
                assert running.amplitude <= rx.ceiling_amplitude + 1e-6
                assert walk.session._visit.density(running) <= 30
