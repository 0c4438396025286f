"""VNS screening: indication, label, coverage, surgery; nothing unknown reads as yes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vns_cases import complete, complete_facts

from euthymia.case.facts import (
    Demographics,
    Episode,
    Finding,
    Medication,
    Sex,
    SuicideScreen,
    TreatmentTrial,
)
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Legality, Verdict
from euthymia.therapies.screening import Rule
from euthymia.therapies.vns import THERAPY

from tests.therapies.therapy_cases import case_of

SHARED = Path(__file__).resolve().parents[4] / "shared/data/evidence/contraindications.csv"
REPRESENTED = {
    "bilateral or left cervical vagotomy": "vns_vagotomy",
    "planned shortwave, microwave or therapeutic ultrasound diathermy": "vns_diathermy",
    "fewer than 4 adequate antidepressant treatments failed": "vns_few_failures",
    "age <18": "vns_minor",
    "pre-existing swallowing difficulty": "vns_swallowing",
    "cardiac arrhythmia or conduction disease": "vns_cardiac",
    "obstructive sleep apnoea": "vns_sleep_apnea",
    "COPD/asthma": "vns_lung",
    "need for frequent body MRI": "vns_body_mri",
    "professional voice user": "vns_voice",
    "unfit for general anaesthesia": "vns_unfit_anesthesia",
}


def rules() -> dict[str, Rule]:
    return {row.code: row for row in load_table("euthymia.therapies.vns", "rules.csv", Rule, key="code")}


def drugs_only(count: int, *, ect: bool) -> list[object]:
    """Return the complete facts with ``count`` failed drugs, with or without the ECT course."""
    kept: list[object] = []
    drugs = 0
    for fact in complete_facts():
        if isinstance(fact, TreatmentTrial) and fact.kind.value == "drug":
            drugs += 1
            if drugs > count:
                continue
        if isinstance(fact, TreatmentTrial) and fact.kind.value == "ect" and not ect:
            continue
        kept.append(fact)
    return kept


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
def test_every_row_of_the_contraindication_table_is_a_rule_of_the_same_level() -> None:
    with SHARED.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["therapy"] == "VNS"]
    assert {row["condition"] for row in rows} == set(REPRESENTED)
    for row in rows:
        rule = rules()[REPRESENTED[row["condition"]]]
        assert rule.level.value == row["level"], row
        assert (rule.verification.value == "read") == (row["verification"] == "verified"), row


def test_a_complete_american_case_is_eligible_on_label() -> None:
    found = THERAPY.screen(complete())
    assert found.verdict is Verdict.ELIGIBLE
    assert found.legality is Legality.APPROVED
    assert found.missing == ()
    met = {finding.reason.code: finding.met for finding in found.forms[0].label}
    assert all(met[code] for code in ("us_age", "us_episode", "us_chronic", "us_failures", "us_contra"))
    assert met["cms_chronic"] is True
    assert met["cms_stable"] is None and met["cms_study"] is None


@pytest.mark.parametrize(
    ("country", "verdict", "legality"),
    [("DE", Verdict.CAUTION, Legality.APPROVED), ("GB", Verdict.CAUTION, Legality.APPROVED),
     ("AU", Verdict.NOT_OUTSIDE_TRIAL, Legality.UNKNOWN), ("JP", Verdict.NOT_OUTSIDE_TRIAL, Legality.UNKNOWN)],
)  # fmt: skip
def test_legal_standing_by_country(country: str, verdict: Verdict, legality: Legality) -> None:
    who = complete().demographics
    assert who is not None
    found = THERAPY.screen(complete(Demographics(who.birth_date, Sex.FEMALE, country)))
    assert (found.verdict, found.legality) == (verdict, legality)


@pytest.mark.parametrize("concept", ["vagotomy", "diathermy_planned", "unfit_for_anesthesia"])
def test_absolute_rules_forbid_and_nothing_is_proposed(concept: str) -> None:
    case = complete(Finding(concept, True))
    assert THERAPY.screen(case).verdict is Verdict.CONTRAINDICATED
    assert THERAPY.propose(case) == []


def test_three_failures_are_too_few_and_an_ect_course_counts() -> None:
    assert "vns_few_failures" in THERAPY.screen(case_of(*drugs_only(3, ect=False))).absolute
    with_ect = THERAPY.screen(case_of(*drugs_only(3, ect=True)))
    assert with_ect.absolute == ()
    assert "vns_fourth_is_ect" in with_ect.cautions
    assert "vns_few_failures" in THERAPY.screen(case_of(*drugs_only(2, ect=True))).absolute


@pytest.mark.parametrize(
    ("fact", "code"),
    [(Finding("sleep_apnea", True), "vns_sleep_apnea"), (Finding("copd_or_asthma", True), "vns_lung"),
     (Finding("swallowing_difficulty", True), "vns_swallowing"),
     (Finding("professional_voice_user", True), "vns_voice"),
     (Finding("cardiac_arrhythmia", True), "vns_cardiac"), (Finding("frequent_body_mri", True), "vns_body_mri"),
     (Finding("pacemaker", True), "vns_pacemaker"), (Medication("metoprolol"), "vns_rate_drugs"),
     (Medication("Eliquis"), "vns_anticoagulant")],
)  # fmt: skip
def test_cautions(fact: object, code: str) -> None:
    found = THERAPY.screen(complete(fact))
    assert code in found.cautions
    assert found.verdict is Verdict.CAUTION


@pytest.mark.parametrize(
    ("fact", "code"),
    [(SuicideScreen(intent_with_plan=True), "vns_suicide_high"), (Finding("rapid_cycling", True), "vns_rapid_cycling"),
     (Finding("schizophrenia_spectrum", True), "vns_psychosis"), (Finding("mania_current", True), "vns_mania_now"),
     (Finding("can_attend_device_follow_up", False), "vns_follow_up")],
)  # fmt: skip
def test_relative_rules(fact: object, code: str) -> None:
    assert code in THERAPY.screen(complete(fact)).relative


def test_silence_is_unknown_and_asks() -> None:
    found = THERAPY.screen(case_of())
    assert found.verdict is Verdict.UNKNOWN
    assert {"vagotomy", "diathermy_planned", "birth_date"} <= {q.code for q in found.missing}


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, len(complete_facts()) - 1), min_size=1))
def test_taking_facts_away_never_reads_as_eligible_while_something_is_asked(gone: set[int]) -> None:
    kept = [f for i, f in enumerate(complete_facts()) if i not in gone]
    found = THERAPY.screen(case_of(*kept))
    assert not (found.verdict is Verdict.ELIGIBLE and found.missing)


def test_number_of_episodes_is_read_from_the_episode() -> None:
    facts = [f for f in complete_facts() if not isinstance(f, Episode)]
    for previous, met in ((3, True), (1, False)):
        episode = Episode(complete().today.replace(month=6), previous_episodes=previous)
        found = THERAPY.screen(case_of(*facts, episode))
        assert {x.reason.code: x.met for x in found.forms[0].label}["cms_chronic"] is met
