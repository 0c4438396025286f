"""Drug advice: labels, doses by age, populations and disease genes."""

from __future__ import annotations

import pytest

from euthymia.engines.genome.advice import advice, known_drugs
from euthymia.engines.genome.advice_types import Basis, Guideline

from tests.engines.genome.made_advice import UNRELATED, leading


@pytest.mark.parametrize(
    ("calls", "age", "medications", "context"),
    [
        ({"CYP2C19": "PM"}, 40, (), ()),
        ({"CYP2C19": "NM"}, 61, (), ()),
        ({"CYP2C19": "NM"}, 40, ("omeprazole",), ()),
        ({}, 40, ("cimetidine",), ()),
        ({}, None, (), ("hepatic_impairment",)),
        ({"CYP2C19": "PM"}, 70, ("omeprazole", "cimetidine"), ("hepatic_impairment",)),
    ],
)
def test_citalopram_is_capped_at_20_mg_by_each_condition_of_its_label(
    calls: dict[str, str], age: float | None, medications: tuple[str, ...], context: tuple[str, ...]
) -> None:
    rows = advice(calls, drugs=["citalopram"], age=age, medications=medications, context=context)
    assert leading(rows, Guideline.FDA).max_dose_mg == 20


@pytest.mark.parametrize("age", [None, 18, 60])
def test_citalopram_has_no_label_cap_without_a_condition(age: float | None) -> None:
    rows = advice({"CYP2C19": "NM"}, drugs=["citalopram"], age=age, medications=UNRELATED)
    assert not [row for row in rows if row.guideline is Guideline.FDA]


@pytest.mark.parametrize(("age", "cap"), [(40, 10), (64.9, 10), (65, 5), (80, 5), (None, 5)])
def test_the_dpwg_cap_follows_age_and_is_the_lower_one_when_age_is_unknown(age: float | None, cap: float) -> None:
    rows = advice({"CYP2C19": "PM"}, drugs=["escitalopram"], age=age)
    assert leading(rows, Guideline.DPWG).max_dose_mg == cap


def test_the_label_of_vortioxetine_caps_poor_metabolizers_and_halves_with_a_strong_inhibitor() -> None:
    poor = leading(advice({"CYP2D6": "PM"}, drugs=["vortioxetine"]), Guideline.FDA)
    assert (poor.basis, poor.max_dose_mg) == (Basis.GENOTYPE, 10)
    taken = advice({"CYP2D6": 2.0}, drugs=["vortioxetine"], medications=["bupropion"])
    halved = leading(taken, Guideline.FDA)
    assert (halved.basis, halved.first.dose_factor, halved.max_dose_mg) == (Basis.CONDITION, 0.5, None)


def test_an_inhibitor_on_top_of_a_poor_metabolizer_is_not_counted_twice() -> None:
    for drug in known_drugs():
        alone = advice({"CYP2D6": 0.0}, drugs=[drug])
        both = advice({"CYP2D6": 0.0}, drugs=[drug], medications=["paroxetine"])
        assert [(r.guideline, r.options, r.basis) for r in alone] == [(r.guideline, r.options, r.basis) for r in both]


@pytest.mark.parametrize("drug", ["aripiprazole", "brexpiprazole"])
def test_half_for_poor_metabolizers_becomes_a_quarter_only_with_a_cyp3a4_inhibitor(drug: str) -> None:
    def factor(score: float, *medications: str) -> float | None:
        rows = advice({"CYP2D6": score}, drugs=[drug], medications=medications)
        found = [row for row in rows if row.guideline is Guideline.FDA and row.leads]
        return found[0].first.dose_factor if found else None

    assert factor(0.0) == 0.5
    assert factor(0.0, "paroxetine") == 0.5
    assert factor(0.0, "clarithromycin") == 0.25
    assert factor(2.0, "paroxetine", "clarithromycin") == 0.25
    assert factor(2.0) is None


@pytest.mark.parametrize(
    ("score", "medications"),
    [(0.0, ()), (1.0, ()), (2.0, ("fluoxetine",)), (2.0, ("pindolol",)), (2.0, ("duloxetine",))],
)
def test_thioridazine_is_contraindicated_in_reduced_activity_whatever_the_cause(
    score: float, medications: tuple[str, ...]
) -> None:
    row = leading(advice({"CYP2D6": score}, drugs=["thioridazine"], medications=medications), Guideline.FDA)
    assert row.first.is_contraindication and row.actions == ("AVOID",)


def test_hla_rows_follow_the_population() -> None:
    calls = {"HLA-A": "negative", "HLA-B": "*15:02 positive"}
    every = [r for r in advice(calls, drugs=["carbamazepine"]) if r.guideline is Guideline.CPIC]
    assert {r.population: r.actions for r in every} == {
        "cbz_naive": ("AVOID",), "cbz_over_3_months": ("CAUTION",), "cbz_no_alternatives": ("AVOID",)
    }  # fmt: skip
    chosen = advice(calls, drugs=["carbamazepine"], context=["cbz_over_3_months"])
    assert leading(chosen, Guideline.CPIC).actions == ("CAUTION",)


def test_a_disease_gene_contraindicates_valproate() -> None:
    row = leading(advice({"POLG": "pathogenic variant"}, drugs=["valproate"]), Guideline.FDA)
    assert row.first.is_contraindication


def test_atomoxetine_rows_follow_age() -> None:
    def populations(age: float | None) -> set[str]:
        rows = advice({"CYP2D6": 2.0}, drugs=["atomoxetine"], age=age)
        return {r.population for r in rows if r.guideline is Guideline.CPIC}

    assert populations(30) == {"adults"}
    assert populations(12) == {"pediatrics"}
    assert populations(None) == {"adults", "pediatrics"}
