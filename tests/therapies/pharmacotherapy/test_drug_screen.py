"""Pharmacotherapy: what forbids, what is asked, and that unknown never reads as eligible."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case import Event, drugs, fold
from euthymia.case.facts import Allergy, Finding, Medication
from euthymia.core.tables import load_table
from euthymia.therapies.contract import Therapy, Verdict
from euthymia.therapies.pharmacotherapy import THERAPY
from euthymia.therapies.pharmacotherapy.tables import combinations, dose_caps, dose_limit, forms, protocols
from euthymia.therapies.screening import Rule

from tests.therapies.therapy_cases import NOW

SERTRALINE = Medication("sertraline", 150)


def form(case, name):
    return next(s for s in THERAPY.screen(case).forms if s.form == name)


def test_it_is_a_reference_therapy():
    assert isinstance(THERAPY, Therapy) and THERAPY.is_reference and THERAPY.name == "pharmacotherapy"


def test_forms_agree_with_the_trial_arms():
    from euthymia.engines.evidence.trials import ArmRow

    arms = load_table("euthymia.engines.evidence", "trial_arms.csv", ArmRow)
    known = {a.form for a in arms if a.therapy.value == "pharmacotherapy"}
    assert set(forms()) <= known


def test_tables_name_known_drugs_and_forms():
    for row in forms().values():
        assert all(drugs.drug(d) is not None for d in row.drugs), row.form
        for protocol in protocols(row.form):
            limit = dose_limit(drugs.require_drug(protocol.drug).ingredient)
            assert limit is not None and protocol.max_mg_day <= limit.max_mg_day
    groups = {c for d in drugs.all_drugs() for c in d.classes} | {d.name for d in drugs.all_drugs()}
    assert all(row.one in groups and row.other in groups for row in combinations())
    assert all(dose_limit(cap.ingredient) is not None for cap in dose_caps())
    rules = load_table("euthymia.therapies.pharmacotherapy", "rules.csv", Rule, key="code")
    assert all(set(r.forms) <= set(forms()) for r in rules)


@pytest.mark.parametrize(
    ("facts", "name", "code"),
    [
        ([Finding("seizure_disorder", True)], "switch_bupropion", "bupropion_seizure"),
        ([SERTRALINE, Finding("eating_disorder", True)], "augment_bupropion", "bupropion_eating"),
        ([Finding("pheochromocytoma", True)], "switch_tranylcypromine", "tcp_pheochromocytoma"),
        ([Medication("Parnate", 40)], "switch_sertraline", "maoi_current"),
        ([Medication("linezolid", 1200)], "switch_venlafaxine", "maoi_current"),
        ([Medication("sumatriptan", 50)], "switch_tranylcypromine", "tcp_forbidden"),
        ([Finding("cardiovascular_event_6_weeks", True)], "switch_nortriptyline", "nortriptyline_mi"),
        ([SERTRALINE, Finding("untreated_hyperthyroidism", True)], "augment_t3", "t3_thyroid"),
        ([Medication("thioridazine", 100)], "combine_olanzapine_fluoxetine", "thioridazine"),
        ([SERTRALINE, Allergy("Abilify", "rash")], "augment_aripiprazole", "allergy"),
    ],
)
def test_what_forbids_is_never_open(make_case, facts, name, code):
    case = make_case(*facts)
    screening = form(case, name)
    assert screening.verdict is Verdict.CONTRAINDICATED
    assert code in {r.code for r in screening.blocking}
    assert name not in {p.form for p in THERAPY.propose(case)}


def test_an_augmentation_needs_something_to_augment(make_case):
    assert "needs_antidepressant" in {r.code for r in form(make_case(), "augment_lithium").blocking}
    assert form(make_case(SERTRALINE), "augment_aripiprazole").verdict is Verdict.ELIGIBLE


def test_one_allergy_leaves_the_other_drugs_of_a_form(make_case):
    case = make_case(Allergy("escitalopram"), Allergy("duloxetine"))
    assert form(case, "switch_new_ad").verdict is not Verdict.CONTRAINDICATED
    offer = next(p for p in THERAPY.propose(case) if p.form == "switch_new_ad")
    assert offer.protocol == "vortioxetine"


@given(st.sets(st.sampled_from(["medication", "psychiatric", "neurological", "cardiovascular", "medical"])))
def test_unknown_facts_never_give_eligible(reviewed):
    from euthymia.case.facts import Demographics, ListReviewed, Sex

    facts = [Demographics(date(1980, 1, 1), Sex.FEMALE, "US"), *(ListReviewed(c) for c in reviewed)]
    screening = THERAPY.screen(fold("partly", [Event(f, NOW, NOW) for f in facts], as_of=NOW))
    assert all(s.verdict is not Verdict.ELIGIBLE for s in screening.forms)
    assert "allergy" in {q.code for q in screening.missing}
