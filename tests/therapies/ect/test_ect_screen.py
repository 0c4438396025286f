"""ECT: what is screened, and that nothing unknown reads as a yes."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case import fold
from euthymia.case.facts import Episode, EpisodeSeverity, Finding, Medication, SuicideScreen
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Therapy, Verdict
from euthymia.therapies.ect import THERAPY, first_line
from euthymia.therapies.screening import Level, Rule

from tests.therapies.therapy_cases import NOW

TABLE = Path(__file__).parents[4] / "shared" / "data" / "evidence" / "contraindications.csv"
REPRESENTED = {
    "raised intracranial pressure/space-occupying lesion with oedema": "ect_raised_icp",
    "recent MI, unstable angina, uncontrolled heart failure": "ect_cardiac",
    "unstable fracture or cervical spine": "ect_fracture",
    "phaeochromocytoma": "ect_pheochromocytoma",
    "recent stroke/intracerebral haemorrhage": "ect_stroke",
    "cochlear implant": "ect_cochlear",
}


def test_it_is_a_reference_therapy():
    assert isinstance(THERAPY, Therapy) and THERAPY.is_reference and THERAPY.name == "ect"


def test_every_row_of_the_contraindication_table_is_a_rule():
    if not TABLE.exists():
        pytest.skip("../shared is not here")
    rules = {r.code: r for r in load_table("euthymia.therapies.ect", "rules.csv", Rule, key="code")}
    with TABLE.open(encoding="utf-8") as handle:
        rows = [r for r in csv.DictReader(handle) if r["therapy"] == "ECT_comparator"]
    assert {r["condition"] for r in rows} == set(REPRESENTED)
    for row in rows:
        assert rules[REPRESENTED[row["condition"]]].level.value == row["level"]


def test_no_rule_is_absolute_by_convention():
    assert all(
        r.level is not Level.ABSOLUTE for r in load_table("euthymia.therapies.ect", "rules.csv", Rule, key="code")
    )


def test_a_complete_case_without_findings_is_eligible(make_case):
    screening = THERAPY.screen(make_case())
    assert screening.verdict is Verdict.ELIGIBLE, screening.reasons
    assert [f.met for f in screening.label] == [True, True, None] or all(
        f.met is not False for f in screening.label[:2]
    )


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (Finding("pheochromocytoma", True), "ect_pheochromocytoma"),
        (Finding("cochlear_implant", True), "ect_cochlear"),
        (Finding("raised_intracranial_pressure", True), "ect_raised_icp"),
        (Finding("unstable_cardiac_disease", True), "ect_cardiac"),
        (Medication("lithium carbonate", 900), "ect_lithium"),
        (Medication("lorazepam", 2), "ect_benzodiazepine"),
        (Medication("lamotrigine", 200), "ect_anticonvulsant"),
        (Episode(date(2026, 1, 1), EpisodeSeverity.MILD), "ect_mild"),
    ],
)
def test_each_finding_is_told(make_case, fact, code):
    screening = THERAPY.screen(make_case(fact))
    assert screening.verdict is Verdict.CAUTION
    assert code in {r.code for r in screening.blocking}


def test_an_unread_legal_row_needs_confirmation(make_case):
    assert THERAPY.screen(make_case(country="DE")).verdict is Verdict.CAUTION
    assert THERAPY.screen(make_case(country="")).verdict is Verdict.UNKNOWN


def test_an_empty_case_is_unknown_with_questions():
    screening = THERAPY.screen(fold("empty", [], as_of=NOW))
    assert screening.verdict is Verdict.UNKNOWN
    assert {"country", "raised_intracranial_pressure"} <= {q.code for q in screening.missing}


CODES = (
    "pheochromocytoma",
    "cochlear_implant",
    "raised_intracranial_pressure",
    "recent_stroke",
    "unfit_for_anesthesia",
)


@given(st.sampled_from(CODES))
def test_what_is_not_known_never_reads_as_eligible(code):
    from euthymia.case import Event

    events = [Event(Finding(code, None), NOW, NOW)]
    assert THERAPY.screen(fold("partly", events, as_of=NOW)).verdict is not Verdict.ELIGIBLE


def test_ect_comes_first_when_life_is_at_risk(make_case):
    assert first_line(make_case()) == ()
    psychotic = Episode(date(2026, 1, 1), EpisodeSeverity.SEVERE, psychotic_features=True)
    assert {r.code for r in first_line(make_case(psychotic))} == {"first_psychotic"}
    assert {r.code for r in first_line(make_case(Finding("catatonia", True)))} == {"first_catatonia"}
    assert {r.code for r in first_line(make_case(Finding("refusal_of_food_or_drink", True)))} == {"first_refusal"}
    risk = SuicideScreen(True, True, True, True, True, True, True)
    assert {r.code for r in first_line(make_case(risk))} == {"first_suicide"}
