"""An alert is taken on by a named person or goes further, and until then nothing closes."""

from __future__ import annotations

import pytest

from euthymia.case.facts import SafetyAlert, SessionDelivered
from euthymia.core.errors import InvalidInput
from euthymia.live.alerts import AlertBook
from euthymia.live.settings import escalation, setting
from euthymia.therapies.contract import Action, ActionKind

from tests.live.live_runs import simulate

NOBODY = "  - {at_min: 0, nobody_acknowledges: true}\n"
SCRIPT = "euthymia_script: 1\nevents:\n"
CHEST_PAIN = "  - {at_min: 30, observe: symptom, values: {name: chest pain, severity: severe}}\n"
ENDED = "  - {at_min: 33, observe: symptom_ended, values: {name: chest pain}}\n"


def book(*levels: str) -> AlertBook:
    made = AlertBook()
    for i, level in enumerate(levels):
        made.note(Action(ActionKind.ALERT, f"a{i}", f"alert {i}", level=level), 10.0 * i)
    return made


def test_only_alerts_are_alerts() -> None:
    made = AlertBook()
    for kind in ActionKind:
        found = made.note(Action(kind, "x", "y"), 0.0)
        assert (found is not None) == (kind is ActionKind.ALERT)
    assert len(made.alerts) == 1


def test_an_alert_without_a_level_counts_as_high() -> None:
    (alert,) = book("").alerts
    assert alert.level == "high" and alert.rule == escalation("high")


def test_taking_on_needs_a_name_and_an_open_alert() -> None:
    made = book("high", "low")
    with pytest.raises(InvalidInput, match="name or role"):
        made.acknowledge("a0", "  ", 5.0)
    with pytest.raises(InvalidInput, match=r"a0 \| a1"):
        made.acknowledge("a9", "Dr A", 5.0)
    (taken,) = made.acknowledge("a0", " Dr A ", 5.0)
    assert (taken.acknowledged_by, taken.acknowledged_at_s) == ("Dr A", 5.0)
    with pytest.raises(InvalidInput, match="a1"):
        made.acknowledge("a0", "Dr B", 6.0)
    assert made.gates() == ["the alert `a1` is not acknowledged by a named person"]


def test_the_same_code_again_is_a_new_alert() -> None:
    made = book("high")
    made.acknowledge("a0", "Dr A", 1.0)
    made.note(Action(ActionKind.ALERT, "a0", "again", level="high"), 50.0)
    assert [a.statement for a in made.open] == ["again"]


@pytest.mark.parametrize("level", ["high", "moderate", "low"])
def test_an_alert_that_nobody_takes_on_goes_further_once_at_its_time(level: str) -> None:
    made, after = book(level), escalation(level).after_s
    assert made.next_escalation_s() == after
    assert made.escalate(after - 0.1) == []
    assert [a.code for a in made.escalate(after)] == ["a0"]
    assert made.escalate(after + 1000) == [] and made.next_escalation_s() is None
    assert made.open and "escalated to" in made.gates()[0]


def test_a_higher_level_goes_further_sooner() -> None:
    high, moderate, low = (escalation(level).after_s for level in ("high", "moderate", "low"))
    assert 0 < high < moderate < low
    with pytest.raises(InvalidInput, match="clock_every"):
        setting("nothing")


def test_in_a_session_a_high_alert_goes_further_and_blocks_closing() -> None:
    run = simulate("ketamine", "esketamine_nasal", script=SCRIPT + CHEST_PAIN + ENDED + NOBODY)
    assert run.ended.how == "gates_closed" and run.ended.events == ()
    assert any("chest_pain" in gate and "escalated" in gate for gate in run.ended.gates)
    (at,) = [n.at_s for n in run.told if n.what == "escalated" and "chest_pain" in n.text]
    assert at == 30 * 60 + escalation("high").after_s


def test_in_a_session_a_named_person_opens_the_gate_and_is_in_the_events() -> None:
    named = "  - {at_min: 31, acknowledge: chest_pain, by: Dr A}\n  - {at_min: 140, acknowledge: monitoring_form_due, by: Nurse 2}\n"  # noqa: E501
    run = simulate("ketamine", "esketamine_nasal", script=SCRIPT + CHEST_PAIN + ENDED + NOBODY + named)
    assert run.ended.how == "closed"
    facts = [e.fact for e in run.ended.events if isinstance(e.fact, SafetyAlert) and e.fact.acknowledged_by]
    assert {(f.code, f.acknowledged_by) for f in facts} == {("chest_pain", "Dr A"), ("monitoring_form_due", "Nurse 2")}
    assert not run.texts("escalated")


def test_a_session_that_keeps_names_itself_gets_them() -> None:
    sick = "  - {at_min: 8.5, observe: symptom, values: {name: mania, severity: severe}}\n"
    over = "  - {at_min: 12, observe: handover, values: {to: Dr A}}\n  - {at_min: 13, observe: after_check, values: {well: true}}\n"  # noqa: E501
    run = simulate("tms", "tms_10hz", script=SCRIPT + sick + over)
    alerts = list(run.live.alerts.alerts)
    assert alerts and all(not a.is_open for a in alerts)
    facts = [e.fact for e in run.ended.events if isinstance(e.fact, SafetyAlert) and e.fact.acknowledged_by]
    assert run.ended.how == "closed", run.ended.gates
    assert len(facts) == len(alerts)  # once, not twice
    (fact,) = [e.fact for e in run.ended.events if isinstance(e.fact, SessionDelivered)]
    assert "alert_acknowledged" in [entry.get("observed") for entry in fact.log]
    assert fact.status == "stopped_early"
