"""Precision: sample, result, explanation; and what follows from results."""

from __future__ import annotations

from datetime import timedelta

import pytest

from euthymia.case import Event
from euthymia.case.facts import (
    CourseStarted,
    Finding,
    LabResult,
    Medication,
    SafetyAlert,
    SessionDelivered,
    SuicideScreen,
)
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.contract import ActionKind, Decision, Observation
from euthymia.therapies.precision import THERAPY

from tests.therapies.therapy_cases import NOW

GENE = {
    "gene": "CYP2D6", "diplotype": "*4/*4", "phenotype": "poor", "assay": "panel A", "build": "GRCh38",
    "laboratory": "lab 1", "copy_number_measured": True,
}  # fmt: skip
TSH = {
    "analyte": "tsh",
    "value": 12.0,
    "unit": "mIU/L",
    "laboratory": "lab 1",
    "reference_low": 0.4,
    "reference_high": 4.0,
}


def order(case, form):
    return next(p for p in THERAPY.propose(case) if p.form == form)


class Visit:
    def __init__(self, case, form):
        self.session = THERAPY.session(case, order(case, form), 1)
        self.session.start()

    def see(self, kind, **values):
        return self.session.feed(Observation(kind, 0.0, values))

    def close(self):
        self.see("explained", by="Dr. A", understood=True)
        self.see("plan", change="none")
        return [e.fact for e in self.session.finish()]


def test_a_result_needs_identity_unit_explanation_and_plan(make_case):
    visit = Visit(make_case(), "lab_workup")
    with pytest.raises(SafetyLimit, match="identity"):
        visit.see("result", **TSH)
    visit.see("identity", confirmed=True)
    with pytest.raises(InvalidInput, match="unit"):
        visit.see("result", **{**TSH, "unit": ""})
    with pytest.raises(InvalidInput, match="unit"):
        visit.see("result", **{**TSH, "unit": "mg/L"})
    with pytest.raises(InvalidInput, match="laboratory"):
        visit.see("result", **{k: v for k, v in TSH.items() if k != "laboratory"})
    assert "outside" in visit.see("result", **TSH)[-1].text
    with pytest.raises(SafetyLimit, match="explained"):
        visit.session.finish()
    facts = visit.close()
    assert next(f for f in facts if isinstance(f, LabResult)).reference_high == 4.0
    assert next(f for f in facts if isinstance(f, SessionDelivered)).status == "completed"


def test_a_sample_visit_closes_without_a_result(make_case):
    visit = Visit(make_case(), "lab_workup")
    with pytest.raises(SafetyLimit, match="sample"):
        visit.session.finish()
    visit.see("identity", confirmed=True)
    wait = visit.see("sample", material="blood", laboratory="lab 1")[0]
    assert wait.kind is ActionKind.WAIT and wait.due_s == 3 * 86400
    visit.session.finish()


def test_a_genetic_test_needs_consent(make_case):
    visit = Visit(make_case(), "pgx_guided")
    visit.see("identity", confirmed=True)
    with pytest.raises(SafetyLimit, match="consent"):
        visit.see("sample", material="saliva", laboratory="lab 1")
    visit.see("consent", given=False)
    with pytest.raises(SafetyLimit):
        visit.see("sample", material="saliva", laboratory="lab 1")
    assert visit.session.finish()[-1].fact.status == "not_started"


@pytest.mark.parametrize("missing", ["assay", "build", "copy_number_measured", "diplotype"])
def test_a_genotype_without_its_context_is_refused(make_case, missing):
    visit = Visit(make_case(), "pgx_guided")
    visit.see("identity", confirmed=True)
    visit.see("consent", given=True)
    with pytest.raises(InvalidInput, match=missing):
        visit.see("genotype", **{k: v for k, v in GENE.items() if k != missing})


def test_a_genotype_becomes_findings_and_says_what_it_did_not_measure(make_case):
    visit = Visit(make_case(), "pgx_guided")
    visit.see("identity", confirmed=True)
    visit.see("consent", given=True)
    with pytest.raises(SafetyLimit, match="SLC6A4"):
        visit.see("genotype", **{**GENE, "gene": "SLC6A4"})
    actions = visit.see("genotype", **{**GENE, "copy_number_measured": False})
    assert actions[0].code == "copy_number"
    findings = {f.code: f.present for f in visit.close() if isinstance(f, Finding)}
    assert findings == {"cyp2d6_poor_metabolizer": True, "cyp2d6_ultrarapid_metabolizer": False}


def test_a_critical_value_must_be_told(make_case):
    visit = Visit(make_case(), "lab_workup")
    visit.see("identity", confirmed=True)
    sodium = {"analyte": "sodium", "value": 115, "unit": "mmol/L", "laboratory": "lab 1"}
    assert visit.see("result", **sodium)[0].kind is ActionKind.ALERT
    visit.see("explained", by="Dr. A", understood=True)
    visit.see("plan", change="admission")
    with pytest.raises(SafetyLimit, match="critical sodium"):
        visit.session.finish()
    visit.see("told", by="lab", to="Dr. A")
    facts = [e.fact for e in visit.session.finish()]
    assert any(isinstance(f, SafetyAlert) and f.level == "high" for f in facts)


def follow(make_case, form, *facts):
    base = make_case()
    rx = order(base, form)
    return THERAPY.follow(make_case(*facts), rx)


def test_no_result_means_start_and_an_order_means_wait(make_case):
    assert follow(make_case, "lab_workup").decision is Decision.START
    ordered = CourseStarted("precision", "pgx_guided", "pgx_core", NOW.date() - timedelta(days=3))
    advice = follow(make_case, "pgx_guided", ordered)
    assert advice.decision is Decision.CONTINUE and {q.code for q in advice.missing} >= {"gene:cyp2d6"}


@pytest.mark.parametrize(
    ("lab", "code"),
    [
        (LabResult("tsh", 12, "mIU/L"), "tsh_high"),
        (LabResult("vitamin_b12", 150, "pg/mL"), "b12_low"),
        (LabResult("vitamin_b12", 100, "pmol/L"), "b12_low"),
        (LabResult("hemoglobin", 10.1, "g/dL", 12.0, 16.0), "anemia"),
        (LabResult("hba1c", 6.0, "%"), "prediabetes"),
        (LabResult("ferritin", 12, "ug/L"), "ferritin_low"),
    ],
)
def test_an_abnormal_marker_adjusts_the_plan(make_case, lab, code):
    advice = follow(make_case, "lab_workup", lab)
    assert advice.decision is Decision.ADJUST and code in {r.code for r in advice.reasons}
    assert advice.review_in_days >= 1


@pytest.mark.parametrize(
    ("value", "unit", "codes"),
    [
        (0.5, "mg/L", {"crp_choice_low"}),
        (2.0, "mg/L", {"crp_choice_high", "crp_choice_bupropion"}),
        (0.2, "mg/dL", {"crp_choice_high", "crp_choice_bupropion"}),
        (6.0, "mg/L", {"crp_raised", "crp_choice_high", "crp_choice_bupropion", "crp_infliximab"}),
    ],
)
def test_crp_never_changes_the_plan_by_itself(make_case, value, unit, codes):
    advice = follow(make_case, "inflammation_guided", LabResult("hs_crp", value, unit))
    assert codes == {r.code for r in advice.reasons if r.code.startswith("crp")}
    assert advice.decision is Decision.MAINTAIN
    assert all("investigational" in r.statement for r in advice.reasons if r.code.startswith("crp"))


def test_a_very_high_crp_is_repeated_not_used(make_case):
    advice = follow(make_case, "inflammation_guided", LabResult("hs_crp", 40, "mg/L"))
    assert {r.code for r in advice.reasons if r.code.startswith("crp")} == {"crp_acute"}
    assert advice.review_in_days <= 21


def test_genes_and_co_medication_stand_side_by_side(make_case):
    advice = follow(make_case, "pgx_guided", Finding("cyp2d6_poor_metabolizer", True), Medication("fluoxetine", 20))
    assert advice.decision is Decision.ADJUST
    assert {"exposure_vortioxetine_parent", "phenoconversion_cyp2d6", "phenoconversion_cyp2c19"} <= {
        r.code for r in advice.reasons
    }


def test_safety_and_critical_values_come_first(make_case):
    risk = SuicideScreen(True, True, True, True, True, True, True)
    assert follow(make_case, "lab_workup", risk).decision is Decision.URGENT
    assert follow(make_case, "lab_workup", LabResult("lithium", 1.8, "mmol/L")).decision is Decision.URGENT


def test_normal_results_are_kept_with_a_date(make_case):
    day = NOW - timedelta(days=1)
    crp = Event(LabResult("hs_crp", 0.5, "mg/L"), day, day)
    assert follow(make_case, "inflammation_guided", crp).review_in_days == 27
