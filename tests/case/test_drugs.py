"""The drug table: names are found however they are written, and an unknown drug is never 'in no class'."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.case.drugs import all_drugs, classes, diazepam_equivalent_mg, drug, require_drug
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Verification


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Lithium carbonate", "lithium"),
        ("LITHIUMCARBONAT", "lithium"),
        ("venlafaxine XR", "venlafaxine XR"),
        ("Effexor XR", "venlafaxine XR"),
        ("venlafaxine extended-release", "venlafaxine XR"),
        ("Venlafaxin", "venlafaxine"),
        ("sertraline HCl 50 mg tablets", "sertraline"),
        ("bupropion hydrochloride XL 300mg", "bupropion XL"),
        ("paroxetine controlled-release", "paroxetine CR"),
        ("quetiapine fumarate XR", "quetiapine"),
        ("Valproinsäure", "valproate"),
        ("Depakote", "valproate"),
        ("St. John’s wort", "St John's wort"),
        ("Johanniskraut", "St John's wort"),
        ("methylthioninium chloride", "methylene blue"),
        ("selegiline patch", "selegiline transdermal"),
        ("Eldepryl", "selegiline"),
        ("(R,S)-ketamine", "ketamine"),
        ("Spravato", "esketamine"),
        ("5-MeO-DMT", "5-MeO-DMT"),
        ("DMT", "DMT"),
    ],
)
def test_a_name_is_found_however_it_is_written(written: str, name: str) -> None:
    found = drug(written)
    assert found is not None and found.name == name


@pytest.mark.parametrize("written", ["", "   ", "carbonate", "calcium carbonate", "50 mg", "wonderdrug", "XR"])
def test_an_unknown_name_has_no_classes_rather_than_an_empty_set(written: str) -> None:
    assert drug(written) is None
    assert classes(written) is None


def test_every_drug_is_in_at_least_one_class() -> None:
    assert all(d.classes for d in all_drugs())
    assert len(all_drugs()) >= 150


@pytest.mark.parametrize(
    ("name", "in_class"),
    [
        ("moclobemide", "maoi"), ("linezolid", "maoi"), ("methylene blue", "maoi"), ("selegiline", "maoi"),
        ("tranylcypromine", "maoi_irreversible"), ("tramadol", "serotonergic"), ("dextromethorphan", "serotonergic"),
        ("sumatriptan", "triptan"), ("bupropion", "lowers_seizure_threshold"),
        ("clozapine", "lowers_seizure_threshold"),
        ("lorazepam", "benzodiazepine"), ("zopiclone", "z_drug"), ("oxycodone", "opioid"),
        ("warfarin", "anticoagulant"),
        ("paroxetine", "cyp2d6_inhibitor_strong"), ("bupropion XL", "cyp2d6_inhibitor_strong"),
        ("terbinafine", "cyp2d6_inhibitor_strong"), ("fluconazole", "cyp2c19_inhibitor_strong"),
        ("liothyronine", "thyroid_hormone"), ("methylphenidate", "stimulant"), ("lithium", "lithium"),
        ("psilocybin", "psychedelic"), ("MDMA", "serotonergic"), ("Auvelity", "lowers_seizure_threshold"),
    ],
)  # fmt: skip
def test_class_membership_that_safety_rules_rest_on(name: str, in_class: str) -> None:
    assert in_class in (classes(name) or ())


def test_sedatives_are_all_marked_as_cns_depressants() -> None:
    for d in all_drugs():
        if d.class_set & {"benzodiazepine", "z_drug", "opioid", "barbiturate"} and d.name != "tianeptine":
            assert "cns_depressant" in d.classes, d.name


def test_require_drug_names_the_closest_matches() -> None:
    with pytest.raises(InvalidInput, match="sertraline"):
        require_drug("sertralin e")


@pytest.mark.parametrize(
    ("name", "dose", "diazepam"), [("lorazepam", 2, 20), ("clonazepam", 0.5, 10), ("zopiclone", 7.5, 5)]
)
def test_diazepam_equivalents_follow_the_read_table(name: str, dose: float, diazepam: float) -> None:
    assert diazepam_equivalent_mg(name, dose) == pytest.approx(diazepam)


def test_a_drug_without_equivalent_gives_none() -> None:
    assert diazepam_equivalent_mg("sertraline", 50) is None
    assert diazepam_equivalent_mg("wonderdrug", 50) is None


def test_minimum_doses_read_in_a_source_are_marked_read_and_traditions_are_not() -> None:
    assert require_drug("venlafaxine XR").min_adequate_mg_day == 150
    assert require_drug("escitalopram").min_adequate_verification is Verification.READ
    assert require_drug("mirtazapine").min_adequate_verification is Verification.UNVERIFIED


def test_formulations_share_their_ingredient() -> None:
    assert require_drug("Trevilor retard").ingredient == require_drug("Effexor").ingredient == "venlafaxine"


def test_doses_equal_the_evidence_table_when_it_is_there() -> None:
    table = Path(__file__).parents[3] / "shared" / "data" / "evidence" / "antidepressant_doses.csv"
    if not table.exists():
        pytest.skip("the shared evidence folder is not part of this checkout")
    with table.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = require_drug(row["drug"])
            assert found.name == row["drug"]
            assert found.usual_low_mg_day == float(row["usual_low_mg_day"])
            assert found.min_adequate_mg_day == float(row["suggested_min_adequate_mg_day"])


@given(st.text(max_size=40))
def test_any_text_is_answered_without_an_error(text: str) -> None:
    found = drug(text)
    assert found is None or found.classes


@given(st.sampled_from([d.name for d in all_drugs()]), st.sampled_from([" 20 mg", " tablets", " 7,5mg", " capsule"]))
def test_strength_and_package_never_change_the_drug(name: str, suffix: str) -> None:
    assert require_drug(name + suffix).name == name


@pytest.mark.parametrize(
    ("brand", "part"), [("Auvelity", "bupropion"), ("Mysimba", "bupropion"), ("Symbyax", "fluoxetine")]
)
def test_a_fixed_combination_is_found_by_a_rule_about_its_part(brand: str, part: str) -> None:
    assert part in (classes(brand) or ())
