"""Diplotype to phenotype: every row of the rules, copies, tandems, open numbers, and no default to normal."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest

from euthymia.core.errors import InvalidInput
from euthymia.engines.genome import INDETERMINATE, diplotype
from euthymia.engines.genome.alleles import allele_rows
from euthymia.engines.genome.phenotype import parse_haplotype, phenotype_rows

SHARED = Path(__file__).parents[4] / "shared" / "data" / "pgx"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pgx tables are not on this machine")
NAMES = {
    "PM": "Poor Metabolizer", "IM": "Intermediate Metabolizer", "NM": "Normal Metabolizer", "RM": "Rapid Metabolizer",
    "UM": "Ultrarapid Metabolizer", "LPM": "Likely Poor Metabolizer", "LIM": "Likely Intermediate Metabolizer",
    "Indeterminate": INDETERMINATE,
}  # fmt: skip
WORDS = {
    "no": "No function", "decreased": "Decreased function", "normal": "Normal function",
    "increased": "Increased function", "uncertain": "Uncertain function", "unknown": "Unknown function",
}  # fmt: skip


def cyp2d6(score: float) -> str:
    """Caudle 2020, written down independently of the table."""
    return NAMES["PM" if score == 0 else "IM" if score < 1.25 else "NM" if score <= 2.25 else "UM"]


def rows(gene: str):
    return [r for r in allele_rows() if r.gene == gene]


@pytest.mark.parametrize(("gene", "rule"), [("CYP2D6", cyp2d6), ("CYP2C9", None)])
def test_every_scored_pair_follows_its_score(gene, rule):
    table = {0.0: "PM", 0.5: "PM", 1.0: "IM", 1.5: "IM", 2.0: "NM"}
    for one, two in itertools.combinations_with_replacement(rows(gene), 2):
        made = diplotype(gene, one.allele, two.allele)
        if one.activity_value is None or two.activity_value is None:
            assert made.phenotype == INDETERMINATE and made.activity_score_low is None
            continue
        score = one.activity_value + two.activity_value
        assert made.activity_score == score
        assert made.phenotype == (rule(score) if rule else NAMES[table[score]])


@needs_shared
def test_every_function_row_of_the_shared_rules_is_reproduced():
    """Each row of phenotype_rules.tsv is expanded in words here and tried on real alleles of the functions."""
    with (SHARED / "phenotype_rules.tsv").open(encoding="utf-8") as file:
        table = [r for r in csv.DictReader(file, delimiter="\t") if not r["gene"].startswith("DPWG")]
    tried = 0
    for row in table:
        gene, wanted = row["gene"], NAMES[row["phenotype"].split(" ")[0]]
        if row["basis"] != "functions":
            continue
        for one, two in expand(row["condition"]):
            firsts = [r for r in rows(gene) if r.function == WORDS[one]]
            seconds = [r for r in rows(gene) if r.function == WORDS[two]]
            assert firsts or one in ("uncertain", "unknown"), (gene, one)
            for a, b in itertools.product(firsts, seconds):
                assert diplotype(gene, a.allele, b.allele).phenotype == wanted, (gene, a.allele, b.allele)
                assert diplotype(gene, b.allele, a.allele).phenotype == wanted
                tried += 1
    assert tried > 1500


def expand(condition: str) -> list[tuple[str, str]]:
    lesser = ("no", "decreased")
    if condition == "two of no/decreased":
        return list(itertools.product(lesser, lesser))
    if condition == "one of no/decreased with normal or increased":
        return list(itertools.product(lesser, ("normal", "increased")))
    if condition == "any uncertain/unknown":
        return list(itertools.product(("uncertain", "unknown"), WORDS))
    pairs = condition.replace(" or ", ",").replace(" ", "").split(",")
    return [(pair.split("+")[0], pair.split("+")[1]) for pair in pairs]


@needs_shared
def test_the_carried_tables_equal_the_shared_ones():
    with (SHARED / "star_alleles.tsv").open(encoding="utf-8") as file:
        shared = {(r["gene"], r["allele"]): r for r in csv.DictReader(file, delimiter="\t")}
    ours = {(r.gene, r.allele): r for r in allele_rows()}
    assert {key for key in shared if "x" not in key[1]} == set(ours)
    for key, row in ours.items():
        value = shared[key]["activity_value"]
        assert row.activity_value == (None if value in ("", "n/a") else float(value))
        assert row.function.lower() == shared[key]["function"].lower()
        core = shared[key]["core_variants_grch38"]
        assert ",".join(row.core) == ("" if core == "SV" else core)
    copied = {key: r for key, r in shared.items() if "x" in key[1] and r["activity_value"] != "n/a"}
    for (gene, name), row in copied.items():
        made = diplotype(gene, name, "*5")
        assert made.activity_score_low == float(row["activity_value"].lstrip("≥")), name
        assert (made.activity_score_high is None) == row["activity_value"].startswith("≥")


@pytest.mark.parametrize(
    ("pair", "low", "high", "phenotype"),
    [
        (("*1", "*2x2"), 3.0, 3.0, "UM"),
        (("*10", "*36x2"), 0.25, 0.25, "IM"),
        (("*36+*10", "*36+*10"), 0.5, 0.5, "IM"),
        (("*1", "*36x2+*10"), 1.25, 1.25, "NM"),
        (("*5", "*68+*4"), 0.0, 0.0, "PM"),
        (("*4x2", "*5"), 0.0, 0.0, "PM"),
        (("*4x≥3", "*1"), 1.0, 1.0, "IM"),
        (("*4x>=3", "*5"), 0.0, 0.0, "PM"),
        (("*1x≥3", "*4"), 3.0, None, "UM"),
        (("*41", "*41"), 0.5, 0.5, "IM"),
        (("*9", "*10"), 0.5, 0.5, "IM"),
        (("*4", "*41"), 0.25, 0.25, "IM"),
        (("*2(*45)", "*10"), 1.25, 1.25, "NM"),
        (("*4.013", "*1.002"), 1.0, 1.0, "IM"),
    ],
)
def test_copies_and_tandems_are_summed(pair, low, high, phenotype):
    made = diplotype("CYP2D6", *pair)
    assert (made.activity_score_low, made.activity_score_high) == (low, high)
    assert made.phenotype == NAMES[phenotype]


def test_an_unknown_number_of_copies_gives_a_range_of_classes():
    made = diplotype("CYP2D6", "*1xN", "*4")
    assert (made.activity_score_low, made.activity_score_high, made.copies) == (2.0, None, (None, 1))
    assert made.phenotype == "Normal Metabolizer;Ultrarapid Metabolizer"


@pytest.mark.parametrize("pair", [("*1", "*999"), ("*1", "*22"), ("*2x2", "*71"), ("*1+*90", "*36+*10")])
def test_an_allele_without_a_value_never_defaults_to_normal(pair):
    made = diplotype("CYP2D6", *pair)
    assert made.phenotype == INDETERMINATE and made.activity_score_low is None


def test_guideline_bodies_do_not_mix():
    """DPWG has no rapid class; its reading of CYP2C19 stands in the table and never replaces the CPIC class."""
    assert diplotype("CYP2C19", "*1", "*17").phenotype == "Rapid Metabolizer"
    (dutch,) = [r for r in phenotype_rows() if r.body == "DPWG_ONLY"]
    assert dutch.gene == "CYP2C19" and dutch.phenotype == "Normal Metabolizer"


@pytest.mark.parametrize("text", ["", "1", "*1x0", "*1/*2", "*1xx2", "*1+", "normal"])
def test_what_is_not_star_notation_is_refused(text):
    with pytest.raises(InvalidInput, match="star alleles"):
        parse_haplotype(text)
