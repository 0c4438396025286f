"""Screening and proposing neurofeedback: never more than a caution, plainly no substitute, no theta after a seizure."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neurofeedback_cases import neurofeedback_case

from euthymia.case.facts import Finding, Implant, Medication, SuicideScreen
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Direction
from euthymia.therapies.contract import Legality, Prescription, Therapy, Verdict
from euthymia.therapies.form_screen import rules_of
from euthymia.therapies.neurofeedback import THERAPY, tables
from euthymia.therapies.neurofeedback.prescription import Band, Part
from euthymia.therapies.neurofeedback.propose import build
from euthymia.therapies.schedule import Phase, Schedule
from euthymia.therapies.screening import Level

SHARED = Path(__file__).parents[4] / "shared" / "data" / "evidence" / "contraindications.csv"
CARRIED_BY = {
    "active psychosis or mania": "psychosis_or_mania",
    "seizure disorder (photosensitive feedback)": "seizure_photosensitive",
    "scalp wound/infection at electrode sites": "scalp_wound",
    "acute suicidality needing rapid treatment": "acute_suicidality",
    "unable to attend repeated sessions or follow instructions": "cannot_attend",
}


def form(case, name="eeg_neurofeedback"):
    return next(s for s in THERAPY.screen(case).forms if s.form == name)


def protocol(name, form_name="eeg_neurofeedback"):
    row = tables.protocol_row(form_name, name)
    assert row is not None
    return build(row)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared evidence tables are not beside this checkout")
def test_every_contraindication_of_the_evidence_table_is_a_rule_at_least_as_hard():
    hardness = [Level.CAUTION, Level.RELATIVE, Level.ABSOLUTE]
    by_code = {rule.code: rule for rule in rules_of(tables.PACKAGE)}
    rows = [row for row in csv.DictReader(SHARED.open(encoding="utf-8")) if row["therapy"] == "neurofeedback"]
    assert {row["condition"] for row in rows} == set(CARRIED_BY)
    for row in rows:
        level = by_code[CARRIED_BY[row["condition"]]].level
        assert hardness.index(level) >= hardness.index(Level(row["level"])), row["condition"]


@pytest.mark.parametrize("country", ["US", "DE", "GB", "AU", "BR"])
def test_the_best_verdict_is_caution_everywhere(country):
    assert form(neurofeedback_case(country=country)).verdict is Verdict.CAUTION


def test_it_says_plainly_that_it_is_no_substitute_and_that_blinded_trials_are_missing():
    reasons = {r.code: r for r in form(neurofeedback_case()).reasons}
    assert reasons["not_a_substitute"].direction is Direction.AGAINST
    assert "blinded EEG trials in depression are missing" in reasons["no_sham_trial"].statement


def test_fmri_is_for_trials_only_and_closed_to_metal():
    found = form(neurofeedback_case(), "fmri_neurofeedback")
    assert (found.verdict, found.legality) == (Verdict.NOT_OUTSIDE_TRIAL, Legality.INVESTIGATIONAL)
    closed = form(neurofeedback_case(Implant("pacemaker")), "fmri_neurofeedback")
    assert closed.verdict is Verdict.CONTRAINDICATED


@pytest.mark.parametrize(
    ("fact", "rule"),
    [
        (Finding("psychosis_active", True), "psychosis_or_mania"),
        (Finding("mania_current", True), "psychosis_or_mania"),
        (Finding("past_seizure", True), "seizure_photosensitive"),
        (Finding("photosensitivity", True), "seizure_photosensitive"),
        (Finding("scalp_wound", True), "scalp_wound"),
        (Finding("can_attend_repeated", False), "cannot_attend"),
        (Finding("ptsd", True), "trauma"),
        (Finding("dissociative_disorder", True), "dissociation"),
        (Medication("lorazepam", 1.0), "benzodiazepine"),
        (Medication("esketamine", 84.0), "brain_treatment_day"),
        (SuicideScreen(True, True, True, True, True, False, False), "acute_suicidality"),
    ],
)  # fmt: skip
def test_a_rule_is_shown_when_it_applies(fact, rule):
    assert rule in {r.code for r in form(neurofeedback_case(fact)).blocking}


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.sampled_from(("psychosis_active", "mania_current", "dissociative_disorder", "can_attend_repeated")),
        min_size=1,
        unique=True,
    )
)
def test_an_unknown_answer_to_a_relative_rule_never_reads_as_open(codes):
    found = form(neurofeedback_case(*[Finding(code, None) for code in codes]))
    assert not found.verdict.is_open
    assert {q.code for q in found.missing} >= set(codes)


def test_an_empty_case_is_unknown():
    assert form(neurofeedback_case(complete=False)).verdict is Verdict.UNKNOWN


def test_the_pilot_in_resistant_depression_comes_first_and_fmri_last():
    found = THERAPY.propose(neurofeedback_case())
    assert isinstance(THERAPY, Therapy)
    assert all(isinstance(p, Prescription) for p in found)
    assert found[0].protocol == "smr_at"
    assert found[-1].form == "fmri_neurofeedback"
    assert {"beta_f3_at", "faa_log", "faa_ratio", "smr", "hibeta_down", "alpha_theta"} <= {p.protocol for p in found}
    for rx in found:
        assert any(r.direction is Direction.FOR for r in rx.reasons)
        assert any(r.direction is Direction.AGAINST for r in rx.reasons)


def test_no_theta_upward_is_offered_or_run_after_a_seizure():
    case = neurofeedback_case(Finding("past_seizure", True))
    offered = THERAPY.propose(case)
    assert offered and not any("theta_up" in rx.traits for rx in offered)
    with pytest.raises(SafetyLimit, match="theta"):
        THERAPY.session(case, protocol("alpha_theta"), 1)


def test_the_forecast_is_deterministic_and_never_without_the_warning():
    case = neurofeedback_case()
    for rx in THERAPY.propose(case):
        one, two = (THERAPY.simulate(case, rx, seed=3) for _ in range(2))
        assert one == two
        assert any(r.code == "not_a_substitute" for r in one.reasons)


def test_constructors_refuse_what_must_not_be():
    rx = protocol("faa_log")
    cases = [
        ({"flashes_per_s": 10.0}, SafetyLimit, "flash"),
        ({"schedule": Schedule((Phase("training", 0, 41, 3.5, 60),))}, SafetyLimit, "sessions"),
        ({"schedule": Schedule((Phase("training", 0, 10, 0.5, 60),))}, SafetyLimit, "every_days"),
        ({"parts": (*rx.parts,) * 4}, SafetyLimit, "training_minutes"),
        ({"reward_target_frac": 0.95}, InvalidInput, "reward_target_frac"),
        ({"sampling_hz": 100.0}, InvalidInput, "sampling_hz"),
        ({"feedback_age_ms": 700.0}, InvalidInput, "feedback_age_ms"),
        ({"block_min": 40.0}, InvalidInput, "block_min"),
        ({"protocol": "z_score"}, InvalidInput, "protocol"),
    ]
    for change, error, word in cases:
        with pytest.raises(error, match=word):
            replace(rx, **change)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (("slow", 0.01, 0.1, "up"), "Infra-low"),
        (("alpha", 13.0, 8.0, "up"), "below"),
        (("alpha", 8.0, 13.0, "sideways"), "direction"),
        (("gamma", 30.0, 80.0, "up"), "high_hz"),
    ],
)
def test_bands_that_make_no_sense_are_named(values, word):
    with pytest.raises(InvalidInput, match=word):
        Band(*values)


def test_asymmetry_needs_both_sides():
    with pytest.raises(InvalidInput, match="F3 and F4"):
        Part(("F3",), "Cz", "open", 20, "log_asymmetry", (Band("alpha", 8, 13, "up"),))


@settings(max_examples=100, deadline=None)
@given(
    flashes=st.floats(0, 60), sessions=st.integers(1, 80), every=st.floats(0.1, 7), minutes=st.floats(1, 120),
    target=st.floats(0.3, 1.0),
)  # fmt: skip
def test_no_prescription_that_exists_is_beyond_a_limit(flashes, sessions, every, minutes, target):
    rx = protocol("smr")
    try:
        made = replace(
            rx, protocol="custom", parts=(replace(rx.parts[0], minutes=minutes),), flashes_per_s=flashes,
            reward_target_frac=target, schedule=Schedule((Phase("training", 0, sessions, every, 90),)),
        )  # fmt: skip
    except (SafetyLimit, InvalidInput):
        return
    assert made.flashes_per_s <= 3
    assert made.schedule.visits <= 40
    assert made.training_minutes <= 90
    assert sessions == 1 or every >= 1.4 - 1e-6
    assert 0.6 <= made.reward_target_frac <= 0.8
