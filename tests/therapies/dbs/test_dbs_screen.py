"""DBS screening: every rule of the table is there, nothing unknown reads as yes, never better than 'in a trial'."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from dbs_cases import complete, complete_facts, without
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.case.concepts import Question
from euthymia.case.facts import (
    Demographics,
    Diagnosis,
    Finding,
    ListReviewed,
    Medication,
    SuicideScreen,
    TreatmentTrial,
)
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Legality, Verdict
from euthymia.therapies.dbs import THERAPY
from euthymia.therapies.screening import Level, Rule

from tests.therapies.therapy_cases import case_of

SHARED = Path(__file__).resolve().parents[4] / "shared/data/evidence/contraindications.csv"
REPRESENTED = {
    "unfit for neurosurgery/anaesthesia": "dbs_unfit_surgery",
    "uncorrectable coagulopathy or anticoagulation that cannot be stopped": "dbs_coagulopathy",
    "diathermy": "dbs_diathermy",
    "need for MRI incompatible with the chosen system": "dbs_mri_incompatible",
    "dementia or marked cognitive impairment": "dbs_dementia",
    "active infection": "dbs_infection",
    "severe personality disorder as main problem": "dbs_personality",
    "active substance use disorder": "dbs_substance",
    "high imminent suicide risk without containment": "dbs_suicide_high",
    "structural brain lesion at target or trajectory": "dbs_lesion",
    "no ECT trial and <4 adequate treatments failed": "dbs_too_few_treatments",
    "cannot attend programming and device follow-up": "dbs_follow_up",
    "pregnancy": "dbs_pregnancy",
}


def rules() -> dict[str, Rule]:
    return {row.code: row for row in load_table("euthymia.therapies.dbs", "rules.csv", Rule, key="code")}


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
def test_every_row_of_the_contraindication_table_is_a_rule_of_the_same_level() -> None:
    with SHARED.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["therapy"] == "DBS"]
    assert {row["condition"] for row in rows} == set(REPRESENTED)
    for row in rows:
        rule = rules()[REPRESENTED[row["condition"]]]
        assert rule.level.value == row["level"], row
        assert (rule.verification.value == "read") == (row["verification"] == "verified"), row


def test_a_complete_case_is_never_better_than_inside_a_trial() -> None:
    found = THERAPY.screen(complete())
    assert found.verdict is Verdict.NOT_OUTSIDE_TRIAL
    assert found.legality is Legality.INVESTIGATIONAL
    assert found.absolute == found.relative == found.cautions == ()
    assert found.missing == ()
    assert {f.form for f in found.forms} == {"dbs_scc", "dbs_valic", "dbs_vcvs", "dbs_mfb"}


@pytest.mark.parametrize("country", ["US", "GB", "DE", "AU", "JP", "BR"])
def test_it_is_investigational_in_every_country(country: str) -> None:
    case = complete(Demographics(complete().demographics.birth_date, country=country))  # type: ignore[union-attr]
    assert {f.legality for f in THERAPY.screen(case).forms} == {Legality.INVESTIGATIONAL}


@pytest.mark.parametrize(
    "concept",
    ["unfit_for_neurosurgery", "unfit_for_anesthesia", "coagulopathy", "anticoagulation_cannot_stop",
     "diathermy_planned", "active_infection"],
)  # fmt: skip
def test_absolute_rules_forbid_every_target(concept: str) -> None:
    case = complete(Finding(concept, True))
    found = THERAPY.screen(case)
    assert {f.verdict for f in found.forms} == {Verdict.CONTRAINDICATED}
    assert THERAPY.propose(case) == []


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (Finding("dementia", True), "dbs_dementia"),
        (Finding("pregnancy", True), "dbs_pregnancy"),
        (Finding("structural_brain_lesion", True), "dbs_lesion"),
        (Finding("severe_personality_disorder", True), "dbs_personality"),
        (Finding("substance_use_disorder_active", True), "dbs_substance"),
        (Finding("mri_needed_incompatible", True), "dbs_mri_incompatible"),
        (Finding("suicide_attempt_6_months", True), "dbs_suicide_attempt"),
        (Finding("pacemaker", True), "dbs_other_stimulator"),
        (Finding("consent_capacity", False), "dbs_consent"),
        (Finding("can_attend_device_follow_up", False), "dbs_follow_up"),
        (Finding("trial_or_compassionate_route", False), "dbs_no_route"),
        (SuicideScreen(intent_with_plan=True), "dbs_suicide_high"),
        (Diagnosis("F31.1"), "dbs_bipolar_i"),
    ],
)
def test_relative_rules_apply(fact: object, code: str) -> None:
    found = THERAPY.screen(complete(fact))
    assert code in found.forms[0].relative
    assert rules()[code].level is Level.RELATIVE


def test_anticoagulants_on_the_medication_list_are_an_interaction() -> None:
    assert "dbs_anticoagulant" in THERAPY.screen(complete(Medication("Eliquis"))).cautions


def test_what_an_implant_would_close_comes_first() -> None:
    facts = [f for f in complete_facts() if not (isinstance(f, TreatmentTrial) and f.kind.value in ("tms", "ect"))]
    cautions = THERAPY.screen(case_of(*facts)).cautions
    assert {"dbs_before_tms", "dbs_no_ect"} <= set(cautions)


def test_silence_is_unknown_and_asks() -> None:
    found = THERAPY.screen(case_of())
    assert not found.verdict.is_open
    assert len(found.missing) > 10
    assert all(isinstance(q, Question) for q in found.missing)
    assert found.absolute == ()


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, len(complete_facts()) - 1)))
def test_taking_facts_away_never_opens_anything(gone: set[int]) -> None:
    kept = [f for i, f in enumerate(complete_facts()) if i not in gone]
    assert not THERAPY.screen(case_of(*kept)).verdict.is_open


def test_trial_criteria_are_shown_met_not_met_and_not_known() -> None:
    scc = next(f for f in THERAPY.screen(complete()).forms if f.form == "dbs_scc")
    met = {finding.reason.code: finding.met for finding in scc.label}
    assert met["emory_failures"] is True
    assert met["emory_severity"] is None  # no HAM-D17 on record
    assert met["socioaff_psychotherapy"] is False
    assert met["transcend_stable"] is None


def test_number_of_episodes_is_read_from_the_episode() -> None:
    scc = next(f for f in THERAPY.screen(complete()).forms if f.form == "dbs_scc")
    assert {finding.reason.code: finding.met for finding in scc.label}["transcend_episode"] is True


def test_not_reviewed_lists_leave_questions() -> None:
    assert any(q.code == "coagulopathy" for q in THERAPY.screen(without(ListReviewed)).missing)
