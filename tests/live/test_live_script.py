"""Scripts of simulated sessions: read strictly; what they say happens, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.live.script import parse_script, read_script
from euthymia.therapies.contract import Observation

from tests.live.live_runs import simulate

HEAD = "euthymia_script: 1\nevents:\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "script"),
        ("events: []\n", "euthymia_script: 1"),
        ("euthymia_script: 2\nevents: []\n", "euthymia_script: 1"),
        ("euthymia_script: 1\nevents: 3\n", "a list"),
        ("euthymia_script: 1\nevents: []\nmore: 1\n", "more"),
        (HEAD + "  - 3\n", "a map"),
        (HEAD + "  - {at_min: 3}\n", "one of observe"),
        (HEAD + "  - {at_min: 3, observe: a, refuse: b}\n", "one of observe"),
        (HEAD + "  - {observe: a}\n", "at_min"),
        (HEAD + "  - {at_min: -1, observe: a}\n", "at_min"),
        (HEAD + "  - {at_min: soon, observe: a}\n", "at_min"),
        (HEAD + "  - {at_min: 3, observe: a, value: {x: 1}}\n", "value"),
        (HEAD + "  - {at_min: 3, override: a}\n", "values"),
        (HEAD + "  - {at_min: 3, until_min: 2, refuse: a}\n", "until_min"),
        (HEAD + "  - {at_min: 3, acknowledge: a}\n", "by"),
        (HEAD + "  - {at_min: 3, crash: yes please}\n", "crash"),
        (HEAD + "  - {at_min: 3, observe: 5}\n", "observe"),
    ],
)
def test_a_script_that_is_none_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        parse_script(text, "s.yaml")


def test_a_script_changes_only_what_it_names_and_when() -> None:
    text = HEAD + (
        "  - {at_min: 10, until_min: 20, override: blood_pressure, values: {systolic_mmhg: 190}}\n"
        "  - {at_min: 15, refuse: sedation}\n"
    )
    script = parse_script(text, "s.yaml")
    pressure = {"systolic_mmhg": 120, "diastolic_mmhg": 80}
    for minute, systolic in ((9.9, 120), (10, 190), (19.9, 190), (20, 120)):
        changed = script.changed(Observation("blood_pressure", minute * 60, pressure))
        assert changed is not None and changed.values == {"systolic_mmhg": systolic, "diastolic_mmhg": 80}
    assert script.changed(Observation("sedation", 899, {"moaas": 5})) is not None
    assert script.changed(Observation("sedation", 900, {"moaas": 5})) is None


def test_a_script_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(HEAD + "  - {at_min: 1, finish: true}\n", encoding="utf-8")
    assert [e.act for e in read_script(path).events] == ["finish"]


def test_a_patient_who_vomits_pauses_the_infusion_until_it_is_over() -> None:
    text = HEAD + (
        "  - {at_min: 20, observe: symptom, values: {name: vomiting, severity: moderate}}\n"
        "  - {at_min: 24, observe: symptom_ended, values: {name: vomiting}}\n"
    )
    codes = simulate("ketamine", "ketamine_iv", script=text).codes()
    assert codes.index("pause/symptom") < codes.index("wait/paused") < codes.index("resume/may_resume")


def test_a_patient_who_refuses_the_dose_gets_none_and_the_session_says_so() -> None:
    run = simulate("ketamine", "esketamine_nasal", script=HEAD + "  - {at_min: 0, refuse: dose_given}\n")
    assert run.ended.how == "closed"
    assert [e.fact.status for e in run.ended.events if hasattr(e.fact, "status")] == ["not_started"]


def test_a_reading_that_never_comes_keeps_the_gate_closed() -> None:
    run = simulate("psychedelic", "psilocybin", script=HEAD + "  - {at_min: 60, refuse: suicide_screen}\n")
    assert run.ended.how == "gates_closed"
    assert any("C-SSRS after the dose" in gate for gate in run.ended.gates)


def test_high_pressure_in_a_psilocybin_day_is_repeated_and_then_an_alert() -> None:
    text = HEAD + (
        "  - {at_min: 70, until_min: 100, override: blood_pressure, "
        "values: {systolic_mmhg: 190, diastolic_mmhg: 112}}\n"
        "  - {at_min: 95, observe: blood_pressure, values: {systolic_mmhg: 191, diastolic_mmhg: 112}}\n"
    )
    run = simulate("psychedelic", "psilocybin", script=text)
    assert "alert/severe_hypertension" in run.codes()
    assert run.ended.how == "closed"


def test_nobody_leaves_a_psilocybin_day_before_its_time() -> None:
    early = (
        "  - {at_min: 200, observe: discharge, values: {companion_present: true, alert_and_oriented: true, "
        "told_not_to_drive: true, integration_booked: true}}\n  - {at_min: 201, finish: true}\n"
    )
    run = simulate("psychedelic", "psilocybin", script=HEAD + early)
    (told,) = run.texts("told")
    assert "refused for safety" in told and "min on site" in told
    assert "refuse/discharge" in run.codes() and run.ended.how == "closed"


def test_pressure_above_the_limit_before_psilocybin_is_no_dose() -> None:
    text = HEAD + "  - {at_min: 0, override: blood_pressure, values: {systolic_mmhg: 165}}\n"
    run = simulate("psychedelic", "psilocybin", script=text)
    assert any("above the limit" in words for words in run.texts("refused"))
    assert [e.fact.status for e in run.ended.events if hasattr(e.fact, "status")] == ["not_started"]
