"""Screening for TMS: each source row is a rule, nothing unknown opens a form, no bar is ever shown as open."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tms_cases import tms_case

from euthymia.case.facts import (
    Demographics,
    Finding,
    Implant,
    Medication,
    ScaleRecord,
    Sex,
    Substance,
    SuicideScreen,
    TreatmentTrial,
    TrialKind,
)
from euthymia.therapies.contract import Legality, Verdict
from euthymia.therapies.form_screen import rules_of
from euthymia.therapies.screening import Level
from euthymia.therapies.tms import THERAPY, tables

from tests.therapies.therapy_cases import NOW

SHARED = Path(__file__).parents[4] / "shared" / "data" / "evidence" / "contraindications.csv"
RULES = {rule.code: rule for rule in rules_of(tables.PACKAGE)}

# Each condition of the evidence table, and the rule that carries it here.
CARRIED_BY = {
    "conductive/ferromagnetic/magnetic-sensitive metal in head within 30 cm of coil "
    "(excl. dental fillings)": "metal_head",
    "cochlear implant": "cochlear_implant",
    "implanted brain electrodes or stimulator": "brain_stimulator",
    "aneurysm clip or coil": "aneurysm_clip",
    "ferromagnetic ocular implant": "ocular_implant",
    "bullet/pellet fragment within 30 cm": "bullet_fragment",
    "vagus nerve stimulator": "vagus_stimulator",
    "deep brain stimulator": "brain_stimulator",
    "CSF shunt (programmable)": "csf_shunt",
    "pacemaker or implantable cardioverter defibrillator": "cardiac_device",
    "wearable cardioverter defibrillator": "cardiac_device",
    "seizure disorder or past seizure": "seizure_history",
    "raised intracranial pressure, acute large infarct or trauma": "acute_brain",
    "medication lowering seizure threshold (bupropion high dose, clozapine, TCA, stimulants) or abrupt "
    "benzodiazepine/alcohol withdrawal": "bupropion",
    "pregnancy": "pregnancy",
    "sleep deprivation, heavy alcohol": "alcohol_or_sleep",
    "age <18": "under_18",
    "bipolar disorder (switch risk)": "bipolar",
    "psychotic depression": "psychotic_depression",
}
ALSO = {"bupropion": ("seizure_drugs_strong", "stimulant", "withdrawal", "seizure_drugs_other")}


def form(case, name="tms_itbs"):
    return next(s for s in THERAPY.screen(case).forms if s.form == name)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared evidence tables are not beside this checkout")
def test_every_contraindication_of_the_evidence_table_is_a_rule_at_least_as_hard():
    hardness = [Level.CAUTION, Level.RELATIVE, Level.ABSOLUTE]
    rows = [row for row in csv.DictReader(SHARED.open(encoding="utf-8")) if row["therapy"] == "TMS"]
    assert {row["condition"] for row in rows} == set(CARRIED_BY)
    for row in rows:
        code = CARRIED_BY[row["condition"]]
        for name in (code, *ALSO.get(code, ())):
            assert hardness.index(RULES[name].level) >= hardness.index(Level(row["level"])), row["condition"]


def test_a_complete_unremarkable_case_is_eligible_for_a_cleared_form_in_the_us():
    found = form(tms_case())
    assert found.verdict is Verdict.ELIGIBLE
    assert found.legality is Legality.APPROVED
    assert found.missing == ()


@pytest.mark.parametrize(
    "code",
    [
        "ferromagnetic_metal_head", "cochlear_implant", "deep_brain_stimulator", "vagus_nerve_stimulator",
        "aneurysm_clip_or_coil", "ocular_implant_ferromagnetic", "bullet_fragment", "csf_shunt", "pacemaker",
        "implantable_defibrillator", "wearable_defibrillator",
    ],
)  # fmt: skip
def test_metal_and_devices_close_every_form_and_nothing_is_proposed(code):
    case = tms_case(Implant(code))
    assert THERAPY.screen(case).verdict is Verdict.CONTRAINDICATED
    assert THERAPY.propose(case) == []


def test_a_stimulator_in_the_history_counts_as_implanted_and_both_positions_are_shown():
    case = tms_case(TreatmentTrial(TrialKind.VNS, "VNS"))
    found = form(case)
    assert found.verdict is Verdict.CONTRAINDICATED
    assert any("sources disagree" in r.statement.lower() for r in found.blocking)


def test_a_cardiac_device_needs_a_written_release_and_stays_a_caution_with_it():
    assert form(tms_case(Implant("pacemaker"), Finding("implant_released_for_tms", None))).verdict is Verdict.UNKNOWN
    released = form(tms_case(Implant("pacemaker"), Finding("implant_released_for_tms", True)))
    assert released.verdict is Verdict.CAUTION
    assert any(r.code == "cardiac_device" for r in released.blocking)


@pytest.mark.parametrize(
    ("fact", "rule"),
    [
        (Medication("Wellbutrin XL", 300.0), "bupropion"),
        (Medication("clozapine", 200.0), "seizure_drugs_strong"),
        (Medication("amitriptyline", 100.0), "seizure_drugs_strong"),
        (Medication("quetiapine", 300.0), "seizure_reports"),
        (Medication("methylphenidate", 20.0), "stimulant"),
        (Medication("lorazepam", 1.0), "benzodiazepine"),
        (Medication("esketamine", 84.0), "ketamine_dosing_day"),
        (Finding("sedative_withdrawal", True), "withdrawal"),
        (Finding("sleep_deprived", True), "alcohol_or_sleep"),
        (Finding("pregnancy", True), "pregnancy"),
        (Finding("bipolar_disorder", True), "bipolar"),
        (Finding("past_seizure", True), "seizure_history"),
        (Finding("raised_intracranial_pressure", True), "acute_brain"),
        (Finding("psychosis_active", True), "psychotic_depression"),
        (Finding("can_attend_daily", False), "daily_attendance"),
        (Substance("cocaine", "regular", "active"), "substance_use"),
        (SuicideScreen(True, True, True, True, True, False, False), "high_suicide_risk"),
    ],
)  # fmt: skip
def test_a_rule_that_warns_is_shown_and_takes_eligible_away(fact, rule):
    found = form(tms_case(fact))
    assert found.verdict is Verdict.CAUTION
    assert rule in {r.code for r in found.blocking}


def test_bupropion_is_said_not_to_be_a_contraindication_by_itself():
    reason = next(r for r in form(tms_case(Medication("bupropion", 300.0))).blocking if r.code == "bupropion")
    assert "not a contraindication by itself" in reason.statement.lower()
    assert "10.2147/NDT.S91126" in reason.sources[0].doi


def test_a_seizure_within_a_year_and_an_earlier_serious_event_forbid():
    for code in ("seizure_past_year", "tms_serious_event"):
        assert form(tms_case(Finding(code, True))).verdict is Verdict.CONTRAINDICATED


def test_age_decides_between_caution_and_specialist():
    born = date(NOW.year - 16, 1, 1)
    found = form(tms_case(Demographics(born, Sex.MALE, "US")))
    assert "under_18" in {r.code for r in found.blocking}
    assert "under_15" not in {r.code for r in found.blocking}


def test_legal_status_follows_country_and_day():
    assert form(tms_case(country="BR")).verdict is Verdict.NOT_OUTSIDE_TRIAL
    assert form(tms_case(country="DE")).verdict is Verdict.CAUTION  # CE marking was not read at its source
    assert form(tms_case(), "tms_1hz_right").legality is Legality.OFF_LABEL
    assert form(tms_case(), "tms_saint").legality is Legality.APPROVED
    before = tms_case(now=NOW.replace(year=2020))
    assert form(before, "tms_saint").verdict is Verdict.NOT_OUTSIDE_TRIAL


def test_payer_criteria_are_found_met_not_met_or_not_known():
    on = NOW - timedelta(days=2)
    from euthymia.case.events import Event

    case = tms_case(Event(ScaleRecord("PHQ-9", total=18.0), on, on))
    label = {f.reason.code: f for f in form(case).label}
    assert label["ambetter_phq9"].met is True
    assert label["l34522_severe"].met is True
    assert label["ambetter_psychotherapy"].met is False
    assert {f.reason.code: f for f in form(tms_case()).label}["ambetter_phq9"].met is None


def test_an_empty_case_is_unknown_with_questions_and_never_open():
    found = THERAPY.screen(tms_case(complete=False))
    assert found.verdict in (Verdict.UNKNOWN, Verdict.NOT_OUTSIDE_TRIAL)
    assert any(q.code == "cochlear_implant" for q in found.missing)


CONCEPTS = (
    "cochlear_implant",
    "past_seizure",
    "structural_brain_lesion",
    "tms_serious_event",
    "raised_intracranial_pressure",
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(CONCEPTS), min_size=1, max_size=4, unique=True))
def test_an_unknown_answer_to_a_hard_rule_never_reads_as_eligible(codes):
    case = tms_case(*[Finding(code, None) for code in codes])
    for found in THERAPY.screen(case).forms:
        assert not found.verdict.is_open
        assert {q.code for q in found.missing} >= set(codes)
