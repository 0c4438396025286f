"""Laws of the step machine under every session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.events import event_to_dict
from euthymia.case.facts import Demographics, SafetyAlert, SessionDelivered, Sex, SideEffect, Vital
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Action, ActionKind, Observation
from euthymia.therapies.stepping import Handler, StepMachine

from tests.contract.cases import make_case

CASE = make_case(Demographics(date(1980, 5, 1), Sex.FEMALE, "US"))


class Walk(StepMachine):
    """A session to walk through: a pulse first, a dose in steps, then a gate."""

    therapy = "walk"

    def __init__(self, number: int = 1) -> None:
        super().__init__(CASE, form="f", protocol="p", number=number)
        self.doses = 0
        self.gate_open = False
        self.pulses: list[float] = []

    def _begin(self) -> list[Action]:
        return [Action(ActionKind.MEASURE, "pulse", "Take the pulse.")]

    def _handlers(self) -> Mapping[str, Handler]:
        return {
            "pulse": self._pulse,
            "dose": self._dose,
            "gate": self._gate,
            "symptom": self._symptom,
            "stop": self._end,
        }

    def _pulse(self, observation: Observation) -> list[Action]:
        self.pulses.append(self._number_of(observation, "per_min", 20, 250))
        return []

    def _dose(self, observation: Observation) -> list[Action]:
        if self.doses == 3:
            raise SafetyLimit("dose", self.doses + 1, "three doses")
        self._began_treatment = True
        self.doses += 1
        return [Action(ActionKind.DO, "dose", f"Dose {self.doses}.")]

    def _gate(self, observation: Observation) -> list[Action]:
        self.gate_open = self._flag_of(observation, "open")
        return []

    def _symptom(self, observation: Observation) -> list[Action]:
        word = self._word_of(observation, "name", ("nausea", "seizure"))
        self._note_side_effect(observation.at_s, word, serious=word == "seizure")
        return [self._raise_alert("high", word, f"{word}!")] if word == "seizure" else []

    def _end(self, observation: Observation) -> list[Action]:
        return [self._stop(self._word_of(observation, "because"))]

    def _closed_gates(self) -> list[str]:
        return [] if self.gate_open else ["the door", "the window"]

    def _summary(self) -> Mapping[str, Any]:
        return {"doses": self.doses}

    def _extra_facts(self) -> list[Any]:
        return [Vital("heart_rate", value) for value in self.pulses[-1:]]


def begun() -> Walk:
    walk = Walk()
    walk.start()
    return walk


def seen(kind: str, at_s: float, **values: object) -> Observation:
    return Observation(kind, at_s, values)


def state(walk: Walk) -> tuple[object, ...]:
    return (
        walk._state,
        walk._now_s,
        list(walk._log),
        list(walk._alerts),
        walk.doses,
        walk.gate_open,
        list(walk.pulses),
    )


# --- order ----------------------------------------------------------------------------------------------------------


def test_a_session_is_started_once_and_before_anything_else() -> None:
    walk = Walk()
    for call in (lambda: walk.feed(seen("pulse", 0, per_min=60)), walk.finish):
        with pytest.raises(InvalidInput, match="started"):
            call()
    assert [a.code for a in walk.start()] == ["pulse"]
    with pytest.raises(InvalidInput, match="`start`"):
        walk.start()


def test_a_closed_session_takes_nothing_more() -> None:
    walk = begun()
    walk.feed(seen("gate", 1, open=True))
    walk.finish()
    with pytest.raises(InvalidInput, match="`finish`"):
        walk.finish()
    with pytest.raises(InvalidInput, match="`feed`"):
        walk.feed(seen("pulse", 2, per_min=60))


@given(st.lists(st.floats(0, 800_000), min_size=2, max_size=8))
def test_time_never_runs_backwards(times: list[float]) -> None:
    walk, now = begun(), 0.0
    for at_s in times:
        if at_s < now:
            before = state(walk)
            with pytest.raises(InvalidInput, match="time does not run backwards"):
                walk.feed(seen("pulse", at_s, per_min=60))
            assert state(walk) == before
        else:
            walk.feed(seen("pulse", at_s, per_min=60))
            now = at_s


@pytest.mark.parametrize("number", [0, -1, True])
def test_sessions_count_from_one(number: int) -> None:
    with pytest.raises(InvalidInput, match="`n`"):
        Walk(number)


@pytest.mark.parametrize("at_s", [-1, float("nan"), float("inf"), 864_001, True])
def test_an_observation_has_a_time_within_the_session(at_s: float) -> None:
    with pytest.raises(InvalidInput, match="at_s"):
        Observation("pulse", at_s, {})


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("observation", "names"),
    [
        (seen("dance", 5), "kind"),
        (seen("pulse", 5), r"pulse\.per_min"),
        (seen("pulse", 5, per_min="60"), r"pulse\.per_min"),
        (seen("pulse", 5, per_min=True), r"pulse\.per_min"),
        (seen("pulse", 5, per_min=float("nan")), r"pulse\.per_min"),
        (seen("pulse", 5, per_min=251), r"20 to 250"),
        (seen("gate", 5, open="yes"), r"gate\.open"),
        (seen("gate", 5, open=1), r"gate\.open"),
        (seen("symptom", 5, name="joy"), "nausea | seizure"),
        (seen("stop", 5, because="  "), r"stop\.because"),
    ],
)
def test_a_refused_observation_leaves_the_session_as_it_was(observation: Observation, names: str) -> None:
    walk = begun()
    walk.feed(seen("dose", 3))
    before = state(walk)
    with pytest.raises(InvalidInput, match=names):
        walk.feed(observation)
    assert state(walk) == before
    walk.feed(seen("pulse", 4, per_min=60))  # time, too, is where it was


def test_a_dose_beyond_the_limit_is_refused_and_not_logged() -> None:
    walk = begun()
    for i in range(3):
        walk.feed(seen("dose", i))
    before = state(walk)
    with pytest.raises(SafetyLimit, match="three doses"):
        walk.feed(seen("dose", 9))
    assert state(walk) == before


# --- closing --------------------------------------------------------------------------------------------------------


def test_while_a_gate_is_closed_the_session_is_not_and_every_gate_is_named() -> None:
    walk = begun()
    with pytest.raises(SafetyLimit, match=r"2 closed.*the door; the window"):
        walk.finish()
    walk.feed(seen("gate", 7200, open=True))
    assert walk.finish()


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ((), "not_started"),
        ((seen("dose", 1),), "completed"),
        ((seen("dose", 1), seen("stop", 2, because="nausea")), "stopped_early"),
        ((seen("stop", 2, because="came late"),), "not_started"),
    ],
)
def test_the_status_says_what_happened(steps: tuple[Observation, ...], status: str) -> None:
    walk = begun()
    for step in (*steps, seen("gate", 60, open=True)):
        walk.feed(step)
    fact = next(e.fact for e in walk.finish() if isinstance(e.fact, SessionDelivered))
    assert (fact.status, fact.number, fact.therapy) == (status, 1, "walk")
    stopped = [s.values["because"] for s in steps if s.kind == "stop"]
    assert fact.summary.get("stopped_because", "") == (stopped[0] if stopped else "")


def test_the_first_reason_to_stop_is_kept() -> None:
    walk = begun()
    for step in (seen("dose", 1), seen("stop", 2, because="nausea"), seen("stop", 3, because="tired")):
        walk.feed(step)
    walk.feed(seen("gate", 60, open=True))
    (fact,) = [e.fact for e in walk.finish() if isinstance(e.fact, SessionDelivered)]
    assert fact.summary["stopped_because"] == "nausea"


def test_everything_observed_and_asked_for_is_in_the_log_in_order() -> None:
    walk = begun()
    for step in (seen("pulse", 5, per_min=61), seen("dose", 9), seen("gate", 20, open=True)):
        walk.feed(step)
    (fact,) = [e.fact for e in walk.finish() if isinstance(e.fact, SessionDelivered)]
    told = [(entry["at_s"], entry.get("observed") or f"{entry['action']} {entry['code']}") for entry in fact.log]
    assert told == [(0, "measure pulse"), (5, "pulse"), (9, "dose"), (9, "do dose"), (20, "gate")]
    assert fact.log[1]["per_min"] == 61


# --- events ---------------------------------------------------------------------------------------------------------


def walked() -> list[Any]:
    walk = begun()
    for step in (
        seen("dose", 10), seen("symptom", 20, name="nausea"), seen("symptom", 30, name="seizure"),
        seen("pulse", 40, per_min=90), seen("gate", 50, open=True),
    ):  # fmt: skip
        walk.feed(step)
    return walk.finish()


def test_events_happen_when_they_were_observed_and_never_before_the_case() -> None:
    events = walked()
    happened = {type(e.fact).__name__ + getattr(e.fact, "name", ""): e.happened_at for e in events}
    assert happened["SideEffectnausea"] == CASE.as_of + timedelta(seconds=20)
    assert happened["SideEffectseizure"] == CASE.as_of + timedelta(seconds=30)
    assert happened["SafetyAlert"] == CASE.as_of + timedelta(seconds=30)
    assert all(CASE.as_of <= e.happened_at <= e.recorded_at for e in events)
    assert {e.recorded_at for e in events} == {CASE.as_of + timedelta(seconds=50)}
    assert all(e.author == "session:walk" and e.source == "session" for e in events)


def test_no_alert_and_no_side_effect_is_lost() -> None:
    facts = [e.fact for e in walked()]
    assert [f.code for f in facts if isinstance(f, SafetyAlert)] == ["seizure"]
    assert [(f.name, f.serious) for f in facts if isinstance(f, SideEffect)] == [("nausea", False), ("seizure", True)]
    assert [f.value for f in facts if isinstance(f, Vital)] == [90]


def test_the_events_belong_to_the_case() -> None:
    after = CASE.with_events(*walked())
    assert [e.fact.number for e in after.of(SessionDelivered)] == [1]
    assert after.open_alerts and after.as_of == CASE.as_of + timedelta(seconds=50)
    assert CASE.of(SessionDelivered) == ()


def test_the_same_observations_give_the_same_events() -> None:
    assert [e.id for e in walked()] == [e.id for e in walked()]
    assert [event_to_dict(e) for e in walked()] == [event_to_dict(e) for e in walked()]
