"""Where guidelines differ: every known disagreement is found, and none is lost when several states stay possible."""

from __future__ import annotations

import itertools

import pytest

from euthymia.engines.genome.advice import advice
from euthymia.engines.genome.advice_tables import RecommendationRow, recommendations
from euthymia.engines.genome.advice_types import GeneState, Guideline
from euthymia.report.genome_groups import conflicts

CPIC, DPWG = Guideline.CPIC, Guideline.DPWG
KNOWN = [
    ("paroxetine", {"CYP2D6": 0.0}),
    ("venlafaxine", {"CYP2D6": 0.5}),
    ("citalopram", {"CYP2C19": "IM"}),
    ("escitalopram", {"CYP2C19": "IM"}),
    ("citalopram", {"CYP2C19": "UM"}),
    ("sertraline", {"CYP2C19": "PM", "CYP2B6": "NM"}),
]
"""Disagreements that the reference page names one by one (section 5)."""

DRUGS = ("amitriptyline", "citalopram", "clomipramine", "escitalopram", "paroxetine", "sertraline", "venlafaxine")
STATES = {
    "CYP2D6": tuple(GeneState("CYP2D6", p, s) for p, s in (("PM", 0.0), ("IM", 0.5), ("NM", 2.0), ("UM", 3.0))),
    "CYP2C19": tuple(GeneState("CYP2C19", p) for p in ("PM", "IM", "NM", "RM", "UM")),
    "CYP2B6": (GeneState("CYP2B6", "PM"), GeneState("CYP2B6", "NM")),
}


@pytest.mark.parametrize(("drug", "calls"), KNOWN)
def test_a_known_disagreement_of_cpic_and_dpwg_is_found(drug: str, calls: dict[str, object]) -> None:
    found = conflicts(advice(calls, drugs=[drug]))  # type: ignore[arg-type]
    assert any((c.one, c.other) == (CPIC, DPWG) for c in found)


@pytest.mark.parametrize("drug", ["escitalopram", "paroxetine", "amitriptyline"])
def test_guidelines_that_agree_are_not_said_to_differ(drug: str) -> None:
    assert conflicts(advice({"CYP2D6": 2.0, "CYP2C19": "NM", "CYP2B6": "NM"}, drugs=[drug])) == ()


@pytest.mark.parametrize("drug", DRUGS)
@pytest.mark.parametrize("gene", STATES)
def test_a_call_with_two_possible_states_shows_every_conflict_of_either(drug: str, gene: str) -> None:
    others = {name: states[2 if len(states) > 2 else 1] for name, states in STATES.items() if name != gene}
    for pair in itertools.combinations(STATES[gene], 2):
        single = [conflicts(advice({**others, gene: state}, drugs=[drug])) for state in pair]
        both = conflicts(advice({**others, gene: pair}, drugs=[drug]))
        every = {(c.one, c.other) for found in single for c in found}
        assert every <= {(c.one, c.other) for c in both}
        always = {(c.one, c.other) for c in both if c.always}
        assert always == {names for names in every if all(names in {(c.one, c.other) for c in f} for f in single)}


def test_a_conflict_stays_when_only_one_guideline_changes_after_co_medication() -> None:
    """Paroxetine makes CYP2D6 poor: one guideline's row may stay as by genotype, and is still compared."""
    rows = advice({"CYP2D6": 1.0, "CYP2C19": "NM"}, drugs=["venlafaxine", "amitriptyline"], medications=["paroxetine"])
    for drug in ("venlafaxine", "amitriptyline"):
        held = [row for row in rows if row.drug == drug]
        named = {g for row in held for g in row.differs_from if row.leads and row.guideline is CPIC}
        assert named <= {c.other for c in conflicts(held) if c.one is CPIC}


UNCHANGED = {"STD_START", "NO_ACTION", "NO_REC"}
CHANGED = {"AVOID", "SELECT_ALT", "START_REDUCE", "MAINT_REDUCE", "MAXDOSE"}


def plain_disagreements() -> list[tuple[str, dict[str, object], str, str]]:
    """Pairs of raw rows, one asking for no change and one for a change, with a genotype that meets both."""
    found = []
    for one, other in itertools.product(recommendations(), repeat=2):
        if (one.guideline, other.guideline, one.drug) != (CPIC, DPWG, other.drug):
            continue
        asked = (set(one.actions), set(other.actions))
        if not any(a <= UNCHANGED and b & CHANGED for a, b in (asked, asked[::-1])):
            continue
        calls = genotype_of(one, other)
        if calls is not None:
            found.append((one.drug, calls, one.row_id, other.row_id))
    return found


def genotype_of(*rows: RecommendationRow) -> dict[str, object] | None:
    """A genotype that meets the conditions of all rows, read from their columns."""
    calls: dict[str, object] = {}
    lows = [row.score_low for row in rows if row.score_low is not None]
    if lows and any(row.score_high is not None and row.score_high < max(lows) for row in rows):
        return None
    if any(row.score_gene and row.score_low is None for row in rows):
        return None
    if lows:
        calls[next(row.score_gene for row in rows if row.score_gene)] = max(lows)
    asked: dict[str, list[set[str]]] = {}
    for row in rows:
        for gene, phenotypes in ((row.gene_a, row.phenotypes_a), (row.gene_b, row.phenotypes_b)):
            if gene:
                asked.setdefault(gene, []).append(set(phenotypes) & {"PM", "IM", "NM", "RM", "UM"})
    for gene, sets in asked.items():
        shared = sorted(set.intersection(*sets))
        if not shared:
            return None
        calls[gene] = shared[0]
    return calls


def test_every_plain_disagreement_of_the_tables_is_marked() -> None:
    held = plain_disagreements()
    assert len(held) >= 13 and {"paroxetine", "venlafaxine", "sertraline"} <= {drug for drug, *_ in held}
    for drug, calls, one, other in held:
        rows = advice(calls, drugs=[drug])  # type: ignore[arg-type]
        assert {one, other} <= {row.first.row_id for row in rows}, (drug, calls)
        assert any((c.one, c.other, c.always) == (CPIC, DPWG, True) for c in conflicts(rows)), (drug, calls)
