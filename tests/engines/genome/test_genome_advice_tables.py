"""The advice tables against the tables they were carried over from, and against themselves."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

import pytest

from euthymia.core.source import Verification
from euthymia.engines.genome.advice_exposure import exposure_rows
from euthymia.engines.genome.advice_match import guideline_drugs, matching_row, row_groups
from euthymia.engines.genome.advice_scores import on_grid, phenotype_of_score, score_classes, scores_of_phenotype
from euthymia.engines.genome.advice_tables import (
    RecommendationRow,
    actions,
    caps_of,
    populations,
    recommendations,
)
from euthymia.engines.genome.advice_types import GeneState, Guideline
from euthymia.engines.genome.drug_labels import label_rows
from euthymia.engines.genome.phenoconversion_tables import modulators

SHARED = Path(__file__).parents[4] / "shared" / "data" / "pgx"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pgx tables are not on this machine")

TERTIARY_AMINES = ("amitriptyline", "clomipramine", "doxepin", "imipramine", "trimipramine")
GRID = tuple(step / 4 for step in range(17))  # 0 to 4
CLASSES = ("PM", "LPM", "IM", "LIM", "NM", "RM", "UM", "IND", "NORESULT")


def _shared(name: str) -> list[dict[str, str]]:
    with (SHARED / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _d6_states() -> list[GeneState]:
    scored = [GeneState("CYP2D6", phenotype_of_score("CYP2D6", s), s) for s in GRID]
    return [*scored, GeneState("CYP2D6", "IND"), GeneState("CYP2D6", "NORESULT")]


def _written(row: RecommendationRow) -> tuple[str, ...]:
    """A row in the notation of the shared table."""

    def number(value: float | None) -> str:
        return "" if value is None else f"{value:g}"

    score = "|".join(row.score_states)
    if row.score_low is not None:
        score = f"{row.score_low}-{'inf' if row.score_high is None else row.score_high}"
    starts = list(dict.fromkeys(number(p) for p in (row.start_reduction_low_pct, row.start_reduction_high_pct)))
    figures = (row.maintenance_reduction_pct, row.dose_factor, row.max_dose_factor)
    figure = next((f for f in figures if f is not None), None)
    a, b = "|".join(row.phenotypes_a), "|".join(row.phenotypes_b)
    return (
        str(row.guideline), row.drug, row.score_gene, score, row.gene_a, a, row.gene_b, b, " ".join(row.actions),
        "-".join(starts), number(figure), number(row.target_raise_pct), row.dose_note,
    )  # fmt: skip


@needs_shared
def test_every_recommendation_is_carried_over_once_and_unchanged() -> None:
    theirs = []
    for r in _shared("recommendations.tsv"):
        figure = r["maintenance_reduction_pct_or_dose_factor"]
        theirs.append(
            (
                r["source"], r["drug"], r["as_gene"], r["as_range"], r["gene_a"], r["phenotype_a"], r["gene_b"],
                r["phenotype_b"], r["actions"], r["start_reduction_pct"], f"{float(figure):g}" if figure else "",
                r["target_raise_pct"], r["dose_note"],
            )
        )  # fmt: skip
    assert sorted(theirs) == sorted(_written(row) for row in recommendations())
    assert len(theirs) == 243


@needs_shared
def test_every_strength_population_and_source_is_carried_over() -> None:
    words = {"N/A": "not_graded", "No Recommendation": "no_recommendation"}
    theirs = [
        (r["source"], r["drug"], words.get(r["strength"], r["strength"].lower()), r["population"] == "general")
        for r in _shared("recommendations.tsv")
    ]
    ours = [(str(r.guideline), r.drug, str(r.strength), r.population == "general") for r in recommendations()]
    assert theirs == ours
    assert all(
        row.source.startswith(r["reference"])
        for r, row in zip(_shared("recommendations.tsv"), recommendations(), strict=True)
    )


@needs_shared
def test_every_modulator_is_carried_over_with_its_source() -> None:
    theirs = {(r["enzyme"], r["kind"], r["agent"], r["source"]) for r in _shared("modulators.tsv")}
    ours = {(r.enzyme, str(r.kind), r.agent, r.source) for r in modulators()}
    assert theirs <= ours
    assert {agent for _, _, agent, _ in ours - theirs} == {"MDMA"}


@needs_shared
def test_what_the_shared_table_marks_unverified_is_unverified_here() -> None:
    states = {(r["enzyme"], r["kind"], r["agent"]): r["status"] for r in _shared("modulators.tsv")}
    for row in modulators():
        if states.get((row.enzyme, str(row.kind), row.agent)) == "unverified":
            assert row.verification is Verification.UNVERIFIED, row


@needs_shared
def test_every_label_drug_and_gene_is_carried_over() -> None:
    ours = {(row.drug, row.gene) for row in label_rows()}
    for r in _shared("fda_labels.tsv"):
        gene = r["gene"].replace("*15:02", "").replace("*31:01", "").rstrip("-")
        for drug in r["drug"].replace(" / ", ", ").split(", "):
            for name in gene.split(", "):
                if drug != "TCA":
                    assert (drug, name) in ours, (drug, name)


@pytest.mark.parametrize("drug", TERTIARY_AMINES)
def test_every_score_and_phenotype_of_a_tertiary_amine_hits_exactly_one_row(drug: str) -> None:
    rows = row_groups(drug)[0]
    assert rows[0].guideline is Guideline.CPIC
    for d6, phenotype in product(_d6_states(), CLASSES):
        both = {"CYP2D6": d6, "CYP2C19": GeneState("CYP2C19", phenotype)}
        held = [row for row in rows if all(row.holds(state) for state in both.values())]
        untested = d6.phenotype == phenotype == "NORESULT"
        assert len(held) == (0 if untested else 1), (drug, d6, phenotype, [r.row_id for r in held])


@pytest.mark.parametrize("drug", guideline_drugs())
def test_no_combination_of_states_hits_two_rows(drug: str) -> None:
    for rows in row_groups(drug):
        choices = []
        for gene in rows[0].genes:
            words = {p for r in rows for p in ((*r.phenotypes_a, *r.phenotypes_b) if gene != r.score_gene else ())}
            names = sorted(words | set(CLASSES))
            choices.append(_d6_states() if gene == "CYP2D6" else [GeneState(gene, name) for name in names])
        for combination in product(*choices):
            matching_row(rows, combination)  # raises TableError on a second row


def test_every_row_is_reached_by_some_combination() -> None:
    reached = set()
    for drug in guideline_drugs():
        for rows in row_groups(drug):
            for row in rows:
                choices = []
                for gene in row.genes:
                    if gene == row.score_gene:
                        choices.append([s for s in _d6_states() if row.holds(s)])
                    else:
                        names = row.phenotypes_a if gene == row.gene_a else row.phenotypes_b
                        choices.append([GeneState(gene, name) for name in names])
                for combination in product(*choices):
                    found = matching_row(rows, combination)
                    reached.add(found.row_id if found else "")
    assert reached == {row.row_id for row in recommendations()}


def test_every_action_population_and_cap_is_known() -> None:
    ids = {row.row_id for row in recommendations()} | {row.row_id for row in label_rows()}
    for row in recommendations():
        assert set(row.actions) <= set(actions())
        assert row.population in populations()
        if row.guideline is Guideline.DPWG and "MAXDOSE" in row.actions:
            assert caps_of(row.row_id), row.row_id
    capped = {row.row_id for row in recommendations() if caps_of(row.row_id)}
    assert capped <= ids


@pytest.mark.parametrize(
    ("score", "stands_for"),
    [(0, 0), (0.125, 0.25), (0.375, 0.25), (0.625, 0.5), (1.125, 1.0), (1.2, 1.0), (2.25, 2.25), (2.375, 2.5), (3, 3)],
)
def test_a_halved_score_is_read_on_the_grid_without_changing_its_phenotype(score: float, stands_for: float) -> None:
    assert on_grid("CYP2D6", score) == pytest.approx(stands_for)
    assert phenotype_of_score("CYP2D6", on_grid("CYP2D6", score)) == phenotype_of_score("CYP2D6", score)


def test_the_score_classes_are_those_of_caudle_2020_and_only_of_genes_whose_score_advice_asks_for() -> None:
    borders = [(row.phenotype, row.low, row.high, row.step) for row in score_classes("CYP2D6")]
    assert borders == [("PM", 0, 0, 0.25), ("IM", 0, 1.25, 0.25), ("NM", 1.25, 2.25, 0.25), ("UM", 2.25, None, 0.25)]
    assert [row.low_included for row in score_classes("CYP2D6")] == [True, False, True, False]
    assert score_classes("CYP2C9") == score_classes("CYP2C19") == ()


def test_the_scores_of_a_class_give_the_class() -> None:
    for row in score_classes("CYP2D6"):
        scores = scores_of_phenotype("CYP2D6", row.phenotype)
        assert {phenotype_of_score("CYP2D6", s) for s in scores} == {row.phenotype}
    assert scores_of_phenotype("CYP2D6", "IM") == (0.25, 0.5, 0.75, 1.0)


def test_exposure_rows_never_scale_a_dose_from_a_figure_that_must_not() -> None:
    for row in exposure_rows():
        if row.drug in ("paroxetine", "nortriptyline", "bupropion", "venlafaxine", "amitriptyline"):
            assert not row.may_scale_dose, row
