"""Precision: what is worth ordering, what it could change, and what may never be promised."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case import Event, fold
from euthymia.case.facts import (
    Attachment,
    Finding,
    LabResult,
    Medication,
    StoppedReason,
    SuicideScreen,
    TreatmentTrial,
    TrialKind,
)
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Prescription, Therapy, Verdict
from euthymia.therapies.precision import THERAPY, TestOrder
from euthymia.therapies.precision.tables import forms, markers, protocols
from euthymia.therapies.precision.tables import tests as all_tests
from euthymia.therapies.screening import Rule

from tests.therapies.therapy_cases import NOW

TABLE = Path(__file__).parents[4] / "shared" / "data" / "evidence" / "contraindications.csv"
REPRESENTED = {
    "non-diagnostic use of single-gene PGx to exclude effective drugs": "pgx_never_withholds",
    "reporting PGx without phenoconversion (CYP inhibitors, inflammation)": "pgx_phenoconversion",
}


def form(case, name):
    return next(s for s in THERAPY.screen(case).forms if s.form == name)


def order(case, name):
    return next(p for p in THERAPY.propose(case) if p.form == name)


def test_it_is_one_of_the_seven():
    assert isinstance(THERAPY, Therapy) and not THERAPY.is_reference and THERAPY.name == "precision"


def test_every_row_of_the_contraindication_table_is_a_rule():
    if not TABLE.exists():
        pytest.skip("../shared is not here")
    rules = {r.code: r for r in load_table("euthymia.therapies.precision", "rules.csv", Rule, key="code")}
    with TABLE.open(encoding="utf-8") as handle:
        rows = [r for r in csv.DictReader(handle) if r["therapy"] == "precision"]
    assert {r["condition"] for r in rows} == set(REPRESENTED)
    assert all(rules[REPRESENTED[r["condition"]]].level.value == r["level"] for r in rows)


def test_tables_agree_with_one_another():
    assert {t.form for t in all_tests().values()} | {"drug_choice"} == set(forms())
    assert {code for p in protocols() for code in p.tests} == set(all_tests())
    assert {m.test for m in markers()} <= set(all_tests())
    investigational = [m for m in markers() if m.code.startswith("crp_choice") or m.code == "crp_infliximab"]
    assert investigational and all(m.strength == "investigational" for m in investigational)


def test_urgency_and_co_medication_are_told(make_case):
    risk = SuicideScreen(True, True, True, True, True, True, True)
    assert "pgx_never_withholds" in {r.code for r in form(make_case(risk), "pgx_guided").blocking}
    case = make_case(Medication("paroxetine", 40))
    assert "pgx_phenoconversion" in {r.code for r in form(case, "pgx_guided").blocking}
    assert "phenoconversion_cyp2d6" in {r.code for r in order(case, "pgx_guided").reasons}


def test_choosing_by_crp_is_not_for_outside_trials(make_case):
    assert form(make_case(), "inflammation_guided").verdict is Verdict.NOT_OUTSIDE_TRIAL
    assert form(make_case(), "lab_workup").verdict is Verdict.ELIGIBLE


@given(st.booleans(), st.booleans())
def test_unknown_facts_never_make_gene_testing_eligible(with_medicines, with_country):
    from datetime import date

    from euthymia.case.facts import Demographics, ListReviewed, Sex

    facts = [Demographics(date(1980, 1, 1), Sex.FEMALE, "US" if with_country else "")]
    facts += [ListReviewed("medication")] if with_medicines else []
    case = fold("partly", [Event(f, NOW, NOW) for f in facts], as_of=NOW)
    assert form(case, "pgx_guided").verdict is not Verdict.ELIGIBLE


def test_only_what_is_missing_or_old_is_ordered(make_case):
    before = NOW - timedelta(days=30)
    long_ago = NOW - timedelta(days=500)
    fresh = Event(LabResult("tsh", 2.0, "mIU/L"), before, before)
    old = Event(LabResult("ferritin", 80, "ng/mL"), long_ago, long_ago)
    wanted = order(make_case(fresh, old), "lab_workup").tests
    assert "tsh" not in wanted and "ferritin" in wanted and "sleep_apnea" not in wanted
    assert "lithium_level" not in wanted
    assert "lithium_level" in order(make_case(Medication("lithium", 900)), "lab_workup").tests
    assert "pregnancy_test" in wanted and "ecg" not in wanted


def test_every_order_says_why_and_why_not(make_case):
    for offer in THERAPY.propose(make_case()):
        assert isinstance(offer, Prescription) and offer.details()
        assert all(offer.reasons) and offer.schedule.visits == (2 if isinstance(offer, TestOrder) else 14)
        assert {r.direction.value for r in offer.reasons} >= {"for", "against"}


def test_side_effects_before_make_genes_worth_knowing(make_case):
    trial = TreatmentTrial(TrialKind.DRUG, "paroxetine", 20, 3, stopped_reason=StoppedReason.INTOLERANCE)
    assert "drug_history" in {r.code for r in order(make_case(trial), "pgx_guided").reasons}


def test_a_genome_file_that_is_not_here_is_said_and_the_test_stays_wanted(make_case):
    case = make_case(Attachment("vcf", "a.vcf", "0" * 64, 10))
    said = next(r for r in form(case, "pgx_guided").reasons if r.code == "genes_read")
    assert "could not be used" in said.statement
    assert "cyp2d6" in order(case, "pgx_guided").tests


def test_results_in_hand_leave_nothing_to_order(make_case):
    genes = [Finding(f"{g}_poor_metabolizer", g == "cyp2c19", "*2/*2") for g in ("cyp2d6", "cyp2c19", "cyp2b6")]
    case = make_case(*genes)
    assert "pgx_guided" not in {p.form for p in THERAPY.propose(case)}


def test_the_forecast_says_what_failed(make_case):
    case = make_case(Finding("cyp2c19_poor_metabolizer", True))
    rx = order(case, "pgx_guided")
    forecast = THERAPY.simulate(case, rx, seed=1)
    assert forecast == THERAPY.simulate(case, rx, seed=1)
    assert {"guided_primary", "prime_gap", "fda_warning"} <= {r.code for r in forecast.reasons}
    assert {"cpic_citalopram_3", "exposure_escitalopram_parent"} <= {r.code for r in forecast.physics}
    for name in ("lab_workup", "inflammation_guided"):
        assert THERAPY.simulate(case, order(case, name), seed=1).outcomes == ()


def written(**changes):
    values = {
        "protocol": "x", "form": "pgx_guided", "title": "x", "tests": ("cyp2d6",), "result_days": 7.0,
        "sample_minutes": 15.0, "result_minutes": 30.0,
    }  # fmt: skip
    return TestOrder(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"tests": ("SLC6A4",)}, SafetyLimit, "5-HTTLPR"),
        ({"tests": ("mthfr",)}, SafetyLimit, "MTHFR|mthfr"),
        ({"treatment_waits": True}, SafetyLimit, "never withhold"),
        ({"result_days": 90.0}, SafetyLimit, "60 days"),
        ({"tests": ("tsh",)}, InvalidInput, "cyp2d6"),
        ({"tests": ()}, InvalidInput, "at least one"),
        ({"tests": ("cyp2d6", "cyp2d6")}, InvalidInput, "once"),
    ],
)
def test_an_order_stays_inside_its_limits(changes, error, words):
    with pytest.raises(error, match=words):
        written(**changes)


@given(st.lists(st.sampled_from([*all_tests(), "SLC6A4", "HTR2A", "COMT"]), min_size=1, max_size=40), st.floats(0, 400))
def test_whatever_can_be_ordered_is_inside_the_limits(codes, days):
    for name in forms():
        try:
            made = written(form=name, tests=tuple(codes), result_days=days)
        except (SafetyLimit, InvalidInput):
            continue
        assert set(made.tests) <= set(all_tests()) and made.result_days <= 60 and len(made.tests) <= 30
