"""VNS visits walked step by step, the forbidden paths included."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vns_cases import complete

from euthymia.case.events import Event
from euthymia.case.facts import ScaleRecord, SessionDelivered, SideEffect, SuicideScreen
from euthymia.case.model import Case, fold
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.vns import THERAPY
from euthymia.therapies.vns.session import VnsSession

from tests.therapies.therapy_cases import NO_RISK, NOW

USUAL = {"pulse_width_us": 250, "frequency_hz": 20, "on_s": 30, "off_min": 5}


class Walk:
    """A session with a clock that the test moves."""

    def __init__(self, case: Case | None = None, protocol: str = "vns_d21_high", n: int = 1) -> None:
        case = case or complete()
        found = next(p for p in THERAPY.propose(case) if p.protocol == protocol)
        self.session = VnsSession(case, found, n)
        self.first = self.session.start()
        self.at_s = 0.0

    def see(self, kind: str, after_s: float = 120.0, **values: Any) -> list[Action]:
        self.at_s += after_s
        return self.session.feed(Observation(kind, self.at_s, values))

    def check(self) -> None:
        self.see("suicide_screen", **NO_RISK)
        self.see("rating", scale="MADRS", total=32)
        self.see("lead_test", status="ok")
        self.see("battery", status="ok")

    def ask(self, output_ma: float, after_s: float = 120.0, **more: Any) -> set[str]:
        actions = self.see("request_setting", after_s, **{**USUAL, "output_ma": output_ma, **more})
        return {a.code for a in actions if a.kind is ActionKind.REFUSE}

    def set(self, output_ma: float, *, tolerated: bool = True, rate: float | None = None, **more: Any) -> list[Action]:
        assert self.ask(output_ma, **more) == set()
        actions = self.see("setting_applied", output_ma=output_ma)
        if rate is not None:
            self.see("heart_rate", beats_per_min=rate, regular=True)
        if tolerated:
            self.see("tolerance", effect="none", severity="mild")
        return actions

    def end(self, output_ma: float) -> list[Event[Any]]:
        self.see("magnet_taught", done=True)
        self.see("warnings_given", mri=True, diathermy=True)
        self.see("final_settings", after_s=1800, output_ma=output_ma, by="Dr. B")
        return self.session.finish()


def begun(walk: Walk | None = None) -> Walk:
    """Return an activation at which everything is checked and nothing runs yet."""
    walk = walk or Walk()
    walk.see("wound_check", days_since_operation=15, healed=True)
    walk.check()
    walk.see("heart_rate", beats_per_min=72, regular=True)
    return walk


def activated(days_ago: int = 15) -> Case:
    early = fold("vns-test", complete().log, as_of=NOW - timedelta(days=days_ago))
    walk = begun(Walk(early))
    walk.set(0.25, rate=70)
    walk.set(0.5, rate=71)
    return fold("vns-test", (*early.log, *walk.end(0.5)), as_of=NOW)


def later(case: Case | None = None, output_ma: float = 0.5) -> Walk:
    walk = Walk(case or activated(), n=2)
    walk.see("interrogation", output_ma=output_ma, **USUAL)
    walk.check()
    return walk


def kinds(actions: list[Action]) -> set[ActionKind]:
    return {a.kind for a in actions}


def test_activation_from_check_to_record() -> None:
    walk = begun()
    asked = walk.set(0.25, rate=70)
    assert {"heart_rate", "tolerance", "watch"} == {a.code for a in asked}
    walk.set(0.5, rate=71)
    events = walk.end(0.5)
    record = next(e.fact for e in events if isinstance(e.fact, SessionDelivered))
    assert record.status == "completed"
    assert record.summary["output_ma"] == 0.5
    assert record.summary["duty_cycle_pct"] == pytest.approx(10.3)
    assert record.summary["raised"] is True
    assert any(isinstance(e.fact, SuicideScreen) for e in events)
    assert any(isinstance(e.fact, ScaleRecord) for e in events)


@pytest.mark.parametrize(("days", "healed"), [(9, True), (20, False)])
def test_no_activation_before_two_weeks_or_on_an_open_wound(days: int, healed: bool) -> None:
    walk = Walk()
    assert kinds(walk.see("wound_check", days_since_operation=days, healed=healed)) == {
        ActionKind.REFUSE,
        ActionKind.STOP,
    }
    assert "not_ready" in walk.ask(0.25)
    assert walk.session.finish()[-1].fact.status == "not_started"


def test_nothing_is_switched_on_before_the_checks() -> None:
    walk = Walk()
    assert walk.ask(0.25) == {"not_ready"}
    with pytest.raises(SafetyLimit, match="C-SSRS"):
        walk.session.finish()


def test_it_never_starts_high() -> None:
    walk = begun()
    assert "start" in walk.ask(1.5)
    assert "start" in walk.ask(0.5)


def test_steps_are_small_tolerated_and_timed() -> None:
    walk = begun()
    walk.set(0.25, tolerated=False, rate=70)
    assert walk.ask(0.5) == {"hold"}  # tolerance was not asked
    walk.see("tolerance", effect="voice_change", severity="mild")
    assert "step" in walk.ask(1.0)
    walk.set(0.5, rate=70)
    assert walk.ask(0.75, after_s=1) == set()  # long enough since the step: the clock counts from the change
    walk.set(0.75, rate=70)
    assert walk.ask(1.0) == {"visit_rise"}


def test_dwell_at_each_step() -> None:
    walk = later()
    assert walk.ask(0.75) == set()
    walk.see("setting_applied", output_ma=0.75)
    walk.see("tolerance", after_s=5, effect="none", severity="mild")
    assert walk.ask(1.0, after_s=5) == {"dwell"}


def test_at_the_activation_the_heart_is_watched() -> None:
    walk = begun()
    walk.set(0.25, tolerated=False)
    walk.see("tolerance", effect="none", severity="mild")
    assert walk.ask(0.5) == {"hold"}  # heart rate under stimulation not read
    actions = walk.see("heart_rate", beats_per_min=45, regular=True)
    assert kinds(actions) == {ActionKind.ALERT, ActionKind.STOP}
    assert "hold" in walk.ask(0.5)
    with pytest.raises(SafetyLimit, match="lowered after the side effect"):
        walk.end(0.25)
    walk.set(0, tolerated=False)
    events = walk.end(0)
    assert any(isinstance(e.fact, SideEffect) and e.fact.serious for e in events)


def test_a_fall_of_the_heart_rate_counts_too_and_a_slow_heart_stops_the_activation() -> None:
    walk = begun()
    walk.set(0.25, tolerated=False)
    assert ActionKind.STOP in kinds(walk.see("heart_rate", beats_per_min=55, regular=True))  # 24 % below 72
    resting = Walk()
    assert ActionKind.STOP in kinds(resting.see("heart_rate", beats_per_min=44, regular=True))


@pytest.mark.parametrize("effect", ["dyspnea", "cough", "dysphagia", "throat_pain"])
def test_what_is_not_tolerated_is_lowered_and_stays_barred_today(effect: str) -> None:
    walk = later()
    walk.set(0.75, tolerated=False)
    assert [a.code for a in walk.see("tolerance", effect=effect, severity="moderate")] == ["lower"]
    assert walk.ask(1.0) >= {"hold"}
    walk.set(0.75, tolerated=False, pulse_width_us=130)  # a shorter pulse is lowering as well
    assert "side_effect" in walk.ask(0.75, pulse_width_us=250)
    events = walk.end(0.75)
    assert any(isinstance(e.fact, SideEffect) and e.fact.name == effect.replace("_", " ") for e in events)


def test_below_the_floor_other_settings_come_first() -> None:
    walk = later()
    actions = walk.see("tolerance", effect="cough", severity="moderate")
    assert "pulse width, frequency or ON/OFF" in actions[0].text


@pytest.mark.parametrize("effect", ["syncope", "chest_pain", "choking", "suicidal_thoughts"])
def test_a_warning_stops_the_visit(effect: str) -> None:
    walk = later()
    assert kinds(walk.see("tolerance", effect=effect, severity="severe")) == {ActionKind.ALERT, ActionKind.STOP}
    assert "hold" in walk.ask(0.75)


def test_one_change_at_a_time_and_current_before_duty_cycle() -> None:
    walk = later()
    assert "one_at_a_time" in walk.ask(0.75, frequency_hz=30)
    assert "current_first" in walk.ask(0.5, off_min=3)
    at_target = later(fold("vns-test", complete().log, as_of=NOW), output_ma=1.5)
    assert at_target.ask(1.5, off_min=3) == set()
    assert at_target.ask(1.75) >= {"ceiling"}


def test_visits_with_a_rise_keep_their_distance() -> None:
    assert later(activated(days_ago=5)).ask(0.75) == {"too_soon"}
    assert later(activated(days_ago=15)).ask(0.75) == set()


def test_high_suicide_risk_holds_and_needs_a_disposition() -> None:
    walk = later()
    assert kinds(walk.see("suicide_screen", **{**NO_RISK, "intent_with_plan": True})) == {ActionKind.ALERT}
    assert walk.ask(0.75) == {"hold"}
    with pytest.raises(SafetyLimit, match="disposition"):
        walk.end(0.5)
    walk.see("disposition", by="Dr. B", text="admitted")
    assert walk.end(0.5)


def test_faulty_lead_and_empty_battery() -> None:
    walk = later()
    assert walk.see("lead_test", status="high")[0].kind is ActionKind.ALERT
    assert walk.ask(0.75) == {"hold"}
    walk = later()
    assert kinds(walk.see("battery", status="depleted")) == {ActionKind.ALERT, ActionKind.STOP}


def test_a_setting_nobody_allowed_is_an_alert_and_must_be_undone() -> None:
    walk = later()
    assert kinds(walk.see("setting_applied", output_ma=2.0)) == {ActionKind.ALERT, ActionKind.STOP}
    with pytest.raises(SafetyLimit, match="undone"):
        walk.end(0.5)
    walk.set(0.5, tolerated=False)
    assert walk.end(0.5)


def test_what_the_device_ran_is_compared_with_the_record() -> None:
    walk = Walk(activated(), n=2)
    actions = walk.see("interrogation", output_ma=0, **USUAL)
    assert "Stimulation is off" in actions[0].text


def test_the_visit_does_not_close_without_magnet_warnings_watch_and_record() -> None:
    walk = later()
    walk.set(0.75)
    walk.see("magnet_taught", done=False)
    walk.see("final_settings", output_ma=0.75, by="Dr. B")
    with pytest.raises(SafetyLimit) as caught:
        walk.session.finish()
    for word in ("magnet taught", "MRI and diathermy", "watch after the last change"):
        assert word in str(caught.value)


def test_a_setting_beyond_a_hard_limit_is_refused_and_changes_nothing() -> None:
    walk = later()
    for wrong in ({"output_ma": 4.0}, {"output_ma": 0.5, "on_s": 7, "off_min": 0.2}):
        with pytest.raises(SafetyLimit):
            walk.see("request_setting", **{**USUAL, **wrong})
    assert walk.session._visit.output_ma == 0.5


@pytest.mark.parametrize(
    ("kind", "values"),
    [("battery", {"status": "fine"}), ("lead_test", {}), ("heart_rate", {"beats_per_min": 5, "regular": True}),
     ("tolerance", {"effect": "bliss", "severity": "mild"}), ("rating", {"scale": "MADRS", "total": 99}),
     ("suicide_screen", {"other": True}), ("request_setting", {"output_ma": 0.5}), ("pulse", {})],
)  # fmt: skip
def test_what_cannot_be_read_leaves_the_session_as_it_was(kind: str, values: dict[str, Any]) -> None:
    walk = Walk()
    with pytest.raises(InvalidInput):
        walk.see(kind, **values)
    begun(walk).set(0.25, rate=70)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(
    st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.5]), st.sampled_from([130, 250, 500]),
    st.sampled_from([1.1, 3.0, 5.0]), st.booleans(),
), max_size=15))  # fmt: skip
def test_whatever_is_asked_the_output_stays_inside_the_pace(
    steps: list[tuple[float, float, float, bool]],
) -> None:
    walk = later()
    visit = walk.session._visit
    for output, width, off_min, fine in steps:
        before = visit.output_ma
        if not walk.ask(output, pulse_width_us=width, off_min=off_min):
            walk.see("setting_applied", output_ma=output)
            walk.see("tolerance", effect="none" if fine else "cough", severity="mild")
        assert visit.output_ma <= 0.5 + visit.rx.visit_rise_ma
        assert visit.output_ma - before <= max(visit.rx.step_ma, 0.5 if before == 0 else 0)
