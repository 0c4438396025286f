"""Phenoconversion: activity, not exposure; the strongest agent counts; dated; no validity pretended."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome.advice_scores import phenotype_of_score
from euthymia.engines.genome.advice_types import GeneState
from euthymia.engines.genome.phenoconversion import Method, functional_phenotype, phenoconversion
from euthymia.engines.genome.phenoconversion_agents import Medication, recovered_activity
from euthymia.engines.genome.phenoconversion_tables import Effect, Kind, ModulatorClass, modulators

STRONG = ("bupropion", "fluoxetine", "paroxetine", "quinidine", "terbinafine")
MODERATE = ("duloxetine", "abiraterone", "cinacalcet", "mirabegron", "fluvoxamine")
WEAK = ("sertraline", "escitalopram", "celecoxib", "cimetidine")
CLASS_ORDER = ("PM", "IM", "NM", "RM", "UM")

grid = st.sampled_from([step / 4 for step in range(21)])
d6_agents = [row.agent for row in modulators() if row.enzyme == "CYP2D6"]
d6_lists = st.lists(st.sampled_from(d6_agents), max_size=5)


def d6(score: float) -> GeneState:
    return GeneState("CYP2D6", phenotype_of_score("CYP2D6", score), score)


@pytest.mark.parametrize(("score", "agent"), list(product([0.0, 0.25, 1.0, 1.25, 2.0, 3.0], STRONG)))
def test_a_strong_inhibitor_leaves_a_poor_metabolizer(score: float, agent: str) -> None:
    found = functional_phenotype(d6(score), [agent])
    assert (found.functional_phenotype, found.functional_score) == ("PM", 0.0)
    assert found.genotype_score == score and found.agents == (agent,) and found.validated


@pytest.mark.parametrize(
    ("score", "agent", "phenotype"),
    [
        (s, a, p)
        for (s, p), a in product(
            [(0.0, "PM"), (0.25, "IM"), (1.0, "IM"), (2.0, "IM"), (2.5, "NM"), (5.0, "UM")], MODERATE
        )
    ],
)
def test_a_moderate_inhibitor_halves_the_score(score: float, agent: str, phenotype: str) -> None:
    found = functional_phenotype(d6(score), [agent])
    assert found.functional_score == pytest.approx(score / 2)
    assert found.functional_phenotype == phenotype


@pytest.mark.parametrize(("score", "agent"), list(product([0.0, 0.5, 1.25, 2.0, 3.0], WEAK)))
def test_a_weak_inhibitor_changes_nothing_and_is_named(score: float, agent: str) -> None:
    found = functional_phenotype(d6(score), [agent])
    assert not found.is_changed and found.agents == (agent,)
    assert found.reasons


def test_two_moderate_inhibitors_do_not_make_a_strong_one() -> None:
    one = functional_phenotype(d6(2.0), ["duloxetine"])
    two = functional_phenotype(d6(2.0), ["duloxetine", "mirabegron", "abiraterone"])
    assert one.functional_score == two.functional_score == 1.0


def test_the_highest_class_wins() -> None:
    found = functional_phenotype(d6(2.0), ["sertraline", "duloxetine", "paroxetine"])
    assert found.functional_score == 0.0
    assert found.agents[0] == "paroxetine"


@given(grid, d6_lists, st.sampled_from(d6_agents))
def test_one_more_inhibitor_never_raises_the_activity(score: float, taken: list[str], more: str) -> None:
    before = functional_phenotype(d6(score), taken).functional_score
    after = functional_phenotype(d6(score), [*taken, more]).functional_score
    assert before is not None and after is not None and after <= before <= score


@given(grid, st.sampled_from(d6_agents), st.sampled_from(d6_agents))
def test_a_stronger_inhibitor_never_leaves_more_activity(score: float, one: str, other: str) -> None:
    rows = {row.agent: row for row in modulators() if row.enzyme == "CYP2D6" and row.effect is Effect.SCORE}
    if one in rows and other in rows and rows[one].counts_as.rank >= rows[other].counts_as.rank:
        left = functional_phenotype(d6(score), [one]).functional_score
        right = functional_phenotype(d6(score), [other]).functional_score
        assert left is not None and right is not None and left <= right


@given(grid, d6_lists)
def test_order_and_repetition_never_matter(score: float, taken: list[str]) -> None:
    assert functional_phenotype(d6(score), taken) == functional_phenotype(d6(score), [*reversed(taken), *taken])


@given(st.sampled_from(("PM", "LPM", "IM", "LIM", "NM", "RM", "UM")), st.sampled_from(("CYP2C19", "CYP2B6")))
def test_an_inhibitor_never_raises_the_expected_class(phenotype: str, gene: str) -> None:
    ladder = ("PM", "LPM", "IM", "LIM", "NM", "RM", "UM")
    for row in modulators():
        if row.enzyme == gene and row.kind is Kind.INHIBITOR:
            found = functional_phenotype(GeneState(gene, phenotype), [row.agent])
            assert ladder.index(found.functional_phenotype) <= ladder.index(phenotype)


@pytest.mark.parametrize(
    ("gene", "phenotype", "agent", "expected"),
    [
        ("CYP2C19", "NM", "fluvoxamine", "PM"),
        ("CYP2C19", "UM", "fluconazole", "PM"),
        ("CYP2C19", "NM", "omeprazole", "IM"),
        ("CYP2C19", "RM", "esomeprazole", "NM"),
        ("CYP2C19", "IM", "moclobemide", "PM"),
        ("CYP2C19", "NM", "rifampicin", "RM"),
        ("CYP2C19", "PM", "rifampin", "PM"),
        ("CYP2B6", "NM", "carbamazepine", "RM"),
        ("CYP2B6", "NM", "clopidogrel", "NM"),
    ],
)
def test_cyp2c19_and_cyp2b6_show_what_is_expected(gene: str, phenotype: str, agent: str, expected: str) -> None:
    found = functional_phenotype(GeneState(gene, phenotype), [agent])
    assert (found.genotype_phenotype, found.functional_phenotype) == (phenotype, expected)
    if found.is_changed:
        assert not found.validated and found.method is Method.EXPECTED_STEP
        assert "no validated method" in found.reasons[0].statement
    accepted = functional_phenotype(GeneState(gene, phenotype), [agent], validated_only=True)
    assert accepted.functional_phenotype == phenotype


def test_an_inhibitor_and_an_inducer_together_are_not_resolved() -> None:
    found = functional_phenotype(GeneState("CYP2C19", "NM"), ["fluvoxamine", "rifampin"])
    assert found.method is Method.UNRESOLVED and not found.validated and not found.is_changed
    assert len(found.reasons) == 2


def test_cyp1a2_and_cyp3a4_are_named_without_a_shift() -> None:
    for gene, agent in (("CYP1A2", "smoking"), ("CYP3A4", "St. John's wort")):
        found = functional_phenotype(GeneState(gene, "NM"), [agent])
        assert found.method is Method.FLAG and not found.is_changed and len(found.agents) == 1


@pytest.mark.parametrize(
    ("agent", "days", "acts"),
    [
        ("fluoxetine", 0, True), ("fluoxetine", 34, True), ("fluoxetine", 35, False), ("paroxetine", 13, True),
        ("paroxetine", 14, False), ("terbinafine", 27, True), ("terbinafine", 28, False),
    ],
)  # fmt: skip
def test_a_stopped_inhibitor_counts_until_its_washout_is_over(agent: str, days: float, acts: bool) -> None:
    found = functional_phenotype(d6(2.0), [Medication(agent, days)])
    assert (found.functional_score == 0.0) is acts
    if acts:
        assert f"stopped {days:g} days ago" in found.reasons[0].statement
        assert len(found.reasons[0].sources) == 2  # the class and the washout


@pytest.mark.parametrize(("day", "fraction"), [(0, 0.09), (1, 0.09), (2, 0.25), (4, 0.62), (7, 0.87), (10, 0.96)])
def test_cyp2d6_recovers_after_mdma_as_the_model_gives_it(day: float, fraction: float) -> None:
    """Kinetics reference section 7: 9, 25, 62, 87 and 96 % on days 1, 2, 4, 7 and 10 after 120 mg."""
    assert recovered_activity("MDMA", "CYP2D6", day) == pytest.approx(fraction)
    found = functional_phenotype(d6(2.0), [Medication("MDMA", day)])
    assert found.functional_score == pytest.approx(2 * fraction)
    assert found.method is Method.RECOVERY and not found.validated
    assert functional_phenotype(d6(2.0), [Medication("MDMA", day)], validated_only=True).functional_score == 2.0


def test_recovery_between_the_days_follows_the_half_life_of_the_model() -> None:
    """From day 4 on no drug is left and the lost activity halves every 46.6 h (kinetics reference section 7)."""
    for hours in (12, 36, 60):
        expected = 1 - (1 - 0.62) * 0.5 ** (hours / 46.6)
        assert recovered_activity("MDMA", "CYP2D6", 4 + hours / 24) == pytest.approx(expected, abs=0.01)


@given(st.floats(0, 12), st.floats(0, 12))
def test_recovery_never_goes_back(one: float, other: float) -> None:
    first, last = (recovered_activity("MDMA", "CYP2D6", day) for day in sorted((one, other)))
    assert (1.0 if first is None else first) <= (1.0 if last is None else last) + 1e-12


def test_mdma_and_a_moderate_inhibitor_are_not_multiplied() -> None:
    found = functional_phenotype(d6(2.0), [Medication("MDMA", 2), Medication("duloxetine")])
    assert found.functional_score == pytest.approx(0.5)
    assert functional_phenotype(d6(2.0), [Medication("MDMA", 7), Medication("duloxetine")]).functional_score == 1.0


def test_an_unknown_genotype_is_told_only_where_nothing_is_left_of_it() -> None:
    for code in ("IND", "NORESULT"):
        strong = functional_phenotype(GeneState("CYP2D6", code), ["paroxetine"])
        assert (strong.functional_phenotype, strong.functional_score) == ("PM", 0.0)
        moderate = functional_phenotype(GeneState("CYP2D6", code), ["duloxetine"])
        assert moderate.functional_phenotype == code and moderate.functional_score is None
        assert functional_phenotype(GeneState("CYP2C19", code), ["omeprazole"]).functional_phenotype == code
        assert functional_phenotype(GeneState("CYP2C19", code), ["fluvoxamine"]).functional_phenotype == "PM"


def test_removing_the_drug_restores_the_genotype() -> None:
    for result in phenoconversion({"CYP2D6": 1.5, "CYP2C19": "RM", "CYP2B6": "IM"}, []):
        assert not result.is_changed and result.method is Method.NONE and result.agents == ()


def test_untested_enzymes_appear_only_when_an_agent_acts_on_them() -> None:
    found = {r.gene: r for r in phenoconversion({"CYP2D6": 2.0}, ["fluvoxamine"])}
    assert set(found) == {"CYP2D6", "CYP2C19", "CYP1A2"}
    assert found["CYP2C19"].genotype_phenotype == "NORESULT"


def test_every_possible_state_of_an_ambiguous_gene_is_converted() -> None:
    calls = {"CYP2D6": (GeneState("CYP2D6", "NM", 2.0), GeneState("CYP2D6", "IM", 1.0))}
    assert [r.functional_score for r in phenoconversion(calls, ["duloxetine"])] == [1.0, 0.5]


def test_a_class_in_doubt_counts_as_the_stricter_one() -> None:
    for row in modulators():
        if "_or_" in row.strength:
            assert row.counts_as is ModulatorClass(row.strength.split("_or_")[-1])


@pytest.mark.parametrize(
    ("agent", "days"), [("", None), ("  ", None), ("fluoxetine", -1), ("fluoxetine", float("nan"))]
)
def test_a_medication_that_cannot_be_read_is_refused(agent: str, days: float | None) -> None:
    with pytest.raises(InvalidInput):
        Medication(agent, days)
