"""Screening of psilocybin and MDMA: law first, every rule represented, unknown never eligible."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from euthymia.case.events import Event
from euthymia.case.facts import Demographics, Finding, Medication, SuicideScreen, TreatmentTrial, TrialKind, Vital
from euthymia.case.model import Case, fold
from euthymia.therapies.contract import Legality, Screening, Therapy, Verdict
from euthymia.therapies.form_screen import rules_of
from euthymia.therapies.psychedelic import THERAPY
from euthymia.therapies.psychedelic.tables import PACKAGE
from euthymia.therapies.screening import Level

TABLE = Path(__file__).parents[4] / "shared/data/evidence/contraindications.csv"
P, M = "psychedelic_psilocybin", "psychedelic_mdma"
COVERED = {
    (P, "personal history of schizophrenia or other psychotic disorder"): "psi_psychotic_disorder",
    (P, "bipolar disorder (I or II)"): "psi_bipolar",
    (P, "first-degree relative with psychotic or bipolar disorder"): "psi_family",
    (P, "borderline or paranoid personality disorder"): "psi_personality",
    (P, "current suicide risk that makes a session unsafe"): "psi_suicide_risk",
    (P, "active or unstable substance use disorder"): "psi_substance",
    (P, "ECT within 12 weeks"): "psi_ect",
    (P, "interacting psychotropic that cannot be tapered"): "psi_cannot_taper",
    (P, "uncontrolled hypertension or significant cardiac disease"): "psi_cardiac",
    (P, "epilepsy or seizure history"): "psi_seizure",
    (P, "lithium (seizure reports)"): "psi_lithium",
    (P, "MAOI"): "psi_maoi",
    (P, "olanzapine or other 5-HT2A antagonist (blocks effect)"): "psi_5ht2a",
    (P, "SSRI/SNRI (dampened effect)"): "psi_ssri_snri",
    (P, "prolonged QTc"): "psi_qtc",
    (P, "pregnancy or breastfeeding"): "psi_pregnancy",
    (P, "age <18"): "psi_age",
    (P, "uncontrolled or insulin-dependent diabetes"): "psi_diabetes",
    (P, "no legal route (trial, authorised prescriber, licensed programme)"): "psi_no_legal_route",
    (M, "MAOI, moclobemide included"): "mdma_maoi",
    (M, "SSRI/SNRI (blunted effect; CYP2D6-inhibiting ones raise exposure)"): "mdma_ssri",
    (M, "uncontrolled hypertension, arrhythmia, cardiac disease"): "mdma_cardiac",
    (M, "psychotic or bipolar I disorder"): "mdma_psychotic",
    (M, "CYP2D6 inhibitor (raised exposure)"): "mdma_cyp2d6",
    (M, "hyponatraemia risk"): "mdma_hyponatremia",
}
ORDER = [Level.CAUTION, Level.RELATIVE, Level.ABSOLUTE]
ABSOLUTE = [
    "psychosis_history", "schizophrenia_spectrum", "bipolar_disorder", "mania_current", "family_psychosis_or_bipolar",
    "uncontrolled_hypertension", "unstable_cardiac_disease", "recent_stroke", "pregnancy", "breastfeeding",
    "hypersensitivity_psilocybin",
]  # fmt: skip


def form(case: Case, name: str = "psilocybin") -> Screening:
    return next(s for s in THERAPY.screen(case).forms if s.form == name)


def empty(country: str, moment: datetime) -> Case:
    return fold("p", [Event(Demographics(date(1980, 1, 1), country=country), moment, moment)], as_of=moment)


def test_it_is_a_therapy() -> None:
    assert isinstance(THERAPY, Therapy)


@pytest.mark.skipif(not TABLE.exists(), reason="the shared evidence tables are not beside this checkout")
def test_every_row_of_the_shared_table_is_a_rule_at_least_as_hard() -> None:
    own = {rule.code: rule for rule in rules_of(PACKAGE)}
    rows = [r for r in csv.DictReader(TABLE.open()) if r["therapy"] in (P, M)]
    assert {(r["therapy"], r["condition"]) for r in rows} == set(COVERED)
    for row in rows:
        rule = own[COVERED[row["therapy"], row["condition"]]]
        assert ORDER.index(rule.level) >= ORDER.index(Level(row["level"])), rule.code


@pytest.mark.parametrize(
    ("country", "moment", "status"),
    [
        ("AU", datetime(2023, 6, 30, tzinfo=UTC), Legality.INVESTIGATIONAL),
        ("AU", datetime(2023, 7, 1, tzinfo=UTC), Legality.RESTRICTED),
        ("US", datetime(2026, 11, 2, tzinfo=UTC), Legality.INVESTIGATIONAL),
        ("CA", datetime(2022, 1, 4, tzinfo=UTC), Legality.INVESTIGATIONAL),
        ("CA", datetime(2022, 1, 5, tzinfo=UTC), Legality.RESTRICTED),
        ("DE", datetime(2026, 1, 1, tzinfo=UTC), Legality.INVESTIGATIONAL),
        ("BR", datetime(2026, 1, 1, tzinfo=UTC), Legality.UNKNOWN),
    ],
)
def test_legal_status_follows_country_and_date(country: str, moment: datetime, status: Legality) -> None:
    assert form(empty(country, moment)).legality is status


def test_an_australian_case_without_problems_is_eligible(make_case: Callable[..., Case]) -> None:
    assert form(make_case()).verdict is Verdict.ELIGIBLE


def test_elsewhere_it_is_not_outside_a_trial(make_case: Callable[..., Case]) -> None:
    for country in ("US", "DE", "GB"):
        assert form(make_case(country=country)).verdict is Verdict.NOT_OUTSIDE_TRIAL


def test_mdma_for_depression_is_never_open(make_case: Callable[..., Case]) -> None:
    for country in ("AU", "US", "CA", "DE"):
        found = form(make_case(country=country), "mdma")
        assert found.verdict is Verdict.NOT_OUTSIDE_TRIAL
        assert any("PTSD" in r.statement for r in found.blocking)


@pytest.mark.parametrize("code", ABSOLUTE)
def test_absolute_concepts_forbid_psilocybin(make_case: Callable[..., Case], code: str) -> None:
    case = make_case(Finding(code, True))
    assert form(case).verdict is Verdict.CONTRAINDICATED
    assert all(p.form != "psilocybin" for p in THERAPY.propose(case))


@pytest.mark.parametrize(
    ("extra", "verdict"),
    [
        (Medication("lithium carbonate", 900.0), Verdict.CONTRAINDICATED),
        (Medication("phenelzine", 45.0), Verdict.CONTRAINDICATED),
        (Medication("sertraline", 100.0), Verdict.CAUTION),
        (Medication("olanzapine", 5.0), Verdict.CAUTION),
        (Medication("haloperidol", 2.0), Verdict.CAUTION),
        (Vital("qtc", 465), Verdict.CAUTION),
        (Vital("systolic_bp", 150), Verdict.CAUTION),
        (SuicideScreen(True, True, True, True, False, False, None), Verdict.CONTRAINDICATED),
        (TreatmentTrial(TrialKind.VNS, "VNS", ended_on=date(2024, 1, 1)), Verdict.CAUTION),
        (TreatmentTrial(TrialKind.ECT, "ECT", ended_on=date(2026, 10, 1)), Verdict.CAUTION),
        (Finding("legal_route_psychedelic", False), Verdict.CONTRAINDICATED),
        (Finding("escort_available", False), Verdict.CONTRAINDICATED),
        (Finding("support_person", False), Verdict.CAUTION),
    ],
)
def test_interactions_and_circumstances(make_case: Callable[..., Case], extra: object, verdict: Verdict) -> None:
    assert form(make_case(extra)).verdict is verdict


@pytest.mark.parametrize("drug", ["moclobemide", "linezolid"])
def test_mao_inhibitors_forbid_mdma(make_case: Callable[..., Case], drug: str) -> None:
    assert form(make_case(Medication(drug, 600.0)), "mdma").verdict is Verdict.CONTRAINDICATED


def test_an_unmeasured_qtc_is_asked_for(make_case: Callable[..., Case]) -> None:
    case = make_case(complete=False, country="AU")
    assert "vital:qtc" in {q.code for q in form(case).missing}
    assert not form(case).verdict.is_open


HARD = [*ABSOLUTE, "borderline_or_paranoid_personality", "legal_route_psychedelic", "escort_available"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(unknown=st.sets(st.sampled_from(HARD), min_size=1))
def test_an_open_question_never_reads_as_eligible(make_case: Callable[..., Case], unknown: set[str]) -> None:
    found = form(make_case(*[Finding(code, None) for code in sorted(unknown)]))
    assert not found.verdict.is_open
    assert {q.code for q in found.missing} >= unknown


@pytest.mark.parametrize("medicine", ["tramadol", "St John's wort"])
@pytest.mark.parametrize("name", ["psilocybin", "mdma"])
def test_a_serotonergic_medicine_is_never_passed_over(make_case: Callable[..., Case], name: str, medicine: str) -> None:
    found = form(make_case(Medication(medicine, 100.0)), name)
    assert found.verdict is not Verdict.ELIGIBLE
    assert any("serotonergic" in reason.statement for reason in found.reasons)
