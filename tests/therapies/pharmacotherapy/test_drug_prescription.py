"""Pharmacotherapy: doses, combinations, washouts and the order of proposals."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.facts import (
    Adherence,
    Finding,
    Medication,
    StoppedReason,
    TreatmentTrial,
    TrialKind,
    TrialOutcome,
)
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import Prescription
from euthymia.therapies.pharmacotherapy import THERAPY, DrugDose, DrugPrescription
from euthymia.therapies.pharmacotherapy.tables import dose_limit

DRUGS = ("aripiprazole", "quetiapine", "lithium", "bupropion XL", "liothyronine", "sertraline", "tranylcypromine")


def written(drug="sertraline", top=200.0, start=50.0, **changes):
    dose = DrugDose(drug, start, start, top, top / 4, 7)
    values = {
        "protocol": "x", "form": "x", "title": "x", "strategy": "switch", "doses": (dose,), "titration": "x",
        "trial_weeks": 6.0,
    }  # fmt: skip
    return DrugPrescription(**{**values, **changes})


def failed(name, dose, kind=TrialKind.DRUG, outcome=TrialOutcome.NONE):
    return TreatmentTrial(
        kind, name, dose, 8, adherence=Adherence.GOOD, outcome=outcome, stopped_reason=StoppedReason.INEFFICACY,
        current_episode=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: DrugDose("sertraline", 50, 100, 300, 50, 7), "at most 200"),
        (lambda: DrugDose("liothyronine", 25, 50, 50, 25, 7), "micrograms"),
        (lambda: DrugDose("sertraline", 150, 100, 200, 50, 7), "start <= target"),
        (lambda: written(kept=("Parnate",)), "serotonin syndrome"),
        (lambda: written("tranylcypromine", 60, 30, kept=("sertraline",)), "serotonin syndrome"),
        (lambda: written("tranylcypromine", 60, 30, kept=("mystery pill",)), "drug table"),
        (lambda: written("tranylcypromine", 60, 30, stopped=("Prozac",), washout_days=14.0), "35"),
        (lambda: written(stopped=("phenelzine",), washout_days=7.0), "14"),
        (lambda: written("bupropion XL", 300, 150, kept=("thioridazine",)), "Thioridazine"),
        (lambda: written(kept=("Zoloft",)), "twice"),
        (lambda: written(allergies=("sertraline hydrochloride",)), "allergic"),
    ],
)
def test_a_limit_cannot_be_passed(build, words):
    with pytest.raises(SafetyLimit, match=words):
        build()


def test_a_drug_without_a_limit_is_refused():
    with pytest.raises(InvalidInput, match="limits"):
        DrugDose("clozapine", 25, 100, 200, 25, 7)


def test_washout_long_enough_is_accepted():
    assert (
        written("tranylcypromine", 60, 30, stopped=("fluoxetine",), washout_days=35.0).schedule.phases[0].start_day
        == 35
    )


@given(st.sampled_from(DRUGS), st.floats(0.001, 1000), st.floats(0.001, 1000), st.floats(0.001, 2000))
def test_whatever_can_be_written_is_inside_the_limits(drug, start, target, top):
    try:
        dose = DrugDose(drug, start, target, top, 1, 1)
    except SafetyLimit:
        return
    name = {"bupropion XL": "bupropion"}.get(drug, drug)
    assert dose.start_mg_day <= dose.target_mg_day <= dose.max_mg_day <= dose_limit(name).max_mg_day


def offers(case):
    return {p.form: p for p in THERAPY.propose(case)}


def test_every_proposal_is_complete(make_case):
    for offer in THERAPY.propose(make_case(Medication("sertraline", 150))):
        assert isinstance(offer, Prescription) and offer.details() and offer.schedule.visits > 10
        assert {r.direction.value for r in offer.reasons} >= {"for", "against"}


def test_what_failed_adequately_goes_last(make_case):
    case = make_case(
        Medication("sertraline", 150),
        failed("venlafaxine XR", 225),
        failed("aripiprazole", 10, TrialKind.AUGMENTATION),
    )
    order = [p.form for p in THERAPY.propose(case)]
    assert set(order[-2:]) == {"switch_venlafaxine", "augment_aripiprazole"}
    assert "failed_adequately" in {r.code for r in offers(case)["switch_venlafaxine"].reasons}


def test_an_inadequate_trial_is_not_used_up(make_case):
    short = TreatmentTrial(
        TrialKind.DRUG, "venlafaxine XR", 75, 2, adherence=Adherence.GOOD, outcome=TrialOutcome.NONE,
        stopped_reason=StoppedReason.INEFFICACY,
    )  # fmt: skip
    case = make_case(short)
    assert "tried_inadequately" in {r.code for r in offers(case)["switch_venlafaxine"].reasons}


def test_the_drug_being_taken_is_not_proposed_again(make_case):
    assert "switch_sertraline" not in offers(make_case(Medication("Zoloft", 150)))


def test_a_switch_to_an_maoi_waits(make_case):
    offer = offers(make_case(Medication("fluoxetine", 40)))["switch_tranylcypromine"]
    assert offer.washout_days == 35 and offer.stopped == ("fluoxetine",)


def test_citalopram_is_capped_by_age_and_genotype(make_case):
    gone = [failed("escitalopram", 20), failed("duloxetine", 60), failed("vortioxetine", 20)]
    old = offers(make_case(*gone, born=date(1955, 1, 1)))["switch_new_ad"]
    assert old.protocol == "citalopram" and old.doses[0].max_mg_day == 20
    slow = offers(make_case(*gone, Finding("cyp2c19_poor_metabolizer", True)))["switch_new_ad"]
    assert slow.doses[0].max_mg_day == 20
    young = offers(make_case(*gone))["switch_new_ad"]
    assert young.doses[0].max_mg_day == 40 and "citalopram_pm_unknown" in {r.code for r in young.reasons}


def test_an_unknown_medicine_blocks_an_maoi(make_case):
    assert "switch_tranylcypromine" not in offers(make_case(Medication("mystery pill", 5)))


def test_the_forecast_is_reproducible(make_case):
    case = make_case(Medication("sertraline", 150))
    rx = offers(case)["augment_aripiprazole"]
    assert THERAPY.simulate(case, rx, seed=1) == THERAPY.simulate(case, rx, seed=1)
