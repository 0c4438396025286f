"""Drug advice: guidelines side by side, ambiguity, labels, populations, and what must never change it."""

from __future__ import annotations

import csv
from collections import defaultdict
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.advice import advice, known_contexts, known_drugs
from euthymia.engines.genome.advice_input import gene_states
from euthymia.engines.genome.advice_tables import actions, recommendations
from euthymia.engines.genome.advice_types import Basis, GeneState, Guideline
from euthymia.engines.genome.advice_words import HOLDS_WHILE_TAKEN
from euthymia.engines.genome.call_types import CallStatus, Diplotype, GeneCall, GenomeCalls
from euthymia.engines.genome.phenoconversion_agents import Medication, medication_list
from euthymia.engines.genome.phenoconversion_tables import modulators

from tests.engines.genome.made_advice import NORMAL, UNRELATED, leading

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "pgx" / "examples"

scores = st.sampled_from([step / 4 for step in range(17)])
classes = st.sampled_from(["PM", "LPM", "IM", "LIM", "NM", "RM", "UM", "IND"])
genomes = st.fixed_dictionaries(
    {},
    optional={"CYP2D6": scores, "CYP2C19": classes, "CYP2B6": st.sampled_from(["PM", "IM", "NM", "RM", "UM", "IND"])},
)
lists = st.lists(st.sampled_from([row.agent for row in modulators()]), max_size=4, unique=True)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared examples are not on this machine")
def test_advice_agrees_with_every_row_of_the_example_truth() -> None:
    calls: dict[tuple[str, str], dict[str, str | float]] = defaultdict(dict)
    for r in csv.DictReader((EXAMPLES / "truth.csv").open(encoding="utf-8")):
        if r["status"] in ("called", "ambiguous"):
            by_score = r["gene"] == "CYP2D6" and r["activity_score"]
            calls[r["case"], r["sample"]][r["gene"]] = float(r["activity_score"]) if by_score else r["phenotype"]
    checked = 0
    for r in csv.DictReader((EXAMPLES / "actions_truth.csv").open(encoding="utf-8")):
        row = leading(advice(calls[r["case"], r["sample"]], drugs=[r["drug"]]), Guideline(r["source"]))
        one = row.first
        assert row.is_certain and one.actions == tuple(r["actions"].split()), r
        if r["start_reduction_pct"]:
            assert one.start_reduction_high_pct == float(r["start_reduction_pct"])
        figures = (one.maintenance_reduction_pct, one.dose_factor, one.max_dose_factor)
        wanted = r["maintenance_reduction_pct_or_dose_factor"]
        assert not wanted or float(wanted) in figures, r
        checked += 1
    assert checked == 147


def test_cpic_comes_first_and_a_difference_to_dpwg_is_named_not_merged() -> None:
    rows = advice({"CYP2D6": "PM"}, drugs=["paroxetine"])
    assert [row.guideline for row in rows] == [Guideline.CPIC, Guideline.DPWG, Guideline.FDA]
    cpic, dpwg = rows[0], rows[1]
    assert cpic.actions == ("START_REDUCE", "MAINT_REDUCE", "TITRATE_SLOW")
    assert dpwg.actions == ("NO_ACTION",)
    assert Guideline.DPWG in cpic.differs_from and Guideline.CPIC in dpwg.differs_from
    assert any(reason.code == "guidelines_differ" for reason in cpic.reasons)


@pytest.mark.parametrize(
    ("drug", "calls"),
    [
        ("venlafaxine", {"CYP2D6": "IM"}),
        ("citalopram", {"CYP2C19": "IM"}),
        ("escitalopram", {"CYP2C19": "IM"}),
        ("citalopram", {"CYP2C19": "UM"}),
        ("sertraline", {"CYP2C19": "PM"}),
    ],
)
def test_known_disagreements_of_cpic_and_dpwg_are_marked(drug: str, calls: dict[str, str]) -> None:
    rows = advice(calls, drugs=[drug])
    assert Guideline.DPWG in leading(rows, Guideline.CPIC).differs_from


def test_dpwg_has_no_rapid_class_and_stays_silent_on_it() -> None:
    rows = advice({"CYP2C19": "RM"}, drugs=["escitalopram"])
    assert [row.guideline for row in rows] == [Guideline.CPIC]


def test_an_indeterminate_gene_gets_no_invented_action() -> None:
    rows = advice({"CYP2D6": "Indeterminate", "CYP2C19": "Indeterminate"}, drugs=["paroxetine", "escitalopram"])
    assert {row.actions for row in rows} == {("NO_REC",)}
    assert all(row.guideline is Guideline.CPIC for row in rows)
    assert advice({"CYP2D6": "Indeterminate"}, drugs=["aripiprazole"]) == ()


def test_nothing_tested_and_nothing_taken_gives_no_advice() -> None:
    assert advice({}) == ()


def test_an_ambiguous_call_gives_every_action_with_the_most_careful_leading() -> None:
    calls = {"CYP2D6": (GeneState("CYP2D6", "IM", 0.5), GeneState("CYP2D6", "PM", 0.0))}
    row = leading(advice(calls, drugs=["nortriptyline"]), Guideline.CPIC)
    assert [option.actions for option in row.options] == [("AVOID", "START_REDUCE", "TDM"), ("START_REDUCE", "TDM")]
    assert not row.is_certain
    said = next(reason for reason in row.reasons if reason.code == "advice_ambiguous")
    assert "most careful leads" in said.statement


def test_a_class_without_a_score_is_certain_where_the_whole_class_has_one_row() -> None:
    assert leading(advice({"CYP2D6": "IM"}, drugs=["paroxetine"]), Guideline.CPIC).is_certain
    split = leading(advice({"CYP2D6": "IM"}, drugs=["nortriptyline"]), Guideline.CPIC)
    assert {option.actions for option in split.options} == {("START_REDUCE", "TDM")}
    assert len(split.options) == 2  # the same actions at two strengths


def test_a_guideline_silent_on_one_possibility_says_so() -> None:
    calls = {"CYP2C19": (GeneState("CYP2C19", "NM"), GeneState("CYP2C19", "PM"))}
    row = leading(advice(calls, drugs=["escitalopram"]), Guideline.DPWG)
    assert row.actions == ("MAXDOSE",)
    assert row.options[1].is_silent


def _call(gene: str, status: CallStatus, *diplotypes: Diplotype, **more: object) -> GeneCall:
    return GeneCall(sample="S1", gene=gene, status=status, diplotypes=diplotypes, **more)  # type: ignore[arg-type]


def _diplotype(phenotype: str, low: float | None = None, high: float | None = None) -> Diplotype:
    return Diplotype(
        alleles=("*1", "*1"), text="*1/*1", phenotype=phenotype, activity_score_low=low, activity_score_high=high
    )


def test_calls_of_the_engine_are_read_with_all_their_diplotypes() -> None:
    im, pm = _diplotype("Intermediate Metabolizer", 0.25, 0.25), _diplotype("Poor Metabolizer", 0.0, 0.0)
    call = _call("CYP2D6", CallStatus.AMBIGUOUS, im, pm, copy_number_measured=False)
    calls = GenomeCalls(sample="S1", build="GRCh38", input_sha256="0", genes=(call,))
    assert gene_states(calls)["CYP2D6"] == (GeneState("CYP2D6", "IM", 0.25), GeneState("CYP2D6", "PM", 0.0))
    row = leading(advice(calls, drugs=["nortriptyline"]), Guideline.CPIC)
    assert len(row.options) == 2
    assert any(reason.code == "copy_number_not_measured" for reason in row.reasons)


def test_a_call_without_a_result_is_indeterminate_and_an_absent_gene_is_untested() -> None:
    normal = _call("CYP2C19", CallStatus.CALLED, _diplotype("Normal Metabolizer"))
    without = advice([normal], drugs=["amitriptyline"])
    failed = advice([normal, _call("CYP2D6", CallStatus.NO_CALL)], drugs=["amitriptyline"])
    assert leading(without, Guideline.CPIC).actions == ("STD_START",)
    assert leading(failed, Guideline.CPIC).actions == ("NO_REC",)


def test_an_hla_gene_that_was_not_typed_never_hides_a_positive_typing_of_the_other() -> None:
    positive = _call("HLA-A", CallStatus.CALLED, _diplotype("*31:01 positive"))
    for status in (CallStatus.NO_CALL, CallStatus.INCOMPLETE):  # nothing, or a tag variant only
        rows = advice([positive, _call("HLA-B", status)], drugs=["carbamazepine"], context=["cbz_naive"])
        assert leading(rows, Guideline.CPIC).actions == ("AVOID",)
    other = _call("HLA-B", CallStatus.CALLED, _diplotype("*57:01 positive"))
    assert [s.phenotype for s in gene_states([other])["HLA-B"]] == ["NORESULT"]


def test_a_row_says_how_far_its_source_was_read() -> None:
    cpic, dpwg, fda = advice({"CYP2D6": "PM"}, drugs=["paroxetine"])
    assert (cpic.verification, dpwg.verification, fda.verification) == ("read", "partial", "unverified")
    assert "source partial" in dpwg.reasons[0].statement and "source" not in cpic.reasons[0].statement


def test_an_open_number_of_copies_leaves_every_score_from_the_lowest_up() -> None:
    call = _call("CYP2D6", CallStatus.CALLED, _diplotype("Normal Metabolizer;Ultrarapid Metabolizer", 2.0, None))
    assert [s.score for s in gene_states([call])["CYP2D6"]] == [2.0, 2.25, 2.5]


def test_missing_positions_without_listed_diplotypes_leave_the_phenotypes() -> None:
    call = _call("CYP2C19", CallStatus.INCOMPLETE, phenotype="Poor Metabolizer;Normal Metabolizer")
    assert [s.phenotype for s in gene_states([call])["CYP2C19"]] == ["PM", "NM"]


def test_a_strong_inhibitor_leads_with_the_functional_row_and_keeps_the_genotype_beside_it() -> None:
    rows = advice({"CYP2D6": 2.0}, drugs=["nortriptyline"], medications=["paroxetine"])
    cpic = [row for row in rows if row.guideline is Guideline.CPIC]
    assert [(row.basis, row.leads) for row in cpic] == [(Basis.FUNCTIONAL, True), (Basis.GENOTYPE, False)]
    assert cpic[0].actions == ("AVOID", "START_REDUCE", "TDM") and cpic[0].agents == ("paroxetine",)
    assert cpic[1].actions == ("STD_START",)


def test_an_expected_phenotype_never_leads() -> None:
    rows = advice({"CYP2C19": "NM"}, drugs=["escitalopram"], medications=["fluconazole"])
    cpic = [row for row in rows if row.guideline is Guideline.CPIC]
    assert [(row.basis, row.leads) for row in cpic] == [(Basis.GENOTYPE, True), (Basis.EXPECTED, False)]
    assert cpic[0].actions == ("STD_START",)
    assert any("no validated method" in reason.statement for reason in cpic[1].reasons)


@pytest.mark.parametrize("drug", ["paroxetine", "fluoxetine", "bupropion", "fluvoxamine"])
def test_a_drug_never_shifts_its_own_row(drug: str) -> None:
    assert advice(NORMAL, drugs=[drug], medications=[drug]) == advice(NORMAL, drugs=[drug])


def test_removing_the_inhibitor_restores_the_advice() -> None:
    assert advice(NORMAL, medications=["fluoxetine"]) != advice(NORMAL)
    assert advice(NORMAL, medications=[Medication("fluoxetine", 36)]) == advice(NORMAL)


@given(genomes, lists, st.sampled_from(UNRELATED))
def test_an_unrelated_drug_never_changes_advice(calls: dict[str, str | float], taken: list[str], other: str) -> None:
    assert advice(calls, medications=taken) == advice(calls, medications=[*taken, other])


@given(genomes, lists, st.sampled_from(["sertraline", "celecoxib", "clopidogrel"]))
def test_a_weak_inhibitor_changes_no_action(calls: dict[str, str | float], taken: list[str], weak: str) -> None:
    def said(taken: list[str]) -> list[tuple[object, ...]]:
        rows = advice(calls, drugs=["amitriptyline", "paroxetine", "venlafaxine"], medications=taken)
        return [(r.drug, r.guideline, r.basis, r.leads, r.agents, r.options) for r in rows]

    assert said(taken) == said([*taken, weak])


def test_a_shifted_row_names_what_it_holds_with_and_asks_to_look_again() -> None:
    taken = ["paroxetine", "duloxetine", "sertraline"]
    row = leading(advice({"CYP2D6": 3.0}, drugs=["nortriptyline"], medications=taken), Guideline.CPIC)
    assert row.agents == ("paroxetine", "duloxetine")
    assert any(r.code == HOLDS_WHILE_TAKEN for r in row.reasons)


def test_a_shift_that_leaves_the_advice_as_it_is_is_told_but_does_not_claim_the_row() -> None:
    row = leading(advice({"CYP2D6": 1.0}, drugs=["paroxetine"], medications=["duloxetine"]), Guideline.CPIC)
    assert (row.basis, row.agents) == (Basis.GENOTYPE, ())
    codes = [reason.code for reason in row.reasons]
    assert "phenoconversion_cyp2d6" in codes and HOLDS_WHILE_TAKEN not in codes


def test_a_genotype_row_stays_visible_with_the_reason_when_the_guideline_is_silent_after_the_shift() -> None:
    rows = advice({"CYP2D6": 3.0}, drugs=["venlafaxine"], medications=["duloxetine"])
    (dpwg,) = [row for row in rows if row.guideline is Guideline.DPWG]
    assert (dpwg.basis, dpwg.leads) == (Basis.GENOTYPE, False)
    assert any("becomes NM by function" in reason.statement for reason in dpwg.reasons)


def test_a_label_row_names_the_medicine_that_triggers_it() -> None:
    quarter = advice({"CYP2D6": 0.0}, drugs=["aripiprazole"], medications=["clarithromycin", "sertraline"])
    assert leading(quarter, Guideline.FDA).agents == ("clarithromycin",)
    halved = advice({"CYP2D6": 2.0}, drugs=["vortioxetine"], medications=["bupropion", "sertraline"])
    assert leading(halved, Guideline.FDA).agents == ("bupropion",)


def test_an_unknown_age_is_asked_for_where_a_label_has_a_row_for_it() -> None:
    def asks(drug: str, age: float | None) -> bool:
        rows = advice({"CYP2C19": "NM"}, drugs=[drug], age=age)
        return any(r.code == "age_not_known" for row in rows for r in row.reasons)

    assert asks("citalopram", None)
    assert not asks("citalopram", 40) and not asks("escitalopram", None)


@given(genomes, lists)
def test_the_order_of_medications_and_drugs_never_changes_advice(
    calls: dict[str, str | float], taken: list[str]
) -> None:
    expected = advice(calls, medications=taken)
    for order in list(permutations(taken))[:6]:
        assert advice(calls, medications=order) == expected
    one_by_one = [row for drug in known_drugs() for row in advice(calls, drugs=[drug], medications=taken)]
    assert tuple(one_by_one) == expected


@given(genomes, lists)
def test_every_row_names_source_guideline_and_known_actions(calls: dict[str, str | float], taken: list[str]) -> None:
    for row in advice(calls, medications=taken):
        assert row.reasons and row.options and not row.first.is_silent
        for option in row.options:
            assert set(option.actions) <= set(actions())
            assert option.is_silent or option.source is not None
        ranks = [min((actions()[a].care_rank for a in o.actions), default=99) for o in row.options if o.actions]
        assert ranks == sorted(ranks)


def test_the_words_are_short_and_our_own() -> None:
    for row in advice({"CYP2D6": 0.0, "CYP2C19": "PM", "CYP2B6": "PM"}):
        rule = row.reasons[0].statement
        assert len(rule) < 320, rule
        assert rule.startswith(row.drug.capitalize())


@pytest.mark.parametrize(
    ("calls", "more", "named"),
    [
        ({"CYP2D6": -1.0}, {}, "score"),
        ({"CYP2C19": "fast"}, {}, "calls[CYP2C19]"),
        ({"HLA-B": "maybe"}, {}, "calls[HLA-B]"),
        ({"CYP2D6": (GeneState("CYP2D6", "PM", 2.0),)}, {}, "calls[CYP2D6]"),
        ({}, {"age": 200}, "age"),
        ({}, {"age": float("nan")}, "age"),
        ({}, {"context": ["pregnant"]}, "context"),
        ({}, {"drugs": "paroxetine"}, "drugs"),
        ({}, {"medications": "paroxetine"}, "medications"),
    ],
)
def test_bad_input_is_refused_by_name(calls: dict[str, object], more: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        advice(calls, **more)  # type: ignore[arg-type]
    assert refused.value.argument == named


def test_a_gene_called_twice_is_refused() -> None:
    call = _call("CYP2C19", CallStatus.CALLED, _diplotype("Normal Metabolizer"))
    with pytest.raises(InvalidInput):
        advice([call, call])


def test_names_are_read_whatever_their_case_and_synonym() -> None:
    assert medication_list(["Rifampicin", "rifampin"])[0].agent == "Rifampicin"
    assert len(medication_list(["Rifampicin", "rifampin"])) == 1
    assert advice(NORMAL, drugs=["Citalopram"]) == advice(NORMAL, drugs=["citalopram"])
    assert "cbz_naive" in known_contexts() and "adults" not in known_contexts()
    assert {row.drug for row in recommendations()} <= set(known_drugs())
